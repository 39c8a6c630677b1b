package org.mlora.data.table;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPInputStream;

/** Counts what is read from a file, before it is unpacked. */
final class CountingStream extends FilterInputStream {
  private long count;

  CountingStream(InputStream in) {
    super(in);
  }

  /**
   * Says that bytes are there only where there are: a pipe says it of those that have come already,
   * and the reader of gzip, which asks whether another member follows, would stop in their midst.
   */
  private static final class Awaited extends PushbackInputStream {
    Awaited(InputStream in) {
      super(in, 2);
    }

    @Override
    public int available() throws IOException {
      int next = read();
      if (next < 0) {
        return 0;
      }
      unread(next);
      return 1;
    }
  }

  /** The content, unpacked where it is gzip. */
  InputStream unpacked() throws IOException {
    byte[] magic = new byte[2];
    PushbackInputStream sniffed = new Awaited(this);
    int n = sniffed.readNBytes(magic, 0, 2);
    sniffed.unread(magic, 0, n);
    boolean gzip = n == 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b;
    return gzip ? new GZIPInputStream(sniffed, 1 << 16) : sniffed;
  }

  long count() {
    return count;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    count += value < 0 ? 0 : 1;
    return value;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    count += Math.max(n, 0);
    return n;
  }
}
