// Products of a warp in a tower: 16 rows of bf16 in shared memory with 64 columns of W, and with the factors of an
// adapter, forward (x W, x A, s B) and backward (g W^T, g B^T, t A^T) alike.
//
// W and the factors come straight from memory (L2) to the registers that mma.sync wants, in vectors: which value of k
// and which column a place of a fragment stands for is free as long as both operands agree. With g = lane / 4 and
// q = lane % 4 a lane has values 8 q .. 8 q + 7 of 32 of k, of rows g and g + 8, and columns 8 g .. 8 g + 7 of W. Sums
// then lie so that a lane has 16 neighbouring columns of two rows:
//   d[t][2 r + i] is row g + 8 r, column 16 q + 8 i + t.
#ifndef MLORA_KERNELS_TOWER_PRODUCT_H
#define MLORA_KERNELS_TOWER_PRODUCT_H

#include "dense.h"
#include "matrix.h"
#include "tile.h"

namespace mlora::cuda {

constexpr int kUnit = 32;   // values of k at a time
constexpr int kGroup = 64;  // columns of a warp's sums
constexpr int kRanks = 16;  // of a factor at a time
// Up to these an int counts the elements of a matrix.
constexpr int kMostTowerRows = 1 << 17, kMostTowerWidth = 1 << 13;

MLORA_DEVICE void fragment(const Quad (&x)[2], int step, uint32_t (&left)[4]) {
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) left[i] = x[i % 2].words[2 * step + i / 2];
}

// W (in, out) as the right operand of products over its rows, or, Backward, over its columns: the lane's vectors for
// values [from, to) of k, 32 at a time, and 64 columns from n on.
template <bool Backward>
class WeightReader {
 public:
  MLORA_DEVICE WeightReader(const Bf16* w, int in, int out, int n, int from, int to) : out_(out) {
    const int own_k = from + lane() % 4 * 8, own_n = n + lane() / 4 * 8;
    at_ = w + (Backward ? own_n * out + own_k : own_k * out + own_n);
    k_left_ = own_n < (Backward ? in : out) ? to - own_k : 0;
    n_left_ = in - own_n;  // read Backward alone
  }
  // Half of the eight vectors; zeros beyond W and the values that are wanted.
  MLORA_DEVICE void load(int half, Quad (&quads)[4]) const {
    const int left = Backward && k_left_ > 0 ? n_left_ : Backward ? 0 : k_left_;
    const Bf16* row = at_ + 4 * half * out_;
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) {
      quads[j] = 4 * half + j < left ? *reinterpret_cast<const Quad*>(row) : Quad();
      row += out_;
    }
  }
  MLORA_DEVICE void advance() {
    at_ += Backward ? kUnit : kUnit * out_;
    k_left_ -= kUnit;
  }
  // Adds their products with the lane's vectors of rows g and g + 8: half of the columns, or forward half of k.
  MLORA_DEVICE static void multiply(float (&d)[8][4], const Quad (&x)[2], int half, const Quad (&quads)[4]) {
    uint32_t left[4];
    if constexpr (Backward) {
      MLORA_UNROLL
      for (int step = 0; step < 2; ++step) {
        fragment(x, step, left);
        MLORA_UNROLL
        for (int t = 0; t < 4; ++t) {
          const uint32_t right[2] = {quads[t].words[2 * step], quads[t].words[2 * step + 1]};
          mma_bf16(d[4 * half + t], left, right);
        }
      }
    } else {
      fragment(x, half, left);
      MLORA_UNROLL
      for (int t = 0; t < 8; ++t) {
        const uint32_t right[2] = {halves(quads[0].words[t / 2], quads[1].words[t / 2], t % 2),
                                   halves(quads[2].words[t / 2], quads[3].words[t / 2], t % 2)};
        mma_bf16(d[t], left, right);
      }
    }
  }

 private:
  const Bf16* at_;
  int out_, k_left_, n_left_;
};

// Adds products of values [from, to) of k with Across times 16 rows; left(k, i, x) gives the lane's vectors of the i-th
// sixteen. What half of the vectors of W is used up makes room for those that are next.
template <bool Backward, int Across, typename Left>
MLORA_DEVICE void multiply_wide(float (&d)[Across][8][4], WeightReader<Backward> weights, int from, int to, const Left& left) {
  Quad quads[2][4];
  MLORA_UNROLL
  for (int half = 0; half < 2; ++half) weights.load(half, quads[half]);
  MLORA_ROLLED
  for (int k = from; k < to; k += kUnit) {
    Quad x[Across][2];
    MLORA_UNROLL
    for (int i = 0; i < Across; ++i) left(k, i, x[i]);
    weights.advance();
    MLORA_UNROLL
    for (int half = 0; half < 2; ++half) {
      MLORA_UNROLL
      for (int i = 0; i < Across; ++i) WeightReader<Backward>::multiply(d[i], x[i], half, quads[half]);
      weights.load(half, quads[half]);
    }
  }
}

// A and B of a domain.
struct Factors {
  const float *a, *b;
  int in, out, rank;

  MLORA_DEVICE Factors(const mlora_cuda_dense& dense, int64_t domain)
      : a(factor_a(dense, domain).at), b(factor_b(dense, domain).at), in(dense.in), out(dense.out), rank(dense.rank) {}
};

// The factor that takes rows down to ranks: A, or, Backward, B transposed. Sums with 16 ranks from first on lie so that
// a lane has four neighbours: d[t][2 r + i] is row g + 8 r, rank 4 q + 2 i + t.
template <bool Backward>
MLORA_DEVICE void load_down(const Factors& factors, int k, int first, uint32_t (&right)[2][4]) {
  const int own = k + lane() % 4 * 8, n = first + lane() / 4 * 2;
  float values[2][8];
  if constexpr (Backward) {
    MLORA_UNROLL
    for (int t = 0; t < 2; ++t) {
      load8_where(n + t < factors.rank && own < factors.out, factors.b + (n + t) * factors.out + own, values[t]);
    }
  } else {
    const bool pairs = factors.rank % 2 == 0;
    MLORA_UNROLL
    for (int j = 0; j < 8; ++j) {
      const float* const at = factors.a + (own + j) * factors.rank + n;
      const int left = own + j < factors.in ? factors.rank - n : 0;
      if (pairs) {
        const Pair pair = left > 0 ? *reinterpret_cast<const Pair*>(at) : Pair();
        values[0][j] = float_of(pair.words[0]);
        values[1][j] = float_of(pair.words[1]);
      } else {
        values[0][j] = left > 0 ? at[0] : 0.0f;
        values[1][j] = left > 1 ? at[1] : 0.0f;
      }
    }
  }
  MLORA_UNROLL
  for (int i = 0; i < 8; ++i) right[i / 4][i % 4] = pack_bf16(values[i / 4][i % 4 * 2], values[i / 4][i % 4 * 2 + 1]);
}
MLORA_DEVICE void multiply_down(float (&d)[2][4], const Quad (&x)[2], const uint32_t (&right)[2][4]) {
  MLORA_UNROLL
  for (int step = 0; step < 2; ++step) {
    uint32_t left[4];
    fragment(x, step, left);
    MLORA_UNROLL
    for (int t = 0; t < 2; ++t) {
      const uint32_t own[2] = {right[t][2 * step], right[t][2 * step + 1]};
      mma_bf16(d[t], left, own);
    }
  }
}

// Adds products of 16 ranks, from first on, with 64 columns from n on of the factor that takes them up: B, or, Backward,
// A transposed. A lane has ranks 4 q .. 4 q + 3 of rows g and g + 8, two in a word.
template <bool Backward>
MLORA_DEVICE void multiply_up(float (&d)[8][4], const Factors& factors, int first, int n, const Pair (&low)[2]) {
  const int rank = first + lane() % 4 * 4, own = n + lane() / 4 * 8;
  const uint32_t ranks[4] = {low[0].words[0], low[1].words[0], low[0].words[1], low[1].words[1]};
  const bool vectors = factors.rank % 4 == 0;
  // Four columns at a time, as registers are few.
  MLORA_UNROLL
  for (int t = 0; t < 8; t += 4) {
    float values[4][4];  // by rank and column
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      if constexpr (Backward) {
        const float* const at = factors.a + (own + t + i) * factors.rank + rank;
        const int left = own + t + i < factors.in ? factors.rank - rank : 0;
        // Lanes must not part ways here: each load would wait for the one before.
        const Quad quad = vectors && left > 0 ? *reinterpret_cast<const Quad*>(at) : Quad();
        float neighbours[4] = {float_of(quad.words[0]), float_of(quad.words[1]), float_of(quad.words[2]),
                               float_of(quad.words[3])};
        if (!vectors) read4(at, left, false, neighbours);
        MLORA_UNROLL
        for (int j = 0; j < 4; ++j) values[j][i] = neighbours[j];
      } else {
        const int left = rank + i < factors.rank ? factors.out - own - t : 0;
        read4(factors.b + (rank + i) * factors.out + own + t, left, left > 0, values[i]);
      }
    }
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      const uint32_t right[2] = {pack_bf16(values[0][i], values[1][i]), pack_bf16(values[2][i], values[3][i])};
      mma_bf16(d[t + i], ranks, right);
    }
    // Keeps the next loads from coming so early that registers run out.
    if constexpr (Backward) warp_sync();
  }
}

}  // namespace mlora::cuda
#endif
