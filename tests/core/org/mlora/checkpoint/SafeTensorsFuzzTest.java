package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.mlora.error.InvalidInputException;

class SafeTensorsFuzzTest {
  private static final String VALID =
      "{\"__metadata__\":{\"a\":\"b\"},\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          + "\"y\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]}}";

  private Path file = Path.of("");

  @BeforeProperty
  void makeFile() throws IOException {
    file = Files.createTempFile("fuzz", ".safetensors");
  }

  @AfterProperty
  void deleteFile() throws IOException {
    Files.deleteIfExists(file);
  }

  @Property(tries = 300)
  void readsBackAnyTensors(
      @ForAll @Size(min = 1, max = 5) @UniqueElements List<String> names,
      @ForAll @Size(5) List<@IntRange(min = 0, max = 9) Integer> rows)
      throws IOException {
    Files.deleteIfExists(file);
    List<SafeTensorsWriter.Entry> entries = new ArrayList<>();
    for (String name : names) {
      if (!name.equals("__metadata__") && encodable(name)) {
        entries.add(new SafeTensorsWriter.Entry(name, List.of(rows.get(entries.size()), 3)));
      }
    }
    try (SafeTensorsWriter writer = SafeTensorsWriter.create(file, entries, Map.of())) {
      for (int i = 0; i < entries.size(); i++) {
        writer.write(FloatBuffer.wrap(values(i, rows.get(i))));
      }
      writer.finish();
    }
    try (SafeTensors tensors = SafeTensors.open(file)) {
      for (int i = 0; i < entries.size(); i++) {
        float[] read = new float[3 * rows.get(i)];
        tensors.read(entries.get(i).name(), 0, FloatBuffer.wrap(read));
        assertThat(read).containsExactly(values(i, rows.get(i)));
      }
    }
  }

  @Property(tries = 2000)
  void opensOrRefusesAnyChangedHeader(
      @ForAll @IntRange(min = 0, max = 200) int place,
      @ForAll @IntRange(min = 0, max = 20) int deleted,
      @ForAll @Size(max = 8) byte[] inserted)
      throws IOException {
    byte[] valid = VALID.getBytes(StandardCharsets.UTF_8);
    int from = Math.min(place, valid.length);
    int to = Math.min(from + deleted, valid.length);
    ByteBuffer header = ByteBuffer.allocate(valid.length - (to - from) + inserted.length);
    header.put(valid, 0, from).put(inserted).put(valid, to, valid.length - to);
    ByteBuffer all = ByteBuffer.allocate(8 + header.capacity() + 12).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(header.capacity()).put(header.array());
    openOrRefuse(all.array());
  }

  @Property(tries = 1000)
  void opensOrRefusesAnyBytes(@ForAll byte[] bytes) throws IOException {
    openOrRefuse(bytes);
  }

  private void openOrRefuse(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (SafeTensors tensors = SafeTensors.open(file)) {
      tensors
          .tensors()
          .values()
          .forEach(
              tensor -> {
                if (tensor.type() == TensorType.F32) {
                  tensors.read(tensor.name(), 0, FloatBuffer.allocate((int) tensor.size()));
                }
              });
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).contains(file.toString());
    }
  }

  /** Lone surrogates have no UTF-8 form. */
  private static boolean encodable(String name) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }

  private static float[] values(int seed, int rows) {
    float[] values = new float[3 * rows];
    for (int i = 0; i < values.length; i++) {
      values[i] = seed * 100 + i * 0.37f;
    }
    return values;
  }
}
