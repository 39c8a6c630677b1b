package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.CudaBackend;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.runtime.CaptureLock;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;

/** While one engine records, no other one does what waits for the device. */
@Tag("emulated")
@Timeout(60)
@ExtendWith(NoNativeLeaks.class)
class RecordingTest {
  private final RandomProblem problem = new RandomProblem("mlp", 4, 90, 0.2);
  private final Held products = new Held();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private Backend serving;
  private Backend other;
  private Engine engine;
  private Session.Resident data;

  @BeforeEach
  void open() {
    serving = new CudaBackend(Emulated.runtime(), products, Precision.FP32);
    other = Emulated.backend(Precision.FP32);
    engine = serving.compile(problem.network);
    data = engine.load(problem.columns);
    problem.fill(engine);
  }

  @AfterEach
  void close() {
    data.close();
    engine.close();
    other.close();
    serving.close();
    threads.shutdown();
  }

  /** Products of the host; asked to, the next one is held until it may go on. */
  private static final class Held extends HookedGemm {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean holds;

    @Override
    void beforeProduct() {
      if (holds) {
        reached.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** Some work of another engine, begun in the middle of a recording, ends after it. */
  private void waitsForARecording(Runnable work) throws Exception {
    double[] expected = Numbers.logits(engine, data);
    products.holds = true;
    Future<double[]> recording = threads.submit(() -> Numbers.logits(engine, data));
    products.reached.await();
    Thread thread = new Thread(work);
    thread.start();
    while (!EnumSet.of(Thread.State.WAITING, Thread.State.TERMINATED).contains(thread.getState())) {
      Thread.onSpinWait();
    }
    boolean waits = thread.isAlive();
    products.goOn.countDown();
    assertThat(recording.get()).containsExactly(expected);
    thread.join();
    assertThat(waits).isTrue();
  }

  @Test
  void theClosingOfAnotherEngineWaitsForIt() throws Exception {
    Engine old = other.compile(problem.network);
    waitsForARecording(old::close);
  }

  @Test
  void theOpeningOfAnotherEngineWaitsForIt() throws Exception {
    waitsForARecording(() -> other.compile(problem.network).close());
  }

  @Test
  void whatWaitsForTheDeviceIsRefusedWithinARecording() {
    assertThatThrownBy(() -> CaptureLock.recording(() -> CaptureLock.waiting(() -> true)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a recording cannot hold what waits for the device");
  }
}
