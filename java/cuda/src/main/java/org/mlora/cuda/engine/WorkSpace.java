package org.mlora.cuda.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.mlora.cuda.runtime.CaptureLock;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Graph;
import org.mlora.cuda.runtime.Stream;

/**
 * The one work space that all passes of an engine share, as they follow each other on a stream, and
 * the graphs recorded over it. When a pass needs more than there is, it grows, and graphs are
 * recorded again.
 */
final class WorkSpace implements AutoCloseable {
  private final DeviceRuntime runtime;
  private final Stream stream;
  private final Map<Key, Prepared> prepared = new HashMap<>();
  private Optional<DeviceMemory> memory = Optional.empty();

  WorkSpace(DeviceRuntime runtime, Stream stream) {
    this.runtime = runtime;
    this.stream = stream;
  }

  enum Kind {
    TRAINING,
    PREDICTION
  }

  /** Passes that do the same work in the same places. */
  record Key(Kind kind, int capacity, ColumnPlaces columns) {}

  /** A pass, and its graphs once there are any: one for each seat. */
  static final class Prepared {
    private final Pass pass;
    private final Map<Integer, Graph> graphs = new HashMap<>();
    private boolean warm;

    Prepared(Pass pass) {
      this.pass = pass;
    }

    Pass pass() {
      return pass;
    }
  }

  /** The pass of that key, made where it is not there, with room for it. */
  Prepared prepare(Key key, Supplier<Pass> make) {
    Prepared found = prepared.get(key);
    if (found == null) {
      found = new Prepared(make.get());
      borrow(found.pass.bytes());
      prepared.put(key, found);
    }
    return found;
  }

  /** Address of at least so many bytes, until the next call. */
  long borrow(long bytes) {
    if (memory.isEmpty() || memory.get().bytes() < bytes) {
      stream.synchronize();
      forget(key -> true);
      memory.ifPresent(DeviceMemory::close);
      memory = Optional.empty();
      memory = Optional.of(runtime.allocate(bytes, "the work space of a batch"));
    }
    return memory.get().address();
  }

  /**
   * Queues a pass over lists of a seat: as it is the first time, recorded and replayed from then
   * on.
   */
  void run(Prepared pass, int seat, LongConsumer enqueue) {
    long base = borrow(pass.pass.bytes());
    if (pass.warm) {
      stream.launch(pass.graphs.computeIfAbsent(seat, s -> record(() -> enqueue.accept(base))));
    } else {
      enqueue.accept(base);
      pass.warm = true;
    }
  }

  private Graph record(Runnable pass) {
    return CaptureLock.recording(() -> stream.capture(pass));
  }

  /** Drops passes of training, whose rules or places change. */
  void forgetTraining() {
    if (prepared.keySet().stream().anyMatch(key -> key.kind == Kind.TRAINING)) {
      stream.synchronize();
      forget(key -> key.kind == Kind.TRAINING);
    }
  }

  /** Drops passes over columns that are being closed; no work on them may be pending. */
  void forget(LoadedColumns columns) {
    forget(key -> columns.owns(key.columns));
  }

  private void forget(Predicate<Key> which) {
    prepared
        .entrySet()
        .removeIf(
            entry -> {
              boolean goes = which.test(entry.getKey());
              if (goes) {
                entry.getValue().graphs.values().forEach(Graph::close);
              }
              return goes;
            });
  }

  @Override
  public void close() {
    forget(key -> true);
    memory.ifPresent(DeviceMemory::close);
    memory = Optional.empty();
  }
}
