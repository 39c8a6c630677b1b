package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaSenet;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** Fields weighted by SENET. Of each row it keeps z, a and h, and backward their gradients. */
final class SenetLayer implements Layer {
  private final Op.Senet op;
  private final int reduced;
  private final long kept;
  private final long slopes;
  private final long squeezeSums;
  private final long exciteSums;
  private final int columnParts;

  SenetLayer(Op.Senet op, Buffers buffers) {
    this.op = op;
    this.reduced = op.squeeze().shape().get(1);
    this.columnParts = buffers.columnParts();
    this.kept = buffers.floatRows(numbers());
    this.slopes = buffers.parts(buffers.capacity(), numbers());
    this.squeezeSums = buffers.parts(columnParts, op.squeeze().size());
    this.exciteSums = buffers.parts(columnParts, op.excite().size());
  }

  /** Numbers that a row keeps. */
  private int numbers() {
    return 2 * op.fields() + reduced;
  }

  @Override
  public List<Op.Senet> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(op.squeeze(), op.excite());
  }

  @Override
  public List<GradientSum> sums() {
    return List.of(
        GradientSum.whole(op.squeeze(), squeezeSums, columnParts),
        GradientSum.whole(op.excite(), exciteSums, columnParts));
  }

  private CudaSenet describe(Site site) {
    return new CudaSenet()
        .in(site.valueOf(op.in()))
        .out(site.valueOf(op.out()))
        .fields(op.fields())
        .reduced(reduced)
        .squeeze(site.parameter(op.squeeze()))
        .excite(site.parameter(op.excite()))
        .kept(site.at(kept))
        .slopes(site.at(slopes));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_senet_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    check(
        MloraCuda.mlora_cuda_senet_backward(
            site.batch(),
            site.precision().code(),
            describe(site),
            site.gradientOf(op.out()),
            gradients.into(op.in()),
            site.stream()));
    int fields = op.fields();
    long z = site.at(kept);
    long h = z + 8L * fields;
    long da = site.at(slopes) + 4L * fields;
    long dh = da + 4L * fields;
    for (int r = 0; r < reduced; r++) {
      if (gradients.wants(op.squeeze())) {
        gradients.sum(
            ColumnSum.plain(z, true, fields, numbers(), 0)
                .weighted(dh + 4L * r, numbers())
                .into(site.at(squeezeSums) + 4L * r, reduced, op.squeeze().size()));
      }
      if (gradients.wants(op.excite())) {
        gradients.sum(
            ColumnSum.plain(da, true, fields, numbers(), 0)
                .weighted(h + 4L * r, numbers())
                .into(site.at(exciteSums) + 4L * r * fields, 1, op.excite().size()));
      }
    }
  }
}
