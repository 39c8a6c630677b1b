package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

class WeightColumnTest {
  @TempDir Path folder;

  /** Rows {@code u,d,r,part,w}. */
  private TablePreparation.Options options(String... rows) throws IOException {
    Path input =
        Files.writeString(
            folder.resolve("in.csv"), "u,d,r,part,w\n" + String.join("\n", rows) + "\n");
    return TablePreparation.Options.of(
            TableSource.file(input), "r", "d", "u", folder.resolve("out"))
        .withSplit(new SplitRule.ByColumn("part"))
        .withWeightColumn("w");
  }

  private static void run(TablePreparation.Options options) {
    new TablePreparation(options, Progress.none()).run();
  }

  private static List<Float> weights(Dataset data, Split split) {
    FloatBuffer weights = data.columns(split).weights();
    float[] all = new float[weights.limit()];
    weights.get(all);
    return java.util.stream.IntStream.range(0, all.length).mapToObj(i -> all[i]).toList();
  }

  @Test
  void weightsAreSharesOfTheMeanOfTheTrainingRowsThatAreKept() throws IOException {
    run(
        options("a,x,1,0,1", "b,x,0,0,7", "c,x,0,1,2", "d,x,1,2,0", "e,y,1,0,1000", "f,x,0,0,4")
            .withSelection(Selection.without(List.of("y"))));
    try (Dataset data = Dataset.open(folder.resolve("out"))) {
      data.verify();
      assertThat(data.schema().weight()).isEqualTo(Optional.of("w"));
      assertThat(weights(data, Split.TRAIN)).containsExactly(0.25f, 1.75f, 1f);
      assertThat(weights(data, Split.VALIDATION)).containsExactly(0.5f);
      assertThat(weights(data, Split.TEST)).containsExactly(0f);
    }
  }

  @Test
  void weightsThatAreAllTheSameAre1() throws IOException {
    run(options("a,x,1,0,0.1", "b,x,0,0,0.1", "c,x,0,0,0.1", "d,x,1,1,0.1"));
    try (Dataset data = Dataset.open(folder.resolve("out"))) {
      assertThat(weights(data, Split.TRAIN)).containsExactly(1f, 1f, 1f);
      assertThat(weights(data, Split.VALIDATION)).containsExactly(1f);
    }
  }

  @Test
  void aWeightThatIsNoneIsRefusedWithItsLine() throws IOException {
    for (String bad : List.of("-1", "", "much", "1e99", "NaN")) {
      TablePreparation.Options options = options("a,x,1,0,1", "b,x,0,0," + bad);
      assertThatThrownBy(() -> run(options))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("in.csv line 3")
          .hasMessageContaining("weight column 'w' is '" + bad + "'; it must be a number from 0")
          .hasMessageNotContaining("\n");
      assertThat(options.out()).doesNotExist();
    }
  }

  @Test
  void weightsThatNothingCanBeLearnedFromAreRefused() throws IOException {
    assertThatThrownBy(() -> run(options("a,x,1,0,0", "b,x,0,1,3")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("weight column 'w' is 0 in all training rows");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aColumnThatIsNotThereIsNamed() throws IOException {
    TablePreparation.Options options = options("a,x,1,0,1").withWeightColumn("importance");
    assertThatThrownBy(() -> run(options)).hasMessageContaining("has no column 'importance'");
  }

  @Test
  void aStoredWeightThatIsNoneIsRefusedWithItsFile() throws IOException {
    run(options("a,x,1,0,1", "b,x,0,0,1"));
    Path file = folder.resolve("out").resolve("train").resolve("row.weight.npy");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] |= (byte) 0x80; // the sign of the last number
    Files.write(file, bytes);
    assertThatThrownBy(() -> Dataset.open(folder.resolve("out")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("row.weight.npy: row 1 is -1.0; weights are finite, 0 or more");
  }
}
