package org.mlora.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mlora.backend.cpu.SmallNetwork.ints;

import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.mlora.backend.Engine;
import org.mlora.backend.Session.Resident;
import org.mlora.data.Columns;
import org.mlora.nativelib.NativeHandle;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/** Columns of which only a call of the library that is in progress still knows. */
@EnabledIf("org.mlora.nativelib.NativeLibraryTest#isPacked")
class ForgottenColumnsTest {
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);
  private static final int WIDTH = 512;
  private static final int ROWS = 30_000;

  /** Only compiled code forgets what it no longer needs. */
  private static final int CALLS_UNTIL_COMPILED = 20_000;

  private volatile WeakReference<IntBuffer> domains = new WeakReference<>(null);

  @Test
  @Timeout(60)
  void are_not_collected_before_it_returns() throws InterruptedException {
    long live = NativeHandle.live();
    try (CpuBackend backend = new CpuBackend(1);
        Engine engine = backend.compile(network())) {
      FloatBuffer logit = FloatBuffer.allocate(1);
      try (Resident few = load(engine, 1)) {
        for (int i = 0; i < CALLS_UNTIL_COMPILED; i++) {
          engine.predict(few, 0, 1, logit, NONE);
        }
      }
      int rows = ROWS;
      Optional<Boolean> collected = collectedMeanwhile(engine, rows);
      while (collected.isEmpty()) {
        rows *= 2;
        collected = collectedMeanwhile(engine, rows);
      }
      assertThat(collected).contains(false);
    } finally {
      // They leak, which other tests would see.
      while (NativeHandle.live() > live) {
        System.gc();
        Thread.sleep(10);
      }
    }
  }

  /** Empty where the call ended before the collection, so that nothing is told. */
  private Optional<Boolean> collectedMeanwhile(Engine engine, int rows)
      throws InterruptedException {
    FloatBuffer logits = FloatBuffer.allocate(rows);
    Thread caller = new Thread(() -> engine.predict(load(engine, rows), 0, rows, logits, NONE));
    caller.start();
    while (caller.isAlive() && !isInLibrary(caller)) {
      Thread.onSpinWait();
    }
    System.gc();
    boolean collected = domains.get() == null;
    boolean meanwhile = isInLibrary(caller);
    caller.join();
    return meanwhile ? Optional.of(collected) : Optional.empty();
  }

  private static boolean isInLibrary(Thread caller) {
    StackTraceElement[] stack = caller.getStackTrace();
    return stack.length > 0 && stack[0].getMethodName().equals("mlora_engine_predict");
  }

  private Resident load(Engine engine, int rows) {
    IntBuffer fresh = ints(new int[rows]);
    domains = new WeakReference<>(fresh);
    return engine.load(new Columns(rows, List.of(), fresh, NONE));
  }

  private static Network network() {
    Network.Builder builder = new Network.Builder(1);
    Value in = builder.value(WIDTH);
    Value hidden = builder.value(WIDTH);
    Value logit = builder.value(1);
    Parameter table = parameter(builder, "table", RowKind.BY_DOMAIN, 1, WIDTH);
    builder.add(new Op.Lookup(Network.DOMAIN, table, in, 0));
    dense(builder, "hidden", in, WIDTH, hidden);
    dense(builder, "logit", hidden, 1, logit);
    return builder.build(logit);
  }

  private static void dense(Network.Builder builder, String name, Value in, int width, Value out) {
    Parameter weight = parameter(builder, name + ".weight", RowKind.WHOLE, WIDTH, width);
    Parameter bias = parameter(builder, name + ".bias", RowKind.WHOLE, width);
    builder.add(new Op.Dense(in, weight, bias, Optional.empty(), Activation.RELU, 0, 0, out));
  }

  private static Parameter parameter(
      Network.Builder builder, String name, RowKind kind, Integer... shape) {
    return builder.parameter(name, List.of(shape), kind, Role.HEAD, new Initializer.Zeros(), 0);
  }
}
