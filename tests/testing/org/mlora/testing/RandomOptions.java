package org.mlora.testing;

import java.util.Map;
import java.util.Random;

/** Options of our models, of a size at which a model is small. */
final class RandomOptions {
  private final Random random;

  private RandomOptions(Random random) {
    this.random = random;
  }

  static Map<String, String> of(String model, Random random) {
    return new RandomOptions(random).of(model);
  }

  private Map<String, String> of(String model) {
    return switch (model) {
      case "pnn" -> Map.of("products", oneOf("inner", "outer", "both"));
      case "dcn" ->
          Map.of("cross_layers", oneOf("1", "2", "3"), "cross_form", oneOf("vector", "matrix"));
      case "autoint" ->
          Map.of(
              "attention_layers",
              oneOf("1", "2"),
              "attention_heads",
              oneOf("1", "2", "3"),
              "attention_width",
              oneOf("1", "3", "5"),
              "attention_scaled",
              oneOf("true", "false"));
      case "xdeepfm" ->
          Map.of(
              "cin_layers", oneOf("5", "4,3", "3,1,4"), "cin_split_half", oneOf("true", "false"));
      case "fibinet" ->
          Map.of(
              "bilinear",
              oneOf("all", "each", "interaction"),
              "senet_reduction",
              oneOf("1", "2", "3"));
      case "star" ->
          Map.of("auxiliary", oneOf("true", "false"), "auxiliary_width", oneOf("1", "3"));
      case "shared_bottom" -> Map.of("tower_layers", oneOf("3", "4,2"));
      case "mmoe" ->
          Map.of(
              "tower_layers",
              oneOf("3", "4,2"),
              "experts",
              oneOf("1", "2", "3"),
              "gate_layers",
              oneOf("2", "3,1", ""));
      case "ple" ->
          Map.of(
              "tower_layers",
              oneOf("3", "4,2"),
              "levels",
              oneOf("1", "2"),
              "specific_experts",
              oneOf("1", "2"),
              "shared_experts",
              oneOf("1", "2"),
              "gate_layers",
              "2");
      case "epnet" ->
          Map.of("gate_width", oneOf("1", "3"), "gate_detaches", oneOf("true", "false"));
      case "ppnet", "pepnet" ->
          Map.of(
              "gate_width",
              oneOf("1", "3"),
              "gate_detaches",
              oneOf("true", "false"),
              "prior_fields",
              oneOf("", "mean", "number,id"));
      case "adasparse" ->
          Map.of(
              "prune_weights",
              oneOf("fusion", "scaling"),
              "prune_alpha",
              oneOf("0.5", "3"),
              "prune_beta",
              oneOf("1", "2"),
              "prune_epsilon",
              "0.3");
      case "m3oe" ->
          Map.of(
              "star_width",
              oneOf("2", "5"),
              "representation_width",
              oneOf("3", "4"),
              "experts",
              oneOf("1", "2"),
              "tower_layers",
              oneOf("3", "4,2"));
      default -> Map.of();
    };
  }

  private String oneOf(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
