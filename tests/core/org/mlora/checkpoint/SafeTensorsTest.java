package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.error.InvalidInputException;

class SafeTensorsTest {
  @TempDir Path folder;

  @Test
  void readsAnyPartOfWhatWasWritten() {
    Path file = folder.resolve("a.safetensors");
    write(file);

    try (SafeTensors tensors = SafeTensors.open(file)) {
      assertThat(tensors.tensors()).containsOnlyKeys("x", "y");
      assertThat(tensors.tensor("x").shape()).containsExactly(2L, 3L);
      assertThat(tensors.metadata()).containsEntry("format", "test");
      float[] middle = new float[3];
      tensors.read("x", 2, FloatBuffer.wrap(middle));
      assertThat(middle).containsExactly(3, 4, 5);
      assertThat(tensors.map("y").get(0)).isEqualTo(-1.5f);
    }
  }

  @Test
  void startsWithTheLengthOfAJsonHeaderThatKeepsTensorsAligned() throws IOException {
    Path file = folder.resolve("a.safetensors");
    write(file);

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.getLong(0);
    assertThat(length % 8).isZero();
    assertThat(bytes.capacity()).isEqualTo(8 + length + 7 * 4);
    assertThat(bytes.getFloat((int) (8 + length) + 4)).isEqualTo(2);
  }

  @Test
  void refusesToFinishWithoutAllAnnouncedValues() {
    Path file = folder.resolve("a.safetensors");
    var entries = List.of(new SafeTensorsWriter.Entry("x", List.of(2)));
    try (SafeTensorsWriter writer = SafeTensorsWriter.create(file, entries, Map.of())) {
      writer.write(FloatBuffer.wrap(new float[1]));
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"x\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}          | unknown dtype",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}          | needs 8 bytes",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}         | below 0",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}          | before it begins",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}            | data_offsets",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}        | whole numbers",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,4]}}"
            + " | impossible shape",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}          | gap or overlap",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"y\":{\"dtype\":\"F32\","
            + "\"shape\":[1],\"data_offsets\":[0,4]}}                              | gap or overlap",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"x\":{\"dtype\":\"F32\","
            + "\"shape\":[1],\"data_offsets\":[4,8]}}                              | Duplicate",
        "{}                                                                        | it has 4",
        "[]                                                                        | not a JSON object",
        "{\"x\"                                                                    | not valid JSON",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} {}       | goes on",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"z\":1}}  | unknown key",
        "{\"x\":[[[[[[[[]]]]]]]]}                                                  | not an object",
        "{\"__metadata__\":{\"a\":[[[[[[[]]]]]]]}}                                 | not text",
      })
  void saysWhatIsWrongWithAHeader(String header, String reason) throws IOException {
    Path file = file(header.strip(), 4);
    assertThatThrownBy(() -> SafeTensors.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason.strip());
  }

  @Test
  void refusesAHeaderOfTwoToTheSixtyBytes() throws IOException {
    Path file = folder.resolve("huge.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    Files.write(file, bytes.array());
    assertThatThrownBy(() -> SafeTensors.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1152921504606846976");
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    write(whole);
    byte[] bytes = Files.readAllBytes(whole);
    for (int length = 0; length < bytes.length; length++) {
      Path cut = folder.resolve("cut");
      Files.write(cut, java.util.Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> SafeTensors.open(cut)).isInstanceOf(InvalidInputException.class);
    }
  }

  private static void write(Path file) {
    var entries =
        List.of(
            new SafeTensorsWriter.Entry("x", List.of(2, 3)),
            new SafeTensorsWriter.Entry("y", List.of(1)));
    try (SafeTensorsWriter writer =
        SafeTensorsWriter.create(file, entries, Map.of("format", "test"))) {
      writer.write(FloatBuffer.wrap(new float[] {1, 2, 3, 4}));
      writer.write(FloatBuffer.wrap(new float[] {5, 6, -1.5f}));
      writer.finish();
    }
  }

  private Path file(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(folder.resolve("bad.safetensors"), bytes.array());
  }
}
