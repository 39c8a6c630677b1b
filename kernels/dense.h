// What the kernels of dense layers share: the pieces of a chunk, and the checks of the layer's struct.
//
// A block of 8 warps takes a chunk: G granules of 16 rows, as many as the chunk has, rounded up to a power
// of two, and 8 / G warps for each. The warps of a granule share the long sums over k (each takes every
// (8 / G)th piece of 32, their sums are added in order through shared memory) and, later, the columns to
// write. So a chunk of a few rows, of a small batch or a small domain, keeps 8 warps busy as well as one of
// 128 rows.
#ifndef MLORA_KERNELS_DENSE_H
#define MLORA_KERNELS_DENSE_H

#include "batch.h"
#include "tile.h"

namespace mlora::cuda {

constexpr int kDenseWarps = 8;
constexpr int kDenseThreads = 32 * kDenseWarps;

// Ranks that are summed at once, and blocks that are to fit on an SM: FP32 has its parts of sums in
// registers, and gets as many as there are.
template <int Precision>
constexpr int kRanks = Precision == MLORA_CUDA_FP32 ? 8 : 32;
template <int Precision>
constexpr int kBlocks = Precision == MLORA_CUDA_FP32 ? 1 : 2;

struct Place {
  int granules, sharers;  // warps for each granule
  int granule, share;     // of this warp
  int row[2];             // rows g and g + 8 of the granule in the chunk
  bool valid[2];
  bool used;              // the granule has rows
};

MLORA_DEVICE Place place_in(const Chunk& chunk) {
  Place at;
  at.granules = 1;
  while (16 * at.granules < chunk.rows) at.granules *= 2;
  at.sharers = kDenseWarps / at.granules;
  at.granule = warp_in_block() % at.granules;
  at.share = warp_in_block() / at.granules;
  for (int r = 0; r < 2; ++r) {
    at.row[r] = 16 * at.granule + lane() / 4 + 8 * r;
    at.valid[r] = at.row[r] < chunk.rows;
  }
  at.used = 16 * at.granule < chunk.rows;
  return at;
}

// Sums of a chunk with a narrow matrix, (16 granules, rank_ld) for each sharer.
MLORA_BOTH constexpr int rank_ld(int rank) { return round_up(rank, 16); }
inline size_t low_rank_shared(int rank) { return shared_size<float>(kDenseWarps * 16 * rank_ld(rank)); }

// Adds what the sharers left in parts, in order, and scales it, into the first one's place and into out (C, ld).
MLORA_DEVICE void add_parts(const Chunk& chunk, const Place& at, const Shared<float>& parts, int rank, float scale,
                            float* out) {
  const int rows = 16 * at.granules, ld = rank_ld(rank);
  for (int i = thread_index(); i < round_up(chunk.rows, 16) * ld; i += kDenseThreads) {
    const int row = i / ld, n = i % ld;
    float sum = 0;
    if (n < rank) {
      for (int share = 0; share < at.sharers; ++share) sum += parts[share * rows * ld + i];
    }
    sum *= scale;
    parts[i] = sum;
    if (out != nullptr && row < chunk.rows && n < round_up(rank, 8)) {
      out[static_cast<int64_t>(chunk.begin + row) * round_up(rank, 8) + n] = sum;
    }
  }
}

// A of a domain.
MLORA_DEVICE const float* factor_a(const mlora_cuda_dense& dense, int64_t domain) {
  return pointer<const float>(dense.a) + (dense.shares_a != 0 ? 0 : domain * dense.in * dense.rank);
}

// Zeros in columns [0, ld) of the chunk's rows.
template <typename E>
MLORA_DEVICE void clear_rows(const Chunk& chunk, E* matrix, int ld) {
  const float zeros[8] = {};
  for (int i = thread_index(); i < chunk.rows * (ld / 8); i += kDenseThreads) {
    store8(matrix + static_cast<int64_t>(chunk.begin + i / (ld / 8)) * ld + i % (ld / 8) * 8, zeros);
  }
}

// Below this a 16-bit number keeps its unit; the scale of kept units.
struct Keep {
  uint32_t threshold;
  float scale;
};
Keep keep_of(double dropout);

void check_dense(const mlora_cuda_dense& dense, bool backward);

}  // namespace mlora::cuda
#endif
