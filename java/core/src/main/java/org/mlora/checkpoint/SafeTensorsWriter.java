package org.mlora.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.mlora.data.store.FileErrors;

/**
 * Writes a safetensors file of F32 tensors, value after value, in the order they were announced.
 */
final class SafeTensorsWriter implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long missing;

  /** A tensor to come. */
  public record Entry(String name, List<Integer> shape) {
    public Entry {
      shape = List.copyOf(shape);
    }

    private long size() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }

  private SafeTensorsWriter(Path file, FileChannel channel, long missing) {
    this.file = file;
    this.channel = channel;
    this.missing = missing;
  }

  /**
   * Writes the header of a new file.
   *
   * @throws org.mlora.error.InvalidInputException when the file cannot be written
   */
  public static SafeTensorsWriter create(
      Path file, List<Entry> entries, Map<String, String> metadata) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    long bytes = 0;
    for (Entry entry : entries) {
      if (header.has(entry.name())) {
        throw new IllegalArgumentException("two tensors are named '" + entry.name() + "'");
      }
      long end = Math.addExact(bytes, Math.multiplyExact(entry.size(), Float.BYTES));
      ObjectNode tensor = header.putObject(entry.name()).put("dtype", TensorType.F32.name());
      entry.shape().forEach(tensor.putArray("shape")::add);
      tensor.putArray("data_offsets").add(bytes).add(end);
      bytes = end;
    }
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      SafeTensorsWriter writer = new SafeTensorsWriter(file, channel, bytes / Float.BYTES);
      try {
        writer.put(ByteBuffer.wrap(prefixed(header.toString())));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      return writer;
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /** Header length and header, padded with spaces so that the tensors start at a multiple of 8. */
  private static byte[] prefixed(String json) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 7) / 8 * 8;
    byte[] all = new byte[8 + padded];
    Arrays.fill(all, 8, all.length, (byte) ' ');
    System.arraycopy(text, 0, all, 8, text.length);
    ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).putLong(0, padded);
    return all;
  }

  /** Appends what remains in {@code values}. */
  public void write(FloatBuffer values) {
    missing -= values.remaining();
    if (missing < 0) {
      throw new IllegalStateException(file + ": more values than were announced");
    }
    try {
      while (values.hasRemaining()) {
        int count = Math.min(values.remaining(), CHUNK_BYTES / Float.BYTES);
        FloatBuffer part = values.slice(values.position(), count);
        values.position(values.position() + count);
        chunk.clear();
        chunk.asFloatBuffer().put(part);
        put(chunk.limit(count * Float.BYTES));
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  /** Checks that every value was written, and forces the file to the disk. */
  public void finish() {
    if (missing != 0) {
      throw new IllegalStateException(file + ": " + missing + " announced values are missing");
    }
    try {
      channel.force(true);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }
}
