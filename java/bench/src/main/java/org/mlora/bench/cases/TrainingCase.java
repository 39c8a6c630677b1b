package org.mlora.bench.cases;

import java.util.Map;
import org.mlora.bench.measure.Race;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Workload;

/** Training steps over batches of mixed domains, picking the rows of a batch included. */
record TrainingCase(String name, Workload workload, int batch) implements BenchCase {
  @Override
  public BenchRow measure(Bench bench) {
    try (Bench.Pair pair = bench.pair(workload, Way.TRAINING)) {
      Race race = bench.raceWithSgemm();
      pair.enterTraining(race, "", batch);
      Map<String, Race.Finish> finish = race.run();
      Race.Finish ours = Race.of(finish, Bench.OURS);
      return BenchRow.rate(
          name,
          "samples/s",
          Bench.rate(ours, batch),
          Bench.rate(Race.of(finish, Bench.PEER), batch),
          Bench.sgemmFraction(
              workload.stepFlops() * batch, ours.times().median(), Race.of(finish, Bench.SGEMM)));
    }
  }
}
