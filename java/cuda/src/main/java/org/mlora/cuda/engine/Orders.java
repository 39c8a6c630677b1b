package org.mlora.cuda.engine;

import java.nio.IntBuffer;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.random.RowOrder;
import org.mlora.random.Shuffle;

/** Orders of rows on the device: of the epoch in training, and of the last gradients asked for. */
final class Orders implements AutoCloseable {
  private final DeviceRuntime runtime;
  private final Stream stream;
  private final Transfers transfers;
  private Arena training;
  private Arena probing;

  Orders(DeviceRuntime runtime, Stream stream, Transfers transfers) {
    this.runtime = runtime;
    this.stream = stream;
    this.transfers = transfers;
    this.training = new Arena(runtime, "the order of rows");
    this.probing = new Arena(runtime, "the order of rows");
  }

  /**
   * Sets the order of training, and tells whether it lies elsewhere than before. A shuffle is made
   * on the device.
   */
  boolean ofTraining(RowOrder order) {
    boolean moved = !training.isAllocated() || training.bytes() < 4L * order.size();
    if (moved) {
      training = replaced(training, order.size());
    }
    if (order instanceof Shuffle shuffle) {
      Kernels.check(
          MloraCuda.mlora_cuda_shuffle(
              training.at(0),
              shuffle.size(),
              shuffle.key(),
              shuffle.epoch(),
              Kernels.stream(stream.address())));
    } else {
      transfers.upload(IntBuffer.wrap(order.rows()), training.at(0));
    }
    return moved;
  }

  void ofProbing(int[] rows) {
    if (!probing.isAllocated() || probing.bytes() < 4L * rows.length) {
      probing = replaced(probing, rows.length);
    }
    transfers.upload(IntBuffer.wrap(rows), probing.at(0));
  }

  private Arena replaced(Arena old, int rows) {
    Arena fresh = new Arena(runtime, "the order of " + rows + " rows");
    fresh.reserve(4L * rows);
    stream.synchronize();
    old.close();
    fresh.allocate();
    return fresh;
  }

  long training() {
    return training.at(0);
  }

  long probing() {
    return probing.at(0);
  }

  @Override
  public void close() {
    training.close();
    probing.close();
  }
}
