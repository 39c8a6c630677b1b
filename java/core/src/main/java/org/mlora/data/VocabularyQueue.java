package org.mlora.data;

import java.util.Arrays;

/**
 * Adds texts to a vocabulary, or looks them up there, some hundred at a time. A vocabulary is soon
 * larger than the caches, and one text after the other would wait for memory; together their reads
 * overlap. Ids come in the order of the texts, by {@link #flush} or before.
 */
public final class VocabularyQueue {
  /** Slots of so many texts stay in L1. */
  private static final int TEXTS = 256;

  private final Vocabulary vocabulary;
  private final boolean adds;
  private final Taker taker;
  private final int[] ids = new int[TEXTS];

  /** Keys and lengths of the texts that wait, and where those that are not short end. */
  private final long[] keys = new long[TEXTS];

  private final int[] lengths = new int[TEXTS];
  private final int[] longEnds = new int[TEXTS];
  private byte[] longTexts = new byte[1 << 12];
  private int longEnd;
  private int size;

  /**
   * Places of the texts that are no numbers known by their value, and where they are looked for.
   */
  private final int[] places = new int[TEXTS];

  private final int[] slots = new int[TEXTS];
  private long touched;

  /** Takes the first {@code count} ids of an array, which is used again. */
  public interface Taker {
    /** Takes ids, in the order in which their texts were given. */
    void take(int[] ids, int count);
  }

  private VocabularyQueue(Vocabulary vocabulary, boolean adds, Taker taker) {
    this.vocabulary = vocabulary;
    this.adds = adds;
    this.taker = taker;
  }

  /** Adds texts that are new. */
  public static VocabularyQueue adding(Vocabulary vocabulary, Taker taker) {
    return new VocabularyQueue(vocabulary, true, taker);
  }

  /** Leaves the vocabulary as it is: a text that is not there is unknown and gives 0. */
  static VocabularyQueue finding(Vocabulary vocabulary, Taker taker) {
    return new VocabularyQueue(vocabulary, false, taker);
  }

  /**
   * Appends a text, which is copied; the empty text stands for a missing value and gives 0.
   *
   * @throws org.mlora.error.InvalidInputException where a text to be added is not valid UTF-8, or
   *     there are too many
   */
  public void add(byte[] bytes, int from, int to) {
    long key = Vocabulary.key(bytes, from, to);
    int length = to - from;
    if (!Vocabulary.isAscii(key, bytes, from, to)) {
      // Looked up at once: if it is no text, the caller still knows where it stands.
      flush();
      ids[0] = adds ? vocabulary.add(bytes, from, to) : vocabulary.id(bytes, from, to);
      taker.take(ids, 1);
      return;
    }
    if (length > Vocabulary.SHORT) {
      keep(bytes, from, length);
    }
    longEnds[size] = longEnd;
    keys[size] = key;
    lengths[size++] = length;
    if (size == TEXTS) {
      flush();
    }
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
    vocabulary.numberIds(keys, lengths, ids, size);
    int others = 0;
    for (int i = 0; i < size; i++) {
      places[others] = i;
      others += ids[i] == 0 && lengths[i] > 0 ? 1 : 0;
    }
    touched = vocabulary.touch(keys, places, slots, others);
    for (int i = 0; i < others; i++) {
      ids[places[i]] = adds ? added(places[i], slots[i]) : found(places[i]);
    }
    taker.take(ids, size);
    size = 0;
    longEnd = 0;
  }

  private int added(int place, int slot) {
    int length = lengths[place];
    int end = longEnds[place];
    return length <= Vocabulary.SHORT
        ? vocabulary.addShort(keys[place], length, slot)
        : vocabulary.add(keys[place], longTexts, end - length, end);
  }

  private int found(int place) {
    int length = lengths[place];
    int end = longEnds[place];
    return length <= Vocabulary.SHORT
        ? vocabulary.idShort(keys[place], length)
        : vocabulary.id(longTexts, end - length, end);
  }
}
