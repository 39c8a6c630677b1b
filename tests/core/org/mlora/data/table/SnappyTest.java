package org.mlora.data.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyTest {
  /** The size, then bytes given as numbers. */
  private static byte[] block(int... bytes) {
    byte[] block = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      block[i] = (byte) bytes[i];
    }
    return block;
  }

  private static String text(int size, int... bytes) throws IOException {
    return new String(Snappy.unpack(block(bytes), size), StandardCharsets.US_ASCII);
  }

  @Test
  void literalsAndTheThreeKindsOfCopiesAreUnpacked() throws IOException {
    assertThat(text(0, 0)).isEmpty();
    assertThat(text(2, 2, 1 << 2, 'a', 'b')).isEqualTo("ab");
    // Of 5 bytes, 1 back: repeats itself.
    assertThat(text(6, 6, 0, 'a', 1 | 1 << 2, 1)).isEqualTo("aaaaaa");
    assertThat(text(5, 5, 1 << 2, 'a', 'b', 2 | 2 << 2, 2, 0)).isEqualTo("ababa");
    assertThat(text(5, 5, 1 << 2, 'a', 'b', 3 | 2 << 2, 2, 0, 0, 0)).isEqualTo("ababa");
    // A literal's length in two bytes of its own.
    assertThat(text(3, 3, 61 << 2, 2, 0, 'a', 'b', 'c')).isEqualTo("abc");
  }

  @Test
  void whatALibraryPacksComesBack() throws IOException {
    Random random = new Random(1);
    for (int size : new int[] {1, 59, 60, 61, 300, 70_000, 200_000}) {
      for (int letters : new int[] {1, 3, 256}) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
          bytes[i] = (byte) random.nextInt(letters);
        }
        assertThat(Snappy.unpack(ParquetFiles.snappy(bytes), size)).isEqualTo(bytes);
      }
    }
  }

  @Test
  void damageIsRefusedWhereverItIs() {
    assertRefused(3, 2, 1 << 2, 'a', 'b');
    assertRefused(2, 2, 0, 'a');
    assertRefused(2, 2, 1 << 2, 'a');
    assertRefused(5, 5, 0, 'a', 1, 2);
    assertRefused(5, 5, 0, 'a', 1, 0);
    assertRefused(5, 5, 0, 'a', 3 | 3 << 2, 0xff, 0xff, 0xff, 0xff);
    assertRefused(5, 5, 63 << 2, 0xff, 0xff, 0xff, 0xff);
    assertRefused(1);
    byte[] packed = ParquetFiles.snappy("so much for that, so much for this".repeat(9).getBytes());
    Random random = new Random(2);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = packed.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        assertThat(Snappy.unpack(damaged, 306)).hasSize(306);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("damaged");
      }
    }
  }

  private static void assertRefused(int size, int... bytes) {
    assertThatThrownBy(() -> Snappy.unpack(block(bytes), size)).isInstanceOf(IOException.class);
  }
}
