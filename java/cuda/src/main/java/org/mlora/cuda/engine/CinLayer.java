package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaCin;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** A layer of a compressed interaction network. */
final class CinLayer implements Layer {
  private final Op.Cin op;
  private final int parts;
  private final long sums;

  CinLayer(Op.Cin op, Buffers buffers) {
    this.op = op;
    this.parts = parts(op, buffers.capacity());
    this.sums = buffers.parts(parts, op.weight().size() + op.bias().size());
  }

  /** Parts of the sums over a batch; the kernels look at widths alone. */
  private static int parts(Op.Cin op, int capacity) {
    int[] count = new int[1];
    try (CudaCin cin = new CudaCin()) {
      cin.k(op.width());
      cin.start().width(op.start().width());
      cin.in().width(op.in().width());
      cin.out().width(op.out().width());
      check(MloraCuda.mlora_cuda_cin_parts(capacity, cin, count));
    }
    return count[0];
  }

  @Override
  public List<Op.Cin> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(op.weight(), op.bias());
  }

  @Override
  public List<GradientSum> sums() {
    long ld = op.weight().size() + op.bias().size();
    return List.of(
        new GradientSum(op.weight(), sums, ld, parts),
        new GradientSum(op.bias(), sums + 4 * op.weight().size(), ld, parts));
  }

  private CudaCin describe(Site site) {
    return new CudaCin()
        .start(site.valueOf(op.start()))
        .in(site.valueOf(op.in()))
        .out(site.valueOf(op.out()))
        .k(op.width())
        .parts(parts)
        .weight(site.parameter(op.weight()))
        .bias(site.parameter(op.bias()))
        .sums(site.at(sums));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_cin_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    CudaMatrix g = site.gradientOf(op.out());
    int precision = site.precision().code();
    check(
        MloraCuda.mlora_cuda_relu_backward(
            site.batch(), precision, site.valueOf(op.out()), g, site.stream()));
    CudaCin cin = describe(site);
    if (gradients.wantsAny(parameters())) {
      gradients.aside(
          Lanes.Beside.WHOLE,
          beside ->
              check(
                  MloraCuda.mlora_cuda_cin_gradient(
                      beside.batch(), precision, cin, g, beside.stream())));
    }
    if (gradients.passes(op.start()) || gradients.passes(op.in())) {
      // In the kernel's order, as both may be the same.
      CudaMatrix start = gradients.into(op.start());
      CudaMatrix in = gradients.into(op.in());
      check(
          MloraCuda.mlora_cuda_cin_backward(
              site.batch(), precision, cin, g, start, in, site.stream()));
    }
  }
}
