package org.mlora.bench.cases;

import java.util.Map;
import org.mlora.bench.measure.Race;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Workload;

/** How many times as long as a simple workload's a training step of a harder one takes. */
record StepRatioCase(String name, Workload harder, Workload simple, int batch)
    implements BenchCase {
  private static final String HARDER = "harder ";
  private static final String SIMPLE = "simple ";

  @Override
  public BenchRow measure(Bench bench) {
    try (Bench.Pair first = bench.pair(harder, Way.TRAINING);
        Bench.Pair second = bench.pair(simple, Way.TRAINING)) {
      Race race = bench.race();
      first.enterTraining(race, HARDER, batch);
      second.enterTraining(race, SIMPLE, batch);
      Map<String, Race.Finish> finish = race.run();
      return BenchRow.cost(name, "x", quotient(finish, Bench.OURS), quotient(finish, Bench.PEER));
    }
  }

  private static BenchRow.Value quotient(Map<String, Race.Finish> finish, String side) {
    Race.Finish above = Race.of(finish, HARDER + side);
    Race.Finish below = Race.of(finish, SIMPLE + side);
    return BenchRow.Value.of(
        above.times().median() / below.times().median(),
        above.times().spread() + below.times().spread(),
        above.name());
  }
}
