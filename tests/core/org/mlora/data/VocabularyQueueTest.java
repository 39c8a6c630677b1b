package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.mlora.error.InvalidInputException;

class VocabularyQueueTest {
  private final List<Integer> given = new ArrayList<>();

  private void take(int[] ids, int count) {
    for (int i = 0; i < count; i++) {
      given.add(ids[i]);
    }
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return Arbitraries.oneOf(
            Arbitraries.strings().withChars("a1ü").ofMaxLength(12),
            Arbitraries.integers().between(0, 3000).map(String::valueOf),
            Arbitraries.integers().between(0, 120_000_000).map(String::valueOf))
        .list()
        .ofMaxSize(3000);
  }

  @Property(tries = 200)
  void givesTheIdsOfAddingOneByOne(@ForAll("texts") List<String> texts) {
    given.clear();
    Vocabulary together = new Vocabulary();
    Vocabulary one = new Vocabulary();
    VocabularyQueue queue = VocabularyQueue.adding(together, this::take);
    List<Integer> expected = new ArrayList<>();
    for (String text : texts) {
      byte[] bytes = (";" + text + ";").getBytes(StandardCharsets.UTF_8);
      queue.add(bytes, 1, bytes.length - 1);
      expected.add(text.isEmpty() ? 0 : one.add(text));
    }
    queue.flush();
    assertThat(given).isEqualTo(expected);
    assertThat(together.size()).isEqualTo(one.size());
    for (int id = 1; id <= one.size(); id++) {
      assertThat(together.text(id)).isEqualTo(one.text(id));
    }
  }

  @Property(tries = 200)
  void findsWhatLookingUpOneByOneDoes(
      @ForAll("texts") List<String> known, @ForAll("texts") List<String> texts) {
    given.clear();
    Vocabulary vocabulary = new Vocabulary();
    known.stream().filter(text -> !text.isEmpty()).forEach(vocabulary::add);
    int size = vocabulary.size();
    VocabularyQueue queue = VocabularyQueue.finding(vocabulary, this::take);
    List<Integer> expected = new ArrayList<>();
    for (String text : texts) {
      byte[] bytes = (";" + text + ";").getBytes(StandardCharsets.UTF_8);
      queue.add(bytes, 1, bytes.length - 1);
      expected.add(vocabulary.id(text));
    }
    queue.flush();
    assertThat(given).isEqualTo(expected);
    assertThat(vocabulary.size()).isEqualTo(size);
  }

  @Test
  void refusesBrokenTextWhenItIsAdded() {
    VocabularyQueue queue = VocabularyQueue.adding(new Vocabulary(), this::take);
    queue.add(new byte[] {'a'}, 0, 1);
    assertThatThrownBy(() -> queue.add(new byte[] {(byte) 0xC3}, 0, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("UTF-8");
    assertThat(given).containsExactly(1);
  }
}
