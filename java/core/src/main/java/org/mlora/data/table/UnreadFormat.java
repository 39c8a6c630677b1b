package org.mlora.data.table;

import java.util.Optional;
import java.util.stream.Stream;

/** Kinds of files that are no text and are not read, told by their first bytes. */
enum UnreadFormat {
  ZIP("a zip archive or a spreadsheet", 'P', 'K', 3, 4),
  BZIP2("packed by bzip2", 'B', 'Z', 'h', -1, '1', 'A', 'Y'),
  XZ("packed by xz", 0xFD, '7', 'z', 'X', 'Z'),
  ZSTD("packed by zstd", 0x28, 0xB5, 0x2F, 0xFD);

  private final String what;
  private final int[] first;

  /** A kind; -1 stands for any byte. */
  UnreadFormat(String what, int... first) {
    this.what = what;
    this.first = first;
  }

  /** What a file is, where it is one of them. */
  static Optional<String> of(InputBuffer input) {
    return Stream.of(values()).filter(kind -> kind.begins(input)).findFirst().map(k -> k.what);
  }

  private boolean begins(InputBuffer input) {
    for (int i = 0; i < first.length; i++) {
      if (first[i] >= 0 && (byte) first[i] != input.at(input.position + i)) {
        return false;
      }
    }
    return true;
  }
}
