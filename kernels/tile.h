// Products of a warp: 16 rows by NT tiles of 8 columns, operands given by functions, sums in registers.
//
// All precisions leave the sums where mma.sync does: with g = lane / 4 and q = lane % 4, d[t][0..3] are
// (row g, column 8 t + 2 q), (g, 8 t + 2 q + 1), (g + 8, 8 t + 2 q), (g + 8, 8 t + 2 q + 1).
// Operands are numbers of float precision, rounded when they become fragments; TF32X3 splits them in two
// and leaves out the product of the small parts.
#ifndef MLORA_KERNELS_TILE_H
#define MLORA_KERNELS_TILE_H

#include "memory.h"

namespace mlora::cuda {

MLORA_DEVICE void split_tf32(float value, uint32_t& big, uint32_t& small) {
  big = to_tf32(value);
  small = to_tf32(value - float_of(big));
}

// d += a b for one fragment of 8 values of k.
template <int Precision>
MLORA_DEVICE void mma_k8(float (&d)[4], const float (&a)[4], const float (&b)[2]) {
  if constexpr (Precision == MLORA_CUDA_TF32X3) {
    uint32_t a_big[4], a_small[4], b_big[2], b_small[2];
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) split_tf32(a[i], a_big[i], a_small[i]);
    MLORA_UNROLL
    for (int i = 0; i < 2; ++i) split_tf32(b[i], b_big[i], b_small[i]);
    mma_tf32(d, a_small, b_big);
    mma_tf32(d, a_big, b_small);
    mma_tf32(d, a_big, b_big);
  } else {
    const uint32_t left[4] = {to_tf32(a[0]), to_tf32(a[1]), to_tf32(a[2]), to_tf32(a[3])};
    const uint32_t right[2] = {to_tf32(b[0]), to_tf32(b[1])};
    mma_tf32(d, left, right);
  }
}

// d += left right over k in [0, depth), depth a multiple of 16: left(m, k) for m < 16, right(k, n) for
// n < 8 NT.
template <int Precision, int NT, typename Left, typename Right>
MLORA_DEVICE void multiply_tile(float (&d)[NT][4], int depth, const Left& left, const Right& right) {
  const int g = lane() / 4, q = lane() % 4;
  if constexpr (Precision == MLORA_CUDA_FP32) {
    for (int k = 0; k < depth; ++k) {
      const float a0 = left(g, k), a1 = left(g + 8, k);
      MLORA_UNROLL
      for (int t = 0; t < NT; ++t) {
        const float b0 = right(k, 8 * t + 2 * q), b1 = right(k, 8 * t + 2 * q + 1);
        d[t][0] = fma(a0, b0, d[t][0]);
        d[t][1] = fma(a0, b1, d[t][1]);
        d[t][2] = fma(a1, b0, d[t][2]);
        d[t][3] = fma(a1, b1, d[t][3]);
      }
    }
  } else if constexpr (Precision == MLORA_CUDA_BF16) {
    for (int k = 0; k < depth; k += 16) {
      const int k0 = k + 2 * q, k1 = k0 + 8;
      const uint32_t a[4] = {pack_bf16(left(g, k0), left(g, k0 + 1)), pack_bf16(left(g + 8, k0), left(g + 8, k0 + 1)),
                             pack_bf16(left(g, k1), left(g, k1 + 1)), pack_bf16(left(g + 8, k1), left(g + 8, k1 + 1))};
      MLORA_UNROLL
      for (int t = 0; t < NT; ++t) {
        const int n = 8 * t + g;
        const uint32_t b[2] = {pack_bf16(right(k0, n), right(k0 + 1, n)), pack_bf16(right(k1, n), right(k1 + 1, n))};
        mma_bf16(d[t], a, b);
      }
    }
  } else {
    for (int k = 0; k < depth; k += 8) {
      const float a[4] = {left(g, k + q), left(g + 8, k + q), left(g, k + q + 4), left(g + 8, k + q + 4)};
      MLORA_UNROLL
      for (int t = 0; t < NT; ++t) {
        const float b[2] = {right(k + q, 8 * t + g), right(k + q + 4, 8 * t + g)};
        mma_k8<Precision>(d[t], a, b);
      }
    }
  }
}

}  // namespace mlora::cuda
#endif
