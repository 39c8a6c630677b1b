package org.mlora.bench.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.mlora.bench.quality.TorchMlp.Rows;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;

/** Trains the peer as ours is trained: until validation no longer gets better, the best kept. */
final class TorchRunner {
  private final Dataset data;
  private final Consumer<String> progress;

  /** The rows that all trainings read. */
  private record Parts(Rows train, Rows validation, Rows test) {}

  TorchRunner(Dataset data, Consumer<String> progress) {
    this.data = data;
    this.progress = progress;
  }

  Comparison run(List<Long> seeds) {
    List<Comparison.Run> runs = new ArrayList<>();
    try (PointerScope scope = new PointerScope()) {
      Parts parts = new Parts(rows(Split.TRAIN), rows(Split.VALIDATION), rows(Split.TEST));
      for (long seed : seeds) {
        for (String adapter : Recipe.ADAPTERS) {
          progress.accept("PyTorch, " + adapter + ", seed " + seed);
          runs.add(train(parts, adapter, seed));
        }
      }
    }
    return new Comparison(runs);
  }

  private Rows rows(Split split) {
    return Rows.of(data.columns(split));
  }

  private Comparison.Run train(Parts parts, String adapter, long seed) {
    long start = System.nanoTime();
    try (TorchMlp model = new TorchMlp(data.schema(), adapter, seed)) {
      int epochs = 0;
      int worse = 0;
      double best = Double.NEGATIVE_INFINITY;
      Evaluation kept = null;
      while (kept == null || worse < Recipe.config().patience()) {
        model.epoch(parts.train(), Recipe.config().batch());
        epochs++;
        double now =
            Recipe.config()
                .earlyStop()
                .of(evaluate(Split.VALIDATION, model.predict(parts.validation())));
        if (now > best) {
          best = now;
          worse = 0;
          kept = evaluate(Split.TEST, model.predict(parts.test()));
        } else {
          worse++;
        }
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      double rows = (double) epochs * parts.train().count();
      return new Comparison.Run(adapter, seed, epochs, seconds, rows / seconds, kept);
    }
  }

  private Evaluation evaluate(Split split, float[] probabilities) {
    Columns columns = data.columns(split);
    return Evaluator.evaluate(
        split.label(),
        probabilities,
        columns.outcomes(),
        columns.domains(),
        data.schema().domains());
  }
}
