package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gemm.kernels.Products;
import org.mlora.cuda.library.gen.CudaBatch;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.CudaProduct;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/**
 * Where a pass over a batch takes place: its data, its work space, and the stream it is queued on.
 * Structs that it makes live as long as the pass is queued.
 *
 * @param base address of the work space
 * @param batch the batch as the kernels know it
 * @param lane that work is queued on
 */
record Site(
    Precision precision,
    Parameters parameters,
    ColumnPlaces columns,
    Buffers buffers,
    long base,
    CudaBatch batch,
    Dropout dropout,
    Lane lane) {
  int capacity() {
    return buffers.capacity();
  }

  /** The same with work queued on another lane. */
  Site on(Lane other) {
    return new Site(precision, parameters, columns, buffers, base, batch, dropout, other);
  }

  /** The stream that work is queued on, as the bindings take it. */
  Pointer stream() {
    return lane.queue();
  }

  /** Address of a place in the work space. */
  long at(long place) {
    return base + place;
  }

  /** Address of a column, so many elements on. */
  long elements(long address, long count) {
    return address + count * precision.elementBytes();
  }

  /** Address of a value, (capacity, ld). */
  long value(Value value) {
    return base + buffers.value(value);
  }

  /** Address of a value's gradient, (capacity, ld). */
  long gradient(Value value) {
    return base + buffers.gradient(value);
  }

  /** Address of a parameter's floats. */
  long parameter(Parameter parameter) {
    return parameters.value(parameter);
  }

  /** Elements, or floats, from one row of a value to the next. */
  int ld(Value value) {
    return buffers.ld(value);
  }

  /** A value as kernels take it. */
  CudaMatrix valueOf(Value value) {
    return matrix(value(value), value);
  }

  /** The gradient of a value as kernels take it. */
  CudaMatrix gradientOf(Value value) {
    return matrix(gradient(value), value);
  }

  private CudaMatrix matrix(long address, Value value) {
    return elementsAt(address, value.width(), ld(value)).is_float(buffers.isFloat(value) ? 1 : 0);
  }

  /** Elements of the work space as kernels take them. */
  CudaMatrix elementsAt(long address, int width, int ld) {
    return new CudaMatrix()._address(address).width(width).ld(ld).is_float(0).add(0);
  }

  /** Queues a product: by our own kernels where operands are split, else by cuBLAS. */
  void multiply(Gemm product) {
    Lane.Products products = lane.products().orElseThrow();
    if (precision != Precision.TF32X3) {
      products.gemm().multiply(product);
      return;
    }
    try (CudaProduct struct = Products.of(product, products.workspace())) {
      check(MloraCuda.mlora_cuda_multiply(struct, stream()));
    }
  }
}
