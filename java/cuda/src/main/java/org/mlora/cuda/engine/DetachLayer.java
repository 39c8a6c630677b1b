package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaCopy;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** A copy that gives no gradient back. */
record DetachLayer(Op.Detach op) implements Layer {
  @Override
  public List<Op.Detach> ops() {
    return List.of(op);
  }

  /** Nothing that gradients flow to. */
  @Override
  public List<Value> passesTo() {
    return List.of();
  }

  @Override
  public void forward(Site site) {
    CudaCopy copy =
        new CudaCopy()
            .from(site.valueOf(op.in()))
            .to(site.valueOf(op.out()))
            .width(op.out().width());
    check(
        MloraCuda.mlora_cuda_copy_columns(
            site.batch(), site.precision().code(), copy, 1, site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {}
}
