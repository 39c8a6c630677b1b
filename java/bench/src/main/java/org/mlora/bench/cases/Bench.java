package org.mlora.bench.cases;

import java.util.List;
import java.util.OptionalDouble;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.measure.Effort;
import org.mlora.bench.measure.Race;
import org.mlora.bench.ours.OurModel;
import org.mlora.bench.peer.MatrixProduct;
import org.mlora.bench.peer.Torch;
import org.mlora.bench.peer.TorchModel;
import org.mlora.bench.peer.Way;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;

/**
 * What all cases need.
 *
 * @param torch the peer, with as many threads as the backend
 */
public record Bench(Effort effort, CpuBackend backend, Torch torch, MatrixProduct sgemm) {
  static final String OURS = "ours";
  static final String PEER = "peer";
  static final String SGEMM = "sgemm";

  /** Both sides of a workload, with the same weights and rows, and found to agree. */
  Pair pair(Workload workload, List<Way> ways) {
    Clicks clicks = Clicks.draw(workload, effort.rows());
    OurModel ours = new OurModel(workload, clicks, backend);
    TorchModel peer =
        new TorchModel(
            torch,
            workload,
            clicks,
            ours.network(),
            ours::trains,
            p -> ours.read(p, org.mlora.backend.Engine.Slot.VALUE));
    Pair pair = new Pair(workload, ours, peer, peer.ways(ways));
    Agreement.require(pair);
    return pair;
  }

  Race race() {
    return new Race(effort);
  }

  /** A race with the peer's matrix product in it. */
  Race raceWithSgemm() {
    return race().enter(SGEMM, "sgemm", sgemm::run);
  }

  /** The part of sgemm's rate at which {@code flops} operations take {@code seconds}. */
  static OptionalDouble sgemmFraction(double flops, double seconds, Race.Finish sgemm) {
    return OptionalDouble.of(flops / seconds / (MatrixProduct.flops() / sgemm.times().median()));
  }

  /** Rows per second. */
  static BenchRow.Value rate(Race.Finish finish, int rows) {
    return BenchRow.Value.of(
        rows / finish.times().median(), finish.times().spread(), finish.name());
  }

  /** Both sides of a workload. */
  record Pair(Workload workload, OurModel ours, TorchModel peer, List<Way> ways)
      implements AutoCloseable {
    /** Lets both train. */
    void enterTraining(Race race, String prefix, int batch) {
      race.enter(prefix + OURS, "", steps -> ours.train(batch, steps));
      for (Way way : ways) {
        race.enter(prefix + PEER, way.label(), steps -> peer.train(way, batch, steps));
      }
    }

    @Override
    public void close() {
      peer.close();
      ours.close();
    }
  }
}
