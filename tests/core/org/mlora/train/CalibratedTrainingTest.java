package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class CalibratedTrainingTest {
  private static final List<String> DOMAINS = List.of("toys", "books");
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), DOMAINS, 4000);
  }

  private TrainingResult train(CalibrationScope scope, Dataset data, String run) {
    return new Trainer(TrainerTest.SPEC, CONFIG.withCalibration(scope), backend)
        .train(data, folder.resolve(run));
  }

  @Test
  void getsTheRateOfEachDomainRightAndLeavesItsAucAsItIs() {
    try (Dataset data = data();
        TrainingResult plain = train(CalibrationScope.NONE, data, "plain");
        TrainingResult global = train(CalibrationScope.GLOBAL, data, "global");
        TrainingResult each = train(CalibrationScope.BY_DOMAIN, data, "each")) {
      assertThat(Bytes.ofRun(folder.resolve("each")))
          .isEqualTo(Bytes.ofRun(folder.resolve("plain")));
      Evaluation raw = plain.model().evaluate(data, Split.VALIDATION);
      Evaluation one = global.model().evaluate(data, Split.VALIDATION);
      Evaluation calibrated = each.model().evaluate(data, Split.VALIDATION);
      assertThat(calibrated.logLoss()).isLessThan(one.logLoss());
      assertThat(one.logLoss()).isLessThan(raw.logLoss());
      assertThat(one.pcoc()).isCloseTo(1, within(0.005));
      for (int d = 0; d < DOMAINS.size(); d++) {
        Evaluation.Domain domain = calibrated.domains().get(d);
        assertThat(domain.pcoc()).isCloseTo(1, within(0.005));
        assertThat(domain.auc()).isCloseTo(raw.domains().get(d).auc(), within(1e-6));
      }
      Evaluation.Domain first = raw.domains().get(0);
      assertThat(Math.abs(first.pcoc() - 1)).isGreaterThan(0.01);
    }
  }

  /** The network alone never answered in training. */
  @Test
  void rowsOfUnknownDomainHaveALineOfTheirOwn() {
    try (Dataset data = data();
        TrainingResult plain = train(CalibrationScope.NONE, data, "plain");
        TrainingResult each = train(CalibrationScope.BY_DOMAIN, data, "each")) {
      Columns rows = data.columns(Split.VALIDATION).inDomain(-1);
      double off = Math.abs(pcoc(plain.model().predict(rows), rows) - 1);
      assertThat(off).isGreaterThan(0.01);
      assertThat(pcoc(each.model().predict(rows), rows)).isCloseTo(1, within(0.005));
    }
  }

  private static double pcoc(float[] predictions, Columns rows) {
    double predicted = 0;
    double clicks = 0;
    for (int row = 0; row < predictions.length; row++) {
      predicted += predictions[row];
      clicks += rows.labels().get(row);
    }
    return predicted / clicks;
  }

  @Test
  void aSavedModelPredictsAsTheTrainedOneDoes() {
    try (Dataset data = data();
        TrainingResult result = train(CalibrationScope.BY_DOMAIN, data, "run");
        MloraModel saved = MloraModel.open(folder.resolve("run"), backend)) {
      assertThat(saved.calibration()).isEqualTo(result.model().calibration()).isPresent();
      Columns rows = data.columns(Split.TEST);
      assertThat(saved.predict(rows)).isEqualTo(result.model().predict(rows));
      saved.save(folder.resolve("copy"));
      try (MloraModel copy = MloraModel.open(folder.resolve("copy"), backend)) {
        assertThat(copy.predict(rows)).isEqualTo(saved.predict(rows));
      }
    }
  }

  /** A kill may fall between the end of the last epoch and the calibration. */
  @Test
  void aResumedTrainingIsCalibratedIfItWasNot() {
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      train(CalibrationScope.BY_DOMAIN, data, "run").close();
      Checkpoint best = Checkpoint.open(run);
      Map<String, String> bits = Bytes.ofRun(run);
      try (MloraModel model = MloraModel.open(run, backend)) {
        model.calibrate(CalibrationScope.NONE, data.columns(Split.VALIDATION));
        model.save(run.resolve("best"));
      }
      assertThat(Checkpoint.open(run).model().calibration()).isEmpty();
      new Trainer(TrainerTest.SPEC, CONFIG.withCalibration(CalibrationScope.BY_DOMAIN), backend)
          .resume(data, run)
          .close();
      assertThat(Bytes.ofRun(run)).isEqualTo(bits);
      assertThat(Checkpoint.open(run).model().calibration())
          .isEqualTo(best.model().calibration())
          .isPresent();
    }
  }

  /** No rows to fit to leave the lines where they start. */
  @ParameterizedTest
  @EnumSource(names = {"GLOBAL", "BY_DOMAIN"})
  void calibratingAgainStartsFromTheLinesThereAre(CalibrationScope scope) {
    try (Dataset data = data();
        TrainingResult result = train(scope, data, "run")) {
      MloraModel model = result.model();
      PlattScaling known = model.calibration().orElseThrow();
      model.calibrate(scope, new Columns(0, noRows(data), Buffers.ints(), Buffers.floats()));
      assertThat(model.calibration()).contains(known);
    }
  }

  private static List<Column> noRows(Dataset data) {
    return data.schema().fields().stream()
        .map(field -> (Column) new Column.Ids(Buffers.ints()))
        .toList();
  }

  @Test
  void aModelIsCalibratedAgainWithOtherRows() {
    try (Dataset data = data();
        TrainingResult result = train(CalibrationScope.NONE, data, "run")) {
      MloraModel model = result.model();
      assertThat(model.calibration()).isEmpty();
      Columns rows = data.columns(Split.TEST);
      float[] raw = model.predict(rows);
      model.calibrate(CalibrationScope.BY_DOMAIN, rows);
      assertThat(model.evaluate(data, Split.TEST).pcoc()).isCloseTo(1, within(0.005));
      assertThat(model.predict(rows)).isNotEqualTo(raw);
      model.calibrate(CalibrationScope.NONE, rows);
      assertThat(model.calibration()).isEqualTo(Optional.empty());
      assertThat(model.predict(rows)).isEqualTo(raw);
    }
  }
}
