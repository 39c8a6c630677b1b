package org.mlora.data.prepare;

import java.util.Optional;
import org.mlora.data.Vocabulary;
import org.mlora.data.VocabularyQueue;
import org.mlora.data.npy.NpyWriter;

/**
 * Which of the texts found get an id: those that are known and those with enough training rows, in
 * the order they were found.
 */
final class IdStudy {
  private final Vocabulary found = new Vocabulary();
  private final int minCount;
  private final boolean all;
  private final Optional<Vocabulary> known;
  private Vocabulary kept = new Vocabulary();
  private int[] counts = new int[0];
  private int[] ids = new int[0];

  IdStudy(int minCount, boolean all, Optional<Vocabulary> known) {
    this.minCount = minCount;
    this.all = all;
    this.known = known;
  }

  /** Makes texts provisional ids; 0 for the empty one, which stands for a missing value. */
  VocabularyQueue queue(NpyWriter provisional) {
    return VocabularyQueue.adding(found, provisional::put);
  }

  /** The number of texts found, which is the highest provisional id. */
  int found() {
    return found.size();
  }

  void startCounting() {
    counts = new int[found.size() + 1];
  }

  /** Notes a provisional id of a row. */
  void count(int provisional, boolean trains) {
    // Added rather than branched on: which rows train is chance.
    counts[provisional] += trains || all ? 1 : 0;
  }

  void finish() {
    ids = new int[counts.length];
    int next = 0;
    for (int id = 1; id < counts.length; id++) {
      ids[id] = counts[id] >= minCount || isKnown(id) ? ++next : 0;
    }
    if (next == found.size()) {
      kept = found;
      return;
    }
    kept = new Vocabulary();
    for (int id = 1; id < counts.length; id++) {
      if (ids[id] != 0) {
        kept.addFrom(found, id);
      }
    }
  }

  private boolean isKnown(int provisional) {
    return known.isPresent() && known.get().id(found.text(provisional)) != 0;
  }

  /** The id that a provisional id becomes. */
  int id(int provisional) {
    return ids[provisional];
  }

  Vocabulary vocabulary() {
    return kept;
  }
}
