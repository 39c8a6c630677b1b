package org.mlora.data.prepare;

import org.mlora.data.Vocabulary;

/**
 * Which of the texts found get an id: those with enough training rows, in the order they were
 * found.
 */
final class IdStudy {
  private final Vocabulary found = new Vocabulary();
  private final int minCount;
  private final boolean all;
  private Vocabulary kept = new Vocabulary();
  private int[] counts = new int[0];
  private int[] ids = new int[0];

  IdStudy(int minCount, boolean all) {
    this.minCount = minCount;
    this.all = all;
  }

  /** The provisional id of a text; 0 for the empty one, which stands for a missing value. */
  int find(byte[] bytes, int from, int to) {
    return from == to ? 0 : found.add(bytes, from, to);
  }

  void startCounting() {
    counts = new int[found.size() + 1];
  }

  /** Notes a provisional id of a row. */
  void count(int provisional, boolean trains) {
    if (trains || all) {
      counts[provisional]++;
    }
  }

  void finish() {
    ids = new int[counts.length];
    kept = new Vocabulary();
    for (int id = 1; id < counts.length; id++) {
      ids[id] = counts[id] >= minCount ? kept.addFrom(found, id) : 0;
    }
  }

  /** The id that a provisional id becomes. */
  int id(int provisional) {
    return ids[provisional];
  }

  Vocabulary vocabulary() {
    return kept;
  }
}
