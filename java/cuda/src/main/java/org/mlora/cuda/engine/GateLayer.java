package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.mlora.cuda.library.gen.CudaGate;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** Columns weighted by a gate. */
record GateLayer(Op.Gate op) implements Layer {
  @Override
  public List<Op.Gate> ops() {
    return List.of(op);
  }

  private CudaGate describe(Site site) {
    return new CudaGate()
        .in(site.valueOf(op.in()))
        .gate(site.valueOf(op.gate()))
        .out(site.valueOf(op.out()))
        .factor(op.factor())
        .steepness(op.steepness())
        .threshold(op.threshold());
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_gate_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    CudaMatrix in = gradients.into(op.in());
    CudaMatrix gate = gradients.into(op.gate());
    check(
        MloraCuda.mlora_cuda_gate_backward(
            site.batch(),
            site.precision().code(),
            describe(site),
            site.gradientOf(op.out()),
            in,
            gate,
            site.stream()));
  }
}
