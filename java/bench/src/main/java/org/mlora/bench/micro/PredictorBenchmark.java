package org.mlora.bench.micro;

import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.ours.OurModel;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;
import org.mlora.serve.PredictionBatch;
import org.mlora.serve.Predictor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Requests to one predictor, of as many threads as JMH is given ({@code -t 2}): calls a millisecond
 * of all of them together.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PredictorBenchmark {
  private static final int IDS = 100_000;
  private static final int DOMAINS = 10;
  private static final int CANDIDATES = 200;

  /** Width of an embedding, of which the tower reads three. */
  @Param({"8", "128"})
  int dim = 8;

  private final CpuBackend backend = new CpuBackend(1);
  private Optional<Predictor> opened = Optional.empty();

  /** Draws the weights. */
  @Setup
  public void open() {
    Workload workload = Workload.of(IDS, dim);
    try (OurModel model = new OurModel(workload, Clicks.draw(workload, 1), backend)) {
      opened = Optional.of(model.predictor(backend));
    }
  }

  @TearDown
  public void close() {
    predictor().close();
  }

  /** What a thread asks for. */
  @State(Scope.Thread)
  public static class Request {
    private final int[] ids = new int[2];
    private Optional<PredictionBatch> opened = Optional.empty();

    @Setup
    public void open(PredictorBenchmark benchmark) {
      opened = Optional.of(benchmark.predictor().batch(CANDIDATES));
    }

    private PredictionBatch batch() {
      return opened.orElseThrow();
    }

    @TearDown
    public void close() {
      batch().close();
    }
  }

  private Predictor predictor() {
    return opened.orElseThrow();
  }

  private static int below(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  /** One row of ids. */
  @Benchmark
  public float row(Request request) {
    request.ids[0] = below(IDS);
    request.ids[1] = below(IDS);
    return predictor().predict(request.ids, below(DOMAINS));
  }

  /** Two hundred items for a user of one domain. */
  @Benchmark
  public FloatBuffer candidates(Request request) {
    PredictionBatch batch = request.batch();
    int domain = below(DOMAINS);
    request.ids[0] = below(IDS);
    for (int i = 0; i < CANDIDATES; i++) {
      request.ids[1] = below(IDS);
      batch.set(i, request.ids, domain);
    }
    return batch.predict(CANDIDATES);
  }

  /** One row of texts. */
  @Benchmark
  public float texts() {
    return predictor()
        .predict(
            Map.of(
                "user", "u" + below(IDS),
                "item", "i" + below(IDS),
                "domain", "d000" + below(DOMAINS)));
  }
}
