package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaCross;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** A layer of a cross network, of the vector form. */
final class CrossLayer implements Layer {
  private final Op.Cross op;
  private final long products;
  private final long slopes;
  private final long weightSums;
  private final long biasSums;
  private final int columnParts;

  CrossLayer(Op.Cross op, Buffers buffers) {
    this.op = op;
    this.columnParts = buffers.columnParts();
    this.products = buffers.floatRows(1);
    this.slopes = buffers.parts(buffers.capacity(), 1);
    this.weightSums = buffers.parts(columnParts, op.weight().size());
    this.biasSums = buffers.parts(columnParts, op.bias().size());
  }

  @Override
  public List<Op.Cross> ops() {
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

  private CudaCross describe(Site site) {
    return new CudaCross()
        .start(site.valueOf(op.start()))
        .in(site.valueOf(op.in()))
        .out(site.valueOf(op.out()))
        .w(site.parameter(op.weight()))
        .bias(site.parameter(op.bias()))
        .products(site.at(products))
        .slopes(site.at(slopes));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_cross_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    // In the kernel's order, as both may be the same.
    CudaMatrix start = gradients.into(op.start());
    CudaMatrix in = gradients.into(op.in());
    check(
        MloraCuda.mlora_cuda_cross_backward(
            site.batch(),
            site.precision().code(),
            describe(site),
            site.gradientOf(op.out()),
            start,
            in,
            site.stream()));
    int width = op.in().width();
    if (gradients.wants(op.weight())) {
      gradients.sum(
          ColumnSum.plain(site.value(op.in()), false, width, site.ld(op.in()), site.at(weightSums))
              .weighted(site.at(slopes), 1));
    }
    if (gradients.wants(op.bias())) {
      gradients.sum(
          ColumnSum.plain(
              site.gradient(op.out()), false, width, site.ld(op.out()), site.at(biasSums)));
    }
  }
}
