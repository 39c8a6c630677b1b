package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.error.InvalidInputException;

class PretrainedFieldTest {
  @TempDir Path folder;

  /** Prepares four rows of the users a, b, c and a, two numbers an embedding. */
  private PreparationReport prepare(String ids, float... numbers) throws IOException {
    Path table = folder.resolve("e.npy");
    Files.deleteIfExists(table);
    try (NpyWriter out = NpyWriter.matrix(table, NpyType.FLOAT32, 2)) {
      out.put(numbers, numbers.length);
    }
    Path texts = Files.writeString(folder.resolve("ids.txt"), ids);
    Path rows =
        Files.writeString(
            folder.resolve("in.csv"), "u,d,r,p\na,x,0,0\nb,x,1,0\nc,x,1,1\na,x,0,2\n");
    String field = "u:pretrained(" + table + "," + texts + ")";
    return new CsvPreparation(
            CsvPreparation.Options.of(rows, "r", "d", field, folder.resolve("out"))
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
  void idsOfNoRowAreRefused() {
    assertRefused("ids.txt names no text that column 'u' holds", "y\nz\n", 1, 2, 3, 4);
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
