package org.mlora.backend.reference;

import java.util.List;
import org.mlora.network.Op;
import org.mlora.train.Optimization;

/** How an op runs. */
interface Layer {
  /** Writes the op's value. */
  void forward(Pass pass);

  /** Adds to the gradients of what the op reads, from the gradient of what it writes. */
  void backward(Pass pass);

  /** After a step: moves statistics of the batch's rows as far as the rules say. */
  default void moveStatistics(Pass pass, List<Optimization.Rule> rules) {}

  static Layer of(Op op) {
    if (op instanceof Op.Lookup lookup) {
      return new LookupLayer(lookup);
    } else if (op instanceof Op.BagLookup lookup) {
      return new BagLookupLayer(lookup);
    } else if (op instanceof Op.Scale scale) {
      return new ScaleLayer(scale);
    } else if (op instanceof Op.Dense dense) {
      return new DenseLayer(dense);
    } else if (op instanceof Op.Copy o) {
      return new CopyLayer(o);
    } else if (op instanceof Op.SumGroups o) {
      return new SumGroupsLayer(o);
    } else if (op instanceof Op.MultiplyAdd o) {
      return new MultiplyAddLayer(o);
    } else if (op instanceof Op.Cross o) {
      return new CrossLayer(o);
    } else if (op instanceof Op.BiInteraction o) {
      return new BiInteractionLayer(o);
    } else if (op instanceof Op.InnerProducts o) {
      return new InnerProductsLayer(o);
    } else if (op instanceof Op.Bilinear o) {
      return new BilinearLayer(o);
    } else if (op instanceof Op.Senet o) {
      return new SenetLayer(o);
    } else if (op instanceof Op.Cin o) {
      return new CinLayer(o);
    } else if (op instanceof Op.Attention o) {
      return new AttentionLayer(o);
    } else if (op instanceof Op.DomainDense o) {
      return new DomainDenseLayer(o);
    } else if (op instanceof Op.PartitionedNorm o) {
      return new PartitionedNormLayer(o);
    } else if (op instanceof Op.Mixture o) {
      return new MixtureLayer(o);
    } else if (op instanceof Op.Gate o) {
      return new GateLayer(o);
    } else if (op instanceof Op.Detach o) {
      return new DetachLayer(o);
    } else if (op instanceof Op.Add o) {
      return new AddLayer(o);
    }
    throw new IllegalArgumentException("the reference backend does not know the op " + op);
  }
}
