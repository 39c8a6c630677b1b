package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class NumberIdsTest {
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(0, 99_999_999).map(String::valueOf),
        Arbitraries.strings().numeric().ofMaxLength(8),
        Arbitraries.strings().withCharRange('+', '@').ofMaxLength(8),
        Arbitraries.strings().withCharRange('\0', 'ÿ').ofMaxLength(8));
  }

  @Property(tries = 20_000)
  void onlyUsualDecimalsAreNumbers(@ForAll("texts") String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    int expected = text.matches("0|[1-9][0-9]*") ? Integer.parseInt(text) : -1;
    long key = Vocabulary.key(bytes, 0, bytes.length);
    assertThat(NumberIds.number(key, bytes.length)).isEqualTo(expected);
  }

  @Test
  void keepsDenseNumbersAndRefusesSparseOnes() {
    NumberIds ids = new NumberIds();
    assertThat(ids.put(4095, 1, 1)).isTrue();
    assertThat(ids.put(4096, 2, 2)).isFalse();
    assertThat(ids.put(99_999_999, 2, 1000)).isFalse();
    assertThat(ids.put(4096, 2, 1024)).isTrue();
    assertThat(ids.put(-1, 3, 1024)).isFalse();
    assertThat(ids.get(4095)).isEqualTo(1);
    assertThat(ids.get(4096)).isEqualTo(2);
    assertThat(ids.get(99_999_999)).isZero();
    assertThat(ids.get(-1)).isZero();
  }

  @Test
  void aTextKeepsItsIdWhenItsNumberBecomesDense() {
    Vocabulary vocabulary = new Vocabulary();
    assertThat(vocabulary.add("20000")).isEqualTo(1);
    for (int i = 1; i <= 10_000; i++) {
      vocabulary.add(String.valueOf(i));
    }
    assertThat(vocabulary.add("20001")).isEqualTo(10_002);
    assertThat(vocabulary.add("20000")).isEqualTo(1);
    assertThat(vocabulary.id("20000")).isEqualTo(1);
    assertThat(vocabulary.id("020000")).isZero();
    assertThat(vocabulary.size()).isEqualTo(10_002);
  }
}
