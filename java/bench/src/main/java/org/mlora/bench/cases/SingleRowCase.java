package org.mlora.bench.cases;

import java.util.List;
import java.util.Map;
import org.mlora.bench.measure.Latencies;
import org.mlora.bench.measure.Race;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;
import org.mlora.serve.Predictor;

/** One prediction at a time through the Java API: the median of single calls. */
record SingleRowCase(String name, Workload workload) implements BenchCase {
  private static final List<Way> WAYS = List.of(Way.GATHERED, Way.MASKED, Way.MERGED);

  @Override
  public BenchRow measure(Bench bench) {
    try (Bench.Pair pair = bench.pair(workload, WAYS);
        Predictor predictor = pair.ours().predictor(bench.backend())) {
      Clicks clicks = Clicks.draw(workload, 1 << 12);
      int[] ids = new int[2];
      Latencies latencies =
          new Latencies(
              row -> {
                int at = row & clicks.rows() - 1;
                ids[0] = clicks.users().get(at);
                ids[1] = clicks.items().get(at);
                return predictor.predict(ids, clicks.domains().get(at));
              });
      Race race = bench.race().enter(Bench.OURS, "", latencies::run);
      for (Way way : pair.ways()) {
        race.enter(Bench.PEER, way.label(), calls -> pair.peer().predict(way, 1, calls));
      }
      Map<String, Race.Finish> finish = race.run();
      return BenchRow.cost(
          name,
          "us",
          BenchRow.Value.of(
              1e6 * latencies.median(), Race.of(finish, Bench.OURS).times().spread(), ""),
          micros(Race.of(finish, Bench.PEER)));
    }
  }

  private static BenchRow.Value micros(Race.Finish finish) {
    return BenchRow.Value.of(1e6 * finish.times().median(), finish.times().spread(), finish.name());
  }
}
