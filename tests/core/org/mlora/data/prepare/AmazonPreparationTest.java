package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;

class AmazonPreparationTest {
  private static final int USERS = 12;
  private static final int ITEMS = 60;

  @TempDir Path folder;
  private Path input;

  /** Two categories: one as the files of 2018, one as those of 2014. */
  @BeforeEach
  void writeFiles() throws IOException {
    input = Files.createDirectory(folder.resolve("amazon"));
    StringBuilder games = new StringBuilder();
    StringBuilder toys = new StringBuilder();
    for (int user = 0; user < USERS; user++) {
      for (int i = 0; i < 5; i++) {
        games.append(in2018("A" + user, "B" + (7 * user + i) % ITEMS, 1 + i));
        toys.append(in2014("A" + (user + 6), "B" + (11 * user + 2 * i) % ITEMS));
      }
    }
    // The same pair with another rating counts once.
    games.append(in2018("A0", "B0", 2));
    pack("Video_Games_5.json.gz", games.toString());
    Files.writeString(input.resolve("reviews_Toys_and_Games_5.json"), toys);
    Files.writeString(input.resolve("meta_Video_Games.json"), "{'asin': 'not strict JSON'}\n");
  }

  private void pack(String name, String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    Files.write(input.resolve(name), bytes.toByteArray());
  }

  private static String in2018(String user, String item, int stars) {
    return ("{\"overall\": %d.0, \"verified\": true, \"reviewTime\": \"10 17, 2015\","
            + " \"reviewerID\": \"%s\", \"asin\": \"%s\", \"style\": {\"asin\": \" not this\"},"
            + " \"reviewerName\": \"Jos\\u00e9 \\\"J\\\"\", \"reviewText\": \"a\\nb\","
            + " \"unixReviewTime\": 1445040000}\n")
        .formatted(stars, user, item);
  }

  private static String in2014(String user, String item) {
    return ("{\"reviewerID\": \"%s\", \"asin\": \"%s\", \"reviewerName\": \"n\","
            + " \"helpful\": [0, 0], \"reviewText\": \"t\", \"overall\": 3.0}\n")
        .formatted(user, item);
  }

  private PreparationReport prepare(String out, List<String> categories, int seed) {
    AmazonPreparation.Options options =
        new AmazonPreparation.Options(
            input,
            categories,
            new SplitRule.Stratified(60, 20, 20, seed),
            seed,
            false,
            folder.resolve(out));
    return new AmazonPreparation(options, Progress.none()).run();
  }

  @Test
  void everyReviewIsAPositiveAndNegativesFollowTheRatioOfTheCategory() {
    PreparationReport report = prepare("out", List.of(), 123);
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::name)
        .containsExactly("Toys and Games", "Video Games");
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::positives)
        .containsExactly(60L, 60L);
    // floor(5 / 0.22) = 22 and floor(5 / 0.23) = 21 negatives a user.
    assertThat(report.domains())
        .extracting(PreparationReport.Domain::rows)
        .containsExactly(USERS * (5 + 22L), USERS * (5 + 21L));
    assertThat(report.domains().get(1).train()).isEqualTo(36 + 151);
  }

  @Test
  void negativesAreItemsOfTheCategoryThatTheUserDidNotTake() {
    prepare("out", List.of(), 123);
    List<PreparedRows.Row> rows = PreparedRows.of(folder.resolve("out"));
    for (String domain : List.of("Toys and Games", "Video Games")) {
      List<PreparedRows.Row> its = rows.stream().filter(r -> r.domain().equals(domain)).toList();
      Set<String> items =
          its.stream()
              .filter(PreparedRows.Row::positive)
              .map(PreparedRows.Row::item)
              .collect(Collectors.toSet());
      assertThat(its).allMatch(row -> items.contains(row.item()));
      // A user and an item meet once, as a positive or as a negative.
      assertThat(its.stream().map(row -> row.user() + " " + row.item())).doesNotHaveDuplicates();
    }
    assertThat(rows)
        .filteredOn(PreparedRows.Row::positive)
        .anyMatch(
            r ->
                r.user().equals("A0") && r.item().equals("B0") && r.domain().equals("Video Games"));
  }

  @Test
  void theSameSeedGivesTheSameBytes() {
    for (String out : List.of("one", "two")) {
      prepare(out, List.of(), 123);
    }
    prepare("three", List.of(), 124);
    try (Dataset one = Dataset.open(folder.resolve("one"));
        Dataset two = Dataset.open(folder.resolve("two"));
        Dataset three = Dataset.open(folder.resolve("three"))) {
      assertThat(one.checksum()).isEqualTo(two.checksum()).isNotEqualTo(three.checksum());
    }
  }

  @Test
  void categoriesCanBeChosen() {
    PreparationReport report = prepare("out", List.of("Video Games"), 123);
    // Alone it is the first, whose ratio is 0.22.
    assertThat(report.domains()).hasSize(1);
    assertThat(report.rows()).isEqualTo(USERS * (5 + 22L));
    assertThat(AmazonPreparation.THIRTEEN)
        .hasSize(13)
        .containsAll(AmazonPreparation.SIX)
        .isSorted();
  }

  @Test
  void whatIsWrongIsNamedByFileAndLine() throws IOException {
    assertRefused("lacks category 'Software'", "Software_5.json.gz", List.of("Software"));
    Files.writeString(input.resolve("Software_5.json"), in2018("A1", "B1", 5) + "{\"asin\": 3}\n");
    assertRefused("Software_5.json line 2", "no 'reviewerID'", List.of());
    Files.writeString(input.resolve("Software_5.json"), "\n{\"asin\": \"B1\", oops}\n");
    assertRefused("Software_5.json line 2", "is no JSON object", List.of());
    Files.writeString(input.resolve("Software_5.json"), "\n");
    assertRefused("Software_5.json holds no reviews", "get it again", List.of());
    Files.writeString(input.resolve("Software_5.json"), "[1]\n");
    assertRefused("Software_5.json line 1", "is no JSON object", List.of());
    Files.writeString(input.resolve("Video_Games_5.json"), in2018("A1", "B1", 5));
    assertRefused("category 'Video Games' twice", "keep one", List.of());
    input = Files.createDirectory(folder.resolve("empty"));
    assertRefused("holds no files such as", "mlora data", List.of());
    assertThat(folder.resolve("bad")).doesNotExist();
  }

  private void assertRefused(String first, String second, List<String> categories) {
    assertThatThrownBy(() -> prepare("bad", categories, 123))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(first, second);
  }
}
