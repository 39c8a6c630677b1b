package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.SplitRule;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.random.RandomStream;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class WeightedTrainingTest {
  private static final FloatBuffer NO_LABELS = Buffers.floats();
  private static final int ROWS = 8000;
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  /** A row of the log: every other one trains. */
  private record Row(int number, boolean clicked) {
    boolean trains() {
      return number % 2 == 0;
    }

    /** Three of four training rows without a click are left out of a thinned log. */
    boolean thinnedOut() {
      return trains() && !clicked && number % 8 != 0;
    }
  }

  /** Prepares rows, those of weight below 0 left out. */
  private Dataset data(String name, boolean weighted, ToDoubleFunction<Row> weight)
      throws IOException {
    StringBuilder text = new StringBuilder("user,item,shop,click,part,w\n");
    RandomStream random = new RandomStream(5, "weights");
    for (int i = 0; i < ROWS; i++) {
      int user = (int) (random.uniform(4L * i) * 40);
      int item = (int) (random.uniform(4L * i + 1) * 30);
      double logit = random.normal(1_000_000 + user) + random.normal(2_000_000 + item) - 1.5;
      Row row = new Row(i, random.uniform(4L * i + 2) < 1 / (1 + Math.exp(-logit)));
      double w = weight.applyAsDouble(row);
      if (w >= 0) {
        text.append(
            "u" + user + ",i" + item + "," + (random.uniform(4L * i + 3) < 0.5 ? "toys" : "books"));
        text.append("," + (row.clicked() ? 1 : 0) + "," + (row.trains() ? 0 : 1 + i / 2 % 2));
        text.append("," + w + "\n");
      }
    }
    Path input = Files.writeString(folder.resolve(name + ".csv"), text);
    TablePreparation.Options options =
        TablePreparation.Options.of(
                TableSource.file(input), "click", "shop", "user,item", folder.resolve(name))
            .withSplit(new SplitRule.ByColumn("part"));
    new TablePreparation(weighted ? options.withWeightColumn("w") : options, Progress.none()).run();
    return Dataset.open(options.out());
  }

  private TrainingResult train(Dataset data, String run) {
    return new Trainer(TrainerTest.SPEC, CONFIG, backend).train(data, folder.resolve(run));
  }

  @Test
  void weightsThatAreAllTheSameGiveTheBitsOfNone() throws IOException {
    try (Dataset none = data("none", false, row -> 1);
        Dataset same = data("same", true, row -> 0.3);
        TrainingResult a = train(none, "a");
        TrainingResult b = train(same, "b")) {
      assertThat(Bytes.ofRun(folder.resolve("b"))).isEqualTo(Bytes.ofRun(folder.resolve("a")));
      assertThat(b.model().calibration()).isEqualTo(a.model().calibration());
      assertThat(b.model().evaluate(same, Split.TEST))
          .isEqualTo(a.model().evaluate(none, Split.TEST));
    }
  }

  /** Validation rows stay whole: what is compared are the rates that training itself learns. */
  @Test
  void rowsThatStandForThoseLeftOutGiveTheRatesOfAll() throws IOException {
    ToDoubleFunction<Row> thinned = row -> row.thinnedOut() ? -1 : 1;
    ToDoubleFunction<Row> standing =
        row -> row.thinnedOut() ? -1 : row.trains() && !row.clicked() ? 4 : 1;
    try (Dataset all = data("all", false, row -> 1);
        Dataset some = data("some", false, thinned);
        Dataset weighted = data("weighted", true, standing);
        TrainingResult ofAll = train(all, "a");
        TrainingResult ofSome = train(some, "s");
        TrainingResult ofWeighted = train(weighted, "w")) {
      double right = rate(ofAll, all);
      assertThat(rate(ofSome, all)).isGreaterThan(1.5 * right);
      assertThat(rate(ofWeighted, all)).isCloseTo(right, within(0.15 * right));
      Evaluation test = ofWeighted.model().evaluate(all, Split.TEST);
      assertThat(test.wauc()).isGreaterThan(0.75);
    }
  }

  /** Predicted over observed clicks of the test rows. */
  private static double rate(TrainingResult result, Dataset data) {
    return uncalibrated(result).evaluate(data, Split.TEST).pcoc();
  }

  private static MloraModel uncalibrated(TrainingResult result) {
    MloraModel model = result.model();
    model.calibrate(CalibrationScope.NONE, new Columns(0, List.of(), Buffers.ints(), NO_LABELS));
    return model;
  }

  @Test
  void validationRowsWithoutWeightAreSaidToBeTheReason() throws IOException {
    try (Dataset weighted = data("unjudged", true, row -> row.trains() ? 1 : 0)) {
      assertThatThrownBy(() -> train(weighted, "u"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("rows of both labels with weights above 0")
          .hasMessageContaining("or other weights");
    }
  }

  @Test
  void rowsOfWeight0TeachNothing() throws IOException {
    try (Dataset weighted = data("zeros", true, row -> row.trains() && !row.clicked() ? 0 : 1);
        TrainingResult result = train(weighted, "z")) {
      Columns rows = weighted.columns(Split.TEST);
      for (float prediction : uncalibrated(result).predict(rows)) {
        assertThat(prediction).isGreaterThan(0.5f);
      }
    }
  }
}
