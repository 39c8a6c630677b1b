package org.mlora.model;

import java.util.ArrayList;
import java.util.List;
import org.mlora.network.Role;
import org.mlora.network.Value;

/**
 * Progressive layered extraction (RecSys 2020; spec §7): levels of experts that all domains share
 * and experts of each domain's own, mixed by gates, then the domain's own tower. Between levels the
 * shared gate mixes the shared experts with those of the row's domain, where the paper takes those
 * of all domains: no row goes through another domain's experts.
 */
final class Ple implements Model {
  private static final ModelOption<Integer> LEVELS =
      ModelOption.whole("levels", 1, 1, "levels of extraction");
  private static final ModelOption<Integer> OWN =
      ModelOption.whole("specific_experts", 2, 1, "experts of each domain's own in a level");
  private static final ModelOption<Integer> SHARED =
      ModelOption.whole("shared_experts", 1, 1, "experts that all domains share in a level");

  @Override
  public String name() {
    return "ple";
  }

  @Override
  public String title() {
    return "progressive layered extraction (RecSys 2020)";
  }

  @Override
  public boolean adapts() {
    return false;
  }

  @Override
  public Value logit(Layout layout) {
    Value own = Embeddings.concatenated(layout);
    Value shared = own;
    int levels = LEVELS.of(layout.spec());
    for (int level = 0; level < levels; level++) {
      String name = "level" + level + "_";
      List<Value> experts = experts(layout, name, level, own, shared);
      List<Integer> widths = Mmoe.GATE.of(layout.spec());
      Value gate = MixtureOfExperts.gate(layout, name + "gate_", own, widths, experts.size());
      own = MixtureOfExperts.mix(layout, gate, experts);
      if (level + 1 < levels) {
        shared = MixtureOfExperts.mix(layout, sharedGate(layout, level, shared, experts), experts);
      }
    }
    return SharedBottom.ownLogit(layout, own);
  }

  private static List<Value> experts(
      Layout layout, String name, int level, Value own, Value shared) {
    int count = SHARED.of(layout.spec());
    List<Value> experts =
        new ArrayList<>(MixtureOfExperts.own(layout, name + "own", OWN.of(layout.spec()), own));
    experts.addAll(MixtureOfExperts.shared(layout, name + "shared", level * count, count, shared));
    return experts;
  }

  private static Value sharedGate(Layout layout, int level, Value x, List<Value> experts) {
    String name = "level" + level + "_shared_gate_";
    return Affine.named(name + "w", name + "b")
        .over(layout, x, experts.size(), Role.BACKBONE, layout.spec().initializers().weight());
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(LEVELS, OWN, SHARED, Mmoe.GATE, SharedBottom.TOWER);
  }
}
