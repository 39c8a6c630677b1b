package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** The kinds of bad input: what is wrong, which command meets it, and what it should say. */
final class BadInputs {
  private static final String DATA = "mlora-dataset";
  private static final String MODEL = "mlora-model";

  private BadInputs() {}

  /**
   * One kind of bad input.
   *
   * @param spoil makes the fixture bad; what it writes is not counted as left behind
   * @param says parts of the one line: the place and the remedy
   */
  record Case(
      String name, Consumer<Fixture> spoil, Function<Fixture, CommandRun> run, List<String> says) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case table(String name, String content, String label, String... says) {
    return new Case(
        name,
        f -> f.write("bad.csv", content),
        f -> f.prepare("bad.csv", "new", "--label", label),
        List.of(says));
  }

  private static Case bytes(String name, String file, byte[] content, String... says) {
    return new Case(name, f -> f.write(file, content), f -> f.prepare(file, "new"), List.of(says));
  }

  static Stream<Case> tables() {
    String header = "user,item,shop,rating\n";
    byte[] latin = (header + "u1,caf\u00e9,books,5\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] latinDomain =
        (header + "u,i,books,5\nu,i,caf\u00e9,5\n").getBytes(StandardCharsets.ISO_8859_1);
    byte[] zipped = Spoiled.zip(TestData.csv(300));
    return Stream.of(
        new Case(
            "missing file", f -> {}, f -> f.prepare("none.csv", "new"), List.of("no such file")),
        new Case(
            "standard input by a dash",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--input", "-"),
            List.of("--input -", "/dev/stdin")),
        new Case(
            "input that no path can be",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--input", "raw\0.csv"),
            List.of("--input", "is not a path")),
        new Case(
            "ids that no path can be",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user:pretrained(e.npy,i\0.txt)"),
            List.of("pretrained(e.npy,i?.txt)", "name of a file")),
        table("empty file", "", "rating>=4", "bad.csv is empty"),
        table("header only", header, "rating>=4", "bad.csv", "no rows"),
        new Case(
            "wrong delimiter",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--delimiter", ";"),
            List.of("raw.csv", "delimiter")),
        table("NaN label", header + "a,b,c,1\na,b,c,nan\n", "rating", "line 3", "rating", "nan"),
        table("label 2", header + "a,b,c,2\n", "rating", "line 2", "'2'", "not 0 or 1"),
        table("text under a rule", header + "a,b,c,five\n", "rating>=4", "line 2", "'five'"),
        table("text as label", header + "a,b,c,ja\n", "rating", "'ja'", "'rating==ja' helps"),
        table("signs of other languages", header + "a,b,c,5\n", "rating<>0", "write rating!=0"),
        table("decimal comma", "rating;user;item;shop\n4,5;u;i;s\n", "rating>=4", "'4,5'", "point"),
        table("returns alone", header.strip() + "\ra,b,c,1\ra,b,c,0", "rating", "tr '\\r' '\\n'"),
        table("swapped signs", header + "a,b,c,5\n", "rating=>4", "'rating=>4'", "write >="),
        table("missing column", "user,shop,rating\na,b,1\n", "rating", "no column 'item'"),
        table("duplicate column", "user,user,shop,rating\na,b,c,1\n", "rating", "'user'"),
        table("ragged row", header + "a,b,c,1\na,b,c\n", "rating", "line 3", "3 columns"),
        table("open quote", header + "a,\"b,c,1\na,b,c,1\n", "rating", "line 2", "quote"),
        bytes("not UTF-8", "latin.csv", latin, "latin.csv line 2", "UTF-8"),
        bytes("domain not UTF-8", "latin.csv", latinDomain, "latin.csv line 3", "UTF-8"),
        bytes(
            "truncated gzip", "cut.csv.gz", Arrays.copyOf(zipped, zipped.length / 2), "cut.csv.gz"),
        new Case(
            "field twice",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user,user"),
            List.of("'user' is named twice (--fields)")),
        new Case(
            "unknown field kind",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user:magic"),
            List.of("user:magic", "write name[:kind]")),
        new Case(
            "embedding too wide",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user@100000"),
            List.of("user@100000", "1 to 65536")),
        new Case(
            "width of given embeddings",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user:pretrained(e.npy,ids.txt)@8"),
            List.of("pretrained(e.npy,ids.txt)@8", "leave @ out")),
        new Case(
            "least count of a hashed field",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--fields", "user:hashed(9)", "--min-count", "user=2"),
            List.of("(--min-count) name 'user'", "leave it out")),
        new Case(
            "split by time and by column",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--time-column", "rating", "--split-column", "shop"),
            List.of("--time-column and --split-column", "leave one of them out")),
        new Case(
            "split by what is no time",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--time-column", "shop"),
            List.of("raw.csv line 2", "time column 'shop'", "2024-05-31")),
        new Case(
            "weights that are none",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--weight-column", "shop"),
            List.of("raw.csv line 2", "weight column 'shop'", "a number from 0 to 3.4e38")),
        new Case(
            "split that does not add up",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--split", "60/20/30"),
            List.of("60/20/30", "100")),
        new Case(
            "no domain large enough",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--min-domain-rows", "100000"),
            List.of("domain")),
        new Case("out exists", f -> {}, f -> f.prepare("raw.csv", "data"), List.of("--overwrite")),
        new Case(
            "overwriting a data set with something else in its folder",
            f -> f.write("data/mine.csv", "mine"),
            f -> f.prepare("raw.csv", "data", "--overwrite"),
            List.of("data holds mine.csv", "move it away")),
        new Case(
            "out below a file",
            f -> {},
            f -> f.prepare("raw.csv", "raw.csv/below"),
            List.of("cannot write", "raw.csv is a file, not a folder")));
  }

  private static Case spoiled(String name, Consumer<Fixture> spoil, String... says) {
    return new Case(
        name,
        f -> {
          spoil.accept(f);
          f.sign("data", DATA);
        },
        f -> f.train("--out", f.path("new")),
        List.of(says));
  }

  static Stream<Case> dataSets() {
    String item = "data/train/item.npy";
    String schema = "data/schema.json";
    return Stream.of(
        spoiled(
            "id out of range",
            f -> f.write(item, Spoiled.with(f.read(item), -4, 1_000_000)),
            "item.npy",
            "1000000"),
        spoiled(
            "truncated npy",
            f -> f.write(item, Arrays.copyOf(f.read(item), f.read(item).length - 5)),
            "item.npy"),
        new Case(
            "file that differs from the manifest",
            f -> f.write(item, Arrays.copyOf(f.read(item), f.read(item).length - 4)),
            f -> f.train("--out", f.path("new")),
            List.of("item.npy")),
        spoiled(
            "npy of another type",
            f -> f.write(item, Spoiled.replaced(f.read(item), "<i4", "<f4")),
            "item.npy"),
        spoiled(
            "npy header of huge length",
            f -> f.write(item, Spoiled.hugeNpyHeader(f.read(item))),
            "item.npy",
            "header"),
        spoiled("broken schema", f -> f.write(schema, "{\"version\": 1,"), "schema.json"),
        spoiled(
            "schema with an unknown kind",
            f ->
                f.write(schema, Spoiled.replaced(f.read(schema), "\"categorical\"", "\"magical\"")),
            "schema.json",
            "magical"),
        spoiled(
            "schema with a field twice",
            f -> f.write(schema, Spoiled.replaced(f.read(schema), "\"item\"", "\"user\"")),
            "schema.json",
            "'user'"),
        new Case(
            "data is no folder",
            f -> {},
            f -> f.train("--data", f.path("raw.csv"), "--out", f.path("new")),
            List.of("raw.csv", "mlora prepare")),
        new Case(
            "data is no data set",
            f -> {},
            f -> f.train("--data", f.path("run"), "--out", f.path("new")),
            List.of("run", "mlora prepare")));
  }

  private static CommandRun evaluate(Fixture f, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "evaluate",
            "--device=reference",
            "--model",
            f.path("run"),
            "--data",
            f.path("data")));
  }

  static CommandRun predict(Fixture f, String in, Object out, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "predict",
            "--device=reference",
            "--model",
            f.path("run"),
            "--input",
            f.path(in),
            "--out",
            out));
  }

  private static Case weights(String name, Consumer<Fixture> spoil, String... says) {
    return new Case(
        name,
        f -> {
          spoil.accept(f);
          f.sign("run/best", MODEL);
        },
        f -> evaluate(f),
        List.of(says));
  }

  static Stream<Case> models() {
    String weights = "run/best/weights.safetensors";
    String rows = "user,item,shop,rating\nu1,i1,books,5\nu1,i1,zoo,5\n";
    return Stream.of(
        new Case(
            "the state that a training goes on from",
            f -> {},
            f -> evaluate(f, "--model", f.path("run/last")),
            List.of("last is what a training goes on from", "name its run")),
        new Case(
            "a folder of runs",
            f -> {},
            f -> evaluate(f, "--model", f.path(".")),
            List.of("holds several runs", "such as", "run")),
        weights(
            "safetensors header of 2^60 bytes",
            f -> f.write(weights, Spoiled.hugeSafetensorsHeader(f.read(weights))),
            "weights.safetensors",
            "header"),
        weights(
            "truncated safetensors",
            f -> f.write(weights, Arrays.copyOf(f.read(weights), f.read(weights).length - 8)),
            "weights.safetensors"),
        new Case(
            "checksum mismatch",
            f -> f.write(weights, Spoiled.with(f.read(weights), -4, 1)),
            f -> evaluate(f),
            List.of("weights.safetensors", "checksum")),
        weights("broken model.json", f -> f.write("run/best/model.json", "{"), "model.json"),
        new Case(
            "model of other fields",
            f -> {
              CommandRun made = f.prepare("raw.csv", "other", "--fields", "user");
              assertThat(made.code()).as(made.toString()).isZero();
            },
            f -> evaluate(f, "--data", f.path("other")),
            List.of("item")),
        new Case(
            "no model", f -> {}, f -> evaluate(f, "--model", f.path("data")), List.of("model")),
        new Case(
            "unknown domain",
            f -> f.write("rows.csv", rows),
            f -> predict(f, "rows.csv", f.path("out.csv")),
            List.of("rows.csv line 3", "'zoo'", "fallback")),
        new Case(
            "predict lacks a column",
            f -> f.write("rows.csv", "user,shop\nu1,books\n"),
            f -> predict(f, "rows.csv", f.path("out.csv")),
            List.of("rows.csv", "no column 'item'")),
        new Case(
            "predict to what no path can be",
            f -> {},
            f -> predict(f, "raw.csv", "out\0.csv"),
            List.of("--out", "is not a path")),
        new Case(
            "predict over its input",
            f -> {},
            f -> predict(f, "raw.csv", f.path("raw.csv"), "--overwrite"),
            List.of("--out", "--input")),
        new Case(
            "predict over a file of the model",
            f -> {},
            f -> predict(f, "raw.csv", f.path("run/best/weights.safetensors"), "--overwrite"),
            List.of("--out", "is in the model or data set", "best", "another folder")),
        new Case(
            "predict into a data set",
            f -> {},
            f -> predict(f, "raw.csv", f.path("data/train/new.csv")),
            List.of("--out", "is in the model or data set", "data", "another folder")),
        new Case(
            "predict over another file",
            f -> f.write("out.csv", "precious"),
            f -> predict(f, "raw.csv", f.path("out.csv")),
            List.of("out.csv exists already", "--overwrite")),
        new Case(
            "predict has the column already",
            f -> f.write("rows.csv", "user,item,shop,ctr\nu1,i1,books,1\n"),
            f -> predict(f, "rows.csv", f.path("out.csv")),
            List.of("'ctr'")),
        new Case(
            "resume without a run",
            f -> {},
            f -> f.train("--out", f.path("new"), "--resume"),
            List.of("new", "--resume")),
        new Case(
            "resume of something else",
            f -> {},
            f -> f.train("--out", f.path("data"), "--resume"),
            List.of("data")),
        new Case(
            "resume with changed flags",
            f -> {},
            f -> f.train("--out", f.path("run"), "--resume", "--lr", "0.5"),
            List.of("run was started with")),
        new Case(
            "layers that are too large together",
            f -> {},
            f -> f.train("--hidden", "1048576,1048576", "--out", f.path("new")),
            List.of("parameter 'B0'", "smaller sizes")),
        new Case("run exists", f -> {}, f -> f.train("--out", f.path("run")), List.of("--resume")),
        new Case(
            "run is no folder",
            f -> {},
            f -> f.train("--out", f.path("raw.csv")),
            List.of("raw.csv")));
  }

  private static Case flag(String name, String value, String... says) {
    return new Case(
        name + " " + value,
        f -> {},
        f -> f.train("--out", f.path("new"), name, value),
        Stream.concat(Stream.of(name), Stream.of(says)).toList());
  }

  /** Flags that would change nothing. */
  private static Case idle(String says, Object... flags) {
    return new Case(
        "idle " + Arrays.toString(flags),
        f -> {},
        f -> f.train(Stream.concat(Stream.of("--out", f.path("new")), Stream.of(flags)).toArray()),
        List.of(says, "would change nothing"));
  }

  /** What is refused before the first of several trainings. */
  private static Case search(String name, String command, Object... flags) {
    return new Case(
        name,
        f -> {},
        f ->
            CommandRun.of(
                Fixture.words(
                    flags,
                    Fixture.words(
                        Fixture.SMALL, command, "--data", f.path("data"), "--out", f.path("new")))),
        List.of("2 adapter ranks"));
  }

  static Stream<Case> flags() {
    return Stream.of(
        flag("--hidden", "64,x", "'x'", "256,128,64"),
        flag("--hidden", "64,0", "1 or more"),
        flag("--alpha", "0", "1 or more"),
        flag("--dropout", "1", "below 1"),
        flag("--lr", "NaN", "above 0"),
        flag("--lr", "-1", "above 0"),
        flag("--batch", "0", "1 or more"),
        flag("--model", "mpl", "known models: adasparse"),
        flag("--optimizer", "adamw", "adam, adagrad"),
        flag("--adapter", "lora", "did you mean 'mlora'?"),
        flag("--threads", "0", "1 or more"),
        flag("--seed", "one", "whole number"),
        flag("--early-stop", "auc", "mean-auc"),
        flag("--checkpoint-every", "soon", "30s"),
        flag("--init", "weight=magic", "weight"),
        flag("--device", "cuda:x", "no number of a device"),
        flag("--device", "gpu", "auto, cpu"),
        flag("--precision", "bf17", "fp32, 3xtf32, tf32, bf16; did you mean 'bf16'?"),
        flag("--gemm", "cublas", "auto, jcublas, javacpp, native, kernels"),
        flag("--batchin", "mixed", "did you mean '--batching'?"),
        flag("--early-stop", "pcoc", "wauc, mean-auc, log-loss, ece"),
        flag("--init", "weight", "--init takes PART=HOW"),
        idle("goes with --optimizer adam", "--optimizer", "sgd", "--adam-epsilon", "0.5"),
        idle("goes with --dr-domains", "--dr-lr", "0.9"),
        idle("not with --adapter none", "--adapter", "none", "--ranks", "2"),
        idle("goes with --adapter moe-mlora", "--gate", "sample"),
        idle("what --ranks takes the place of", "--alpha", "2", "--ranks", "2"),
        idle("adapters to tune", "--adapter", "none", "--phases", "pretrain-finetune"),
        idle("zero-factors goes with", "--compat", "zero-factors"),
        new Case(
            "seeds beyond the largest",
            f -> {},
            f -> f.train("--out", f.path("new"), "--seed", Long.MAX_VALUE, "--seeds", 2),
            List.of("--seed", "smaller")),
        new Case(
            "too small a demo",
            f -> {},
            f -> CommandRun.of("demo", "--rows", 10, "--out", f.path("new")),
            List.of("--rows 10", "1000 or more")),
        search("a setting of a comparison that cannot be", "compare", "--ranks", "1,2"),
        search("a search of settings that cannot be", "tune", "--ranks", "1,2"),
        search("a table of settings that cannot be", "reproduce", "--ranks", "1,2"),
        new Case(
            "the root folder as data of a table",
            f -> {},
            f -> CommandRun.of("reproduce", "--data", "/", "--out", f.path("new")),
            List.of("/ is no prepared data set", "mlora prepare")),
        new Case(
            "ranks that do not fit",
            f -> {},
            f -> f.train("--out", f.path("new"), "--ranks", "1,2"),
            List.of("2", "1")),
        new Case(
            "unknown split",
            f -> {},
            f -> evaluate(f, "--split", "tset"),
            List.of("--split", "train, validation, test")),
        new Case(
            "argument that the locale cannot hold",
            f -> {},
            f -> f.prepare("raw.csv", "new", "--label", "\uFFFD\uFFFD>=4"),
            List.of("'\uFFFD\uFFFD>=4'", "sun.jnu.encoding", "LC_ALL=C.UTF-8")),
        new Case("missing flag", f -> {}, f -> CommandRun.of("train"), List.of("--data", "--help")),
        new Case(
            "unknown command",
            f -> {},
            f -> CommandRun.of("trian"),
            List.of("did you mean 'train'?")));
  }
}
