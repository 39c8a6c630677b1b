package org.mlora.backend.cpu;

import static org.mlora.backend.cpu.Status.check;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.function.Consumer;
import org.mlora.backend.EngineArguments;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraEngine;
import org.mlora.nativelib.gen.MloraNetwork;
import org.mlora.network.Network;

/** What an engine of the native library predicts. */
final class CpuSession implements Session {
  private final Network network;
  private final NativeHandle<MloraNetwork> description;
  private final NativeHandle<MloraEngine> handle;
  private final Consumer<CpuSession> closed;

  /**
   * Takes over an engine of the library.
   *
   * @param what its owner knows it as, for messages
   * @param description of the network, which its owner closes
   * @param engine owned from now on
   * @param closed told when this is closed
   */
  CpuSession(
      String what,
      Network network,
      NativeHandle<MloraNetwork> description,
      MloraEngine engine,
      Consumer<CpuSession> closed) {
    this.network = network;
    this.description = description;
    this.handle = new NativeHandle<>(what, engine, Mlora::mlora_engine_destroy);
    this.closed = closed;
  }

  /** The engine, whose monitor a call of the library holds. */
  NativeHandle<MloraEngine> handle() {
    return handle;
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public Resident load(Columns columns) {
    synchronized (description) {
      return new CpuColumns(network, description, columns);
    }
  }

  /**
   * Written out, as it is called for single rows: nothing is allocated on the way into direct
   * buffers.
   */
  @Override
  public void predict(
      Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    CpuColumns columns = CpuColumns.own(data);
    EngineArguments.requireRange(columns.columns(), from, count);
    EngineArguments.requireRoom("logits", logits, count);
    EngineArguments.requireRoom("probabilities", probabilities, count);
    FloatBuffer roomForLogits = DirectFloats.room(logits, count);
    FloatBuffer roomForProbabilities = DirectFloats.room(probabilities, count);
    try {
      synchronized (handle) {
        synchronized (columns.handle()) {
          check(
              Mlora.mlora_engine_predict(
                  handle.pointer(),
                  columns.pointer(network),
                  from,
                  count,
                  roomForLogits,
                  roomForProbabilities));
        }
      }
    } finally {
      // The library knows addresses alone, and the caller may have kept nothing.
      Reference.reachabilityFence(columns);
    }
    DirectFloats.fill(logits, roomForLogits);
    DirectFloats.fill(probabilities, roomForProbabilities);
  }

  @Override
  public void close() {
    handle.close();
    closed.accept(this);
  }
}
