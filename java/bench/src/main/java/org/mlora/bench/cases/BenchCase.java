package org.mlora.bench.cases;

import org.mlora.bench.result.BenchRow;

/** One line of the result. */
public sealed interface BenchCase
    permits InferenceCase, ModelCase, PreparationCase, SingleRowCase, StepRatioCase, TrainingCase {
  String name();

  BenchRow measure(Bench bench);
}
