package org.mlora.model;

import java.util.List;

/**
 * Which model, and its sizes; the JSON of {@code model.json}.
 *
 * @param model name in the registry of {@link Models}
 * @param hidden widths of the dense tower
 * @param embeddingDim width of every embedding whose field does not set its own, the domain's too
 * @param dropout probability of dropping a unit of the shared branch
 * @param embeddingStd embeddings start as N(0, embeddingStd²)
 * @param embeddingL2 lambda on embedding tables
 */
public record ModelSpec(
    String model,
    AdapterSpec adapter,
    List<Integer> hidden,
    int embeddingDim,
    double dropout,
    double embeddingStd,
    double embeddingL2) {
  public ModelSpec {
    hidden = List.copyOf(hidden);
  }
}
