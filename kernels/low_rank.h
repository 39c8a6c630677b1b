// Products of 16 rows with a narrow factor (A or B of an adapter) by a warp: down to the ranks and up from them.
//
// A block keeps the factor in shared memory as the fragments that mma.sync wants, rounded once, so that a lane gets
// its share by 16-byte reads one after the other, free of bank conflicts. Rows of the wide matrix are fragments as
// they lie in memory: a lane holds columns 8 q .. 8 q + 7 of rows g and g + 8 (g = lane / 4, q = lane % 4), one or
// two vectors each, down and up alike. What place of a fragment stands for which column or rank is free as long as
// both operands agree, and all orders below follow from that.
#ifndef MLORA_KERNELS_LOW_RANK_H
#define MLORA_KERNELS_LOW_RANK_H

#include "tile.h"

namespace mlora::cuda {

constexpr int kDenseWarps = 8;
constexpr int kDenseThreads = 32 * kDenseWarps;
// Tiles of 8 ranks that are summed at once, zeros beyond the rank: more would take the registers of a block.
constexpr int kTiles = 2;

// Eight neighbouring elements of a row as they lie in memory: 4 words of bf16, 8 of float.
template <typename E>
struct alignas(16) Octet {
  uint32_t words[2 * sizeof(E)];
};

template <typename E>
MLORA_DEVICE Octet<E> load_octet(const E* at) {
  return *reinterpret_cast<const Octet<E>*>(at);
}
template <typename E>
MLORA_DEVICE void store_octet(E* at, const Octet<E>& octet) {
  *reinterpret_cast<Octet<E>*>(at) = octet;
}
template <typename E>
MLORA_DEVICE void keep_first(Octet<E>& octet, int elements) {
  keep_first<static_cast<int>(4 / sizeof(E))>(octet.words, elements);
}
// The first or the last four.
MLORA_DEVICE void unpack(const Octet<float>& octet, int half, float (&values)[4]) {
  MLORA_UNROLL
  for (int j = 0; j < 4; ++j) values[j] = float_of(octet.words[4 * half + j]);
}
MLORA_DEVICE void unpack(const Octet<Bf16>& octet, int half, float (&values)[4]) {
  MLORA_UNROLL
  for (int j = 0; j < 4; ++j) {
    const uint32_t word = octet.words[2 * half + j / 2];
    values[j] = float_of(j % 2 == 0 ? word << 16 : word & 0xFFFF0000u);
  }
}
MLORA_DEVICE void pack(const float (&values)[4], int half, Octet<float>& octet) {
  MLORA_UNROLL
  for (int j = 0; j < 4; ++j) octet.words[4 * half + j] = bits_of(values[j]);
}
MLORA_DEVICE void pack(const float (&values)[4], int half, Octet<Bf16>& octet) {
  MLORA_UNROLL
  for (int i = 0; i < 2; ++i) octet.words[2 * half + i] = pack_bf16(values[2 * i], values[2 * i + 1]);
}

// A narrow factor: rank n of column c lies at n rank_stride + c column_stride.
struct Factor {
  const float* at;
  int rank, columns, rank_stride, column_stride;

  MLORA_DEVICE float operator()(int n, int c) const {
    return n < rank && c < columns ? at[n * rank_stride + c * column_stride] : 0.0f;
  }
};

// Quads that a tile of 8 ranks and 32 columns takes in shared memory: words are two of bf16, or a float.
template <int Precision>
constexpr int kTileQuads = Precision == MLORA_CUDA_BF16 ? 32 : 64;

// Columns [begin, begin + 32 pieces) of kTiles tiles of ranks from first on as right operands of products over columns:
// in order of pieces and tiles, each lane's 8 columns of rank g.
template <int Precision>
MLORA_DEVICE void stage_down(const Shared<Quad>& panel, const Factor& factor, int first, int begin, int pieces) {
  constexpr bool kHalf = Precision == MLORA_CUDA_BF16;
  constexpr int kPer = kHalf ? 8 : 4, kQuads = kTileQuads<Precision> / 32;
  MLORA_ROLLED
  for (int i = thread_index(); i < pieces * kTiles * kTileQuads<Precision>; i += kDenseThreads) {
    const int tile = i / kTileQuads<Precision>, n = first + tile % kTiles * 8 + i % 32 / 4;
    const int column = begin + tile / kTiles * 32 + i % 4 * 8 + i / 32 % kQuads * kPer;
    float values[kPer];
    MLORA_UNROLL
    for (int j = 0; j < kPer; ++j) values[j] = factor(n, column + j);
    Quad quad;
    MLORA_UNROLL
    for (int w = 0; w < 4; ++w) {
      quad.words[w] = kHalf ? pack_bf16(values[2 * w % kPer], values[(2 * w + 1) % kPer]) : bits_of(values[w]);
    }
    panel[i] = quad;
  }
}

// The same for products over ranks, which then are those from 0: in order of pieces, tiles and halves of a lane's
// 8 columns. A lane has ranks 2 q and 2 q + 1 of a tile in float, of two tiles as bf16, of two columns of each half:
// those that make a lane's columns of the product neighbours, see multiply_up.
template <int Precision>
MLORA_DEVICE void stage_up(const Shared<Quad>& panel, const Factor& factor, int tiles, int begin, int pieces) {
  constexpr bool kHalf = Precision == MLORA_CUDA_BF16;
  MLORA_ROLLED
  for (int i = thread_index(); i < pieces * tiles * kTileQuads<Precision>; i += kDenseThreads) {
    const int tile = i / kTileQuads<Precision>, half = i / 32 % 2;
    const int column = begin + tile / tiles * 32 + i % 32 / 8 * 8 + 4 * half + i / 4 % 2 * 2;
    const int n = (tile % tiles - (kHalf ? half : 0)) * 8 + i % 4 * 2;
    Quad quad;
    MLORA_UNROLL
    for (int w = 0; w < 4; ++w) {
      const int c = column + w / 2;
      if constexpr (kHalf) {
        quad.words[w] = pack_bf16(factor(n + w % 2 * 8, c), factor(n + w % 2 * 8 + 1, c));
      } else {
        quad.words[w] = bits_of(factor(n + w % 2, c));
      }
    }
    panel[i] = quad;
  }
}

// Sums of 16 rows with kTiles tiles of ranks, 32 columns at a time. They stay where mma.sync leaves them, and
// go to shared memory so, a quad for each lane of a tile: (g, 2 q), (g, 2 q + 1), (g + 8, 2 q), (g + 8, 2 q + 1).
template <int Precision>
class Down {
 public:
  // x[0]: row g, x[1]: row g + 8; the piece of a panel.
  template <typename E>
  MLORA_DEVICE void add(const Octet<E> (&x)[2], const Shared<Quad>& panel, int piece) {
    MLORA_UNROLL
    for (int t = 0; t < kTiles; ++t) {
      const int at = (piece * kTiles + t) * kTileQuads<Precision>;
      if constexpr (Precision == MLORA_CUDA_FP32) {
        // A lane has its part of every sum, over its own columns.
        MLORA_UNROLL
        for (int n = 0; n < 8; ++n) {
          MLORA_UNROLL
          for (int h = 0; h < 2; ++h) {
            const Quad quad = panel[at + 32 * h + 4 * n + lane() % 4];
            MLORA_UNROLL
            for (int j = 0; j < 4; ++j) {
              for (int r = 0; r < 2; ++r) {
                float& sum = part_[r][8 * t + n];
                sum = fma(float_of(x[r].words[4 * h + j]), float_of(quad.words[j]), sum);
              }
            }
          }
        }
      } else if constexpr (Precision == MLORA_CUDA_BF16) {
        const Quad quad = panel[at + lane()];
        MLORA_UNROLL
        for (int w = 0; w < 4; w += 2) {
          const uint32_t left[4] = {x[0].words[w], x[1].words[w], x[0].words[w + 1], x[1].words[w + 1]};
          const uint32_t right[2] = {quad.words[w], quad.words[w + 1]};
          mma_bf16(d_[t], left, right);
        }
      } else {
        MLORA_UNROLL
        for (int h = 0; h < 2; ++h) {
          const Quad quad = panel[at + 32 * h + lane()];
          MLORA_UNROLL
          for (int j = 0; j < 4; j += 2) {
            const int w = 4 * h + j;
            const float left[4] = {float_of(x[0].words[w]), float_of(x[1].words[w]), float_of(x[0].words[w + 1]),
                                   float_of(x[1].words[w + 1])};
            const float right[2] = {float_of(quad.words[j]), float_of(quad.words[j + 1])};
            mma_k8<Precision>(d_[t], left, right);
          }
        }
      }
    }
  }

  // Leaves the sums from quad first on.
  MLORA_DEVICE void finish(const Shared<Quad>& sums, int first) {
    MLORA_UNROLL
    for (int t = 0; t < kTiles; ++t) {
      if constexpr (Precision == MLORA_CUDA_FP32) {
        MLORA_UNROLL
        for (int n = 0; n < 8; ++n) {
          MLORA_UNROLL
          for (int r = 0; r < 2; ++r) {
            float sum = part_[r][8 * t + n];
            sum += shuffle_xor(sum, 1);
            sum += shuffle_xor(sum, 2);
            if (n / 2 == lane() % 4) d_[t][2 * r + n % 2] = sum;
          }
        }
      }
      Quad quad;
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) quad.words[i] = bits_of(d_[t][i]);
      sums[first + 32 * t + lane()] = quad;
    }
  }

 private:
  float d_[kTiles][4] = {};
  float part_[2][Precision == MLORA_CUDA_FP32 ? 8 * kTiles : 1] = {};
};

// out = the sums that Down left from quad first on, times half of 32 columns: a piece of a panel of that many tiles,
// an even number. out[0] are columns 8 q + 4 half and the next three of row g, out[1] those of row g + 8: place
// 2 q + i of tile t of the product stands for column 2 i + t of them.
template <int Precision>
MLORA_DEVICE void multiply_up(float (&out)[2][4], const Shared<Quad>& sums, int first, const Shared<Quad>& panel,
                              int piece, int tiles, int half) {
  float d[2][4] = {};
  MLORA_ROLLED
  for (int s = 0; s < tiles; s += Precision == MLORA_CUDA_BF16 ? 2 : 1) {
    const int at = (piece * tiles + s) * kTileQuads<Precision> + 32 * half;
    if constexpr (Precision == MLORA_CUDA_FP32) {
      for (int q = 0; q < 4; ++q) {
        const Quad left = sums[first + 32 * s + lane() / 4 * 4 + q];
        MLORA_UNROLL
        for (int i = 0; i < 2; ++i) {
          const Quad right = panel[at + 4 * (lane() % 4 * 2 + i) + q];
          MLORA_UNROLL
          for (int w = 0; w < 4; ++w) {
            MLORA_UNROLL
            for (int r = 0; r < 2; ++r) {
              float& sum = d[w / 2][2 * r + i];
              sum = fma(float_of(left.words[2 * r + w % 2]), float_of(right.words[w]), sum);
            }
          }
        }
      }
    } else {
      const Quad low = sums[first + 32 * s + lane()], quad = panel[at + lane()];
      if constexpr (Precision == MLORA_CUDA_BF16) {
        const Quad high = sums[first + 32 * (s + 1) + lane()];
        const uint32_t left[4] = {pack_bf16(float_of(low.words[0]), float_of(low.words[1])),
                                  pack_bf16(float_of(low.words[2]), float_of(low.words[3])),
                                  pack_bf16(float_of(high.words[0]), float_of(high.words[1])),
                                  pack_bf16(float_of(high.words[2]), float_of(high.words[3]))};
        MLORA_UNROLL
        for (int t = 0; t < 2; ++t) {
          const uint32_t right[2] = {quad.words[2 * t], quad.words[2 * t + 1]};
          mma_bf16(d[t], left, right);
        }
      } else {
        const float left[4] = {float_of(low.words[0]), float_of(low.words[2]), float_of(low.words[1]),
                               float_of(low.words[3])};
        MLORA_UNROLL
        for (int t = 0; t < 2; ++t) {
          const float right[2] = {float_of(quad.words[2 * t]), float_of(quad.words[2 * t + 1])};
          mma_k8<Precision>(d[t], left, right);
        }
      }
    }
  }
  MLORA_UNROLL
  for (int t = 0; t < 2; ++t) {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) out[i / 2][i % 2 * 2 + t] = d[t][i];
  }
}

}  // namespace mlora::cuda
#endif
