package org.mlora.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a model's name in a configuration of the published code stands for (spec §6). The published
 * code looks for parts of the name one after the other, and so builds other models than some names
 * say (quirks Q19 to Q21).
 *
 * @param model name in our registry
 * @param kind which of its model classes it is
 * @param adapted whether the name asks for adapters; those of {@link Kind#MLORA} depend on {@code
 *     dense}
 */
record ReferenceModel(String model, Kind kind, boolean adapted) {
  /** Classes of models of the published code, which differ in penalties and initial values. */
  enum Kind {
    /** The MLP of the paper (spec §4). */
    MLORA,
    STAR,
    /** Those made of DeepCTR's layers (spec §6). */
    DEEPCTR
  }

  /** Longer names before those that they contain. */
  private static final List<String> BY_NAME =
      List.of("mlp", "wdl", "nfm", "autoint", "pnn", "xdeepfm", "deepfm", "dcn", "fibinet");

  /** The order of the published code, where xdeepfm is never reached. */
  private static final List<String> AS_PUBLISHED =
      List.of("mlp", "wdl", "nfm", "autoint", "pnn", "deepfm", "dcn", "fibinet");

  /** The model of that name; empty where there is none. */
  static Optional<ReferenceModel> of(String name, Set<Quirk> quirks) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (quirks.contains(Quirk.MODEL_NAMES)) {
      return asPublished(lower);
    }
    Optional<String> part = first(BY_NAME, lower);
    boolean plainMlp = part.isEmpty() || part.get().equals("mlp");
    if (lower.contains("mlora") && plainMlp) {
      return Optional.of(new ReferenceModel("mlp", Kind.MLORA, true));
    }
    if (lower.contains("star")) {
      return Optional.of(new ReferenceModel("star", Kind.STAR, false));
    }
    return part.map(model -> new ReferenceModel(model, Kind.DEEPCTR, lower.contains("lora")));
  }

  private static Optional<ReferenceModel> asPublished(String name) {
    if (name.contains("mlora")) {
      return Optional.of(new ReferenceModel("mlp", Kind.MLORA, true));
    }
    if (name.contains("star")) {
      return Optional.of(new ReferenceModel("star", Kind.STAR, false));
    }
    return first(AS_PUBLISHED, name)
        .map(
            model ->
                new ReferenceModel(
                    model, Kind.DEEPCTR, name.contains("lora") && !model.equals("mlp")));
  }

  private static Optional<String> first(List<String> parts, String name) {
    return parts.stream().filter(name::contains).findFirst();
  }
}
