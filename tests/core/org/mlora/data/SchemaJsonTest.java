package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;

class SchemaJsonTest {
  private static final OptionalInt NONE = OptionalInt.empty();
  private static final Schema SCHEMA =
      new Schema(
          "rating",
          "rating>=4",
          "category",
          List.of("a \"quoted\" name", "ü", ""),
          List.of(
              new Field.Categorical("user", 10, new Field.IdRule.Vocabulary(), OptionalInt.of(16)),
              new Field.Categorical("item", 1000, new Field.IdRule.Hashed(), NONE),
              new Field.Categorical("age", 4, new Field.IdRule.Buckets(List.of(18.5, 30.0)), NONE),
              new Field.MultiValued(
                  "tags", 3, new Field.IdRule.Vocabulary(), "||", Pooling.SUM, NONE),
              new Field.Numeric("price", new Field.NumberRule.Standardised(0.1, 1e-300), NONE),
              new Field.Numeric("count", new Field.NumberRule.Log1p(), OptionalInt.of(1)),
              new Field.Numeric("x", new Field.NumberRule.Raw(), NONE),
              new Field.Pretrained("text", 5, new Field.IdRule.Vocabulary(), 128, true)));

  private static String json() {
    return SchemaJson.toJson(SCHEMA).toString();
  }

  private static Schema parse(String text) {
    try {
      Path folder = Files.createTempDirectory("schema");
      Path file = folder.resolve("schema.json");
      try {
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        return SchemaJson.read(file);
      } finally {
        FolderTree.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyKindOfFieldComesBackEqual() {
    assertThat(parse(json())).isEqualTo(SCHEMA);
  }

  @Test
  void aSchemaThatWouldNotBeReadIsNotWritten(@TempDir Path folder) {
    String name = "x".repeat(1 << 20);
    List<String> domains = IntStream.range(0, 64).mapToObj(i -> name + i).toList();
    Path file = folder.resolve("schema.json");
    assertThatThrownBy(() -> SchemaJson.write(SCHEMA.withDomains(domains), file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the names of 64 domains")
        .hasMessageContaining("--min-domain-rows");
    assertThat(file).doesNotExist();
  }

  @Test
  void boundariesOfNumbersThatWereRoundedFirstDivideNumbersAsTheyDid() {
    double boundary = 0.1f;
    String old =
        json()
            .replace(",\"numbers\":\"float64\"", "")
            .replace("[18.5,30.0]", "[" + boundary + ",16777218]");
    Field.IdRule rule = parse(old).fields().get(2).idRule().orElseThrow();
    Field.IdRule.Buckets buckets = (Field.IdRule.Buckets) rule;
    double[] numbers = {0.1, 0.09999999, boundary, 16777217, Math.nextUp(16777217.0), 16777219, 5};
    for (double x : numbers) {
      int expected = 1 + (boundary <= (float) x ? 1 : 0) + (16777218 <= (float) x ? 1 : 0);
      assertThat(NumberCell.bucket(buckets, x)).as("bucket of %s", x).isEqualTo(expected);
    }
  }

  @Test
  void wrongValuesAreNamedWithTheirField() {
    assertBad("\"name\":\"item\"", "\"name\":\"user\"", "field 'user' is in the schema twice");
    assertBad("\"kind\":\"numeric\"", "\"kind\":\"number\"", "'number' is not one of");
    assertBad("\"label\":\"rating\",", "", "label is missing");
    assertBad("\"label\":\"rating\"", "\"label\":\"user\"", "also the label column");
    assertBad(
        "\"id_count\":10,",
        "\"id_count\":1e99,",
        "field 'user': id_count is 1.0E99; it must be a whole");
    assertBad("\"id_count\":10,", "\"id_count\":-1,", "field 'user': id_count is -1");
    assertBad("\"id_count\":10,", "", "field 'user': id_count is missing");
    assertBad("\"pooling\":\"sum\"", "\"pooling\":\"max\"", "field 'tags': pooling");
    assertBad("[18.5,30.0]", "[30,18]", "ascending");
    assertBad("\"float64\"", "\"float16\"", "ids.numbers");
    assertBad("\"deviation\":1.0E-300", "\"deviation\":0", "above 0");
    assertBad("\"version\":1", "\"version\":2", "version 2");
    assertBad("\"version\":1", "\"version\":1,\"extra\":1", "extra is not known");
    assertBad(
        "\"trained\":true",
        "\"trained\":\"yes\"",
        "field 'text': trained is \"yes\"; it must be true");
    assertBad("\"ü\"", "\"\"", "domain '' is in the schema twice");
    assertThatThrownBy(() -> parse("[".repeat(100_000))).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> parse("")).isInstanceOf(InvalidInputException.class);
  }

  private static void assertBad(String from, String to, String message) {
    assertThat(json()).contains(from);
    String text = json().replaceFirst(java.util.regex.Pattern.quote(from), to);
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("schema.json")
        .hasMessageContaining(message);
  }

  @Property(tries = 2000)
  void damagedTextIsReadOrRefusedAsInvalidInput(
      @ForAll @IntRange(max = 900) int at,
      @ForAll char value,
      @ForAll @IntRange(max = 5) int drop) {
    StringBuilder text = new StringBuilder(json());
    int start = at % text.length();
    text.replace(start, Math.min(start + drop, text.length()), Character.toString(value));
    try {
      parse(text.toString());
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).contains("schema.json");
    }
  }
}
