package org.mlora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * The adapters of MoE-MLoRA (arXiv 2506.07563; spec §12): in every layer of the tower the sum over
 * experts e of softmax(g)_e (x A_e B_e + c_e), with the scores g of one gate for all layers. Layer
 * i has parameters {@code Ai_e Bi_e ci_e}, the gate {@code expert_gate}, a row of scores for each
 * domain, and for a gate that reads the sample {@code expert_gate_w expert_gate_b} too. Scores are
 * 0 for a row of unknown domain, so that a gate that does not read the sample weighs all experts
 * alike.
 */
final class ExpertAdapters {
  private final Layout layout;
  private final AdapterSpec.MoeMlora spec;
  private final int count;
  private final List<Integer> ranks;
  private final Value scores;

  private ExpertAdapters(Layout layout, AdapterSpec.MoeMlora spec, Value input) {
    this.layout = layout;
    this.spec = spec;
    this.count = spec.experts(layout.net().domains());
    this.ranks = spec.expert().ranks(layout.spec().hidden());
    this.scores = scores(input);
  }

  /** Those that the spec asks for, whose gate reads the tower's input if it reads the sample. */
  static Optional<ExpertAdapters> of(Layout layout, Value input) {
    return layout.spec().adapter() instanceof AdapterSpec.MoeMlora moe
        ? Optional.of(new ExpertAdapters(layout, moe, input))
        : Optional.empty();
  }

  private Value scores(Value input) {
    Parameter table =
        layout
            .net()
            .parameter(
                "expert_gate",
                List.of(layout.net().domains(), count),
                RowKind.BY_DOMAIN,
                Role.GATE,
                new Initializer.Zeros(),
                0);
    Value ofDomain = layout.net().value(count);
    layout.net().add(new Op.Lookup(Network.DOMAIN, table, ofDomain, 0));
    if (spec.gate() == AdapterSpec.MoeMlora.Gate.DOMAIN) {
      return ofDomain;
    }
    Value ofSample =
        Affine.named("expert_gate_w", "expert_gate_b")
            .over(layout, input, count, Role.GATE, layout.spec().initializers().weight());
    return layout
        .net()
        .add(new Op.Add(ofDomain, ofSample, Activation.NONE, layout.net().value(count)));
  }

  /**
   * relu(shared + the experts' mixture).
   *
   * @param x what layer i reads
   * @param shared dropout(x W + b)
   */
  Value added(int i, Value x, Value shared) {
    List<Value> experts = new ArrayList<>();
    for (int e = 0; e < count; e++) {
      experts.add(expert(i, e, x, shared.width()));
    }
    Value mixed = MixtureOfExperts.mix(layout, scores, experts);
    Value out = layout.net().value(shared.width());
    return layout.net().add(new Op.Add(shared, mixed, Activation.RELU, out));
  }

  /** x A_e B_e + c_e: two layers, the first of which has a bias that stays 0. */
  private Value expert(int i, int e, Value x, int width) {
    int rank = ranks.get(i);
    String name = i + "_" + e;
    Initializers start = layout.spec().initializers();
    Parameter a = factor("A" + name, List.of(x.width(), rank), start.adapterA());
    Parameter b = factor("B" + name, List.of(rank, width), start.adapterB());
    Parameter c = factor("c" + name, List.of(width), start.adapterC());
    Parameter zero =
        layout
            .net()
            .parameter(
                "zero" + name,
                List.of(rank),
                RowKind.WHOLE,
                Role.ADAPTER,
                new Initializer.Zeros(),
                0,
                false);
    layout.net().expert(e, List.of(a, b, c));
    return dense(dense(x, a, zero, rank), b, c, width);
  }

  private Value dense(Value x, Parameter weight, Parameter bias, int width) {
    int undrawn = layout.spec().hidden().size(); // the streams before are the tower's
    Value out = layout.net().value(width);
    return layout
        .net()
        .add(new Op.Dense(x, weight, bias, Optional.empty(), Activation.NONE, 0, undrawn, out));
  }

  private Parameter factor(String name, List<Integer> shape, Initializer initializer) {
    return layout
        .net()
        .parameter(name, shape, RowKind.WHOLE, Role.ADAPTER, initializer, spec.expert().l2());
  }
}
