package org.mlora.backend;

import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Network;

/** Runs networks on one backend, and those that it cannot run on another one. */
public final class FallbackBackend implements Backend {
  private final Backend first;
  private final Supplier<Backend> opening;
  private final BiConsumer<Backend, String> told;
  private Optional<Backend> second = Optional.empty();

  /**
   * Over a backend, which is closed with this one.
   *
   * @param opening opens the other backend when it is first needed
   * @param told hears then which one that is, and why it is needed
   */
  public FallbackBackend(
      Backend first, Supplier<Backend> opening, BiConsumer<Backend, String> told) {
    this.first = first;
    this.opening = opening;
    this.told = told;
  }

  /** Of the first one, until the other one was needed. */
  @Override
  public synchronized String description() {
    return second.orElse(first).description();
  }

  @Override
  public synchronized Engine compile(Network network) {
    try {
      return first.compile(network);
    } catch (UnsupportedDeviceException e) {
      if (second.isEmpty()) {
        second = Optional.of(opening.get());
        told.accept(second.get(), e.getMessage());
      }
      return second.get().compile(network);
    }
  }

  @Override
  public synchronized void close() {
    try (first) {
      second.ifPresent(Backend::close);
    }
  }
}
