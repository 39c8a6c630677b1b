package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.cli.terminal.Interruption;

class PredictTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnce() {
    fixture = Fixture.create(folder);
  }

  private static CommandRun predict(String in, Object... more) {
    return CommandRun.withInput(
        in,
        Fixture.words(
            more,
            "predict",
            "--device=reference",
            "--quiet",
            "--model",
            fixture.path("run"),
            "--input",
            "-",
            "--out",
            "-"));
  }

  private static List<String> lines(CommandRun run) {
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.err()).isEmpty();
    return run.out().lines().toList();
  }

  @Test
  void addsTheColumnToTheRowsAsTheyAreInTheirOrder() {
    List<String> lines =
        lines(
            predict(
                "note,shop,item,user\n\"a, \"\"b\"\"\",toys,i3,u2\n,books,new,u1\nx,toys,i3,u2\n"));
    assertThat(lines.get(0)).isEqualTo("note,shop,item,user,ctr");
    assertThat(lines.get(1)).matches("\"a, \"\"b\"\"\",toys,i3,u2,0\\.\\d+");
    assertThat(lines.get(2)).matches(",books,new,u1,0\\.\\d+");
    String first = lines.get(1).substring(lines.get(1).lastIndexOf(','));
    assertThat(lines.get(3)).isEqualTo("x,toys,i3,u2" + first);
  }

  @Test
  void givesForAFileWhatItGivesForAPipeAndForAGzipFile() throws IOException {
    String raw = TestData.csv(20_000);
    String piped = predict(raw).out();
    assertThat(piped.lines()).hasSize(20_001);
    fixture.write("many.csv", raw);
    Path plain = fixture.path("plain.csv");
    Path zipped = fixture.path("zipped.csv.gz");
    for (Path out : List.of(plain, zipped)) {
      CommandRun run = predict("", "--input", fixture.path("many.csv"), "--out", out);
      assertThat(run.code()).as(run.toString()).isZero();
      assertThat(run.out()).isEqualTo("20,000 rows with column 'ctr': " + out + "\n");
    }
    assertThat(Files.readString(plain)).isEqualTo(piped);
    byte[] unzipped =
        new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(zipped))).readAllBytes();
    assertThat(unzipped).asString().isEqualTo(piped);
  }

  @Test
  void rowsOfManyBatchesStayInTheirOrderWithAnyNumberOfThreads() {
    String raw = TestData.csv(70_000);
    String alone = predict(raw, "--threads=1").out();
    assertThat(alone.lines().map(line -> line.substring(0, line.lastIndexOf(','))).toList())
        .isEqualTo(raw.lines().toList());
    assertThat(predict(raw, "--threads=3").out()).isEqualTo(alone);
  }

  @Test
  void aBadRowAfterManyGoodOnesLeavesNoFile() {
    fixture.write("bad.csv", TestData.csv(40_000) + "u1,i1,zoo,5\n");
    Path out = fixture.path("never.csv");
    CommandRun run = predict("", "--input", fixture.path("bad.csv"), "--out", out);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errorLines())
        .singleElement()
        .asString()
        .contains("bad.csv line 40,002: shop 'zoo'");
    assertThat(out).doesNotExist();
  }

  @Test
  void theRowsBeforeABadOneAreWrittenToStandardOutput() {
    for (int rows : List.of(3, 10_000)) {
      CommandRun run = predict(TestData.csv(rows) + "u1,i1,zoo,5\nu1,i1,toys,5\n");
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.errorLines()).singleElement().asString().contains("shop 'zoo'");
      assertThat(run.out().lines()).hasSize(1 + rows);
    }
  }

  @Test
  void aLinkStaysAndTheFileThatItLeadsToIsWritten(@TempDir Path links) throws IOException {
    fixture.write("rows.csv", "user,item,shop\nu1,i1,toys\n");
    Path target =
        Files.writeString(Files.createDirectory(links.resolve("far")).resolve("a"), "old");
    Path link = Files.createSymbolicLink(links.resolve("link.csv"), target);
    BadInputs.predict(fixture, "rows.csv", link, "--overwrite").requireDone();
    assertThat(link).isSymbolicLink();
    assertThat(Files.readString(target)).startsWith("user,item,shop,ctr\n");
    Files.delete(target);
    BadInputs.predict(fixture, "rows.csv", link, "--overwrite")
        .requireOneLine(List.of("link.csv is a link to a file that is not there", "another name"));
    assertThat(links.resolve("far")).isEmptyDirectory();
  }

  @Test
  void aModelThatHasDivergedGivesNoRows(@TempDir Path copy) {
    Fixture diverged = fixture.copyTo(copy);
    String weights = "run/best/weights.safetensors";
    diverged.write(weights, Spoiled.withoutNumbers(diverged.read(weights)));
    diverged.sign("run/best", "mlora-model");
    Path out = diverged.path("never.csv");
    for (String threads : List.of("--threads=1", "--threads=2")) {
      CommandRun run = BadInputs.predict(diverged, "raw.csv", out, threads);
      assertThat(run.code()).as(run.toString()).isEqualTo(ExitCode.FAILURE);
      assertThat(run.errorLines()).singleElement().asString().contains("not a number", "--lr");
      assertThat(out).doesNotExist();
    }
  }

  @Test
  void answersOrSkipsRowsOfUnknownDomainsWhereAskedTo() {
    String rows = "user,item,shop\nu1,i1,zoo\nu1,i1,toys\n";
    List<String> answered = lines(predict(rows, "--unknown-domain", "fallback"));
    assertThat(answered).hasSize(3);
    assertThat(answered.get(1)).matches("u1,i1,zoo,0\\.\\d+");
    assertThat(lines(predict(rows, "--unknown-domain", "skip")))
        .containsExactly("user,item,shop,ctr", answered.get(2));
  }

  @Test
  void withoutQuotesTheyAreCharactersOfTheRows() {
    List<String> lines =
        lines(
            predict("note,shop,item,user\n5\" disk,toys,i3,u2\n\"x,books,i1,u1\n", "--no-quotes"));
    assertThat(lines.get(1)).matches("5\" disk,toys,i3,u2,0\\.\\d+");
    assertThat(lines.get(2)).matches("\"x,books,i1,u1,0\\.\\d+");
  }

  @Test
  void anErrorOfTheProgramIsOneLineAndNoInterruption() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() {
            throw new NoSuchMethodError("gone");
          }
        };
    CommandRun run =
        CommandRun.with(
            broken,
            new Interruption(),
            "predict",
            "--device=reference",
            "--model",
            fixture.path("run"),
            "--input=-",
            "--out=-");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errorLines())
        .singleElement()
        .asString()
        .startsWith("mlora: internal error: java.lang.NoSuchMethodError: gone; add --verbose");
  }

  @Test
  void keepsTheDelimiterOfTheInput() {
    String rows = "user\titem\tshop\nu1\ti1\ttoys\n";
    List<String> found = lines(predict(rows));
    assertThat(found.get(1)).matches("u1\ti1\ttoys\t0\\.\\d+");
    assertThat(lines(predict(rows, "--delimiter", "tab"))).isEqualTo(found);
    assertThat(lines(predict(rows, "--delimiter", "\\t"))).isEqualTo(found);
  }

  @Test
  void aTableWithoutRowsGivesAHeader() {
    assertThat(lines(predict("user,item,shop\n"))).containsExactly("user,item,shop,ctr");
  }
}
