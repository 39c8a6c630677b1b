package org.mlora.cuda.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Op;

/** Dropout masks that are given in place of drawn ones, by the number of the stream. */
final class GivenMasks implements AutoCloseable {
  private final DeviceRuntime runtime;
  private final Stream stream;
  private final Transfers transfers;
  private final Map<Integer, Mask> masks = new HashMap<>();

  private record Mask(Arena memory, int units) {}

  GivenMasks(DeviceRuntime runtime, Stream stream, Transfers transfers) {
    this.runtime = runtime;
    this.stream = stream;
    this.transfers = transfers;
  }

  /** Sets the mask of a dropout stream; an empty one returns to drawn masks. */
  void give(int number, byte[] keep) {
    Mask old = masks.remove(number);
    if (old != null) {
      stream.synchronize();
      old.memory.close();
    }
    if (keep.length > 0) {
      Arena memory = new Arena(runtime, "a dropout mask");
      memory.reserve(keep.length);
      memory.allocate();
      masks.put(number, new Mask(memory, keep.length));
      transfers.upload(keep, memory.at(0));
    }
  }

  /** Fails when a mask has fewer units than a batch. */
  void require(Network network, int rows) {
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense && masks.containsKey(dense.stream())) {
        int units = masks.get(dense.stream()).units;
        if (units < (long) rows * dense.out().width()) {
          throw new InvalidShapeException(
              "the dropout mask of stream "
                  + dense.stream()
                  + " has "
                  + units
                  + " units, the batch has more");
        }
      }
    }
  }

  /** Addresses of the masks, (rows, width) bytes of 0 and 1. */
  Map<Integer, Long> addresses() {
    return masks.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().memory.at(0)));
  }

  @Override
  public void close() {
    masks.values().forEach(mask -> mask.memory.close());
    masks.clear();
  }
}
