package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** A dense layer of one output that is floats: a logit, or a summand of it. */
final class NarrowLayer implements Layer {
  private final Op.Dense op;
  private final long weightSums;
  private final long biasSums;
  private final int columnParts;

  NarrowLayer(Op.Dense op, Buffers buffers) {
    this.op = op;
    this.columnParts = buffers.columnParts();
    this.weightSums = buffers.parts(columnParts, op.weight().size());
    this.biasSums = buffers.parts(columnParts, op.bias().size());
  }

  Op.Dense op() {
    return op;
  }

  @Override
  public List<Op.Dense> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(op.weight(), op.bias());
  }

  @Override
  public List<GradientSum> sums() {
    return List.of(
        GradientSum.whole(op.weight(), weightSums, columnParts),
        GradientSum.whole(op.bias(), biasSums, columnParts));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_narrow_forward(
            site.batch(),
            site.precision().code(),
            op.in().width(),
            1,
            site.value(op.in()),
            site.ld(op.in()),
            site.parameter(op.weight()),
            site.parameter(op.bias()),
            site.value(op.out()),
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    int in = op.in().width();
    long g = site.gradient(op.out());
    if (gradients.passes(op.in())) {
      check(
          MloraCuda.mlora_cuda_narrow_backward(
              site.batch(),
              site.precision().code(),
              in,
              1,
              g,
              site.parameter(op.weight()),
              site.gradient(op.in()),
              site.ld(op.in()),
              gradients.adds(op.in()) ? 1 : 0,
              site.stream()));
    }
    parameterGradients(site, gradients);
  }

  /** Leaves the gradients of its parameters to the end, given that of its output. */
  void parameterGradients(Site site, Gradients gradients) {
    int in = op.in().width();
    long g = site.gradient(op.out());
    if (gradients.wants(op.weight())) {
      gradients.sum(
          ColumnSum.plain(site.value(op.in()), false, in, site.ld(op.in()), site.at(weightSums))
              .weighted(g, 1));
    }
    if (gradients.wants(op.bias())) {
      gradients.sum(ColumnSum.plain(g, true, 1, 1, site.at(biasSums)));
    }
  }
}
