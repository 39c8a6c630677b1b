package org.mlora.data.table;

import java.io.IOException;

/**
 * Unpacks blocks of Snappy's raw format (google/snappy, {@code format_description.txt}): the size,
 * then literals, and copies of what was unpacked before. In Java, as the native library does not
 * load everywhere.
 */
final class Snappy {
  /** Literals of more bytes have their length behind the tag. */
  private static final int SHORT = 60;

  private final byte[] packed;
  private int read;
  private final byte[] unpacked;
  private int written;

  private Snappy(byte[] packed, int size) {
    this.packed = packed;
    this.unpacked = new byte[size];
  }

  /**
   * The bytes of a block.
   *
   * @param size how many they are
   * @throws IOException when the block is damaged, or of another size
   */
  static byte[] unpack(byte[] packed, int size) throws IOException {
    try {
      return new Snappy(packed, size).unpack();
    } catch (IndexOutOfBoundsException e) {
      throw new IOException("its snappy blocks are damaged", e);
    }
  }

  private byte[] unpack() {
    require(size() == unpacked.length);
    while (read < packed.length) {
      int tag = number(1);
      int more = tag >> 2;
      switch (tag & 3) {
        case 0 -> literal(1 + (more < SHORT ? more : number(more - SHORT + 1)));
        case 1 -> copy(4 + (more & 7), more >> 3 << 8 | number(1));
        case 2 -> copy(1 + more, number(2));
        default -> copy(1 + more, number(4));
      }
    }
    require(written == unpacked.length);
    return unpacked;
  }

  /** Seven bits a byte, the lowest first; the last byte has no eighth bit. */
  private int size() {
    int size = 0;
    int shift = 0;
    int next;
    do {
      next = number(1);
      size |= (next & 0x7f) << shift;
      shift += 7;
    } while (next > 0x7f);
    return size;
  }

  private int number(int bytes) {
    int number = 0;
    for (int i = 0; i < bytes; i++) {
      number |= (packed[read++] & 0xff) << 8 * i;
    }
    return number;
  }

  private void literal(int length) {
    System.arraycopy(packed, read, unpacked, written, length);
    read += length;
    written += length;
  }

  /** Copies from before; what is nearer than it is long repeats itself. */
  private void copy(int length, int back) {
    require(0 < back && back <= written);
    for (int i = 0; i < length; i++) {
      unpacked[written] = unpacked[written - back];
      written++;
    }
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IndexOutOfBoundsException();
    }
  }
}
