package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.mlora.error.InvalidInputException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.DomainRanks;
import org.mlora.model.ModelSpec;

class NamesTest {
  private static List<String> names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "d" + i).toList();
  }

  @Test
  void aShortListIsGivenWhole() {
    assertThat(Names.listed(List.of("toys", "books"))).isEqualTo("toys, books");
    assertThat(Names.domains(names(20))).startsWith("d0, d1, ").endsWith(", d18, d19");
  }

  @Test
  void aNameWithACommaIsQuoted() {
    assertThat(Names.listed(List.of("toys", "garden, home"))).isEqualTo("toys, 'garden, home'");
  }

  @Test
  void ofALongListTheFirstAreGivenAndHowManyThereAre() {
    assertThat(Names.listed(names(1234)))
        .startsWith("d0, d1, ")
        .endsWith(", d18, d19, ... (1,234 in all)");
  }

  @Test
  void aMistypedDomainIsAnsweredByTheFirstOfManyDomains() {
    Field age = new Field.Numeric("age", new Field.NumberRule.Raw(), OptionalInt.empty());
    Schema schema = new Schema("label", "label==1", "domain", names(100_000), List.of(age));
    AdapterSpec.Mlora mlora =
        new AdapterSpec.Mlora(16).withDomainRanks(new DomainRanks(0, Map.of("nope", 1)));
    assertThatThrownBy(
            () -> ModelSpec.defaults().withAdapter(mlora).settled(schema, () -> List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("name 'nope'")
        .hasMessageEndingWith(", d19, ... (100,000 in all; 'mlora inspect --json' lists them)");
  }
}
