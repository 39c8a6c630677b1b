package org.mlora.data.npy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * A NumPy array of one or two axes in C order, memory-mapped. The mapping lives as long as a buffer
 * of it is reachable; nobody closes it. The file must not be truncated meanwhile.
 */
public final class NpyFile {
  private static final int MAX_HEADER = 1 << 20;

  private final Path path;
  private final NpyType type;
  private final long rows;
  private final int width;
  private final ByteBuffer data;

  private NpyFile(Path path, NpyType type, long rows, int width, ByteBuffer data) {
    this.path = path;
    this.type = type;
    this.rows = rows;
    this.width = width;
    this.data = data;
  }

  /**
   * Maps a file of format version 1, 2 or 3.
   *
   * @throws InvalidInputException where it is not a whole array of int32, int64, float32 or float64
   *     in C order with one or two axes, or is larger than 2 GiB
   */
  public static NpyFile map(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > Integer.MAX_VALUE) {
        throw bad(
            path, "is larger than 2 GiB, the most that one column may take; split the data set");
      }
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      return parse(path, bytes.order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw FileErrors.cannotRead(path, e);
    }
  }

  private static NpyFile parse(Path path, ByteBuffer bytes) {
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    if (bytes.limit() < 12) {
      throw bad(path, "is cut off: " + bytes.limit() + " bytes are too few for a .npy header");
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes.get(i) != magic[i]) {
        throw bad(path, "is not a NumPy .npy file; write it with numpy.save");
      }
    }
    int version = bytes.get(6);
    if (version < 1 || version > 3) {
      throw bad(path, "has .npy format version " + version + "; versions 1, 2 and 3 are read");
    }
    int start = version == 1 ? 10 : 12;
    long length = version == 1 ? bytes.getShort(8) & 0xFFFF : bytes.getInt(8) & 0xFFFFFFFFL;
    if (length > MAX_HEADER || start + length > bytes.limit()) {
      throw bad(path, "announces a header of " + length + " bytes and is cut off or damaged");
    }
    byte[] text = new byte[(int) length];
    bytes.get(start, text);
    NpyHeader header =
        NpyHeader.decode(new String(text, StandardCharsets.UTF_8))
            .orElseThrow(() -> bad(path, "has a damaged .npy header"));
    return of(path, header, bytes, start + (int) length);
  }

  private static NpyFile of(Path path, NpyHeader header, ByteBuffer bytes, int start) {
    NpyType type =
        List.of(NpyType.values()).stream()
            .filter(t -> t.description().equals(header.description()))
            .findFirst()
            .orElseThrow(
                () ->
                    bad(
                        path,
                        "holds '"
                            + printable(header.description())
                            + "' values; '<i4', '<i8', '<f4' and '<f8' are read (numpy: a.astype('<f4'))"));
    List<Long> shape = header.shape();
    if (shape.isEmpty() || shape.size() > 2) {
      throw bad(path, "has " + shape.size() + " axes; 1 or 2 are read");
    }
    if (header.fortranOrder() && shape.size() == 2) {
      throw bad(path, "is in Fortran order; save numpy.ascontiguousarray(a) instead");
    }
    long rows = shape.get(0);
    long width = shape.size() == 2 ? shape.get(1) : 1;
    long available = bytes.limit() - start;
    if (width > Integer.MAX_VALUE
        || rows > Integer.MAX_VALUE
        || rows * width > Integer.MAX_VALUE
        || rows * width * type.bytes() != available) {
      throw bad(
          path,
          "announces shape "
              + shape
              + " of '"
              + type.description()
              + "' but holds "
              + available
              + " bytes of values; it is cut off or damaged");
    }
    if (start % type.bytes() != 0) {
      // Rare writers do not align; engines need aligned values, so these are copied once.
      ByteBuffer copy = ByteBuffer.allocateDirect((int) available).order(ByteOrder.LITTLE_ENDIAN);
      copy.put(bytes.position(start)).flip();
      return new NpyFile(path, type, rows, (int) width, copy);
    }
    ByteBuffer data = bytes.position(start).slice().order(ByteOrder.LITTLE_ENDIAN);
    return new NpyFile(path, type, rows, (int) width, data);
  }

  /** Length of the first axis. */
  public int rows() {
    return (int) rows;
  }

  /** Length of the second axis, 1 where there is none. */
  public int width() {
    return width;
  }

  /** The values, (rows · width). */
  public IntBuffer ints() {
    require(NpyType.INT32);
    return data.asIntBuffer();
  }

  /** The values, (rows · width). */
  public LongBuffer longs() {
    require(NpyType.INT64);
    return data.asLongBuffer();
  }

  /** The values, (rows · width). */
  public FloatBuffer floats() {
    require(NpyType.FLOAT32);
    return data.asFloatBuffer();
  }

  /** The values, (rows · width). */
  public DoubleBuffer doubles() {
    require(NpyType.FLOAT64);
    return data.asDoubleBuffer();
  }

  private void require(NpyType wanted) {
    if (type != wanted) {
      throw bad(
          path,
          "holds '"
              + type.description()
              + "' where '"
              + wanted.description()
              + "' is needed (numpy: a.astype('"
              + wanted.description()
              + "'))");
    }
  }

  private static String printable(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() > 40 ? clean.substring(0, 40) + "..." : clean;
  }

  private static InvalidInputException bad(Path path, String what) {
    return new InvalidInputException(path + " " + what);
  }
}
