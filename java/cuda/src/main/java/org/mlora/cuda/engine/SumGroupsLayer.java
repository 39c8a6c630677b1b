package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** Sums of neighbouring columns. */
record SumGroupsLayer(Op.SumGroups op) implements Layer {
  @Override
  public List<Op.SumGroups> ops() {
    return List.of(op);
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_sum_groups(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.in()),
            site.valueOf(op.out()),
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    if (gradients.passes(op.in())) {
      check(
          MloraCuda.mlora_cuda_spread_groups(
              site.batch(),
              site.precision().code(),
              site.gradientOf(op.out()),
              gradients.into(op.in()),
              site.stream()));
    }
  }
}
