package org.mlora.bench.cases;

import java.util.ArrayList;
import java.util.List;
import org.mlora.bench.workload.Workload;
import org.mlora.model.Models;

/** The cases of {@code mlora bench cpu}. */
public final class CpuCases {
  private static final int NARROW = 8;
  private static final int WIDE = 128;

  private CpuCases() {}

  /**
   * All cases, in order.
   *
   * @param ids rows of each table of ids
   */
  public static List<BenchCase> all(int ids) {
    Workload narrow = Workload.of(ids, NARROW);
    Workload wide = Workload.of(ids, WIDE);
    List<BenchCase> cases = new ArrayList<>();
    for (double dropout : new double[] {0.5, 0}) {
      for (int batch : new int[] {1024, 8192}) {
        cases.add(training(narrow.withDropout(dropout), batch));
      }
    }
    for (double dropout : new double[] {0.5, 0}) {
      for (int batch : new int[] {1024, 8192}) {
        cases.add(training(wide.withFrozenTables().withDropout(dropout), batch));
      }
    }
    cases.add(new SingleRowCase("predict 1 row, p50, input 24", narrow));
    cases.add(new SingleRowCase("predict 1 row, p50, input 384", wide));
    for (int domains : new int[] {10, 100}) {
      cases.add(inference(narrow.withDomains(domains), 1024));
      cases.add(inference(wide.withDomains(domains), 1024));
    }
    Workload usual = narrow.withDropout(0.5);
    for (int batch : new int[] {1024, 8192}) {
      cases.add(
          new StepRatioCase(
              "step with 1000 / 10 domains, batch " + batch,
              usual.withDomains(1000),
              usual,
              batch));
      cases.add(
          new StepRatioCase(
              "step with / without adapters, batch " + batch,
              usual,
              usual.withoutAdapters(),
              batch));
    }
    cases.add(new PreparationCase("prepare csv"));
    return List.copyOf(cases);
  }

  /**
   * The cases of {@code mlora bench models}: every model.
   *
   * @param ids rows of each table of ids
   */
  public static List<BenchCase> models(int ids) {
    Workload usual = Workload.of(ids, NARROW);
    return Models.names().stream()
        .flatMap(model -> ModelCase.of(model, usual, 1024).stream())
        .toList();
  }

  private static BenchCase training(Workload workload, int batch) {
    String name =
        "train, input "
            + workload.input()
            + (workload.frozen() ? " frozen" : "")
            + ", batch "
            + batch
            + (workload.dropout() > 0 ? ", dropout 0.5" : ", dropout 0");
    return new TrainingCase(name, workload, batch);
  }

  private static BenchCase inference(Workload workload, int batch) {
    String name =
        "predict "
            + batch
            + " rows, input "
            + workload.input()
            + ", "
            + workload.domains()
            + " domains";
    return new InferenceCase(name, workload, batch);
  }
}
