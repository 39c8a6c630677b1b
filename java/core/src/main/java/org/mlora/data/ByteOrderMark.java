package org.mlora.data;

import java.util.Arrays;

/** The mark that some programs begin files of UTF-8 with. */
public final class ByteOrderMark {
  private static final byte[] UTF_8 = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private ByteOrderMark() {}

  /** How many of the bytes in [from, end) are a mark that they begin with: 3 or none. */
  public static int length(byte[] bytes, int from, int end) {
    boolean there =
        end - from >= UTF_8.length
            && Arrays.equals(bytes, from, from + UTF_8.length, UTF_8, 0, UTF_8.length);
    return there ? UTF_8.length : 0;
  }
}
