package org.mlora.data;

/**
 * The hash of hashed fields: FNV-1a over the UTF-8 bytes (64 bits), finished by the mixer of
 * MurmurHash3, taken modulo as an unsigned number. It is part of the data format.
 */
public final class TextHash {
  private TextHash() {}

  /** Id of a text in a table of {@code idCount} rows: 0 for the empty text, else 1 or more. */
  public static int id(byte[] bytes, int from, int to, int idCount) {
    if (from == to) {
      return 0;
    }
    long h = 0xcbf29ce484222325L;
    for (int i = from; i < to; i++) {
      h = (h ^ (bytes[i] & 0xFF)) * 0x100000001b3L;
    }
    h = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
    h = (h ^ h >>> 33) * 0xc4ceb9fe1a85ec53L;
    h ^= h >>> 33;
    return 1 + (int) Long.remainderUnsigned(h, idCount - 1);
  }
}
