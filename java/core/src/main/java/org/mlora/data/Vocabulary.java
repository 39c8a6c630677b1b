package org.mlora.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Texts and their ids, counted from 1 in the order they were added; id 0 is any other text. Works
 * on UTF-8 bytes, so that looking a text up makes no objects. On disk: one text a line, line i is
 * id i, with {@code \n}, {@code \r} and {@code \\} escaped. Many threads may look texts up while
 * none adds any.
 */
public final class Vocabulary {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Texts up to this length stand in the table itself, so that finding one is one read of it. */
  static final int SHORT = 8;

  private static final int LONGER = SHORT + 1;
  private static final int MAX_SIZE = 1 << 28;

  private byte[] texts = new byte[1 << 12];
  private int[] ends = new int[1 << 8];
  private int size;

  /**
   * Two words a slot, at most two thirds of the slots {@link #used}: a {@link #key}, then its
   * {@link #kind} above the id, 0 where the slot is free.
   */
  private long[] slots = new long[2 << 9];

  private int slotMask = (1 << 9) - 1;
  private int used;

  /** Texts that are not in the slots. */
  private final NumberIds numbers = new NumberIds();

  private final byte[] shortText = new byte[SHORT];

  /** Number of texts; ids are in [0, size]. */
  public int size() {
    return size;
  }

  /** The id of a text, 0 where it is unknown. */
  public int id(byte[] bytes, int from, int to) {
    long key = key(bytes, from, to);
    int id = numbers.get(number(key, to - from));
    return id != 0 ? id : (int) slots[2 * find(key, bytes, from, to) + 1];
  }

  /** The id of a text, 0 where it is unknown. */
  public int id(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return id(bytes, 0, bytes.length);
  }

  /**
   * The id of a text, which is added if it is new.
   *
   * @throws InvalidInputException where a new text is not valid UTF-8, or there are too many
   */
  public int add(byte[] bytes, int from, int to) {
    return add(key(bytes, from, to), bytes, from, to);
  }

  /** The id of a text with its key, which is added if it is new. */
  int add(long key, byte[] bytes, int from, int to) {
    int number = number(key, to - from);
    int id = numbers.get(number);
    if (id != 0) {
      return id;
    }
    int slot = find(key, bytes, from, to);
    id = (int) slots[2 * slot + 1];
    if (id != 0) {
      numbers.put(number, id, size);
      return id;
    }
    append(bytes, from, to);
    if (!numbers.put(number, size, size)) {
      slots[2 * slot] = key;
      slots[2 * slot + 1] = (long) kind(to - from) << 32 | size;
      if (3L * ++used > 2L * slotMask) {
        grow();
      }
    }
    return size;
  }

  /** The ids of texts that are numbers known by their values; 0 for others. */
  void numberIds(long[] keys, int[] lengths, int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = numbers.get(number(keys[i], lengths[i]));
    }
  }

  /**
   * The id of a short text, which its key is, added if it is new.
   *
   * @param start where {@link #touch} found that its search starts
   */
  int addShort(long key, int length, int start) {
    // Where the table has grown since, the text may stand elsewhere, but no other one as it.
    for (int slot = start; slot <= slotMask; slot++) {
      long entry = slots[2 * slot + 1];
      if (slots[2 * slot] == key && (int) (entry >>> 32) == length) {
        return (int) entry;
      }
      if (entry == 0) {
        break;
      }
    }
    LONGS.set(shortText, 0, key);
    return add(key, shortText, 0, length);
  }

  /** The id of a short text, which its key is, that is no number known by its value; else 0. */
  int idShort(long key, int length) {
    // A short text is found by its key, whatever the bytes are.
    return (int) slots[2 * find(key, shortText, 0, length) + 1];
  }

  /**
   * Gives the slots where the searches for the keys at some places start, and brings them into the
   * cache.
   *
   * @return a number to keep, so that the reads are not optimised away
   */
  long touch(long[] keys, int[] places, int[] starts, int count) {
    long seen = 0;
    for (int i = 0; i < count; i++) {
      starts[i] = slot(keys[places[i]]);
      seen |= slots[2 * starts[i] + 1];
    }
    return seen;
  }

  private static int number(long key, int length) {
    return length <= SHORT ? NumberIds.number(key, length) : -1;
  }

  /** The id of a text, which is added if it is new. */
  public int add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return add(bytes, 0, bytes.length);
  }

  /** The text of an id in [1, size]. */
  public String text(int id) {
    return new String(texts, start(id), ends[id - 1] - start(id), StandardCharsets.UTF_8);
  }

  /** Adds a text of another vocabulary. */
  public int addFrom(Vocabulary other, int id) {
    return add(other.texts, other.start(id), other.ends[id - 1]);
  }

  private int start(int id) {
    return id == 1 ? 0 : ends[id - 2];
  }

  /** The slot of a text, or the free one where it would stand. */
  private int find(long key, byte[] bytes, int from, int to) {
    int kind = kind(to - from);
    for (int slot = slot(key); ; slot = slot + 1 & slotMask) {
      long entry = slots[2 * slot + 1];
      if (entry == 0) {
        return slot;
      }
      if (slots[2 * slot] == key
          && (int) (entry >>> 32) == kind
          && (kind < LONGER || is((int) entry, bytes, from, to))) {
        return slot;
      }
    }
  }

  private boolean is(int id, byte[] bytes, int from, int to) {
    return Arrays.equals(texts, start(id), ends[id - 1], bytes, from, to);
  }

  /** The length of a short text, which with its key is the text; the same for all longer ones. */
  private static int kind(int length) {
    return Math.min(length, LONGER);
  }

  /** The bytes of a short text, a hash of a longer one. */
  static long key(byte[] bytes, int from, int to) {
    int length = to - from;
    if (length > SHORT) {
      long h = length;
      for (int at = from; at < to - 8; at += 8) {
        h = mix(h ^ (long) LONGS.get(bytes, at));
      }
      return mix(h ^ (long) LONGS.get(bytes, to - 8));
    }
    if (length > 0 && from + 8 <= bytes.length) {
      return (long) LONGS.get(bytes, from) & -1L >>> 64 - 8 * length;
    }
    long key = 0;
    for (int i = 0; i < length; i++) {
      key |= (bytes[from + i] & 0xFFL) << 8 * i;
    }
    return key;
  }

  /** Whether a text with its key is ASCII, which is always valid. */
  static boolean isAscii(long key, byte[] bytes, int from, int to) {
    if (to - from <= SHORT) {
      return (key & 0x8080808080808080L) == 0;
    }
    int high = 0;
    for (int i = from; i < to; i++) {
      high |= bytes[i];
    }
    return high >= 0;
  }

  private int slot(long key) {
    return (int) (mix(mix(key)) >>> 32) & slotMask;
  }

  private static long mix(long h) {
    h *= 0x9E3779B97F4A7C15L;
    return h ^ h >>> 29;
  }

  private void append(byte[] bytes, int from, int to) {
    checkText(bytes, from, to);
    int written = size == 0 ? 0 : ends[size - 1];
    int length = to - from;
    if (written > Integer.MAX_VALUE - 64 - length || size == MAX_SIZE) {
      throw new InvalidInputException(
          "there are too many different texts (" + size + "); use a hashed field");
    }
    if (written + length > texts.length) {
      long wanted = Math.max(written + (long) length, 2L * texts.length);
      texts = Arrays.copyOf(texts, (int) Math.min(wanted, Integer.MAX_VALUE - 64));
    }
    System.arraycopy(bytes, from, texts, written, length);
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
    }
    ends[size] = written + length;
    size++;
  }

  private static void checkText(byte[] bytes, int from, int to) {
    int high = 0;
    for (int i = from; i < to; i++) {
      high |= bytes[i];
    }
    if (high >= 0) {
      return;
    }
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, to - from));
    } catch (CharacterCodingException e) {
      throw new InvalidInputException("text is not valid UTF-8; convert the file to UTF-8", e);
    }
  }

  private void grow() {
    long[] old = slots;
    slotMask = 2 * slotMask + 1;
    slots = new long[2 * old.length];
    for (int i = 0; i < old.length; i += 2) {
      if (old[i + 1] != 0) {
        int slot = slot(old[i]);
        while (slots[2 * slot + 1] != 0) {
          slot = slot + 1 & slotMask;
        }
        slots[2 * slot] = old[i];
        slots[2 * slot + 1] = old[i + 1];
      }
    }
  }

  /** Writes the file. */
  public void write(Path path) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16)) {
      for (int i = 0; i < size; i++) {
        for (int at = start(i + 1); at < ends[i]; at++) {
          switch (texts[at]) {
            case '\n' -> out.write(new byte[] {'\\', 'n'});
            case '\r' -> out.write(new byte[] {'\\', 'r'});
            case '\\' -> out.write(new byte[] {'\\', '\\'});
            default -> out.write(texts[at]);
          }
        }
        out.write('\n');
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }

  /**
   * Reads the file.
   *
   * @throws InvalidInputException where a text is there twice or an escape is not known
   */
  public static Vocabulary read(Path path) {
    return VocabularyFile.read(path, false);
  }

  /**
   * Reads a file that somebody else has written: with a byte order mark or not, lines ending in LF
   * or CRLF.
   *
   * @throws InvalidInputException where a text is empty or there twice, or an escape is not known
   */
  public static Vocabulary readGiven(Path path) {
    return VocabularyFile.read(path, true);
  }
}
