package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Column;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

class PretrainedFieldTest {
  @TempDir Path folder;

  /** Prepares four rows of the users a, b, c and a, two numbers an embedding. */
  private PreparationReport prepare(String ids, float... numbers) throws IOException {
    return prepare(matrix(2, numbers), ids);
  }

  private Path matrix(int width, float... numbers) throws IOException {
    Path table = folder.resolve("e.npy");
    Files.deleteIfExists(table);
    try (NpyWriter out = NpyWriter.matrix(table, NpyType.FLOAT32, width)) {
      out.put(numbers, numbers.length);
    }
    return table;
  }

  private PreparationReport prepare(Path table, String ids) throws IOException {
    Path texts = Files.writeString(folder.resolve("ids.txt"), ids);
    Path rows =
        Files.writeString(
            folder.resolve("in.csv"), "u,d,r,p\na,x,0,0\nb,x,1,0\nc,x,1,1\na,x,0,2\n");
    String field = "u:pretrained(" + table + "," + texts + ")";
    return new TablePreparation(
            TablePreparation.Options.of(
                    TableSource.file(rows), "r", "d", field, folder.resolve("out"))
                .withSplit(new SplitRule.ByColumn("p")),
            Progress.none())
        .run();
  }

  @Test
  void textsAreFoundWhateverTheLineEndsAndTheByteOrderMarkOfTheirFile() throws IOException {
    PreparationReport report = prepare("\uFEFFa\r\nb\r\nc\r\n", 1, 2, 3, 4, 5, 6);
    assertThat(report.rowsWithoutEmbedding()).containsExactly(Map.entry("u", 0L));
    try (Dataset data = Dataset.open(folder.resolve("out"))) {
      assertThat(data.vocabularies().of("u").text(1)).isEqualTo("a");
      assertThat(data.pretrained("u").get(2)).isEqualTo(1);
    }
  }

  @Test
  void rowsWithoutAnEmbeddingAreCounted() throws IOException {
    assertThat(prepare("a\nz\n", 1, 2, 3, 4).rowsWithoutEmbedding())
        .containsExactly(Map.entry("u", 2L));
  }

  @Test
  void anEmptyCellIsAMissingValueAlsoLikeADataSetThatGaveItAnEmbedding() throws IOException {
    assertRefused("ids.txt line 2 is empty; an empty cell means a missing", "a\n\nc\n", 1, 2, 3, 4);
    assertRefused("ids.txt line 1 is empty", "\r\nc\r\n", 1, 2, 3, 4);
    Files.writeString(folder.resolve("rows.csv"), "u,d,r\na,x,0\n,x,1\n");
    Vocabulary ids = new Vocabulary();
    ids.add("a");
    ids.add("");
    FieldRequest.Kind.Embedded given =
        new FieldRequest.Kind.Embedded(ids, FloatBuffer.wrap(new float[] {1, 2}), 1, false);
    FieldRequest field = new FieldRequest("u", given, OptionalInt.empty(), Optional.of(ids));
    TablePreparation.Options options =
        new TablePreparation.Options(
            List.of(TableSource.file(folder.resolve("rows.csv"))),
            LabelRule.parse("r"),
            "d",
            Optional.empty(),
            List.of(field),
            Selection.all(),
            false,
            SplitRule.parse("100/0/0", 1),
            false,
            folder.resolve("out"));
    new TablePreparation(options, Progress.none()).run();
    try (Dataset data = Dataset.open(folder.resolve("out"))) {
      Column.Ids found = (Column.Ids) data.columns(Split.TRAIN).fields().get(0);
      assertThat(found.ids().get(0)).isEqualTo(1);
      assertThat(found.ids().get(1)).isZero();
    }
  }

  @Test
  void idsOfNoRowAreRefused() {
    assertRefused("ids.txt names no text that column 'u' holds", "y\nz\n", 1, 2, 3, 4);
  }

  @Test
  void embeddingsWithoutNumbersAreRefused() throws IOException {
    Path table = matrix(1, 0);
    String one = Files.readString(table, StandardCharsets.ISO_8859_1);
    String none = one.substring(0, one.length() - 4).replace("(1, 1)", "(1, 0)");
    Files.writeString(table, none, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> prepare(table, "a\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("e.npy is 0 wide; embeddings are 1 to 65536 numbers");
  }

  @Test
  void numbersThatNoDataSetMayHoldAreRefusedWithTheirRow() {
    assertRefused("e.npy row 2 holds NaN", "a\nb\n", 1, 2, 3, Float.NaN);
    assertRefused("e.npy row 1 holds Infinity", "a\nb\n", Float.POSITIVE_INFINITY, 2, 3, 4);
  }

  private void assertRefused(String message, String ids, float... numbers) {
    assertThatThrownBy(() -> prepare(ids, numbers))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }
}
