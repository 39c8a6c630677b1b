package org.mlora.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
  /** Known answers of the authors' library, Random123 (kat_vectors, philox4x32 10). */
  @ParameterizedTest
  @CsvSource({
    "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
  })
  void givesTheKnownAnswers(String counter, String key, String expected) {
    int[] c = words(counter);
    int[] k = words(key);
    int[] actual = new int[4];

    Philox.words(c[0], c[1], c[2], c[3], (k[0] & 0xFFFFFFFFL) | ((long) k[1] << 32), actual);

    assertThat(actual).containsExactly(words(expected));
  }

  @Test
  void keepsTheFractionOfUnitsThatItIsAskedFor() {
    int threshold = Philox.keepThreshold(0.3);
    int[] words = new int[4];

    long kept =
        IntStream.range(0, 200_000)
            .filter(i -> Philox.keeps(7, 3, 1, i / 200, i % 200, threshold, words))
            .count();

    assertThat(kept / 200_000.0).isBetween(0.695, 0.705);
  }

  @Test
  void aDropoutNextToOneStillKeepsAUnitNowAndThen() {
    assertThat(Philox.keepThreshold(0.999999)).isEqualTo(1);
  }

  @Test
  void drawsDifferUnderEachOfSeedStepStreamRowAndColumn() {
    int threshold = Philox.keepThreshold(0.5);
    int[] words = new int[4];
    int[] equal = new int[4];
    int n = 10_000;
    for (int i = 0; i < n; i++) {
      boolean kept = Philox.keeps(1, 1, 0, i, 5, threshold, words);
      equal[0] += kept == Philox.keeps(2, 1, 0, i, 5, threshold, words) ? 1 : 0;
      equal[1] += kept == Philox.keeps(1, 2, 0, i, 5, threshold, words) ? 1 : 0;
      equal[2] += kept == Philox.keeps(1, 1, 1, i, 5, threshold, words) ? 1 : 0;
      equal[3] += kept == Philox.keeps(1, 1, 0, i, 21, threshold, words) ? 1 : 0;
    }
    for (int count : equal) {
      assertThat(count).isBetween(n / 2 - 300, n / 2 + 300);
    }
  }

  private static int[] words(String text) {
    String[] parts = text.trim().split(" ");
    int[] words = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      words[i] = Integer.parseUnsignedInt(parts[i], 16);
    }
    return words;
  }
}
