package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code export-domain} and {@code drop-domain}, on a model that was trained with adapters. */
class DomainCommandsTest {
  private static final String ROWS = "shop,item,user\n%1$s,i3,u2\n%1$s,i1,u1\n%1$s,i7,u4\n";

  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
    CommandRun trained =
        fixture.train(
            "--adapter-scaling",
            "root_rank:2",
            "--adapter-lr",
            "0.05",
            "--epochs",
            "3",
            "--out",
            fixture.path("scaled"));
    assertThat(trained.code()).as(trained.toString()).isZero();
  }

  private static CommandRun make(String command, String domain, String out, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            command,
            "--device",
            "reference",
            "--model",
            fixture.path("scaled"),
            "--domain",
            domain,
            "--out",
            fixture.path(out)));
  }

  private static List<Double> predictions(String model, String domain) {
    CommandRun run =
        CommandRun.withInput(
            ROWS.formatted(domain),
            "predict",
            "--device=reference",
            "--quiet",
            "--model",
            fixture.path(model),
            "--unknown-domain=fallback",
            "--input",
            "-",
            "--out",
            "-");
    assertThat(run.code()).as(run.toString()).isZero();
    return run.out()
        .lines()
        .skip(1)
        .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(',') + 1)))
        .toList();
  }

  @Test
  void anExportedDomainPredictsTheSameWithoutAdapters() {
    CommandRun exported = make("export-domain", "toys", "toys");
    assertThat(exported.code()).as(exported.toString()).isZero();
    assertThat(exported.out()).contains("1 domain,");
    assertClose(predictions("toys", "toys"), predictions("scaled", "toys"), 1e-6);
    assertThat(CommandRun.of("inspect", "--model", fixture.path("toys"), "--json").out())
        .contains("\"none\"");
  }

  @Test
  void itKeepsItsAdaptersWhereThatIsAsked() {
    CommandRun exported = make("export-domain", "books", "kept", "--keep-adapter", "--json");
    assertThat(exported.code()).as(exported.toString()).isZero();
    assertThat(exported.out()).contains("\"books\"").doesNotContain("\"toys\"");
    assertThat(predictions("kept", "books")).isEqualTo(predictions("scaled", "books"));
  }

  @Test
  void aDroppedDomainIsUnknownAndTheOthersAreAsTheyWere() {
    CommandRun dropped = make("drop-domain", "toys", "rest");
    assertThat(dropped.code()).as(dropped.toString()).isZero();
    assertThat(predictions("rest", "books")).isEqualTo(predictions("scaled", "books"));
    assertThat(predictions("rest", "toys")).isEqualTo(predictions("scaled", "never-seen"));
    CommandRun evaluated =
        CommandRun.of(
            "evaluate",
            "--device=reference",
            "--model",
            fixture.path("rest"),
            "--data",
            fixture.path("data"));
    assertThat(evaluated.code()).as(evaluated.toString()).isZero();
    assertThat(evaluated.out()).contains("(unknown)");
  }

  @Test
  void aDomainThatTheModelDoesNotHaveIsNamedAndNothingIsWritten() {
    for (String command : List.of("export-domain", "drop-domain")) {
      CommandRun run = make(command, "garden", "none");
      assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
      assertThat(run.err()).contains("'garden'").contains("toys");
      assertThat(fixture.path("none")).doesNotExist();
    }
    CommandRun twice = make("export-domain", "toys", "scaled");
    assertThat(twice.code()).isEqualTo(ExitCode.BAD_INPUT);
    assertThat(twice.err()).contains("exists already");
  }

  private static void assertClose(List<Double> actual, List<Double> expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected).isNotEmpty();
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.get(i)).isCloseTo(expected.get(i), Offset.offset(tolerance));
    }
  }
}
