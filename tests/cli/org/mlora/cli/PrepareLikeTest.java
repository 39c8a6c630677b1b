package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.Backend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.serve.MloraModel;

/** A model with a field of buckets, and rows of the next day that are prepared like it. */
class PrepareLikeTest {
  @TempDir static Path shared;
  @TempDir Path temporary;

  private static Fixture fixture;

  @BeforeAll
  static void trainOnTheFirstDay() throws IOException {
    fixture = new Fixture(shared);
    fixture.write("monday.csv", table(TestData.csv(600), 1));
    fixture.write("tuesday.csv", table(TestData.csv(900, "books", "toys", "games"), 3));
    fixture
        .prepare("monday.csv", "data", "--fields", "user,item,price:numeric(bucketise=5)")
        .requireDone();
    fixture.train("--out", fixture.path("run")).requireDone();
    prepare("--like", fixture.path("run"), "--out", fixture.path("like")).requireDone();
    fixture
        .prepare("tuesday.csv", "own", "--fields", "user,item,price:numeric(bucketise=5)")
        .requireDone();
  }

  /** A table with prices that depend on the item, some of them missing, and parts. */
  private static String table(String csv, int factor) {
    List<String> lines = csv.lines().toList();
    StringBuilder text = new StringBuilder(lines.get(0)).append(",price,part\n");
    for (int i = 1; i < lines.size(); i++) {
      String price = i % 11 == 0 ? "" : factor * (i * 37 % 101) / 4.0 + "";
      text.append(lines.get(i))
          .append(',')
          .append(price)
          .append(',')
          .append(i % 5 % 3)
          .append('\n');
    }
    return text.toString();
  }

  private static CommandRun prepare(Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "prepare",
            "csv",
            "--quiet",
            "--input",
            fixture.path("tuesday.csv"),
            "--split-column",
            "part"));
  }

  private CommandRun made(String command, String data, Object... more) {
    return fixture.withModel(
        command, data, Fixture.words(more, "--out", temporary.resolve(command)));
  }

  @Test
  void aModelWithBucketsIsEvaluatedUpdatedCalibratedAndOnboardedWithTheRows() throws IOException {
    JsonNode evaluation =
        new ObjectMapper().readTree(fixture.withModel("evaluate", "like").requireDone().out());
    assertThat(evaluation.path("rows").asInt()).isEqualTo(180);
    JsonNode update =
        new ObjectMapper().readTree(made("update", "like", "--epochs=1").requireDone().out());
    assertThat(update.path("new").path("domains").toString()).isEqualTo("[\"games\"]");
    assertThat(update.path("test").path("before").path("log_loss"))
        .isEqualTo(evaluation.path("log_loss"));
    made("calibrate", "like").requireDone();
    made("onboard", "like", "--domain=games", "--epochs=1").requireDone();
  }

  @Test
  void withBucketsOfTheirOwnTheRowsAreRefusedWithTheRemedy() {
    List<String> says = List.of("'price'", "quantiles of other rows", "mlora prepare csv --like");
    fixture.withModel("evaluate", "own").requireOneLine(says);
    made("update", "own").requireOneLine(says);
    made("calibrate", "own").requireOneLine(says);
    made("onboard", "own", "--domain=games").requireOneLine(says);
  }

  @Test
  void whatIsEvaluatedIsWhatPredictGivesToTheBit() throws IOException {
    Path scored = temporary.resolve("scored.csv");
    BadInputs.predict(fixture, "tuesday.csv", scored, "--unknown-domain", "fallback").requireDone();
    List<Float> expected =
        Files.readAllLines(scored).stream()
            .filter(line -> line.matches(".*,2,[^,]*"))
            .map(line -> Float.valueOf(line.substring(line.lastIndexOf(',') + 1)))
            .toList();
    assertThat(expected).hasSize(180);
    try (Dataset like = Dataset.open(fixture.path("like"));
        Backend backend = new ReferenceBackend();
        MloraModel model = MloraModel.open(fixture.path("run"), backend)) {
      assertThat(model.predict(model.columns(like, Split.TEST)))
          .containsExactly(expected.toArray(Float[]::new));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run/best", "data"})
  void aSavedModelAndADataSetGiveTheSameAsTheRun(String like) throws IOException {
    Path out = temporary.resolve("like");
    prepare("--like", fixture.path(like), "--out", out).requireDone();
    prepare("--like", fixture.path(like), "--out", out, "--overwrite").requireDone();
    assertThat(out.resolve("manifest.json"))
        .hasSameTextualContentAs(fixture.path("like/manifest.json"));
  }

  @Test
  void flagsThatTheModelAnswersAreRefusedBesideIt() {
    Object[] like = {"--like", fixture.path("run"), "--out", temporary.resolve("new")};
    Stream.of("--label=rating", "--domain-column=shop", "--fields=user")
        .forEach(
            flag ->
                prepare(Fixture.words(like, flag))
                    .requireOneLine(
                        List.of("--like takes", "run", flag.substring(0, flag.indexOf('=')))));
    prepare(Fixture.words(like, "--label=rating", "--fields=user"))
        .requireOneLine(List.of("leave out --label, --fields, or --like"));
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void withoutItLabelDomainAndFieldsAreRequired() {
    Object out = temporary.resolve("new");
    prepare("--out", out)
        .requireOneLine(
            List.of(
                "missing required options: '--label=RULE', '--domain-column=NAME', '--fields=LIST'"
                    + "; see 'mlora prepare csv --help'"));
    prepare("--out", out, "--label=rating", "--fields=user")
        .requireOneLine(List.of("missing required option: '--domain-column=NAME';"));
  }

  @Test
  void whatIsNoModelAndNoDataSetIsToldInOneLine() throws IOException {
    Path empty = Files.createDirectories(temporary.resolve("empty"));
    refused(empty, "empty holds neither a trained model nor a prepared data set");
    refused(temporary.resolve("none"), "none: no such folder");
    refused(fixture.path("tuesday.csv"), "tuesday.csv is a file, not a folder");
    Fixture copy = fixture.copyTo(Files.createDirectories(temporary.resolve("copy")));
    copy.write("run/best/vocabulary/user.txt", "u1\n");
    refused(copy.path("run"), "user.txt differs from its checksum");
    copy.write("data/schema.json", "{}");
    refused(copy.path("data"), "schema.json has 2 bytes");
  }

  private void refused(Path like, String says) {
    Path out = temporary.resolve("new");
    prepare("--like", like, "--out", out).requireOneLine(List.of(says));
    assertThat(out).doesNotExist();
  }

  @Test
  void aColumnThatTheTableLacksIsNamed() {
    Path other = fixture.write("other.csv", TestData.csv(30));
    Path out = temporary.resolve("new");
    CommandRun.of("prepare", "csv", "--like", fixture.path("run"), "--input", other, "--out", out)
        .requireOneLine(List.of("other.csv has no column 'price'; its columns are user, item"));
  }
}
