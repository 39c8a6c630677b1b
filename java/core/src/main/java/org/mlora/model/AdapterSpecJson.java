package org.mlora.model;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.error.InvalidInputException;

/** {@link AdapterSpec} as JSON. Keys that are absent keep the defaults; unknown keys are errors. */
final class AdapterSpecJson {
  private static final Set<String> ADAPTER_KEYS =
      Set.of(
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
  private static final Set<String> DOMAIN_RANK_KEYS = Set.of("rows_per_rank", "most");

  private AdapterSpecJson() {}

  /** Writes every key. */
  static ObjectNode write(AdapterSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (spec instanceof AdapterSpec.MoeMlora moe) {
      json.put("kind", "moe-mlora").put("experts", moe.experts());
      json.put("gate", moe.gate().name().toLowerCase(Locale.ROOT));
    } else {
      json.put("kind", spec instanceof AdapterSpec.None ? "none" : "mlora");
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
  static AdapterSpec read(JsonReader reader) {
    reader.requireKeys(ADAPTER_KEYS);
    String kind = reader.text("kind", "mlora");
    return switch (kind) {
      case "none" -> new AdapterSpec.None();
      case "mlora" -> factors(reader);
      case "moe-mlora" ->
          new AdapterSpec.MoeMlora(factors(reader), reader.integer("experts", 0), gate(reader));
      default ->
          throw reader.error("adapter.kind is '" + kind + "'; it must be none, mlora or moe-mlora");
    };
  }

  private static AdapterSpec.Mlora factors(JsonReader reader) {
    return new AdapterSpec.Mlora(
        reader.integer("alpha", 16),
        reader.integers("ranks", List.of()),
        reader.number("l2", AdapterSpec.Mlora.L2),
        AdapterScaling.parse(reader.text("scaling", AdapterScaling.NONE.toString())),
        reader.flag("shared_a", false),
        places(reader),
        domainRanks(reader.object("domain_ranks")));
  }

  private static Set<AdapterPlace> places(JsonReader reader) {
    Set<AdapterPlace> places = EnumSet.noneOf(AdapterPlace.class);
    for (String layer : reader.words("layers", List.of(AdapterPlace.TOWER.label()))) {
      places.add(
          Stream.of(AdapterPlace.values())
              .filter(place -> place.label().equals(layer))
              .findFirst()
              .orElseThrow(() -> unknown(reader, layer)));
    }
    return places;
  }

  private static InvalidInputException unknown(JsonReader reader, String layer) {
    String known = Stream.of(AdapterPlace.values()).map(AdapterPlace::label).collect(joining(", "));
    return reader.error("adapter.layers has '" + layer + "'; each of them is one of " + known);
  }

  private static DomainRanks domainRanks(JsonReader reader) {
    reader.requireKeys(DOMAIN_RANK_KEYS);
    return new DomainRanks(reader.integer("rows_per_rank", 0), reader.object("most").counts());
  }

  private static AdapterSpec.MoeMlora.Gate gate(JsonReader reader) {
    String gate = reader.text("gate", "domain");
    return switch (gate) {
      case "domain" -> AdapterSpec.MoeMlora.Gate.DOMAIN;
      case "sample" -> AdapterSpec.MoeMlora.Gate.SAMPLE;
      default -> throw reader.error("adapter.gate is '" + gate + "'; it must be domain or sample");
    };
  }
}
