package org.mlora.bench.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures entrants in turns, so that whatever else the machine does falls on all of them alike.
 * Each round gives every entrant one block of calls, about as long as the effort says; rounds
 * alternate in direction.
 */
public final class Race {
  /** Entrants that a first look finds this much slower than the fastest of their group leave. */
  private static final double HOPELESS = 1.5;

  private final Effort effort;
  private final List<Entrant> entrants = new ArrayList<>();

  /** Something to measure. */
  private record Entrant(String name, String group, Work work) {}

  /** Does it a number of times. */
  @FunctionalInterface
  public interface Work {
    void run(int times);
  }

  public Race(Effort effort) {
    this.effort = effort;
  }

  /** Adds an entrant with a name of its own; of a group only the fastest counts. */
  public Race enter(String group, String name, Work work) {
    entrants.add(new Entrant(name, group, work));
    return this;
  }

  /** The times of the fastest entrant of each group. */
  public Map<String, Finish> run() {
    Map<Entrant, Double> looks = new LinkedHashMap<>();
    entrants.forEach(entrant -> looks.put(entrant, look(entrant)));
    Map<String, Double> best = new LinkedHashMap<>();
    looks.forEach((entrant, seconds) -> best.merge(entrant.group, seconds, Math::min));
    looks.keySet().removeIf(e -> find(looks, e) > HOPELESS * find(best, e.group));
    Map<Entrant, List<Double>> laps = new LinkedHashMap<>();
    List<Entrant> running = new ArrayList<>(looks.keySet());
    for (int round = 0; round < effort.rounds(); round++) {
      for (Entrant entrant : running) {
        int times = times(find(looks, entrant));
        laps.computeIfAbsent(entrant, e -> new ArrayList<>()).add(lap(entrant, times));
      }
      Collections.reverse(running);
    }
    Map<String, Finish> finishes = new LinkedHashMap<>();
    laps.forEach(
        (entrant, seconds) -> {
          Times times = new Times(seconds.stream().mapToDouble(Double::doubleValue).toArray());
          finishes.merge(entrant.group, new Finish(entrant.name, times), Finish::faster);
        });
    return finishes;
  }

  private static <K> double find(Map<K, Double> map, K key) {
    Double value = map.get(key);
    return value == null ? Double.POSITIVE_INFINITY : value;
  }

  /** Warms up, and gives about the seconds of one call. */
  private double look(Entrant entrant) {
    double spent = 0;
    double once = Double.POSITIVE_INFINITY;
    int times = 1;
    do {
      double each = lap(entrant, times);
      spent += each * times;
      once = Math.min(once, each);
      times = times(once);
    } while (spent < effort.warmUpSeconds());
    return once;
  }

  private int times(double once) {
    return (int) Math.max(1, Math.min(1e6, effort.blockSeconds() / once));
  }

  private static double lap(Entrant entrant, int times) {
    long start = System.nanoTime();
    entrant.work.run(times);
    return (System.nanoTime() - start) / 1e9 / times;
  }

  /** The fastest of a group that was entered. */
  public static Finish of(Map<String, Finish> finishes, String group) {
    Finish finish = finishes.get(group);
    if (finish == null) {
      throw new IllegalArgumentException("nobody was entered for " + group);
    }
    return finish;
  }

  /** The fastest of a group. */
  public record Finish(String name, Times times) {
    private Finish faster(Finish other) {
      return times.median() <= other.times.median() ? this : other;
    }
  }
}
