package org.mlora.model;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;

/**
 * Which model, and its sizes; the JSON of {@code model.json}, see {@link ModelSpecJson}.
 *
 * @param model name in the registry of {@link Models}
 * @param hidden widths of the dense tower, first layer first; at least one
 * @param embeddingDim width of every embedding whose field does not set its own, the domain's too
 * @param dropout probability of dropping a unit of the shared branch, in [0, 1)
 * @param embeddingL2 lambda on embedding tables; at least 0
 * @param options every {@link ModelOption} of the model by name, those not given with the model's
 *     own value
 */
public record ModelSpec(
    String model,
    AdapterSpec adapter,
    List<Integer> hidden,
    int embeddingDim,
    double dropout,
    double embeddingL2,
    Initializers initializers,
    Map<String, String> options) {
  /**
   * Checks the values.
   *
   * @throws InvalidInputException when one is out of its range, or the registry has no such model
   */
  public ModelSpec {
    hidden = List.copyOf(hidden);
    if (hidden.isEmpty()) {
      throw new InvalidInputException("hidden is empty; give at least one width, for example 64");
    }
    for (int width : hidden) {
      if (width < 1) {
        throw new InvalidInputException(
            "hidden has a layer of width " + width + "; widths must be at least 1");
      }
    }
    if (embeddingDim < 1 || embeddingDim > Field.MAX_WIDTH) {
      throw new InvalidInputException(
          "embedding_dim is " + embeddingDim + "; it must be in [1, " + Field.MAX_WIDTH + "]");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new InvalidInputException("dropout is " + dropout + "; it must be in [0, 1)");
    }
    if (!(embeddingL2 >= 0 && embeddingL2 < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException("embedding_l2 is " + embeddingL2 + "; it must be 0 or more");
    }
    options = Models.complete(model, options);
  }

  /**
   * Lambda on embedding tables unless told otherwise. Chosen with {@link AdapterSpec.Mlora#L2} on
   * validation rows of MovieLens and Epinions, see docs/benchmarks/quality.md: without penalties
   * adapters cost more than they give where domains agree.
   */
  public static final double EMBEDDING_L2 = 3e-4;

  /**
   * An MLP of the paper's sizes (256-128-64, width 8, dropout 0.5, MLoRA with alpha 16), with
   * penalties.
   */
  public static ModelSpec defaults() {
    return new ModelSpec(
        "mlp",
        new AdapterSpec.Mlora(),
        List.of(256, 128, 64),
        8,
        0.5,
        EMBEDDING_L2,
        Initializers.defaults(),
        Map.of());
  }

  /**
   * The same with another model, whose options have its own values.
   *
   * @throws InvalidInputException when the registry has no such model
   */
  public ModelSpec withModel(String model) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, Map.of());
  }

  /** The same with some options of the model set. */
  public ModelSpec withOptions(Map<String, String> changed) {
    Map<String, String> all = new TreeMap<>(options);
    all.putAll(changed);
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, all);
  }

  /** The same with another adapter. */
  public ModelSpec withAdapter(AdapterSpec adapter) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }

  /** The same without adapters: the control. */
  public ModelSpec withoutAdapters() {
    return withAdapter(new AdapterSpec.None());
  }

  /**
   * The same with adapters of another alpha.
   *
   * @throws InvalidInputException when it has no adapters, or alpha is below 1
   */
  public ModelSpec withAlpha(int alpha) {
    AdapterSpec.Mlora factors =
        adapter
            .factors()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "the model has no adapters, and so no alpha; give it some first"));
    return withAdapter(adapter.withFactors(factors.withAlpha(alpha)));
  }

  /**
   * The same for a training on data of this schema: what the data set decides is said. A model so
   * settled keeps its sizes when domains are added or dropped.
   *
   * @param rows counts the training rows of each domain; asked where they decide anything
   * @throws InvalidInputException when adapters are set for a domain that the schema does not have
   */
  public ModelSpec settled(Schema schema, Supplier<List<Long>> rows) {
    if (adapter instanceof AdapterSpec.MoeMlora moe) {
      int experts = moe.experts(schema.domains().size());
      return withAdapter(new AdapterSpec.MoeMlora(moe.expert(), experts, moe.gate()));
    }
    return adapter
        .factors()
        .map(mlora -> mlora.withDomainRanks(mlora.domainRanks().settled(schema, rows)))
        .map(this::withAdapter)
        .orElse(this);
  }

  /** The same with a tower of other widths. */
  public ModelSpec withHidden(List<Integer> hidden) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }

  /** The same with embeddings of another width. */
  public ModelSpec withEmbeddingDim(int embeddingDim) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }

  /** The same with another dropout. */
  public ModelSpec withDropout(double dropout) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }

  /** The same with another penalty on embedding tables. */
  public ModelSpec withEmbeddingL2(double embeddingL2) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }

  /** The same with other initial values. */
  public ModelSpec withInitializers(Initializers initializers) {
    return new ModelSpec(
        model, adapter, hidden, embeddingDim, dropout, embeddingL2, initializers, options);
  }
}
