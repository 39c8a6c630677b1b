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
 * id i, with {@code \n}, {@code \r} and {@code \\} escaped.
 */
public final class Vocabulary {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] texts = new byte[1 << 12];
  private int[] ends = new int[1 << 8];
  private int size;
  private int[] slots = new int[1 << 9];
  private int[] hashes = new int[1 << 8];

  /** Number of texts; ids are in [0, size]. */
  public int size() {
    return size;
  }

  /** The id of a text, 0 where it is unknown. */
  public int id(byte[] bytes, int from, int to) {
    int hash = hash(bytes, from, to);
    for (int slot = hash & slots.length - 1; ; slot = slot + 1 & slots.length - 1) {
      int id = slots[slot];
      if (id == 0 || hashes[id - 1] == hash && is(id, bytes, from, to)) {
        return id;
      }
    }
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
    int hash = hash(bytes, from, to);
    for (int slot = hash & slots.length - 1; ; slot = slot + 1 & slots.length - 1) {
      int id = slots[slot];
      if (id == 0) {
        append(bytes, from, to, hash);
        slots[slot] = size;
        if (2 * size > slots.length) {
          rehash();
        }
        return size;
      }
      if (hashes[id - 1] == hash && is(id, bytes, from, to)) {
        return id;
      }
    }
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

  private boolean is(int id, byte[] bytes, int from, int to) {
    return Arrays.equals(texts, start(id), ends[id - 1], bytes, from, to);
  }

  private static int hash(byte[] bytes, int from, int to) {
    long h = to - from;
    int at = from;
    for (; at + 8 <= to; at += 8) {
      h = mix(h ^ (long) LONGS.get(bytes, at));
    }
    long rest = 0;
    for (; at < to; at++) {
      rest = rest << 8 | bytes[at] & 0xFF;
    }
    h = mix(h ^ rest);
    return (int) (h ^ h >>> 32);
  }

  private static long mix(long h) {
    h *= 0x9E3779B97F4A7C15L;
    return h ^ h >>> 29;
  }

  private void append(byte[] bytes, int from, int to, int hash) {
    checkText(bytes, from, to);
    int used = size == 0 ? 0 : ends[size - 1];
    int length = to - from;
    if (used > Integer.MAX_VALUE - 64 - length || size >= 1 << 29) {
      throw new InvalidInputException(
          "there are too many different texts (" + size + "); use a hashed field");
    }
    if (used + length > texts.length) {
      long wanted = Math.max(used + (long) length, 2L * texts.length);
      texts = Arrays.copyOf(texts, (int) Math.min(wanted, Integer.MAX_VALUE - 64));
    }
    System.arraycopy(bytes, from, texts, used, length);
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    ends[size] = used + length;
    hashes[size] = hash;
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

  private void rehash() {
    slots = new int[2 * slots.length];
    for (int id = 1; id <= size; id++) {
      int slot = hashes[id - 1] & slots.length - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = id;
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
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    } catch (OutOfMemoryError e) {
      throw new InvalidInputException(path + " is too large for a vocabulary", e);
    }
    Vocabulary vocabulary = new Vocabulary();
    int line = 1;
    int start = 0;
    while (start < bytes.length) {
      int end = start;
      int to = start;
      for (; end < bytes.length && bytes[end] != '\n'; end++) {
        byte c = bytes[end];
        if (c == '\\') {
          end++;
          c = end < bytes.length ? unescape(bytes[end]) : 0;
          if (c == 0) {
            throw new InvalidInputException(path + " line " + line + ": unknown escape after \\");
          }
        }
        bytes[to++] = c;
      }
      try {
        if (vocabulary.add(bytes, start, to) != line) {
          throw new InvalidInputException("the same text is there twice");
        }
      } catch (InvalidInputException e) {
        throw new InvalidInputException(path + " line " + line + ": " + e.getMessage(), e);
      }
      start = end + 1;
      line++;
    }
    return vocabulary;
  }

  private static byte unescape(byte c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case '\\' -> '\\';
      default -> 0;
    };
  }
}
