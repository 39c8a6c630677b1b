package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * Multi-gate mixture of experts (KDD 2018; spec §7): experts that all domains share, mixed by a
 * gate of each domain's own, then the domain's own tower.
 */
final class Mmoe implements Model {
  static final ModelOption<List<Integer>> GATE =
      ModelOption.wholesOrNone(
          "gate_layers", List.of(64), 1, "widths of the hidden layers of a gate; empty: none");
  private static final ModelOption<Integer> EXPERTS =
      ModelOption.whole("experts", 4, 1, "experts, each with the layers of --hidden");

  @Override
  public String name() {
    return "mmoe";
  }

  @Override
  public String title() {
    return "multi-gate mixture of experts (KDD 2018)";
  }

  @Override
  public boolean adapts() {
    return false;
  }

  @Override
  public Value logit(Layout layout) {
    Value x = Embeddings.concatenated(layout);
    int count = EXPERTS.of(layout.spec());
    List<Value> experts = MixtureOfExperts.shared(layout, "expert", 0, count, x);
    Value gate = MixtureOfExperts.gate(layout, "gate_", x, GATE.of(layout.spec()), count);
    return SharedBottom.ownLogit(layout, MixtureOfExperts.mix(layout, gate, experts));
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(EXPERTS, GATE, SharedBottom.TOWER);
  }
}
