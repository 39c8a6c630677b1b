package org.mlora.cuda.gemm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which provider is used, and why others are not.
 *
 * @param chosen the first that works, in the order they were tried
 * @param rejected those tried before it; all, where none works
 */
public record GemmChoice(Optional<GemmProvider> chosen, List<Rejection> rejected) {
  public GemmChoice {
    rejected = List.copyOf(rejected);
  }

  /**
   * A provider that cannot be used.
   *
   * @param reason why, and the remedy
   */
  public record Rejection(String name, String reason) {
    @Override
    public String toString() {
      return name + ": " + reason;
    }
  }

  /**
   * One way to a provider.
   *
   * @param open makes it, or throws with reason and remedy
   */
  public record Candidate(String name, Opening open) {}

  /** Makes a provider. */
  public interface Opening {
    GemmProvider open();
  }

  /** Tries candidates in order until one opens; whatever one of them throws is its rejection. */
  public static GemmChoice first(List<Candidate> candidates) {
    List<Rejection> rejected = new ArrayList<>();
    for (Candidate candidate : candidates) {
      try {
        return new GemmChoice(Optional.of(candidate.open().open()), rejected);
      } catch (RuntimeException | LinkageError e) {
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        rejected.add(new Rejection(candidate.name(), reason));
      }
    }
    return new GemmChoice(Optional.empty(), rejected);
  }
}
