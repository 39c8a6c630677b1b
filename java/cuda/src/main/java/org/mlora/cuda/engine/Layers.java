package org.mlora.cuda.engine;

import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Op;

/** Dense layers as the kernels know them. */
final class Layers {
  private Layers() {}

  /**
   * The forward half of a layer; a backward pass adds to it.
   *
   * @param mask whether the layer writes or reads which units dropout keeps
   */
  static CudaDense describe(Site site, Op.Dense op, boolean mask) {
    Buffers.DenseBuffers own = site.buffers().layer(op);
    CudaDense struct =
        new CudaDense()
            .precision(site.precision().code())
            .in(op.in().width())
            .out(op.out().width())
            .activation(
                op.activation() == Activation.RELU
                    ? MloraCuda.MLORA_CUDA_RELU
                    : MloraCuda.MLORA_CUDA_NO_ACTIVATION)
            .dropout_stream(op.stream())
            .dropout(mask ? op.dropout() : 0)
            .x(site.value(op.in()))
            .h(site.value(op.out()))
            .bias(site.parameters().value(op.bias()))
            .mask(mask ? site.base() + own.mask() : 0)
            .x_ld(Buffers.ld(op.in()))
            .out_ld(Buffers.ld(op.out()));
    if (op.adapter().isPresent()) {
      Adapter adapter = op.adapter().get();
      struct
          .rank(adapter.rank())
          .a(site.parameters().value(adapter.a()))
          .b(site.parameters().value(adapter.b()))
          .c(site.parameters().value(adapter.c()))
          .s(site.base() + own.s());
    }
    return struct;
  }
}
