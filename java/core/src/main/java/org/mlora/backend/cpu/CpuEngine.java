package org.mlora.backend.cpu;

import static org.mlora.backend.cpu.Status.check;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.ToIntBiFunction;
import java.util.function.ToIntFunction;
import org.mlora.backend.Engine;
import org.mlora.backend.EngineArguments;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraColumns;
import org.mlora.nativelib.gen.MloraEngine;
import org.mlora.nativelib.gen.MloraNetwork;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.train.Optimization;

/** An engine of the native library. Checks sizes before each call, so that none reaches outside. */
final class CpuEngine implements Engine {
  /** What its owner knows it as, and all that is closed with it. */
  static final String NAME = "the model's engine";

  private final Network network;
  private final NativeHandle<MloraNetwork> description;

  /** This engine as one that predicts, and its handle. */
  private final CpuSession predictions;

  private final NativeHandle<MloraEngine> handle;

  /** Weakly, so that one that is forgotten is collected, and counted as leaked. */
  private final Set<CpuSession> sessions =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final double[] loss = new double[1];
  private final long[] number = new long[1];
  private Optional<CpuColumns> ordered = Optional.empty();
  private int orderedRows;

  CpuEngine(Network network, int threads) {
    this.network = network;
    this.description = NativeNetwork.describe(network);
    MloraEngine pointer = new MloraEngine();
    try {
      check(Mlora.mlora_engine_create(description.pointer(), threads, pointer));
    } catch (Throwable e) {
      description.close();
      throw e;
    }
    this.predictions = new CpuSession(NAME, network, description, pointer, closed -> {});
    this.handle = predictions.handle();
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public Resident load(Columns columns) {
    return predictions.load(columns);
  }

  @Override
  public void write(Parameter parameter, Slot slot, long offset, FloatBuffer source) {
    EngineArguments.requireSlice(network, parameter, slot, offset, source);
    DirectFloats.from(
        source,
        (at, piece) -> move(Mlora::mlora_engine_write, parameter, slot, offset + at, piece));
  }

  @Override
  public void read(Parameter parameter, Slot slot, long offset, FloatBuffer target) {
    EngineArguments.requireTarget(network, parameter, slot, offset, target);
    DirectFloats.into(
        target, (at, piece) -> move(Mlora::mlora_engine_read, parameter, slot, offset + at, piece));
  }

  /** Writes or reads consecutive values of a parameter. */
  private interface Move {
    int run(
        MloraEngine engine, int parameter, int slot, long offset, FloatBuffer values, long count);
  }

  private void move(Move move, Parameter parameter, Slot slot, long offset, FloatBuffer piece) {
    call(
        engine ->
            move.run(engine, parameter.index(), code(slot), offset, piece, piece.remaining()));
  }

  @Override
  public void optimize(Optimization optimization) {
    EngineArguments.requireFit(network, optimization);
    call(engine -> NativeOptimization.optimizer(engine, optimization));
    for (Parameter parameter : network.parameters()) {
      call(engine -> NativeOptimization.rule(engine, parameter.index(), optimization));
    }
  }

  @Override
  public void resetOptimizer() {
    call(Mlora::mlora_engine_reset_optimizer);
  }

  @Override
  public long step() {
    call(engine -> Mlora.mlora_engine_step(engine, number));
    return number[0];
  }

  @Override
  public void setStep(long step) {
    call(engine -> Mlora.mlora_engine_set_step(engine, step));
  }

  @Override
  public void order(Resident data, RowOrder order) {
    CpuColumns columns = CpuColumns.own(data);
    EngineArguments.requireTrainable(columns.columns(), order);
    int[] rows = order.rows();
    callOn(columns, (engine, on) -> Mlora.mlora_engine_order(engine, on, rows, rows.length));
    ordered = Optional.of(columns);
    orderedRows = rows.length;
  }

  @Override
  public void train(int from, int count) {
    CpuColumns columns =
        ordered.orElseThrow(() -> new IllegalStateException("train is called before order"));
    EngineArguments.requireStep(from, count, orderedRows);
    callOn(columns, (engine, on) -> Mlora.mlora_engine_train(engine, from, count));
  }

  @Override
  public double takeLoss() {
    call(engine -> Mlora.mlora_engine_take_loss(engine, loss, number));
    return loss[0] / number[0];
  }

  @Override
  public double gradients(Resident data, int[] rows, boolean dropout) {
    CpuColumns columns = CpuColumns.own(data);
    EngineArguments.requireTrainable(columns.columns(), RowOrder.of(rows));
    callOn(
        columns,
        (engine, on) ->
            Mlora.mlora_engine_gradients(engine, on, rows, rows.length, dropout ? 1 : 0, loss));
    return loss[0];
  }

  @Override
  public void fixDropout(int stream, byte[] keep) {
    call(engine -> Mlora.mlora_engine_fix_dropout(engine, stream, keep, keep.length));
  }

  @Override
  public void predict(
      Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    predictions.predict(data, from, count, logits, probabilities);
  }

  @Override
  public Session share() {
    synchronized (handle) {
      MloraEngine pointer = new MloraEngine();
      check(Mlora.mlora_engine_share(handle.pointer(), pointer));
      CpuSession session =
          new CpuSession("the session", network, description, pointer, sessions::remove);
      sessions.add(session);
      return session;
    }
  }

  @Override
  public void close() {
    handle.close();
    List.copyOf(sessions).forEach(CpuSession::close);
    description.close();
  }

  /** Calls the library while this engine can be neither closed nor collected. */
  private void call(ToIntFunction<MloraEngine> function) {
    synchronized (handle) {
      check(function.applyAsInt(handle.pointer()));
    }
  }

  /** The same with columns; always in this order, so that no two threads wait for each other. */
  private void callOn(CpuColumns columns, ToIntBiFunction<MloraEngine, MloraColumns> function) {
    try {
      synchronized (handle) {
        synchronized (columns.handle()) {
          check(function.applyAsInt(handle.pointer(), columns.pointer(network)));
        }
      }
    } finally {
      // As in a session: their buffers are read until here.
      Reference.reachabilityFence(columns);
    }
  }

  private static int code(Slot slot) {
    return switch (slot) {
      case VALUE -> Mlora.MLORA_SLOT_VALUE;
      case FIRST_MOMENT -> Mlora.MLORA_SLOT_FIRST_MOMENT;
      case SECOND_MOMENT_ROOT -> Mlora.MLORA_SLOT_SECOND_MOMENT_ROOT;
      case GRADIENT -> Mlora.MLORA_SLOT_GRADIENT;
    };
  }
}
