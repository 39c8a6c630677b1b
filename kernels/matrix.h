// Matrices of the C API as kernels read and write them: elements, or floats whatever the precision; one
// column, or four neighbouring ones at a time.
#ifndef MLORA_KERNELS_MATRIX_H
#define MLORA_KERNELS_MATRIX_H

#include "batch.h"
#include "mlora_cuda_interactions.h"

namespace mlora::cuda {

using Matrix = mlora_cuda_matrix;

template <typename E>
MLORA_DEVICE E* row_of(const Matrix& matrix, int64_t p) {
  return pointer<E>(matrix.address) + p * matrix.ld;
}

// Four columns from one on, of which left are there; zeros in place of others. Whole where all four are, at
// a multiple of four elements.
template <typename E>
MLORA_DEVICE void read4(const E* at, int left, bool whole, float (&values)[4]) {
  if (whole) {
    load4(at, values);
  } else {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) values[i] = i < left ? load(at + i) : 0.0f;
  }
}
template <typename E>
MLORA_DEVICE void write4(E* at, int left, bool whole, bool add, float (&values)[4]) {
  if (add) {
    float before[4];
    read4(at, left, whole, before);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) values[i] += before[i];
  }
  if (whole) {
    store4(at, values);
  } else {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      if (i < left) store(at + i, values[i]);
    }
  }
}

// The same where the matrix may be of floats.
template <typename E>
MLORA_DEVICE void read4(const Matrix& matrix, int64_t p, int column, int left, bool whole, float (&values)[4]) {
  if (matrix.is_float != 0) {
    read4(row_of<const float>(matrix, p) + column, left, whole, values);
  } else {
    read4(row_of<const E>(matrix, p) + column, left, whole, values);
  }
}
template <typename E>
MLORA_DEVICE void write4(const Matrix& matrix, int64_t p, int column, int left, bool whole, bool add,
                         float (&values)[4]) {
  if (matrix.is_float != 0) {
    write4(row_of<float>(matrix, p) + column, left, whole, add, values);
  } else {
    write4(row_of<E>(matrix, p) + column, left, whole, add, values);
  }
}
template <typename E>
MLORA_DEVICE float read(const Matrix& matrix, int64_t p, int column) {
  if (matrix.is_float != 0) return load(row_of<const float>(matrix, p) + column);
  return load(row_of<const E>(matrix, p) + column);
}
template <typename E>
MLORA_DEVICE void write(const Matrix& matrix, int64_t p, int column, float value) {
  if (matrix.is_float != 0) {
    store(row_of<float>(matrix, p) + column, value);
  } else {
    store(row_of<E>(matrix, p) + column, value);
  }
}

// Number of the pair of fields (f, h), f < h.
MLORA_DEVICE int pair_of(int fields, int f, int h) { return f * (2 * fields - f - 1) / 2 + h - f - 1; }

// Checks a matrix that must have so many columns, or any number where 0 is given.
void check_matrix(const Matrix& matrix, int width, bool may_be_float);

// Runs body with a value of the type of an element: as launch(kernel<decltype(element)>, ..).
template <typename Body>
void with_element(int precision, const Body& body) {
  require(precision >= MLORA_CUDA_FP32 && precision <= MLORA_CUDA_BF16, "the precision is not known");
  if (precision == MLORA_CUDA_BF16) {
    body(Bf16());
  } else {
    body(float());
  }
}

}  // namespace mlora::cuda
#endif
