// Products over the rows of a wide matrix, of a warp: sums(m, n) = sum over k of wide(k, m) narrow(k, n) for 64
// columns m and up to 8 Tiles columns n.
//
// Rows are where mma wants k, and a fragment of the wide matrix has two of them in a word: so a lane loads 8
// columns of rows 2 q and 2 q + 1, a vector each (a warp's load is 4 rows of 128 bytes), and puts halves together
// in registers. Nothing of the wide matrix goes through shared memory. What column a fragment's place stands for is
// free: its rows g and g + 8 are columns 8 g + 2 i and the next, i < 4 fragments. In the other precisions a word is
// one number, and a lane has rows q and q + 4. FP32 has no fragments: a lane adds up what a fragment's sums would
// be, over all rows.
//
// The narrow matrix is in shared memory, made by stage: words (k / 2, n) of bf16 pairs, or (k, n) of floats; 24
// columns leave reads free of bank conflicts without padding.
#ifndef MLORA_KERNELS_ACROSS_H
#define MLORA_KERNELS_ACROSS_H

#include "batch.h"
#include "tile.h"

namespace mlora::cuda {

template <int Precision>
class Across {
 public:
  static constexpr int kTiles = 3;
  static constexpr int kNarrow = 8 * kTiles;
  using E = Element<Precision>;

  // Of the narrow matrix for a chunk of up to so many rows.
  MLORA_BOTH static constexpr int words(int rows) { return round_up(rows, kDepth) / kRowsOfWord * kNarrow; }

  // Four columns of the narrow matrix at a time, given by read4(row, n, values) for rows beyond the chunk's too, by
  // all threads of the block; what 128 threads do for 128 rows of bf16 they read at once.
  template <typename Read>
  MLORA_DEVICE static void stage(const Chunk& chunk, const Shared<uint32_t>& narrow, const Read& read4) {
    constexpr int kAtOnce = 3, kFours = kNarrow / 4;
    const int count = words(chunk.rows) / 4;
    for (int from = thread_index(); from < count; from += kAtOnce * thread_count()) {
      float values[kAtOnce][kRowsOfWord][4];
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * thread_count();
        MLORA_UNROLL
        for (int r = 0; r < kRowsOfWord; ++r) read4(i / kFours * kRowsOfWord + r, i % kFours * 4, values[k][r]);
      }
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * thread_count();
        if (i >= count) continue;
        MLORA_UNROLL
        for (int j = 0; j < 4; ++j) {
          uint32_t bits = bits_of(values[k][0][j]);
          if constexpr (kRowsOfWord == 2) bits = pack_bf16(values[k][0][j], values[k][1][j]);
          narrow[4 * i + j] = bits;
        }
      }
    }
  }

  // Adds the products of the chunk's rows for columns [first, first + 64) of the wide matrix, and as many of the
  // narrow one as columns says.
  MLORA_DEVICE void multiply(const E* matrix, const Chunk& chunk, int ld, int width, int first,
                             const Shared<uint32_t>& narrow, int columns) {
    const int g = lane() / 4, q = lane() % 4, column = first + 8 * g, rows = round_up(chunk.rows, kDepth);
    const E* const wide = matrix + static_cast<int64_t>(chunk.begin) * ld + column;
    const int there = column < width ? chunk.rows : 0;
    if constexpr (Precision == MLORA_CUDA_BF16) {
      for (int k0 = 0; k0 < rows; k0 += kDepth) {
        Quad quads[2][2][2];
        MLORA_UNROLL
        for (int i = 0; i < 8; ++i) {
          const int k = k0 + i / 2 * 8 + 2 * q + i % 2;
          quads[i / 4][i / 2 % 2][i % 2] = k < there ? *reinterpret_cast<const Quad*>(wide + k * ld) : Quad();
        }
        MLORA_UNROLL
        for (int half = 0; half < 2; ++half) {
          uint32_t left[4][4];
          MLORA_UNROLL
          for (int i = 0; i < 8; ++i) {
            const uint32_t first = quads[half][i % 2][0].words[i / 2], second = quads[half][i % 2][1].words[i / 2];
            // As halves() does; but with its instruction registers do not suffice for four blocks on an SM.
            left[i / 2][i % 2 * 2] = (first & 0xFFFFu) | second << 16;
            left[i / 2][i % 2 * 2 + 1] = first >> 16 | (second & 0xFFFF0000u);
          }
          MLORA_UNROLL
          for (int t = 0; t < kTiles; ++t) {
            if (8 * t >= columns) continue;
            const int at = (k0 / 2 + 8 * half + q) * kNarrow + 8 * t + g;
            const uint32_t right[2] = {narrow[at], narrow[at + 4 * kNarrow]};
            MLORA_UNROLL
            for (int i = 0; i < 4; ++i) mma_bf16(d_[t][i], left[i], right);
          }
        }
      }
    } else if constexpr (Precision == MLORA_CUDA_FP32) {
      for (int k = 0; k < rows; ++k) {
        float left[8];
        load_columns(wide + k * ld, 0, k < there ? 8 : 0, left);
        MLORA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (8 * t >= columns) continue;
          MLORA_UNROLL
          for (int n = 0; n < 2; ++n) {
            const float right = float_of(narrow[k * kNarrow + 8 * t + 2 * q + n]);
            MLORA_UNROLL
            for (int i = 0; i < 8; ++i) {
              float& sum = d_[t][i / 2][i % 2 * 2 + n];
              sum = fma(left[i], right, sum);
            }
          }
        }
      }
    } else {
      for (int k0 = 0; k0 < rows; k0 += 8) {
        float rows_of[2][8];
        MLORA_UNROLL
        for (int r = 0; r < 2; ++r) {
          const int k = k0 + q + 4 * r;
          load_columns(wide + k * ld, 0, k < there ? 8 : 0, rows_of[r]);
        }
        MLORA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (8 * t >= columns) continue;
          const int n = 8 * t + g;
          const float right[2] = {float_of(narrow[(k0 + q) * kNarrow + n]), float_of(narrow[(k0 + q + 4) * kNarrow + n])};
          MLORA_UNROLL
          for (int i = 0; i < 4; ++i) {
            const float left[4] = {rows_of[0][2 * i], rows_of[0][2 * i + 1], rows_of[1][2 * i], rows_of[1][2 * i + 1]};
            mma_k8<Precision>(d_[t][i], left, right);
          }
        }
      }
    }
  }

  // The lane's sums: column 8 g + j of the 64 with column 8 t + 2 q + i of the narrow matrix.
  MLORA_DEVICE float sum(int j, int t, int i) const { return d_[t][j / 2][j % 2 * 2 + i]; }

 private:
  static constexpr int kDepth = Precision == MLORA_CUDA_BF16 ? 32 : 8;  // rows at a time
  static constexpr int kRowsOfWord = Precision == MLORA_CUDA_BF16 ? 2 : 1;

  float d_[kTiles][4][4] = {};
};

}  // namespace mlora::cuda
#endif
