package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * The MLP of MLoRA (RecSys 2024, section 3; spec §4): embeddings of all fields and of the domain,
 * side by side, normalized or not, through a tower of dense layers with adapters to one logit.
 */
final class Mlp implements Model {
  @Override
  public String name() {
    return "mlp";
  }

  @Override
  public String title() {
    return "MLP of MLoRA (RecSys 2024)";
  }

  @Override
  public Value logit(Layout layout) {
    Value embeddings = PartitionedNorm.embeddings(layout);
    Value hidden = DenseTower.over(layout, PartitionedNorm.asTold(layout, embeddings));
    return Head.over(layout, hidden);
  }

  @Override
  public List<ModelOption<?>> options() {
    return PartitionedNorm.OPTIONS;
  }
}
