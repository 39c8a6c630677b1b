package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

/** Rows of every kind of field: as columns, as ids, numbers and lists, and as texts. */
@ExtendWith(NoNativeLeaks.class)
class AnyRowTest {
  private static final Field.IdRule VOCABULARY = new Field.IdRule.Vocabulary();
  private static final Schema SCHEMA =
      new Schema(
          "label",
          "label==1",
          "shop",
          List.of("toys", "books"),
          List.of(
              new Field.MultiValued("tags", 6, VOCABULARY, "|", Pooling.MEAN, OptionalInt.empty()),
              new Field.Categorical("user", 4, VOCABULARY, OptionalInt.empty()),
              new Field.Numeric(
                  "price", new Field.NumberRule.Standardised(10, 4), OptionalInt.empty()),
              new Field.Categorical(
                  "age", 4, new Field.IdRule.Buckets(List.of(18.0, 65.0)), OptionalInt.empty()),
              new Field.MultiValued("seen", 5, VOCABULARY, ",", Pooling.SUM, OptionalInt.empty())));

  private static final List<Map<String, String>> TEXTS =
      List.of(
          row("a|c|e", "u2", "12", "30", "x,y", "toys"),
          row("", "u9", "", "", "", "books"),
          row("b|nosuch", "u1", "-6.5", "65", "z,z,z,w,x", "nowhere"));

  private static final Columns COLUMNS =
      new Columns(
          3,
          List.of(
              bags(new long[] {0, 3, 3, 5}, 1, 3, 5, 2, 0),
              new Column.Ids(Buffers.ints(2, 0, 1)),
              new Column.Numbers(Buffers.floats(0.5f, 0, -4.125f)),
              new Column.Ids(Buffers.ints(2, 0, 3)),
              bags(new long[] {0, 2, 2, 7}, 1, 2, 3, 3, 3, 4, 1)),
          Buffers.ints(0, 1, -1),
          ByteBuffer.allocateDirect(0).asFloatBuffer());

  private static Map<String, String> row(
      String tags, String user, String price, String age, String seen, String shop) {
    return Map.of(
        "tags",
        tags,
        "user",
        user,
        "price",
        price,
        "age",
        age,
        "seen",
        seen,
        "shop",
        shop,
        "campaign",
        "not a field");
  }

  private static Column bags(long[] offsets, int... ids) {
    return new Column.Bags(Buffers.longs(offsets), Buffers.ints(ids));
  }

  @Test
  void theSameRowsArePredictedTheSameFromTextsAndFromIdsNumbersAndLists() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK);
        PredictionBatch batch = predictor.batch(3)) {
      float[] expected = predictor.predict(COLUMNS);
      assertThat(expected).doesNotHaveDuplicates();
      assertThat(predictor.predict(TEXTS)).isEqualTo(expected);
      assertThat(predictor.predict(TEXTS.get(2))).isEqualTo(expected[2]);
      int[][] first = {{1, 3, 5}, {1, 2}};
      int[][] last = {{2, 0}, {3, 3, 3, 4, 1}};
      for (int again = 0; again < 2; again++) {
        batch.set(0, new int[] {2, 2}, new float[] {0.5f}, first, 0);
        batch.set(1, new int[] {0, 0}, new float[] {predictor.number("price", Double.NaN)}, 1);
        int age = predictor.id("age", 65);
        float price = predictor.number("price", -6.5);
        batch.set(2, new int[] {predictor.id("user", "u1"), age}, new float[] {price}, last, -1);
        float[] batched = new float[3];
        batch.predict(3).get(batched);
        assertThat(batched).isEqualTo(expected);
        batch.set(0, new int[] {0, 0}, new float[] {0}, 1);
        assertThat(batch.predict(1).get(0)).as("without lists").isEqualTo(expected[1]);
      }
    }
  }

  @Test
  void numbersAreComparedAndStandardisedAsTheyAre() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      assertThat(predictor.id("age", Math.nextDown(18.0))).isEqualTo(1);
      assertThat(predictor.number("price", 16_777_217)).isEqualTo((float) (16_777_207 / 4.0));
    }
  }

  @Test
  void listsMayBeLongerThanTheBatchHadRoomFor() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK);
        PredictionBatch batch = predictor.batch(2)) {
      int[] many = new int[1000];
      Arrays.fill(many, 2);
      int[][] few = {{2}, {}};
      batch.set(0, new int[] {1, 1}, new float[] {0}, few, 0);
      float expected = batch.predict(1).get(0);
      // Tags are averaged, so that a thousand times the same are one.
      batch.set(1, new int[] {1, 1}, new float[] {0}, new int[][] {many, {}}, 0);
      assertThat(batch.predict(2).get(1)).isEqualTo(expected);
      assertThat(batch.predict(2).get(0)).isEqualTo(expected);
    }
  }

  @Test
  void threadsThatShareABatchByMistakeWaitForEachOther() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      for (int round = 0; round < 30; round++) {
        try (PredictionBatch batch = predictor.batch(2)) {
          List<Future<?>> both = new ArrayList<>();
          for (int row = 0; row < 2; row++) {
            int of = row;
            both.add(threads.submit(() -> predictGrowingLists(batch, of)));
          }
          for (Future<?> one : both) {
            one.get();
          }
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  private static void predictGrowingLists(PredictionBatch batch, int row) {
    for (int length = 1; length < 20_000; length *= 3) {
      batch.set(row, new int[] {1, 1}, new float[] {0}, new int[][] {{1}, new int[length]}, 0);
      batch.predict(2);
    }
  }

  @Test
  void aListThatIsNotGivenIsRefusedBeforeAnythingChanges() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK);
        PredictionBatch batch = predictor.batch(1)) {
      int[][] lists = {{1, 3}, {2}};
      batch.set(0, new int[] {1, 1}, new float[] {0}, lists, 0);
      float expected = batch.predict(1).get(0);
      int[][] broken = {new int[1000], null};
      assertThatThrownBy(() -> batch.set(0, new int[] {2, 2}, new float[] {1}, broken, 1))
          .isInstanceOf(NullPointerException.class);
      assertThat(batch.predict(1).get(0)).isEqualTo(expected);
    }
  }

  @Test
  void idsOutOfRangeAreNamedWithTheirField() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK);
        PredictionBatch batch = predictor.batch(2)) {
      float[] numbers = {0};
      assertThatThrownBy(() -> batch.set(1, new int[] {4, 0}, numbers, 0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("row 1: id 4 of field 'user' is not below 4");
      assertThatThrownBy(() -> batch.set(1, new int[] {0, 0}, numbers, 2))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("row 1: domain 2 is not in [0, 2), nor -1 for unknown");
      assertThatThrownBy(() -> batch.set(2, new int[] {0, 0}, numbers, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      batch.set(0, new int[] {0, 0}, numbers, new int[][] {{6}, {}}, 0);
      assertThatThrownBy(() -> batch.predict(1)).isInstanceOf(InvalidInputException.class);
    }
  }

  @Test
  void rowsOfIdsAloneAreRefusedWhereFieldsHoldLists() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      assertThatThrownBy(() -> predictor.predict(new int[] {1, 1}, 0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("multi-valued fields; give the row's texts");
    }
  }

  @Test
  void manyRowsOfTextComeBackInTheirOrder() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      float[] three = predictor.predict(TEXTS);
      List<Map<String, String>> rows = new ArrayList<>();
      for (int i = 0; i < 700; i++) {
        rows.add(TEXTS.get(i * i % 3));
      }
      float[] actual = predictor.predict(rows);
      for (int i = 0; i < 700; i++) {
        assertThat(actual[i]).isEqualTo(three[i * i % 3]);
      }
      assertThat(predictor.predict(List.of())).isEmpty();
    }
  }

  @Test
  void aTextThatIsMissingOrUnusableIsNamedWithItsRow() {
    try (Predictor predictor = predictor(UnknownDomain.ERROR)) {
      assertThatThrownBy(() -> predictor.predict(Map.of("shop", "toys", "user", "u1", "tags", "a")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              "row 1 has no 'price'; give all of shop, tags, user, price, age, seen, empty"
                  + " where a value is missing");
      List<Map<String, String>> bad =
          List.of(TEXTS.get(0), row("", "u1", "cheap", "", "", "toys"), TEXTS.get(1));
      assertThatThrownBy(() -> predictor.predict(bad))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("row 2: field 'price' is 'cheap', which is not a number");
      assertThatThrownBy(() -> predictor.predict(COLUMNS))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("row 2: its domain is unknown");
      assertThatThrownBy(() -> predictor.predict(TEXTS))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("row 3: shop 'nowhere' is not in the schema (2 known domains)");
      assertThat(predictor.predict(TEXTS.subList(0, 2))).as("after errors").hasSize(2);
    }
  }

  @Test
  void numbersBeyondAFloatAreRefusedWithTheirField() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      for (double bad : new double[] {Double.POSITIVE_INFINITY, -1e39}) {
        assertThatThrownBy(() -> predictor.number("price", bad))
            .isInstanceOf(InvalidInputException.class)
            .hasMessage(
                "field 'price': "
                    + bad
                    + " is beyond the numbers of a float; give NaN where the value is missing");
        assertThatThrownBy(() -> predictor.id("age", bad))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageStartingWith("field 'age': " + bad);
      }
      assertThat(predictor.id("age", Double.NaN)).isZero();
    }
  }

  @Test
  void anEmptyTextIsMissingWhateverTheVocabularyHas() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK, vocabulary("u1", "", "u3"))) {
      assertThat(predictor.id("user", "")).isZero();
      assertThat(predictor.id("user", "u3")).isEqualTo(3);
    }
  }

  @Test
  void fieldsOfAnotherKindAreRefusedByName() {
    try (Predictor predictor = predictor(UnknownDomain.FALLBACK)) {
      assertThatThrownBy(() -> predictor.number("age", 3))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("field 'age' is not numeric");
      assertThatThrownBy(() -> predictor.id("price", 3))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("field 'price' is not cut into buckets");
      assertThatThrownBy(() -> predictor.id("age", "old"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("field 'age' holds numbers");
    }
  }

  private static Predictor predictor(UnknownDomain unknown) {
    return predictor(unknown, vocabulary("u1", "u2", "u3"));
  }

  private static Predictor predictor(UnknownDomain unknown, Vocabulary users) {
    Vocabularies vocabularies =
        new Vocabularies(
            Map.of(
                "tags", vocabulary("a", "b", "c", "d", "e"),
                "user", users,
                "seen", vocabulary("x", "y", "z", "w")));
    return PredictorTest.predictor(
        new CpuBackend(1), SCHEMA, vocabularies, unknown, Optional.empty());
  }

  private static Vocabulary vocabulary(String... texts) {
    Vocabulary vocabulary = new Vocabulary();
    for (String text : texts) {
      vocabulary.add(text);
    }
    return vocabulary;
  }
}
