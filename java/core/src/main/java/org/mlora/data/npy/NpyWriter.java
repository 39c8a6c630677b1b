package org.mlora.data.npy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.mlora.data.store.FileErrors;

/**
 * Streams values into a new {@code .npy} file of one axis, or of two with a fixed width. The row
 * count is filled in by {@link #close}.
 *
 * <p>Failures to write throw {@link org.mlora.error.InvalidInputException}.
 */
public final class NpyWriter implements AutoCloseable {
  private static final int BUFFER = 1 << 17;

  private final Path path;
  private final NpyType type;
  private final int width;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private long written;

  private NpyWriter(Path path, NpyType type, int width) {
    this.path = path;
    this.type = type;
    this.width = width;
    try {
      channel = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
    buffer.put(NpyHeader.encode(type, List.of(0L)));
  }

  /** A vector. */
  public static NpyWriter vector(Path path, NpyType type) {
    return new NpyWriter(path, type, 0);
  }

  /** A matrix of {@code width} columns, row by row. */
  public static NpyWriter matrix(Path path, NpyType type, int width) {
    if (width < 1) {
      throw new IllegalArgumentException("width " + width + " is below 1");
    }
    return new NpyWriter(path, type, width);
  }

  /** Values so far. */
  public long written() {
    return written;
  }

  /** Appends an int32. */
  public void put(int value) {
    if (buffer.remaining() < 4) {
      drain();
    }
    buffer.putInt(value);
    written++;
  }

  /** Appends a float32. */
  public void put(float value) {
    if (buffer.remaining() < 4) {
      drain();
    }
    buffer.putFloat(value);
    written++;
  }

  /** Appends a float64. */
  public void put(double value) {
    if (buffer.remaining() < 8) {
      drain();
    }
    buffer.putDouble(value);
    written++;
  }

  /** Appends an int64. */
  public void put(long value) {
    if (buffer.remaining() < 8) {
      drain();
    }
    buffer.putLong(value);
    written++;
  }

  /** Appends the first {@code count} int32 of an array. */
  public void put(int[] values, int count) {
    for (int at = 0; at < count; ) {
      int n = room(count - at);
      buffer.asIntBuffer().put(values, at, n);
      buffer.position(buffer.position() + 4 * n);
      at += n;
    }
    written += count;
  }

  /** Appends the first {@code count} float32 of an array. */
  public void put(float[] values, int count) {
    for (int at = 0; at < count; ) {
      int n = room(count - at);
      buffer.asFloatBuffer().put(values, at, n);
      buffer.position(buffer.position() + 4 * n);
      at += n;
    }
    written += count;
  }

  /** How many of so many values of four bytes fit; at least one. */
  private int room(int wanted) {
    if (buffer.remaining() < 4) {
      drain();
    }
    return Math.min(wanted, buffer.remaining() / 4);
  }

  private void drain() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
    buffer.clear();
  }

  /** Closes an unfinished file that is about to be deleted. */
  public void abandon() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }

  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      drain();
      if (written % Math.max(width, 1) != 0) {
        throw new IllegalStateException(path + ": " + written + " values in rows of " + width);
      }
      List<Long> shape = width == 0 ? List.of(written) : List.of(written / width, (long) width);
      ByteBuffer header = ByteBuffer.wrap(NpyHeader.encode(type, shape));
      long at = 0;
      while (header.hasRemaining()) {
        at += channel.write(header, at);
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }
}
