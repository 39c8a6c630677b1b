package org.mlora.cuda.engine;

import java.util.Optional;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;

/**
 * The lane that all work of an engine is on, and one beside it for work that what follows does not
 * wait for: domains that catch up, gradients of parameters and their updates. A graph that is
 * recorded on the first takes up both.
 */
final class Lanes implements AutoCloseable {
  private final DeviceRuntime runtime;
  private final GemmProvider provider;
  private final Lane main;
  private Optional<Side> side = Optional.empty();
  private boolean forked;

  /**
   * The second lane.
   *
   * @param forked where the first lane was when the second one went on
   * @param done where the second one ends
   */
  private record Side(Lane lane, Event forked, Event done) {}

  Lanes(DeviceRuntime runtime, GemmProvider provider) {
    this.runtime = runtime;
    this.provider = provider;
    this.main = Lane.open(runtime, provider);
  }

  Lane main() {
    return main;
  }

  /** The second lane, which goes on once all that is queued on the first is done. */
  Lane fork() {
    if (side.isEmpty()) {
      side = Optional.of(open());
    }
    Side own = side.get();
    main.stream().record(own.forked());
    own.lane().stream().await(own.forked());
    forked = true;
    return own.lane();
  }

  private Side open() {
    Closing made = new Closing();
    try {
      Lane lane = made.add(Lane.open(runtime, provider));
      return new Side(lane, made.add(runtime.event()), made.add(runtime.event()));
    } catch (RuntimeException e) {
      made.closeAfter(e);
      throw e;
    }
  }

  /** What is queued on the first lane from now on waits for the second one, if that went on. */
  void join() {
    if (forked) {
      Side own = side.orElseThrow();
      own.lane().stream().record(own.done());
      main.stream().await(own.done());
      forked = false;
    }
  }

  @Override
  public void close() {
    Closing all = new Closing();
    all.add(main);
    side.ifPresent(
        own -> {
          all.add(own.lane());
          all.add(own.forked());
          all.add(own.done());
        });
    all.close();
  }
}
