package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** out = a * b + c. */
record MultiplyAddLayer(Op.MultiplyAdd op) implements Layer {
  @Override
  public List<Op.MultiplyAdd> ops() {
    return List.of(op);
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_multiply_add(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.a()),
            site.valueOf(op.b()),
            site.valueOf(op.c()),
            site.valueOf(op.out()),
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    // In the kernel's order, as two of them may be the same.
    CudaMatrix da = gradients.into(op.a());
    CudaMatrix db = gradients.into(op.b());
    CudaMatrix dc = gradients.into(op.c());
    check(
        MloraCuda.mlora_cuda_multiply_add_backward(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.a()),
            site.valueOf(op.b()),
            site.gradientOf(op.out()),
            da,
            db,
            dc,
            site.stream()));
  }
}
