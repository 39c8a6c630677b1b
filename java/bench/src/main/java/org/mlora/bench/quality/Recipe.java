package org.mlora.bench.quality;

import java.util.List;
import org.mlora.calibration.CalibrationScope;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.train.Phases;
import org.mlora.train.TrainingConfig;

/**
 * How both sides train: an MLP of the paper's sizes without penalties, on batches of mixed rows,
 * until the mean validation AUC has not grown for three epochs, with the best weights kept.
 */
final class Recipe {
  static final List<String> ADAPTERS = List.of("none", "mlora");
  static final int ALPHA = 16;
  static final double RATE = 1e-3;

  private Recipe() {}

  static TrainingConfig config() {
    return TrainingConfig.defaults()
        .withPhases(Phases.JOINT)
        .withCalibration(CalibrationScope.NONE)
        .withOptimizer(TrainingConfig.adam(RATE))
        .withEarlyStop(Metric.MEAN_AUC);
  }

  static ModelSpec spec(String adapter) {
    AdapterSpec kind =
        hasAdapters(adapter) ? new AdapterSpec.Mlora(ALPHA, List.of(), 0) : new AdapterSpec.None();
    return ModelSpec.defaults().withEmbeddingL2(0).withAdapter(kind);
  }

  static boolean hasAdapters(String adapter) {
    return adapter.equals("mlora");
  }
}
