package org.mlora.bench.cases;

import java.util.List;
import java.util.Map;
import org.mlora.bench.measure.Race;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Workload;

/** Predictions for batches of mixed domains, in the order of the rows. */
record InferenceCase(String name, Workload workload, int batch) implements BenchCase {
  @Override
  public BenchRow measure(Bench bench) {
    try (Bench.Pair pair = bench.pair(workload, List.of(Way.values()))) {
      Race race = bench.raceWithSgemm().enter(Bench.OURS, "", n -> pair.ours().predict(batch, n));
      for (Way way : pair.ways()) {
        race.enter(Bench.PEER, way.label(), n -> pair.peer().predict(way, batch, n));
      }
      Map<String, Race.Finish> finish = race.run();
      Race.Finish ours = Race.of(finish, Bench.OURS);
      return BenchRow.rate(
          name,
          "samples/s",
          Bench.rate(ours, batch),
          Bench.rate(Race.of(finish, Bench.PEER), batch),
          Bench.sgemmFraction(
              workload.forwardFlops() * batch,
              ours.times().median(),
              Race.of(finish, Bench.SGEMM)));
    }
  }
}
