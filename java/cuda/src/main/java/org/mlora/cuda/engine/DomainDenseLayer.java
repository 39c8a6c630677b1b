package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.CudaDomainDense;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Activation;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** A dense layer of the row's domain, with or without weights that all domains share. */
final class DomainDenseLayer implements Layer {
  private final Op.DomainDense op;
  private final long parts;
  private final long sharedSum;
  private final long sharedBiasSums;
  private final int columnParts;

  DomainDenseLayer(Op.DomainDense op, Buffers buffers) {
    this.op = op;
    this.columnParts = buffers.columnParts();
    this.parts = buffers.parts(buffers.maxChunks(), chunkFloats());
    boolean shares = op.shared().isPresent();
    this.sharedSum = shares ? buffers.parts(1, op.weight().rowSize()) : 0;
    this.sharedBiasSums = shares ? buffers.parts(columnParts, op.bias().rowSize()) : 0;
  }

  /** Floats of a chunk's sums. */
  private long chunkFloats() {
    return (long) op.weight().rowSize() + op.bias().rowSize();
  }

  @Override
  public List<Op.DomainDense> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(List.of(op.weight(), op.bias()));
    op.shared().ifPresent(s -> all.addAll(List.of(s.weight(), s.bias())));
    return all;
  }

  @Override
  public List<GradientSum> sums() {
    List<GradientSum> all = new ArrayList<>();
    all.add(GradientSum.ofChunks(op.weight(), parts, chunkFloats()));
    all.add(GradientSum.ofChunks(op.bias(), parts + 4L * op.weight().rowSize(), chunkFloats()));
    op.shared()
        .ifPresent(
            s -> {
              all.add(GradientSum.whole(s.weight(), sharedSum, 1));
              all.add(GradientSum.whole(s.bias(), sharedBiasSums, columnParts));
            });
    return all;
  }

  private CudaDomainDense describe(Site site) {
    return new CudaDomainDense()
        .x(site.valueOf(op.in()))
        .h(site.valueOf(op.out()))
        .activation(DenseLayer.code(op.activation()))
        .weight(site.parameter(op.weight()))
        .bias(site.parameter(op.bias()))
        .shared_weight(op.shared().map(s -> site.parameter(s.weight())).orElse(0L))
        .shared_bias(op.shared().map(s -> site.parameter(s.bias())).orElse(0L))
        .sums(site.at(parts))
        .shared_sums(site.at(sharedSum));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_domain_dense_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    int precision = site.precision().code();
    CudaMatrix g = site.gradientOf(op.out());
    CudaDomainDense dense = describe(site);
    if (op.activation() == Activation.RELU) {
      check(
          MloraCuda.mlora_cuda_relu_backward(
              site.batch(), precision, site.valueOf(op.out()), g, site.stream()));
    }
    if (gradients.wantsAny(parameters())) {
      gradients.aside(Lanes.Beside.DOMAINS, beside -> parameterGradients(beside, dense, g));
    }
    if (op.shared().isPresent() && gradients.wantsAny(parameters())) {
      gradients.sum(
          ColumnSum.plain(
              site.gradient(op.out()),
              site.buffers().isFloat(op.out()),
              op.out().width(),
              site.ld(op.out()),
              site.at(sharedBiasSums)));
    }
    if (gradients.passes(op.in())) {
      check(
          MloraCuda.mlora_cuda_domain_dense_backward(
              site.batch(), precision, dense, g, gradients.into(op.in()), site.stream()));
    }
  }

  private void parameterGradients(Site site, CudaDomainDense dense, CudaMatrix g) {
    check(
        MloraCuda.mlora_cuda_domain_dense_gradient(
            site.batch(), site.precision().code(), dense, g, site.stream()));
    if (op.shared().isPresent()) {
      check(MloraCuda.mlora_cuda_domain_dense_shared(site.batch(), dense, site.stream()));
    }
  }
}
