package org.mlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Engine;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.backend.reference.ReferenceEngine;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.testing.Buffers;

class InitializationTest {
  private static final Field.IdRule WORDS = new Field.IdRule.Vocabulary();

  private static Schema schema(int users) {
    return new Schema(
        "label",
        "label",
        "domain",
        List.of("a", "b", "c"),
        List.of(
            new Field.Categorical("uid", users, WORDS, OptionalInt.empty()),
            new Field.Pretrained("pid", 3, WORDS, 2, true)));
  }

  private static ReferenceEngine filled(ModelSpec spec, Schema schema, long seed) {
    ReferenceEngine engine = new ReferenceBackend().compile(Models.build(spec, schema));
    Initialization.fill(engine, seed, field -> Buffers.floats(0, 0, 1, 2, 3, 4));
    return engine;
  }

  private static double[] values(ReferenceEngine engine, String name) {
    return engine.exact(engine.network().parameter(name).orElseThrow(), Engine.Slot.VALUE);
  }

  @Test
  void aModelWithoutAdaptersStartsWithTheSameBackbone() {
    ReferenceEngine with = filled(ModelSpec.defaults(), schema(50), 3);
    ReferenceEngine without =
        filled(ModelSpec.defaults().withAdapter(new AdapterSpec.None()), schema(50), 3);
    for (Parameter p : without.network().parameters()) {
      assertThat(values(without, p.name())).containsExactly(values(with, p.name()));
    }
  }

  @Test
  void rowsAddedLaterLeaveTheOthersAsTheyAre() {
    double[] few = values(filled(ModelSpec.defaults(), schema(50), 3), "emb_uid");
    double[] many = values(filled(ModelSpec.defaults(), schema(20_000), 3), "emb_uid");
    assertThat(Arrays.copyOf(many, few.length)).containsExactly(few);
  }

  @Test
  void tablesOfSeveralChunksAreFilledToTheirEnd() {
    double[] many = values(filled(ModelSpec.defaults(), schema(20_000), 3), "emb_uid");
    assertThat(many).hasSize(160_000).doesNotContain(0.0);
    assertThat(deviation(many)).isBetween(0.0099, 0.0101);
  }

  @Test
  void seedsAndNamesGiveOtherValues() {
    ReferenceEngine engine = filled(ModelSpec.defaults(), schema(50), 3);
    double[] weights = values(engine, "W1");
    assertThat(values(filled(ModelSpec.defaults(), schema(50), 4), "W1")).isNotEqualTo(weights);
    assertThat(Arrays.copyOf(values(engine, "W0"), 10)).isNotEqualTo(Arrays.copyOf(weights, 10));
  }

  @Test
  void theDefaultsHaveTheirSpreads() {
    ReferenceEngine engine = filled(ModelSpec.defaults(), schema(50), 3);
    assertThat(deviation(values(engine, "W1"))).isCloseTo(Math.sqrt(2.0 / 384), within(0.02));
    assertThat(deviation(values(engine, "A1"))).isCloseTo(Math.sqrt(2.0 / (3 * 264)), within(0.05));
    assertThat(values(engine, "B1")).containsOnly(0);
    assertThat(values(engine, "bd1")).containsOnly(0);
    assertThat(values(engine, "b1")).containsOnly(0);
    double limit = Math.sqrt(6.0 / 65);
    assertThat(Arrays.stream(values(engine, "out_w"))).allMatch(w -> Math.abs(w) <= limit);
  }

  @Test
  void pretrainedEmbeddingsAreCopied() {
    ReferenceEngine engine = filled(ModelSpec.defaults(), schema(50), 3);
    assertThat(values(engine, "emb_pid")).containsExactly(0, 0, 1, 2, 3, 4);
  }

  @Test
  void pretrainedEmbeddingsOfAnotherSizeAreRefused() {
    ReferenceEngine engine =
        new ReferenceBackend().compile(Models.build(ModelSpec.defaults(), schema(5)));
    assertThatThrownBy(() -> Initialization.fill(engine, 1, field -> Buffers.floats(1, 2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("emb_pid");
  }

  @Test
  void everyInitializerHasItsSpread() {
    assertThat(deviation(drawn(new Initializer.Uniform(0.3))))
        .isCloseTo(0.3 / Math.sqrt(3), within(0.03));
    assertThat(deviation(drawn(new Initializer.Normal(0.3)))).isCloseTo(0.3, within(0.03));
    assertThat(deviation(drawn(new Initializer.TruncatedNormal(0.3))))
        .isCloseTo(0.3 * 0.8796, within(0.03));
    double glorot = Math.sqrt(2.0 / 120);
    assertThat(deviation(drawn(new Initializer.GlorotUniform(false))))
        .isCloseTo(glorot, within(0.03));
    assertThat(deviation(drawn(new Initializer.GlorotNormal(false))))
        .isCloseTo(glorot, within(0.03));
    assertThat(deviation(drawn(new Initializer.XavierNormal(false))))
        .isCloseTo(glorot, within(0.03));
    assertThat(drawn(new Initializer.Constant(0.5))).containsOnly(0.5);
    assertThat(drawn(new Initializer.Zeros())).containsOnly(0);
  }

  @Test
  void fansTimesDomainsShrinkTheAdaptersAsInKeras() {
    double[] plain = drawn(new Initializer.GlorotUniform(false));
    double[] shrunk = drawn(new Initializer.GlorotUniform(true));
    for (int i = 0; i < plain.length; i++) {
      assertThat(shrunk[i]).isCloseTo(plain[i] / Math.sqrt(4), within(1e-6));
    }
  }

  /** A tensor of 4 domains, 100 in, 20 out. */
  private static double[] drawn(Initializer initializer) {
    Parameter parameter =
        new Parameter(
            0, "A0", List.of(4, 100, 20), RowKind.BY_DOMAIN, Role.ADAPTER, initializer, 0, 0, true);
    FloatBuffer target = Buffers.floats(parameter.size());
    Initialization.draw(parameter, 1, 0, target);
    double[] values = new double[target.capacity()];
    for (int i = 0; i < values.length; i++) {
      values[i] = target.get(i);
    }
    return values;
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Math.sqrt(Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / values.length);
  }

  private static Percentage within(double fraction) {
    return Percentage.withPercentage(100 * fraction);
  }
}
