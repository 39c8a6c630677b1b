package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.DatasetWriter.SplitWriter;
import org.mlora.data.npy.NpyWriter;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;
import org.mlora.testing.OpenFiles;

class DatasetWriterTest {
  private static final int USER = 0;
  private static final int PRICE = 1;
  private static final int TAGS = 2;
  private static final Field.IdRule VOCABULARY = new Field.IdRule.Vocabulary();
  private static final Field.Pretrained ITEM = new Field.Pretrained("item", 3, VOCABULARY, 2, true);

  @TempDir Path folder;

  private static Field user(String name) {
    return new Field.Categorical(name, 3, VOCABULARY, OptionalInt.empty());
  }

  private static Schema schema() {
    return new Schema(
        "click",
        "click",
        Optional.of("counts"),
        "shop",
        List.of("a"),
        List.of(
            user("user"),
            new Field.Numeric("price", new Field.NumberRule.Raw(), OptionalInt.empty()),
            new Field.MultiValued(
                "tags", 3, new Field.IdRule.Hashed(), "|", Pooling.MEAN, OptionalInt.empty()),
            ITEM));
  }

  private DatasetWriter begin(Schema schema) {
    return begin(folder.resolve("data"), schema);
  }

  private static DatasetWriter begin(Path target, Schema schema) {
    return DatasetWriter.create(DatasetWriter.begin(target, false), schema);
  }

  private static Vocabularies vocabularies(int texts) {
    Vocabulary users = new Vocabulary();
    Vocabulary items = new Vocabulary();
    for (int i = 0; i < texts; i++) {
      users.add("u" + i);
      items.add("i" + i);
    }
    return new Vocabularies(Map.of("user", users, "item", items));
  }

  /** Rows of all splits, and what else belongs to the data set. */
  private static void writeRows(DatasetWriter writer) {
    for (Split split : Split.values()) {
      SplitWriter rows = writer.split(split);
      for (int row = 0; row < 4; row++) {
        rows.id(USER, 1);
        rows.number(PRICE, 1.5f);
        rows.bagId(TAGS, 2);
        rows.endBag(TAGS);
        rows.id(3, 1);
        rows.weight(1);
        rows.endRow(0, row % 2 == 0);
      }
    }
  }

  private static void writeEmbeddings(DatasetWriter writer, int rows) {
    try (NpyWriter table = writer.pretrained(ITEM)) {
      for (int i = 0; i < rows * ITEM.width(); i++) {
        table.put(0f);
      }
    }
  }

  private void refuses(Consumer<DatasetWriter> write, String... says) {
    try (DatasetWriter writer = begin(schema())) {
      write.accept(writer);
      assertThatThrownBy(writer::commit)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContainingAll(says);
    }
    assertThat(folder).isEmptyDirectory();
  }

  /** A data set with a field of every kind. */
  static Path writeWhole(Path target) {
    try (DatasetWriter writer = begin(target, schema())) {
      writeRows(writer);
      writer.write(vocabularies(2));
      writeEmbeddings(writer, 3);
      writer.commit();
      return target;
    }
  }

  @Test
  void whatFitsTogetherIsCommitted() {
    try (Dataset data = Dataset.open(writeWhole(folder.resolve("data")))) {
      assertThat(data.columns(Split.TEST).rows()).isEqualTo(4);
      assertThat(data.vocabularies().of("item").text(2)).isEqualTo("i1");
    }
  }

  @Test
  void rowsWithoutAValueAreNotCommitted() {
    BiConsumer<DatasetWriter, Consumer<SplitWriter>> andMore =
        (writer, more) -> {
          writeRows(writer);
          more.accept(writer.split(Split.VALIDATION));
        };
    refuses(w -> andMore.accept(w, rows -> rows.id(USER, 1)), "'user'", "5 validation rows", "4");
    refuses(w -> andMore.accept(w, rows -> rows.number(PRICE, 1)), "'price'");
    refuses(w -> andMore.accept(w, rows -> rows.endBag(TAGS)), "'tags'", "5 validation rows");
    refuses(w -> andMore.accept(w, rows -> rows.bagId(TAGS, 1)), "'tags'", "not ended");
    refuses(w -> andMore.accept(w, rows -> rows.weight(1)), "the weight", "5 validation rows");
    refuses(w -> andMore.accept(w, rows -> rows.endRow(0, true)), "'user'", "4 validation rows");
  }

  @Test
  void fieldsWithoutTheirVocabularyOrEmbeddingsAreNotCommitted() {
    refuses(DatasetWriterTest::writeRows, "'user' has no vocabulary");
    refuses(
        writer -> {
          writeRows(writer);
          writer.write(vocabularies(5));
        },
        "vocabulary of field 'user' has 5 texts where the schema needs 2");
    refuses(
        writer -> {
          writeRows(writer);
          writer.write(vocabularies(2));
        },
        "embeddings of field 'item' have 0 numbers");
    refuses(
        writer -> {
          writeRows(writer);
          writer.write(vocabularies(2));
          writeEmbeddings(writer, 2);
        },
        "embeddings of field 'item' have 4 numbers",
        "need 6");
  }

  @Test
  void valuesOfAnotherKindAreRefusedByTheNameOfTheirField() {
    try (DatasetWriter writer = begin(schema());
        DatasetWriter unweighted =
            DatasetWriter.create(
                DatasetWriter.begin(folder.resolve("other"), false),
                schema().withWeight(Optional.empty()))) {
      SplitWriter rows = writer.split(Split.TRAIN);
      List<Runnable> wrong =
          List.of(
              () -> rows.number(USER, 1.5f),
              () -> rows.bagId(USER, 1),
              () -> rows.endBag(USER),
              () -> rows.id(PRICE, 1),
              () -> rows.ids(TAGS, new int[] {1}, 1),
              () -> unweighted.split(Split.TRAIN).weight(1));
      List<String> says =
          List.of(
              "'user' takes no number",
              "'user' takes no list",
              "'user' takes no list",
              "'price' takes no single id",
              "'tags' takes no single id",
              "no weight column");
      for (int i = 0; i < wrong.size(); i++) {
        assertThatThrownBy(wrong.get(i)::run)
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining(says.get(i));
      }
    }
  }

  @Test
  void aColumnThatCannotBeOpenedLeavesNoneOpen() {
    Schema longName = schema().withFields(List.of(user("user"), user("u".repeat(400))));
    assertThatThrownBy(() -> begin(longName)).isInstanceOf(InvalidInputException.class);
    assertThat(OpenFiles.below(folder)).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }
}
