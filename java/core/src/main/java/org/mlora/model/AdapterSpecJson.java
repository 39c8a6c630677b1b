package org.mlora.model;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.data.EnumLabel;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;

/** {@link AdapterSpec} as JSON. Keys that are absent keep the defaults; unknown keys are errors. */
final class AdapterSpecJson {
  private AdapterSpecJson() {}

  /** Writes every key. */
  static ObjectNode write(AdapterSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("kind", spec.kind());
    if (spec instanceof AdapterSpec.MoeMlora moe) {
      json.put("experts", moe.experts()).put("gate", EnumLabel.of(moe.gate()));
    }
    spec.factors()
        .ifPresent(
            mlora -> {
              json.put("alpha", mlora.alpha());
              mlora.ranks().forEach(json.putArray("ranks")::add);
              json.put("l2", mlora.l2());
              json.put("scaling", mlora.scaling().toString());
              json.put("shared_a", mlora.sharedA());
              ArrayNode layers = json.putArray("layers");
              mlora.places().forEach(place -> layers.add(place.label()));
              ObjectNode ranks = json.putObject("domain_ranks");
              ranks.put("rows_per_rank", mlora.domainRanks().rowsPerRank());
              mlora.domainRanks().most().forEach(ranks.putObject("most")::put);
            });
    return json;
  }

  /** Reads what {@link #write} writes. */
  static AdapterSpec read(JsonObject json) {
    json.only(
        "kind",
        "alpha",
        "ranks",
        "l2",
        "scaling",
        "shared_a",
        "layers",
        "domain_ranks",
        "experts",
        "gate");
    String kind = json.text("kind", "mlora");
    return switch (kind) {
      case "none" -> new AdapterSpec.None();
      case "mlora" -> factors(json);
      case "moe-mlora" ->
          new AdapterSpec.MoeMlora(factors(json), json.integer("experts", 0), gate(json));
      default -> throw json.bad("kind", "is '" + kind + "'; it must be none, mlora or moe-mlora");
    };
  }

  private static AdapterSpec.Mlora factors(JsonObject json) {
    return new AdapterSpec.Mlora(
        json.integer("alpha", AdapterSpec.Mlora.ALPHA),
        json.integers("ranks", List.of()),
        json.number("l2", AdapterSpec.Mlora.L2),
        AdapterScaling.parse(json.text("scaling", AdapterScaling.NONE.toString())),
        json.flag("shared_a", false),
        places(json),
        domainRanks(json.objectOrEmpty("domain_ranks")));
  }

  private static Set<AdapterPlace> places(JsonObject json) {
    Set<AdapterPlace> places = EnumSet.noneOf(AdapterPlace.class);
    for (String layer : json.words("layers", List.of(AdapterPlace.TOWER.label()))) {
      places.add(
          Stream.of(AdapterPlace.values())
              .filter(place -> place.label().equals(layer))
              .findFirst()
              .orElseThrow(() -> unknown(json, layer)));
    }
    return places;
  }

  private static InvalidInputException unknown(JsonObject json, String layer) {
    String known = Stream.of(AdapterPlace.values()).map(AdapterPlace::label).collect(joining(", "));
    return json.bad("layers", "has '" + layer + "'; each of them is one of " + known);
  }

  private static DomainRanks domainRanks(JsonObject json) {
    json.only("rows_per_rank", "most");
    return new DomainRanks(json.integer("rows_per_rank", 0), json.objectOrEmpty("most").counts());
  }

  private static AdapterSpec.MoeMlora.Gate gate(JsonObject json) {
    String gate = json.text("gate", "domain");
    return switch (gate) {
      case "domain" -> AdapterSpec.MoeMlora.Gate.DOMAIN;
      case "sample" -> AdapterSpec.MoeMlora.Gate.SAMPLE;
      default -> throw json.bad("gate", "is '" + gate + "'; it must be domain or sample");
    };
  }
}
