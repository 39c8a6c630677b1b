package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * Shared-Bottom (Caruana 1997; spec §7): the dense tower, shared, then a small tower and a logit of
 * each domain's own.
 */
final class SharedBottom implements Model {
  static final ModelOption<List<Integer>> TOWER =
      ModelOption.wholes("tower_layers", List.of(64), 1, "widths of each domain's own layers");

  @Override
  public String name() {
    return "shared_bottom";
  }

  @Override
  public String title() {
    return "Shared-Bottom (Machine Learning 1997)";
  }

  @Override
  public Value logit(Layout layout) {
    Value bottom = DenseTower.over(layout, Embeddings.concatenated(layout));
    return ownLogit(layout, bottom);
  }

  /** The domain's own tower and logit. */
  static Value ownLogit(Layout layout, Value x) {
    Value own = DomainTower.over(layout, "tower_", x, TOWER.of(layout.spec()));
    return DomainTower.affine(layout, "tower_out_w", "tower_out_b", own, 1);
  }

  @Override
  public List<ModelOption<?>> options() {
    return List.of(TOWER);
  }
}
