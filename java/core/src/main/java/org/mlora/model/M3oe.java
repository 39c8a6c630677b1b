package org.mlora.model;

import java.util.List;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/**
 * M3oE (SIGIR 2024; spec §13) for one task: a star layer beside a skip makes a representation;
 * experts that all domains share, mixed by the domain's gate, and the domain's own expert are
 * balanced against each other by weights that each domain learns; then the domain's own tower.
 * Where the paper weighs a domain's expert against the mean of all other domains' experts, here it
 * is weighed against one common expert, so that no row goes through another domain's layers. There
 * is no layer normalization.
 */
final class M3oe implements Model {
  private static final ModelOption<Integer> STAR =
      ModelOption.whole("star_width", 128, 1, "width of the star layer");
  private static final ModelOption<Integer> REPRESENTATION =
      ModelOption.whole("representation_width", 64, 1, "width of what the experts read");
  private static final ModelOption<Integer> EXPERTS =
      ModelOption.whole("experts", 4, 1, "shared experts, each with the layers of --hidden");

  @Override
  public String name() {
    return "m3oe";
  }

  @Override
  public String title() {
    return "M3oE (SIGIR 2024)";
  }

  @Override
  public boolean adapts() {
    return false;
  }

  @Override
  public Value logit(Layout layout) {
    Value x = representation(layout, Embeddings.concatenated(layout));
    int count = EXPERTS.of(layout.spec());
    List<Value> experts = MixtureOfExperts.shared(layout, "expert", 0, count, x);
    Value gate = MixtureOfExperts.affineGate(layout, "gate_", Gating.detached(layout, x), count);
    Value shared = MixtureOfExperts.mix(layout, gate, experts);
    Value own =
        MixtureOfExperts.mix(
            layout,
            learned(layout, "balance", 2),
            List.of(
                MixtureOfExperts.own(layout, "own", 1, x).get(0),
                MixtureOfExperts.shared(layout, "common", count, 1, x).get(0)));
    Value share = learned(layout, "own_weight", 1);
    Value weighted = layout.net().value(own.width());
    layout.net().add(new Op.Gate(own, share, 1, 1, 0, weighted));
    return SharedBottom.ownLogit(layout, sum(layout, shared, weighted));
  }

  /** relu((x (W * W_d) + b + b_d) W' + b') + relu(x S + s). */
  private static Value representation(Layout layout, Value x) {
    int width = REPRESENTATION.of(layout.spec());
    Initializer ones = new Initializer.Constant(1);
    Value star = StarLayer.over(layout, "0", x, STAR.of(layout.spec()), Activation.NONE, ones);
    Value mapped = Affine.named("star_map_w", "star_map_b").relu(layout, star, width);
    Value skip = Affine.named("skip_w", "skip_b").relu(layout, x, width);
    return sum(layout, mapped, skip);
  }

  private static Value sum(Layout layout, Value a, Value b) {
    return layout.net().add(new Op.Add(a, b, Activation.NONE, layout.net().value(a.width())));
  }

  /** Numbers that each domain learns, from 0. */
  private static Value learned(Layout layout, String name, int width) {
    Parameter table =
        DomainTower.parameter(
            layout, name, List.of(layout.net().domains(), width), new Initializer.Zeros());
    Value out = layout.net().value(width);
    return layout.net().add(new Op.Lookup(Network.DOMAIN, table, out, 0));
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(STAR, REPRESENTATION, EXPERTS, SharedBottom.TOWER);
  }
}
