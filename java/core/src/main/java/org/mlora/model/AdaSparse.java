package org.mlora.model;

import java.util.List;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * AdaSparse (CIKM 2022; spec §13): before every layer, a pruner that reads the domain's embedding
 * and the layer's input weighs that input neuron by neuron, and cuts those of small weight. The
 * layers are those of the dense tower, with adapters where they are asked for. Of the paper's
 * weighting factors, Scaling and Fusion are here; the steepness of Fusion stays as it is set, and
 * no regularizer pulls at the share of neurons that are cut.
 */
final class AdaSparse implements Model {
  /** How a neuron's weight w comes of its score v. */
  enum Weights {
    /** w = beta sigmoid(v). */
    SCALING,
    /** w = beta sigmoid(alpha v), 0 where it is below epsilon. */
    FUSION
  }

  private static final ModelOption<Weights> WEIGHTS =
      ModelOption.choice(
          "prune_weights", Weights.FUSION, Weights.class, "neurons' weights: fusion or scaling");
  private static final ModelOption<Double> BETA =
      ModelOption.positive("prune_beta", 2, "the largest weight of a neuron");
  private static final ModelOption<Double> ALPHA =
      ModelOption.positive("prune_alpha", 1, "steepness of the weights, in fusion");
  private static final ModelOption<Double> EPSILON =
      ModelOption.penalty("prune_epsilon", 0.01, "neurons of smaller weight are cut, in fusion");

  @Override
  public String name() {
    return "adasparse";
  }

  @Override
  public String title() {
    return "AdaSparse (CIKM 2022)";
  }

  @Override
  public Value logit(Layout layout) {
    Gating.Parts parts = Gating.embeddings(layout);
    Value domain = parts.domain();
    Value x = Join.concat(layout, pruned(layout, "prune_", domain, parts.fields()), domain);
    Value hidden =
        DenseTower.over(layout, x, (i, h) -> pruned(layout, "prune" + i + "_", domain, h));
    return Head.over(layout, hidden);
  }

  private static Value pruned(Layout layout, String prefix, Value domain, Value x) {
    Value both = Join.concat(layout, domain, x);
    Value scores = Gating.scores(layout, prefix + "w", prefix + "b", both, x.width());
    ModelSpec spec = layout.spec();
    boolean fusion = WEIGHTS.of(spec) == Weights.FUSION;
    double alpha = fusion ? ALPHA.of(spec) : 1;
    double epsilon = fusion ? EPSILON.of(spec) : 0;
    Value out = layout.net().value(x.width());
    return layout.net().add(new Op.Gate(x, scores, BETA.of(spec), alpha, epsilon, out));
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(WEIGHTS, BETA, ALPHA, EPSILON);
  }
}
