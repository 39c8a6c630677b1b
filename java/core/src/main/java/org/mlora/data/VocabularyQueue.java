package org.mlora.data;

import java.util.Arrays;

/**
 * Adds texts to a vocabulary some hundred at a time. A vocabulary is soon larger than the caches,
 * and one text after the other would wait for memory; together their reads overlap. Ids come in the
 * order of the texts, some of them only by {@link #flush}.
 */
public final class VocabularyQueue {
  /** Slots of so many texts stay in L1. */
  private static final int TEXTS = 256;

  private final Vocabulary vocabulary;
  private final Taker taker;
  private final int[] ids = new int[TEXTS];
  private int size;

  /**
   * Those that wait: places among the ids, keys, lengths, and where texts that are not short end.
   */
  private final int[] places = new int[TEXTS];

  private final long[] keys = new long[TEXTS];
  private final int[] lengths = new int[TEXTS];
  private final int[] slots = new int[TEXTS];
  private final int[] longEnds = new int[TEXTS];
  private byte[] longTexts = new byte[1 << 12];
  private int longEnd;
  private int waiting;

  /** Takes the first {@code count} ids of an array, which is used again. */
  public interface Taker {
    void take(int[] ids, int count);
  }

  /** Queues for a vocabulary. */
  public VocabularyQueue(Vocabulary vocabulary, Taker taker) {
    this.vocabulary = vocabulary;
    this.taker = taker;
  }

  /**
   * Appends a text, which is copied; the empty text stands for a missing value and gives 0.
   *
   * @throws org.mlora.error.InvalidInputException where a new text is not valid UTF-8, or there are
   *     too many
   */
  public void add(byte[] bytes, int from, int to) {
    long key = Vocabulary.key(bytes, from, to);
    int length = to - from;
    int id = vocabulary.numberId(key, length);
    if (id == 0 && length > 0) {
      if (!Vocabulary.isAscii(key, bytes, from, to)) {
        // Looked up at once: if it is no text, the caller still knows where it stands.
        flush();
        id = vocabulary.add(bytes, from, to);
      } else {
        await(key, bytes, from, length);
      }
    }
    ids[size++] = id;
    if (size == TEXTS) {
      flush();
    }
  }

  private void await(long key, byte[] bytes, int from, int length) {
    if (length > Vocabulary.SHORT) {
      keep(bytes, from, length);
      longEnds[waiting] = longEnd;
    }
    keys[waiting] = key;
    lengths[waiting] = length;
    places[waiting++] = size;
  }

  private void keep(byte[] bytes, int from, int length) {
    if (longEnd + length > longTexts.length) {
      longTexts = Arrays.copyOf(longTexts, Math.max(2 * longTexts.length, longEnd + length));
    }
    System.arraycopy(bytes, from, longTexts, longEnd, length);
    longEnd += length;
  }

  /** Gives the ids of all texts that still wait. */
  public void flush() {
    vocabulary.touch(keys, slots, waiting);
    for (int i = 0; i < waiting; i++) {
      int length = lengths[i];
      ids[places[i]] =
          length <= Vocabulary.SHORT
              ? vocabulary.addShort(keys[i], length, slots[i])
              : vocabulary.add(keys[i], longTexts, longEnds[i] - length, longEnds[i]);
    }
    taker.take(ids, size);
    size = 0;
    waiting = 0;
    longEnd = 0;
  }
}
