package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** Interactions of pairs of fields that have no parameters. */
final class FieldPairsLayer {
  private FieldPairsLayer() {}

  /** Bi-interaction pooling. */
  record Pooled(Op.BiInteraction op) implements Layer {
    @Override
    public List<Op.BiInteraction> ops() {
      return List.of(op);
    }

    @Override
    public void forward(Site site) {
      check(
          MloraCuda.mlora_cuda_bi_interaction(
              site.batch(),
              site.precision().code(),
              op.fields(),
              site.valueOf(op.in()),
              site.valueOf(op.out()),
              site.stream()));
    }

    @Override
    public void backward(Site site, Gradients gradients) {
      if (gradients.passes(op.in())) {
        check(
            MloraCuda.mlora_cuda_bi_interaction_backward(
                site.batch(),
                site.precision().code(),
                op.fields(),
                site.valueOf(op.in()),
                site.gradientOf(op.out()),
                gradients.into(op.in()),
                site.stream()));
      }
    }
  }

  /** Inner products. */
  record Inner(Op.InnerProducts op) implements Layer {
    @Override
    public List<Op.InnerProducts> ops() {
      return List.of(op);
    }

    @Override
    public void forward(Site site) {
      check(
          MloraCuda.mlora_cuda_inner_products(
              site.batch(),
              site.precision().code(),
              op.fields(),
              site.valueOf(op.in()),
              site.valueOf(op.out()),
              site.stream()));
    }

    @Override
    public void backward(Site site, Gradients gradients) {
      if (gradients.passes(op.in())) {
        check(
            MloraCuda.mlora_cuda_inner_products_backward(
                site.batch(),
                site.precision().code(),
                op.fields(),
                site.valueOf(op.in()),
                site.gradientOf(op.out()),
                gradients.into(op.in()),
                site.stream()));
      }
    }
  }
}
