package org.mlora.cli;

import java.util.List;
import java.util.stream.Stream;

/** Kinds of bad input about domains: those that are added, and what single ones are given. */
final class BadDomainInputs {
  private BadDomainInputs() {}

  private static CommandRun onboard(Fixture f, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "onboard",
            "--device",
            "reference",
            "--quiet",
            "--model",
            f.path("run"),
            "--data",
            f.path("data"),
            "--domain",
            "zoo",
            "--out",
            f.path("grown")));
  }

  private static BadInputs.Case adding(String name, String flag, String place, String... says) {
    return new BadInputs.Case(name, f -> {}, f -> onboard(f, flag, f.path(place)), List.of(says));
  }

  private static BadInputs.Case flags(String name, List<String> flags, String... says) {
    return new BadInputs.Case(
        name,
        f -> f.write("ranks.csv", "books,2\nzoo,1\n"),
        f -> {
          Object[] words =
              flags.stream().map(w -> w.endsWith(".csv") ? f.path(w).toString() : w).toArray();
          return f.train(Fixture.words(words, "--out", f.path("new")));
        },
        List.of(says));
  }

  static Stream<BadInputs.Case> domains() {
    return Stream.of(
        new BadInputs.Case(
            "onboard a domain that is not there",
            f -> {},
            f -> onboard(f),
            List.of("no domain 'zoo'", "books")),
        new BadInputs.Case(
            "onboard a known domain",
            f -> {},
            f -> onboard(f, "--domain", "books"),
            List.of("'books'", "mlora train")),
        adding("onboard to no model", "--model", "none", "none", "no such folder"),
        adding("onboard to a file", "--model", "raw.csv", "raw.csv is a file", "mlora train"),
        adding("onboard from no data", "--data", "none", "none", "no such folder"),
        adding("onboard from a file", "--data", "raw.csv", "raw.csv is a file", "mlora prepare"),
        flags(
            "rank of an unknown domain",
            List.of("--domain-ranks", "ranks.csv"),
            "'zoo'",
            "its domains are"),
        flags(
            "no file of ranks", List.of("--domain-ranks", "none.csv"), "none.csv", "no such file"),
        flags(
            "ranks for no rows",
            List.of("--domain-ranks", "rows:0"),
            "--domain-ranks",
            "1 or more"),
        flags("a table of ranks", List.of("--domain-ranks", "raw.csv"), "raw.csv line 1"),
        flags(
            "adapters on no layers", List.of("--adapter-layers", "towr"), "did you mean 'tower'?"),
        flags(
            "adapters on layers that are not there",
            List.of("--adapter-layers", "tower,cross"),
            "'cross'",
            "model 'mlp'"),
        flags(
            "experts with one A",
            List.of("--adapter", "moe-mlora", "--shared-a"),
            "moe-mlora",
            "use adapter mlora"),
        flags(
            "phases of experts without any",
            List.of("--phases", "pretrain-specialize-gate"),
            "use adapter moe-mlora"),
        flags(
            "regularization in two phases",
            List.of("--dr-domains", "2", "--phases", "pretrain-finetune"),
            "phases joint or control-joint"));
  }
}
