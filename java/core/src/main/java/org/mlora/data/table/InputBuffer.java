package org.mlora.data.table;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.mlora.data.ByteOrderMark;

/**
 * The part of a stream that is looked at: bytes from {@link #position} to {@link #limit}, read on
 * as they are used up. Fields are open to the reader of this package, whose inner loops they are.
 */
final class InputBuffer implements AutoCloseable {
  private static final int FIRST_CAPACITY = 1 << 18;

  /** No row may be longer. */
  static final int MOST = 1 << 26;

  private final CountingStream counter;
  private final InputStream in;
  byte[] bytes = new byte[FIRST_CAPACITY];

  /** Where the row in progress starts. */
  int position;

  int limit;

  /** Whether nothing follows {@link #limit}. */
  boolean atEnd;

  /** Reads the beginning of a stream, unpacked, without a byte order mark. */
  InputBuffer(InputStream raw) throws IOException {
    this.counter = new CountingStream(raw);
    this.in = counter.unpacked();
    fill();
    position = ByteOrderMark.length(bytes, position, limit);
  }

  /** Whether these bytes come first of those that are not used up. */
  boolean startsWith(byte[] first) {
    int end = position + first.length;
    return end <= limit && Arrays.equals(bytes, position, end, first, 0, first.length);
  }

  /** The byte there; -1 from {@link #limit} on. */
  int at(int place) {
    return place < limit ? bytes[place] : -1;
  }

  /** Whether a row from {@link #position} on is as long as can be, so that it cannot go on. */
  boolean full() {
    return limit - position >= MOST;
  }

  /** Moves what is left to the front and reads on, into more room where there is none. */
  void more() throws IOException {
    if (position > 0) {
      System.arraycopy(bytes, position, bytes, 0, limit - position);
      limit -= position;
      position = 0;
    }
    if (limit == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    fill();
  }

  private void fill() throws IOException {
    limit += in.readNBytes(bytes, limit, bytes.length - limit);
    atEnd = limit < bytes.length;
  }

  /** Bytes taken from the stream, packed where it is packed. */
  long count() {
    return counter.count();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
