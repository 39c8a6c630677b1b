package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlora.model.AdapterScaling;
import org.mlora.model.AdapterSpec;
import org.mlora.model.DomainRanks;
import org.mlora.model.Initializers;
import org.mlora.model.ModelSpec;
import org.mlora.model.ModelSpecJson;
import picocli.CommandLine.Option;

/** Flags that say what is trained. */
final class ModelFlags {
  /** Between parts NAME=VALUE; values may hold commas. */
  private static final String BETWEEN = ",(?=[a-z0-9_]+=)";

  @Option(
      names = "--alpha",
      defaultValue = "16",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description =
          "An adapter of a layer of width W has rank W / N, at least 1 (default: ${DEFAULT-VALUE}).",
      order = 12)
  int alpha;

  @Option(
      names = "--ranks",
      converter = FlagTypes.Widths.class,
      paramLabel = "R,R,..",
      description = "Rank of each layer of --hidden, in place of the rule of --alpha.",
      order = 13)
  Optional<FlagTypes.WidthList> ranks;

  @Option(
      names = "--hidden",
      defaultValue = "256,128,64",
      converter = FlagTypes.Widths.class,
      paramLabel = "W,W,..",
      description = "Widths of the hidden layers (default: ${DEFAULT-VALUE}).",
      order = 14)
  FlagTypes.WidthList hidden;

  @Option(
      names = "--embedding-dim",
      defaultValue = "8",
      converter = FlagTypes.Count.class,
      paramLabel = "N",
      description =
          "Width of embeddings, where the data set sets none (default: ${DEFAULT-VALUE}).",
      order = 15)
  int embeddingDim;

  @Option(
      names = "--dropout",
      defaultValue = "0.5",
      converter = FlagTypes.Dropout.class,
      paramLabel = "P",
      description = "Share of hidden units dropped in training (default: ${DEFAULT-VALUE}).",
      order = 17)
  double dropout;

  @Option(
      names = "--embedding-l2",
      defaultValue = "3e-4",
      converter = FlagTypes.Penalty.class,
      paramLabel = "L",
      description = "L2 penalty on embedding tables (default: ${DEFAULT-VALUE}).",
      order = 18)
  double embeddingL2;

  @Option(
      names = "--adapter-l2",
      defaultValue = "5e-5",
      converter = FlagTypes.Penalty.class,
      paramLabel = "L",
      description = "L2 penalty on adapters (default: ${DEFAULT-VALUE}).",
      order = 19)
  double adapterL2;

  @Option(
      names = "--adapter-scaling",
      defaultValue = "none",
      converter = FlagTypes.Scaling.class,
      paramLabel = "HOW",
      description = {
        "What the product of an adapter of rank r is multiplied with: none, rank:N (N / r) or",
        "root_rank:N (N / sqrt(r)) (default: ${DEFAULT-VALUE})."
      },
      order = 19)
  AdapterScaling adapterScaling;

  @Option(
      names = "--shared-a",
      description = "All domains share the factor A of each layer; only B and c are their own.",
      order = 19)
  boolean sharedA;

  @Option(
      names = "--adapter-layers",
      defaultValue = "tower",
      converter = FlagTypes.Places.class,
      paramLabel = "WHERE,..",
      description =
          "Layers with adapters: tower, projection (of embeddings to one width), cross (layers of"
              + " matrix form), attention (of autoint), or all that the model has"
              + " (default: ${DEFAULT-VALUE}).",
      order = 19)
  FlagTypes.PlaceSet places;

  @Option(
      names = "--domain-ranks",
      converter = DomainRanksFlag.class,
      paramLabel = "HOW",
      description = {
        "Bounds of single domains' ranks: rows:N (a domain has rank 1 for each N training rows), or"
            + " a file of lines DOMAIN,RANK."
      },
      order = 19)
  Optional<DomainRanksFlag.Given> domainRanks;

  @Option(
      names = "--experts",
      defaultValue = "0",
      converter = FlagTypes.CountOrZero.class,
      paramLabel = "N",
      description =
          "Experts of moe-mlora, each specialized on one domain; 0: one for each domain"
              + " (default: ${DEFAULT-VALUE}).",
      order = 19)
  int experts;

  @Option(
      names = "--gate",
      defaultValue = "domain",
      paramLabel = "WHAT",
      description = {
        "What the weights of the experts of moe-mlora depend on: domain, or sample (the row too)",
        "(default: ${DEFAULT-VALUE})."
      },
      order = 19)
  AdapterSpec.MoeMlora.Gate gate;

  @Option(
      names = "--init",
      split = BETWEEN,
      hideParamSyntax = true,
      paramLabel = "PART=HOW",
      description =
          "How a part starts, for example embedding=normal:0.05; parts are embedding, weight,"
              + " adapter_a, adapter_b, adapter_c and head; ways are zeros, constant:X, uniform:LIMIT,"
              + " normal:DEVIATION, truncated_normal:DEVIATION, glorot_uniform, glorot_normal and"
              + " xavier_normal, the last three with :domains to multiply fans by their number. Adapters whose b or c is not"
              + " zeros add something from the start, which takes --phases joint.",
      order = 20)
  Map<String, String> initializers = new LinkedHashMap<>();

  @Option(
      names = "--option",
      split = BETWEEN,
      hideParamSyntax = true,
      paramLabel = "NAME=VALUE",
      description = {
        "A setting that only some models have, for example --option cross_layers=3;",
        "'mlora models' lists them."
      },
      order = 11)
  Map<String, String> options = new LinkedHashMap<>();

  /** A model with an adapter. */
  ModelSpec spec(String model, AdapterName adapter) {
    AdapterSpec adapterSpec =
        switch (adapter) {
          case NONE -> new AdapterSpec.None();
          case MLORA -> factors();
          case MOE_MLORA -> new AdapterSpec.MoeMlora(factors(), experts, gate);
        };
    return new ModelSpec(
        model,
        adapterSpec,
        hidden.values(),
        embeddingDim,
        dropout,
        embeddingL2,
        initializers(),
        options);
  }

  private AdapterSpec.Mlora factors() {
    return new AdapterSpec.Mlora(
        alpha,
        ranks.map(FlagTypes.WidthList::values).orElse(List.of()),
        adapterL2,
        adapterScaling,
        sharedA,
        places.values(),
        domainRanks.map(DomainRanksFlag.Given::ranks).orElse(DomainRanks.FULL));
  }

  private Initializers initializers() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode parts = json.putObject("initializers");
    initializers.forEach(parts::put);
    return ModelSpecJson.read(json, "--init").initializers();
  }
}
