package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaCopy;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Activation;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** out = activation(a + b). */
record AddLayer(Op.Add op) implements Layer {
  @Override
  public List<Op.Add> ops() {
    return List.of(op);
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_add(
            site.batch(),
            site.precision().code(),
            site.valueOf(op.a()),
            site.valueOf(op.b()),
            DenseLayer.code(op.activation()),
            site.valueOf(op.out()),
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    CudaMatrix g = site.gradientOf(op.out());
    int precision = site.precision().code();
    if (op.activation() == Activation.RELU) {
      check(
          MloraCuda.mlora_cuda_relu_backward(
              site.batch(), precision, site.valueOf(op.out()), g, site.stream()));
    }
    for (Value value : List.of(op.a(), op.b())) {
      if (gradients.passes(value)) {
        CudaCopy copy = new CudaCopy().from(g).to(gradients.into(value)).width(op.out().width());
        check(MloraCuda.mlora_cuda_copy_columns(site.batch(), precision, copy, 1, site.stream()));
      }
    }
  }
}
