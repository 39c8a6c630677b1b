package org.mlora.bench.cases;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.mlora.bench.measure.Race;
import org.mlora.bench.ours.OurModel;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;
import org.mlora.model.Models;

/**
 * Training steps of any base model, which has no peer here: rows a second, or how many times as
 * long as a simpler workload's a step takes.
 */
record ModelCase(String name, Workload workload, Optional<Workload> simple, int batch)
    implements BenchCase {
  private static final String SIMPLE = "simple";

  @Override
  public BenchRow measure(Bench bench) {
    return simple.map(other -> quotient(bench, other)).orElseGet(() -> rate(bench));
  }

  private BenchRow rate(Bench bench) {
    try (OurModel model = model(bench, workload)) {
      Map<String, Race.Finish> finish =
          bench.race().enter(Bench.OURS, "", steps -> model.train(batch, steps)).run();
      BenchRow.Value ours = Bench.rate(Race.of(finish, Bench.OURS), batch);
      return BenchRow.rate(name, "samples/s", ours, BenchRow.Value.NONE, OptionalDouble.empty());
    }
  }

  private BenchRow quotient(Bench bench, Workload other) {
    try (OurModel model = model(bench, workload);
        OurModel simpler = model(bench, other)) {
      Map<String, Race.Finish> finish =
          bench
              .race()
              .enter(Bench.OURS, "", steps -> model.train(batch, steps))
              .enter(SIMPLE, "", steps -> simpler.train(batch, steps))
              .run();
      Race.Finish above = Race.of(finish, Bench.OURS);
      Race.Finish below = Race.of(finish, SIMPLE);
      BenchRow.Value ours =
          BenchRow.Value.of(
              above.times().median() / below.times().median(),
              above.times().spread() + below.times().spread(),
              "");
      return BenchRow.cost(name, "x", ours, BenchRow.Value.NONE);
    }
  }

  private static OurModel model(Bench bench, Workload of) {
    return new OurModel(of, Clicks.draw(of, bench.effort().rows()), bench.backend());
  }

  /** The cases of a model, on input 24 and with dropout 0.5. */
  static List<BenchCase> of(String model, Workload usual, int batch) {
    Workload workload = usual.withModel(model).withDropout(0.5);
    return Models.adapts(model)
        ? adapted(model, workload, batch)
        : ownLayers(model, workload.withoutAdapters(), batch);
  }

  /** What adapters cost, with few domains and many. */
  private static List<BenchCase> adapted(String model, Workload workload, int batch) {
    Workload many = workload.withDomains(1000);
    return List.of(
        rate(model, workload, batch),
        quotient(
            model + ": with / without adapters, 10 domains",
            workload,
            workload.withoutAdapters(),
            batch),
        quotient(
            model + ": with / without adapters, 1000 domains", many, many.withoutAdapters(), batch),
        quotient(model + ": 1000 / 10 domains, with adapters", many, workload, batch));
  }

  /** What domains cost that have layers of their own: with rows of all of them, and of ten. */
  private static List<BenchCase> ownLayers(String model, Workload workload, int batch) {
    Workload many = workload.withDomains(100);
    return List.of(
        rate(model, workload, batch),
        quotient(model + ": 100 / 10 domains", many, workload, batch),
        quotient(model + ": 100 / 10 domains, batch 8192", many, workload, 8192),
        quotient(
            model + ": 100 domains, rows of 10 / 10 domains",
            workload.withIdleDomains(90),
            workload,
            batch));
  }

  private static BenchCase rate(String model, Workload workload, int batch) {
    return new ModelCase("train " + model + ", batch " + batch, workload, Optional.empty(), batch);
  }

  private static BenchCase quotient(String name, Workload harder, Workload simple, int batch) {
    return new ModelCase(name, harder, Optional.of(simple), batch);
  }
}
