package org.mlora.data.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class NpyFileTest {
  @TempDir Path folder;

  private Path npy(int version, String header, int dataBytes) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    int start = version == 1 ? 10 : 12;
    ByteBuffer bytes =
        ByteBuffer.allocate(start + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version);
    bytes.put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    bytes.put(text);
    return Files.write(folder.resolve("a.npy"), bytes.array());
  }

  @Property(tries = 100)
  void writtenValuesAreReadBack(@ForAll float[] numbers, @ForAll @Size(max = 50) int[] ids)
      throws IOException {
    Path path = Files.createTempDirectory("npy").resolve("x.npy");
    try (NpyWriter writer = NpyWriter.vector(path, NpyType.FLOAT32)) {
      for (float number : numbers) {
        writer.put(number);
      }
    }
    float[] read = new float[numbers.length];
    NpyFile.map(path).floats().get(read);
    assertThat(read).isEqualTo(numbers);
    Files.delete(path);
    try (NpyWriter writer = NpyWriter.matrix(path, NpyType.INT32, 2)) {
      for (int id : ids) {
        writer.put(id);
        writer.put(-id);
      }
    }
    NpyFile matrix = NpyFile.map(path);
    assertThat(matrix.rows()).isEqualTo(ids.length);
    assertThat(matrix.width()).isEqualTo(2);
    for (int i = 0; i < ids.length; i++) {
      assertThat(matrix.ints().get(2 * i + 1)).isEqualTo(-ids[i]);
    }
    Files.delete(path);
    Files.delete(path.getParent());
  }

  @Test
  void valuesWrittenTogetherStandAsThoseWrittenAlone() throws IOException {
    Path path = Files.createTempDirectory("npy").resolve("x.npy");
    int[] ids = new int[10_000];
    float[] numbers = new float[10_000];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i * 7919;
      numbers[i] = i / 3f;
    }
    // Lengths that do not divide the writer's buffer, and more than it holds.
    int[] counts = {9_999, 1, 0, 3, 10_000, 10_000, 7, 9_001};
    try (NpyWriter whole = NpyWriter.vector(path, NpyType.INT32)) {
      for (int count : counts) {
        whole.put(ids, count);
        whole.put(-1);
      }
    }
    IntBuffer read = NpyFile.map(path).ints();
    for (int count : counts) {
      for (int i = 0; i < count; i++) {
        assertThat(read.get()).isEqualTo(ids[i]);
      }
      assertThat(read.get()).isEqualTo(-1);
    }
    assertThat(read.hasRemaining()).isFalse();
    Files.delete(path);
    try (NpyWriter fractions = NpyWriter.vector(path, NpyType.FLOAT32)) {
      for (int i = 0; i < 5; i++) {
        fractions.put(numbers, 9_999);
      }
    }
    FloatBuffer back = NpyFile.map(path).floats();
    for (int i = 0; i < 5 * 9_999; i++) {
      assertThat(back.get(i)).isEqualTo(numbers[i % 9_999]);
    }
    Files.delete(path);
    Files.delete(path.getParent());
  }

  @Property(tries = 500)
  void damagedFilesAreReadOrRefusedAsInvalidInput(
      @ForAll @IntRange(max = 140) int at, @ForAll byte value, @ForAll @IntRange(max = 140) int cut)
      throws IOException {
    Path path = Files.createTempDirectory("npy").resolve("x.npy");
    try (NpyWriter writer = NpyWriter.vector(path, NpyType.INT64)) {
      writer.put(1L);
      writer.put(2L);
    }
    byte[] bytes = Files.readAllBytes(path);
    bytes[at] = value;
    Files.write(path, cut == 0 ? bytes : Arrays.copyOf(bytes, bytes.length - cut));
    try {
      NpyFile.map(path);
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).contains("x.npy").doesNotContain("\n");
    }
    Files.delete(path);
    Files.delete(path.getParent());
  }

  @Test
  void headersAsNumpyWritesThemAreRead() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }     \n";
    for (int version = 1; version <= 3; version++) {
      NpyFile file = NpyFile.map(npy(version, header, 24));
      assertThat(file.rows()).isEqualTo(3);
      assertThat(file.width()).isEqualTo(2);
      assertThat(file.floats().limit()).isEqualTo(6);
      assertThat(file.floats().isDirect()).isTrue();
    }
    assertThat(
            NpyFile.map(npy(1, "{\"shape\":(2,),'fortran_order':True,'descr':'<i8'}", 16))
                .longs()
                .limit())
        .isEqualTo(2);
  }

  @Test
  void numbersOfAnotherTypeAreRefusedWithTheWayToConvertThem() throws IOException {
    Path path = npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 16);
    assertThat(NpyFile.map(path).doubles().limit()).isEqualTo(2);
    assertThatThrownBy(() -> NpyFile.map(path).floats())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holds '<f8' where '<f4' is needed (numpy: a.astype('<f4'))");
  }

  @Test
  void hostileHeadersAreRefusedWithTheReason() throws IOException {
    assertBad(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", 4, "'<f2'");
    assertBad(1, "{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }", 8, "'>i4'");
    assertBad(1, "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }", 16, "Fortran");
    assertBad(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1, 1), }", 8, "3 axes");
    assertBad(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (), }", 4, "0 axes");
    assertBad(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", 9, "holds 9 bytes");
    assertBad(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", 7, "cut off");
    String huge = "{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }";
    assertBad(1, huge, 0, "cut off");
    assertBad(
        1,
        "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        0,
        "damaged");
    assertBad(1, "__import__('os')", 0, "damaged");
    assertBad(4, "{}", 0, "version 4");
    Files.write(
        folder.resolve("a.npy"),
        Arrays.copyOf(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1}, 64));
    assertThatThrownBy(() -> NpyFile.map(folder.resolve("a.npy")))
        .hasMessageContaining("4294967295");
    assertThatThrownBy(() -> NpyFile.map(folder)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> NpyFile.map(folder.resolve("none.npy")))
        .hasMessageContaining("no such file");
  }

  private void assertBad(int version, String header, int bytes, String message) throws IOException {
    Path path = npy(version, header, bytes);
    assertThatThrownBy(() -> NpyFile.map(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }
}
