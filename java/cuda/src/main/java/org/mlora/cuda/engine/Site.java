package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.GemmQueue;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gemm.kernels.Products;
import org.mlora.cuda.library.gen.CudaBatch;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Value;

/**
 * Where a pass over a batch takes place: its data, its work space, and the stream it is queued on.
 *
 * @param base address of the work space
 * @param batch the batch as the kernels know it
 */
record Site(
    Network network,
    Precision precision,
    Parameters parameters,
    DeviceColumns columns,
    Buffers buffers,
    long base,
    CudaBatch batch,
    GemmQueue gemm,
    Pointer stream) {
  int capacity() {
    return buffers.capacity();
  }

  /** Address of a value, elements (capacity, ld). */
  long value(Value value) {
    return base + buffers.value(value);
  }

  /** Address of a value's gradient, elements (capacity, ld). */
  long gradient(Value value) {
    return base + buffers.gradient(value);
  }

  /** Queues a product: by our own kernels where operands are split, else by cuBLAS. */
  void multiply(Gemm product) {
    if (precision != Precision.TF32X3) {
      gemm.multiply(product);
      return;
    }
    try (CudaProduct struct = Products.of(product)) {
      check(MloraCuda.mlora_cuda_multiply(struct, stream));
    }
  }
}
