package org.mlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.Role;

class ModelsTest {
  private static final Field.IdRule WORDS = new Field.IdRule.Vocabulary();

  private static Schema schema(Field... fields) {
    return new Schema("label", "label", "domain", List.of("a", "b", "c"), List.of(fields));
  }

  private static final Schema EVERY_KIND =
      schema(
          new Field.Categorical("uid", 10, WORDS, OptionalInt.empty()),
          new Field.MultiValued("tags", 20, WORDS, ";", Pooling.MEAN, OptionalInt.of(5)),
          new Field.Numeric("price", new Field.NumberRule.Raw(), OptionalInt.empty()),
          new Field.Pretrained("pid", 30, WORDS, 7, false));

  @Test
  void everyFieldKindGetsItsEmbeddingAndTheDomainComesLast() {
    Network network = Models.build(ModelSpec.defaults().withHidden(List.of(6)), EVERY_KIND);

    assertThat(network.inputs())
        .extracting(Input::kind)
        .containsExactly(Input.Kind.ID, Input.Kind.BAG, Input.Kind.NUMBER, Input.Kind.ID);
    assertThat(network.parameters())
        .extracting(p -> p.name() + p.shape())
        .containsExactly(
            "emb_uid[10, 8]",
            "emb_tags[20, 5]",
            "emb_price[8]",
            "emb_pid[30, 7]",
            "emb_dom[3, 8]",
            "W0[36, 6]",
            "b0[6]",
            "A0[3, 36, 1]",
            "B0[3, 1, 6]",
            "bd0[3, 6]",
            "out_w[6, 1]",
            "out_b[1]");
    assertThat(network.parameters())
        .filteredOn(p -> !p.trained())
        .extracting(Parameter::name)
        .containsExactly("emb_pid");
    assertThat(network.ops().get(4)).isInstanceOf(Op.Lookup.class);
    assertThat(((Op.Lookup) network.ops().get(4)).column()).isEqualTo(28);
  }

  @ParameterizedTest
  @CsvSource({
    "mlp, norm=none, true",
    "mlp, norm=partitioned, false",
    "star, norm=partitioned, true", // its auxiliary network reads it as it is
    "star, norm=partitioned auxiliary=false, false",
    "star, norm=none auxiliary=false, true"
  })
  void theDomainsEmbeddingIsTrainedWhereSomethingIsLeftOfIt(
      String model, String options, boolean trained) {
    Map<String, String> given = new TreeMap<>();
    for (String option : options.split(" ")) {
      given.put(option.split("=")[0], option.split("=")[1]);
    }
    ModelSpec spec = ModelSpec.defaults().withAdapter(new AdapterSpec.None()).withModel(model);
    Network network = Models.build(spec.withOptions(given), EVERY_KIND);
    assertThat(network.parameter("emb_dom").orElseThrow().trained()).isEqualTo(trained);
    assertThat(network.parameter("emb_uid").orElseThrow().trained()).isTrue();
  }

  @Test
  void withoutAdaptersTheOtherParametersAreTheSame() {
    Network control =
        Models.build(ModelSpec.defaults().withAdapter(new AdapterSpec.None()), EVERY_KIND);
    assertThat(control.parameters())
        .extracting(Parameter::name)
        .containsExactly(
            "emb_uid",
            "emb_tags",
            "emb_price",
            "emb_pid",
            "emb_dom",
            "W0",
            "b0",
            "W1",
            "b1",
            "W2",
            "b2",
            "out_w",
            "out_b");
  }

  /** The rank table of spec §3. */
  @ParameterizedTest
  @CsvSource({"4, 64 32 16", "16, 16 8 4", "32, 8 4 2", "128, 2 1 1", "256, 1 1 1"})
  void ranksFollowAlpha(int alpha, String ranks) {
    AdapterSpec.Mlora adapter = new AdapterSpec.Mlora(alpha);
    assertThat(adapter.ranks(List.of(256, 128, 64)))
        .extracting(Object::toString)
        .containsExactly(ranks.split(" "));
  }

  @Test
  void adaptersAreOnTheLayersThatTheyAreAskedFor() {
    ModelSpec spec =
        ModelSpec.defaults()
            .withModel("dcn")
            .withHidden(List.of(6))
            .withOptions(Map.of("cross_form", "matrix", "cross_layers", "1"))
            .withAdapter(new AdapterSpec.Mlora(16).withPlaces(Set.of(AdapterPlace.CROSS)));
    assertThat(Models.build(spec, EVERY_KIND).parameters())
        .filteredOn(p -> p.role() == Role.ADAPTER)
        .extracting(p -> p.name() + p.shape())
        .containsExactly("cross_A0[3, 36, 2]", "cross_B0[3, 2, 36]", "cross_bd0[3, 36]");
    ModelSpec projected =
        spec.withModel("nfm")
            .withAdapter(
                new AdapterSpec.Mlora(4, List.of(3), 0)
                    .withPlaces(Set.of(AdapterPlace.PROJECTION, AdapterPlace.TOWER)));
    assertThat(Models.build(projected, EVERY_KIND).parameters())
        .filteredOn(p -> p.role() == Role.ADAPTER)
        .extracting(p -> p.name() + p.shape())
        .containsExactly(
            "proj_A_tags[3, 5, 2]",
            "proj_B_tags[3, 2, 8]",
            "proj_bd_tags[3, 8]",
            "proj_A_pid[3, 7, 2]",
            "proj_B_pid[3, 2, 8]",
            "proj_bd_pid[3, 8]",
            "A0[3, 8, 3]",
            "B0[3, 3, 6]",
            "bd0[3, 6]");
  }

  /** One A for the four matrices of an interacting layer, of the rank of a layer of its width. */
  @Test
  void attentionHasOneAForItsFourMatrices() {
    ModelSpec spec =
        ModelSpec.defaults()
            .withModel("autoint")
            .withOptions(Map.of("attention_layers", "1"))
            .withAdapter(new AdapterSpec.Mlora(16).withPlaces(Set.of(AdapterPlace.ATTENTION)));
    assertThat(Models.build(spec, EVERY_KIND).parameters())
        .filteredOn(p -> p.role() == Role.ADAPTER)
        .extracting(p -> p.name() + p.shape())
        .containsExactly(
            "att_A0[3, 8, 2]",
            "att_B0_query[3, 2, 32]",
            "att_B0_key[3, 2, 32]",
            "att_B0_value[3, 2, 32]",
            "att_B0_residual[3, 2, 32]");
    AdapterSpec shared =
        new AdapterSpec.Mlora(16)
            .withSharedA(true)
            .withPlaces(Set.of(AdapterPlace.ATTENTION, AdapterPlace.TOWER));
    assertThatThrownBy(() -> Models.build(spec.withAdapter(shared), EVERY_KIND))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("leave the shared A");
  }

  @ParameterizedTest
  @CsvSource({"dcn, ATTENTION", "mlp, CROSS", "dcn, CROSS", "mlp, PROJECTION"})
  void layersThatAModelDoesNotHaveAreNamed(String model, AdapterPlace place) {
    AdapterSpec there = new AdapterSpec.Mlora(16).withPlaces(Set.of(place, AdapterPlace.TOWER));
    ModelSpec spec = ModelSpec.defaults().withModel(model).withAdapter(there);
    assertThatThrownBy(() -> Models.build(spec, EVERY_KIND))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(place.label())
        .hasMessageContaining("'" + model + "'");
  }

  @Test
  void anUnknownModelIsNamedBesideTheKnownOnes() {
    assertThatThrownBy(() -> ModelSpec.defaults().withModel("mpl"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'mpl'")
        .hasMessageContaining("mlp");
  }

  @Test
  void aFieldCannotTakeTheNameOfTheDomainsTable() {
    Schema taken = schema(new Field.Categorical("dom", 10, WORDS, OptionalInt.empty()));
    assertThatThrownBy(() -> Models.build(ModelSpec.defaults(), taken))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'dom'");
  }

  @Test
  void aFieldWhoseNameMakesThatOfAPartOfTheModelIsNamed() {
    Schema taken = schema(new Field.Categorical("gate_W0", 10, WORDS, OptionalInt.empty()));
    ModelSpec gated = ModelSpec.defaults().withModel("epnet").withAdapter(new AdapterSpec.None());
    assertThatThrownBy(() -> Models.build(gated, taken))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("field 'gate_W0'")
        .hasMessageContaining("rename");
  }

  @Test
  void aPriorFieldThatIsNotInTheSchemaIsNamed() {
    ModelSpec spec =
        ModelSpec.defaults().withModel("ppnet").withOptions(Map.of("prior_fields", "uid, colour"));
    assertThatThrownBy(() -> Models.build(spec, EVERY_KIND))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'colour'")
        .hasMessageContaining("uid");
  }

  @ParameterizedTest
  @CsvSource({"ppnet, prior_fields, 'uid,,pid'", "adasparse, prune_beta, 0"})
  void optionsOutOfTheirRangeAreNamed(String model, String option, String value) {
    ModelSpec spec = ModelSpec.defaults().withModel(model);
    assertThatThrownBy(() -> spec.withOptions(Map.of(option, value)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(option)
        .hasMessageContaining(value);
  }
}
