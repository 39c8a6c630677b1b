package org.mlora.model;

import java.util.List;
import java.util.stream.IntStream;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** Experts side by side, and their mixtures by gates of each domain. */
public final class MixtureOfExperts {
  private MixtureOfExperts() {}

  /** Outputs of the gate's experts weighted by the softmax of its scores. */
  public static Value mix(Layout layout, Value gate, List<Value> experts) {
    Value all = Join.concat(layout, experts.toArray(Value[]::new));
    Value out = layout.net().value(experts.get(0).width());
    return layout.net().add(new Op.Mixture(all, gate, out));
  }

  /** The scores of a domain's own gate: relu layers of these widths, then one score an expert. */
  public static Value gate(
      Layout layout, String prefix, Value x, List<Integer> widths, int experts) {
    Value hidden = DomainTower.over(layout, prefix, x, widths);
    return DomainTower.affine(layout, prefix + "out_w", prefix + "out_b", hidden, experts);
  }

  /** The scores of a domain's own gate that is one layer. */
  public static Value affineGate(Layout layout, String prefix, Value x, int experts) {
    return DomainTower.affine(layout, prefix + "w", prefix + "b", x, experts);
  }

  /**
   * Experts that all domains share, of the widths of the spec's tower.
   *
   * @param first number of the first one among the unadapted towers of the model
   */
  public static List<Value> shared(Layout layout, String prefix, int first, int count, Value x) {
    return IntStream.range(0, count)
        .mapToObj(
            e ->
                DenseTower.unadapted(
                    layout, prefix + e + "_", first + e, x, layout.spec().hidden()))
        .toList();
  }

  /** Experts of each domain's own, of the same widths. */
  public static List<Value> own(Layout layout, String prefix, int count, Value x) {
    return IntStream.range(0, count)
        .mapToObj(e -> DomainTower.over(layout, prefix + e + "_", x, layout.spec().hidden()))
        .toList();
  }
}
