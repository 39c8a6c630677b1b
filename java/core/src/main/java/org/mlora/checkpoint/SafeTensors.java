package org.mlora.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;

/**
 * Reads a safetensors file: 8 bytes header length (little-endian), a JSON header, the tensors. The
 * whole header is checked before anything is read, so that a hostile file is one clear error.
 */
public final class SafeTensors implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final SafeTensorsHeader header;
  private final long dataBegin;

  private SafeTensors(Path file, FileChannel channel, SafeTensorsHeader header, long dataBegin) {
    this.file = file;
    this.channel = channel;
    this.header = header;
    this.dataBegin = dataBegin;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws InvalidInputException when it cannot be read or is damaged
   */
  public static SafeTensors open(Path file) {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        return open(file, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }

  private static SafeTensors open(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw damaged(file, "it has " + size + " bytes, fewer than the 8 of a header length");
    }
    long length = fill(file, channel, ByteBuffer.allocate(8), 0).getLong(0);
    if (length < 0 || length > SafeTensorsHeader.MAX_BYTES) {
      throw damaged(
          file,
          "its header claims "
              + Long.toUnsignedString(length)
              + " bytes; "
              + SafeTensorsHeader.MAX_BYTES
              + " are allowed");
    }
    if (length > size - 8) {
      throw damaged(file, "its header of " + length + " bytes is cut off after " + (size - 8));
    }
    byte[] json = fill(file, channel, ByteBuffer.allocate((int) length), 8).array();
    SafeTensorsHeader header = SafeTensorsHeader.parse(file.toString(), json, size - 8 - length);
    return new SafeTensors(file, channel, header, 8 + length);
  }

  /** All tensors by name, in the order of the header. */
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  /** Free text of the header. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * A tensor that must be there.
   *
   * @throws InvalidInputException when there is none of that name
   */
  public TensorInfo tensor(String name) {
    return Optional.ofNullable(header.tensors().get(name))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    file
                        + " has no tensor '"
                        + name
                        + "'; it is of another model, use another checkpoint"));
  }

  /**
   * Reads consecutive values of an F32 tensor from {@code offset} until {@code target} is full.
   *
   * @throws InvalidInputException when the tensor is missing, not F32, or too short
   */
  public void read(String name, long offset, FloatBuffer target) {
    TensorInfo tensor = floats(name);
    if (offset < 0 || offset > tensor.size() - target.remaining()) {
      throw new InvalidInputException(
          file
              + ": tensor '"
              + name
              + "' has "
              + tensor.size()
              + " values; "
              + target.remaining()
              + " from "
              + offset
              + " are needed");
    }
    long at = dataBegin + tensor.begin() + Float.BYTES * offset;
    ByteBuffer bytes =
        ByteBuffer.allocate(
            (int) Math.min(CHUNK_BYTES, (long) Float.BYTES * Math.max(1, target.remaining())));
    try {
      while (target.hasRemaining()) {
        bytes.clear();
        bytes.limit((int) Math.min(bytes.capacity(), (long) Float.BYTES * target.remaining()));
        at += bytes.remaining();
        target.put(fill(file, channel, bytes, at - bytes.remaining()).flip().asFloatBuffer());
      }
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }

  /**
   * Maps an F32 tensor of less than 2 GiB; the buffer stays valid after {@link #close}.
   *
   * @throws InvalidInputException when the tensor is missing, not F32, or too large
   */
  public FloatBuffer map(String name) {
    TensorInfo tensor = floats(name);
    long bytes = tensor.end() - tensor.begin();
    if (bytes > Integer.MAX_VALUE) {
      throw new InvalidInputException(
          file + ": tensor '" + name + "' has " + bytes + " bytes; too many to map at once");
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, dataBegin + tensor.begin(), bytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer();
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }

  private TensorInfo floats(String name) {
    TensorInfo tensor = tensor(name);
    if (tensor.type() != TensorType.F32) {
      throw new InvalidInputException(
          file + ": tensor '" + name + "' is " + tensor.type() + "; F32 is needed");
    }
    return tensor;
  }

  private static ByteBuffer fill(Path file, FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    long at = position;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, at);
      if (count < 0) {
        throw damaged(file, "it ends at byte " + at);
      }
      at += count;
    }
    return bytes;
  }

  private static InvalidInputException damaged(Path file, String what) {
    return SafeTensorsHeader.damaged(file.toString(), what);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileErrors.cannotRead(file, e);
    }
  }
}
