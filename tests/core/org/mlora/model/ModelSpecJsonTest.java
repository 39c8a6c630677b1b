package org.mlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;

class ModelSpecJsonTest {
  private static ModelSpec read(String json) throws JsonProcessingException {
    return ModelSpecJson.read(new ObjectMapper().readTree(json), "model.json");
  }

  @Test
  void whatIsWrittenIsReadBack() throws JsonProcessingException {
    ModelSpec spec =
        new ModelSpec(
            "mlp",
            new AdapterSpec.Mlora(4, List.of(3, 2), 1e-5),
            List.of(32, 16),
            12,
            0.25,
            1e-6,
            new Initializers(
                new Initializer.Uniform(0.05),
                new Initializer.GlorotNormal(false),
                new Initializer.GlorotUniform(true),
                new Initializer.Normal(0.01),
                new Initializer.Constant(0.5),
                new Initializer.TruncatedNormal(0.1)),
            Map.of());
    assertThat(read(ModelSpecJson.write(spec).toString())).isEqualTo(spec);

    AdapterSpec other =
        new AdapterSpec.Mlora(4)
            .withScaling(AdapterScaling.parse("root_rank:16.0"))
            .withSharedA(true);
    assertThat(read(ModelSpecJson.write(spec.withAdapter(other)).toString()).adapter())
        .isEqualTo(other);

    AdapterSpec elsewhere =
        new AdapterSpec.Mlora(4)
            .withPlaces(Set.of(AdapterPlace.TOWER, AdapterPlace.CROSS))
            .withDomainRanks(new DomainRanks(100, Map.of("toys", 3)));
    AdapterSpec mixed =
        new AdapterSpec.MoeMlora(new AdapterSpec.Mlora(4), 7, AdapterSpec.MoeMlora.Gate.SAMPLE);
    for (AdapterSpec adapter : List.of(elsewhere, mixed)) {
      assertThat(read(ModelSpecJson.write(spec.withAdapter(adapter)).toString()).adapter())
          .isEqualTo(adapter);
    }

    ModelSpec control = spec.withAdapter(new AdapterSpec.None());
    assertThat(read(ModelSpecJson.write(control).toString())).isEqualTo(control);
  }

  @Test
  void absentKeysKeepTheDefaults() throws JsonProcessingException {
    assertThat(read("{}")).isEqualTo(ModelSpec.defaults());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"hiden\":[3]}|hiden",
        "{\"adapter\":{\"kind\":\"mlora\",\"rank\":3}}|adapter.rank",
        "{\"adapter\":{\"kind\":\"lora\"}}|adapter.kind",
        "{\"adapter\":{\"alpha\":0}}|alpha",
        "{\"adapter\":{\"alpha\":1.5}}|adapter.alpha",
        "{\"adapter\":{\"ranks\":[1,2]}}|ranks",
        "{\"adapter\":{\"ranks\":[1,0,1]}}|layer 2",
        "{\"adapter\":{\"l2\":-1}}|l2",
        "{\"adapter\":{\"scaling\":\"rank\"}}|rank:NUMBER",
        "{\"adapter\":{\"scaling\":\"rank:0\"}}|above 0",
        "{\"adapter\":{\"scaling\":\"rank:x\"}}|rank:x",
        "{\"adapter\":{\"shared_a\":1}}|adapter.shared_a",
        "{\"adapter\":{\"layers\":[\"towr\"]}}|one of tower, projection",
        "{\"adapter\":\"none\"}|adapter",
        "{\"hidden\":[]}|hidden",
        "{\"hidden\":[64,0]}|width 0",
        "{\"hidden\":64}|hidden",
        "{\"embedding_dim\":0}|embedding_dim",
        "{\"dropout\":1}|dropout",
        "{\"dropout\":\"x\"}|dropout",
        "{\"embedding_l2\":-0.1}|embedding_l2",
        "{\"initializers\":{\"weight\":\"he\"}}|initializers.weight",
        "{\"initializers\":{\"wait\":\"zeros\"}}|initializers.wait",
        "[]|object"
      })
  void wrongKeysAndValuesAreNamed(String json, String named) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("model.json: ")
        .hasMessageContaining(named);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zeros",
        "constant:0.1",
        "uniform:0.05",
        "normal:0.01",
        "truncated_normal:0.05",
        "glorot_uniform",
        "glorot_normal:domains",
        "xavier_normal"
      })
  void initializersKeepTheirText(String text) {
    assertThat(InitializerText.format(InitializerText.parse(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "zeros:1",
        "normal",
        "normal:x",
        "normal:NaN",
        "uniform:-1",
        "glorot_normal:x"
      })
  void unknownInitializersAreRefused(String text) {
    assertThatThrownBy(() -> InitializerText.parse(text)).isInstanceOf(InvalidInputException.class);
  }
}
