package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** A mixture of experts. */
record MixtureLayer(Op.Mixture op) implements Layer {
  @Override
  public List<Op.Mixture> ops() {
    return List.of(op);
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_mixture(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.experts()),
            site.valueOf(op.gate()),
            site.valueOf(op.out()),
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    check(
        MloraCuda.mlora_cuda_mixture_backward(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.experts()),
            site.valueOf(op.gate()),
            site.gradientOf(op.out()),
            gradients.into(op.experts()),
            gradients.into(op.gate()),
            site.stream()));
  }
}
