package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class VocabularyTest {
  @TempDir Path folder;

  @Provide
  Arbitrary<List<String>> texts() {
    // Few characters, so that texts repeat and start alike; zero bytes, which pad short keys.
    return Arbitraries.strings().withChars("a\0ü\n\\").ofMaxLength(20).list().ofMaxSize(3000);
  }

  @Property(tries = 200)
  void idsAreThoseOfAMapInOrderOfAdding(@ForAll("texts") List<String> texts) {
    Vocabulary vocabulary = new Vocabulary();
    Map<String, Integer> expected = new HashMap<>();
    for (String text : texts) {
      assertThat(vocabulary.id(text)).isEqualTo(expected.getOrDefault(text, 0));
      expected.putIfAbsent(text, expected.size() + 1);
      assertThat(vocabulary.add(text)).isEqualTo(expected.get(text));
    }
    assertThat(vocabulary.size()).isEqualTo(expected.size());
    expected.forEach(
        (text, id) -> {
          assertThat(vocabulary.id(text)).isEqualTo(id);
          assertThat(vocabulary.text(id)).isEqualTo(text);
        });
  }

  @Property(tries = 50)
  void writtenVocabulariesAreReadBack(@ForAll("texts") List<String> texts) throws IOException {
    Vocabulary vocabulary = new Vocabulary();
    texts.forEach(vocabulary::add);
    Path file = Files.createTempFile("vocabulary", ".txt");
    vocabulary.write(file);
    Vocabulary read = Vocabulary.read(file);
    Files.delete(file);
    assertThat(read.size()).isEqualTo(vocabulary.size());
    for (int id = 1; id <= read.size(); id++) {
      assertThat(read.text(id)).isEqualTo(vocabulary.text(id));
    }
  }

  @Property(tries = 500)
  void anyBytesAreReadOrRefusedAsInvalidInput(@ForAll byte[] bytes) throws IOException {
    Path file = Files.createTempFile("vocabulary", ".txt");
    Files.write(file, bytes);
    try {
      Vocabulary.read(file);
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).contains(file + " line ").doesNotContain("\n");
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void textsAtTheEndOfTheirBytesAreFoundAtEveryPlace() {
    byte[] bytes = "abcdefghijklmnopqrst".getBytes(StandardCharsets.UTF_8);
    Vocabulary vocabulary = new Vocabulary();
    for (int from = 0; from < bytes.length; from++) {
      for (int to = from; to <= bytes.length; to++) {
        int id = vocabulary.add(bytes, from, to);
        String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        assertThat(vocabulary.id("<" + text)).isZero();
        assertThat(vocabulary.id(text)).isEqualTo(id);
        assertThat(vocabulary.text(id)).isEqualTo(text);
      }
    }
  }

  @Test
  void hundredThousandTextsKeepTheirIds() {
    Vocabulary vocabulary = new Vocabulary();
    for (int i = 0; i < 100_000; i++) {
      String text = (i % 2 == 0 ? "user-of-a-shop-" : "u") + i;
      assertThat(vocabulary.add(text)).isEqualTo(i + 1);
    }
    for (int i = 0; i < 100_000; i++) {
      assertThat(vocabulary.id((i % 2 == 0 ? "user-of-a-shop-" : "u") + i)).isEqualTo(i + 1);
    }
  }

  @Test
  void textTwiceOrNotUtf8IsNamedWithItsLine() throws IOException {
    Path twice = Files.writeString(folder.resolve("twice.txt"), "a\nb\na\n");
    assertThatThrownBy(() -> Vocabulary.read(twice))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("twice.txt line 3: the same text is there twice");
    Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {'a', '\n', (byte) 0xFC});
    assertThatThrownBy(() -> Vocabulary.read(latin))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("latin.txt line 2: text is not valid UTF-8");
  }
}
