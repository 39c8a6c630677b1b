package org.mlora.cuda.engine;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.Stream;

/**
 * The lane that all work of an engine is on, and some beside it for work that what follows does not
 * wait for, which leaves the device to the first where both want it. A graph that is recorded on
 * the first takes up all of them.
 */
final class Lanes implements AutoCloseable {
  private final DeviceRuntime runtime;
  private final GemmProvider provider;
  private final Lane main;
  private final Map<Beside, Side> sides = new EnumMap<>(Beside.class);
  private final Set<Beside> forked = EnumSet.noneOf(Beside.class);

  /** What the lanes beside the first one are for. */
  enum Beside {
    /** The batch that follows: its lists, and its rows that catch up. */
    NEXT,
    /** Parameters with a row for each domain; gradients of others that are summed with theirs. */
    DOMAINS,
    /** All other parameters but tables: products, sums, updates. */
    WHOLE
  }

  /**
   * A lane beside the first one.
   *
   * @param forked where the first lane was when this one went on
   * @param done where this one was when another began to wait for it
   */
  private record Side(Lane lane, Event forked, Event done) {
    void awaitedBy(Lane other) {
      lane.stream().record(done);
      other.stream().await(done);
    }
  }

  Lanes(DeviceRuntime runtime, GemmProvider provider) {
    this.runtime = runtime;
    this.provider = provider;
    this.main = Lane.open(runtime, provider, runtime.urgentStream());
  }

  Lane main() {
    return main;
  }

  /** A lane beside, which goes on once all that is queued on the first is done. */
  Lane fork(Beside which) {
    Side own = side(which);
    main.stream().record(own.forked());
    own.lane().stream().await(own.forked());
    forked.add(which);
    return own.lane();
  }

  /** Opens all lanes, so that nothing is queued for lanes for which there is no memory. */
  void openAll() {
    for (Beside which : Beside.values()) {
      side(which);
    }
  }

  private Side side(Beside which) {
    return sides.computeIfAbsent(which, this::open);
  }

  private Side open(Beside which) {
    Closing made = new Closing();
    try {
      Stream stream = runtime.stream();
      boolean multiplies = which == Beside.WHOLE;
      Lane lane = made.add(multiplies ? Lane.open(runtime, provider, stream) : Lane.open(stream));
      return new Side(lane, made.add(runtime.event()), made.add(runtime.event()));
    } catch (Throwable e) {
      made.closeAfter(e);
      throw e;
    }
  }

  /** What is queued on a lane from now on waits for another one; both went on. */
  void await(Beside which, Beside other) {
    side(other).awaitedBy(side(which).lane());
  }

  /** What is queued on the first lane from now on waits for all that went on. */
  void join() {
    Set<Beside> waited = EnumSet.copyOf(forked);
    // Before anything can fail: what comes after a failed recording must not wait for it.
    forked.clear();
    waited.forEach(which -> side(which).awaitedBy(main));
  }

  @Override
  public void close() {
    Closing all = new Closing();
    all.add(main);
    sides
        .values()
        .forEach(
            own -> {
              all.add(own.lane());
              all.add(own.forked());
              all.add(own.done());
            });
    all.close();
  }
}
