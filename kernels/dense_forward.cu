// lora_shrink, lora_expand and the end of a dense layer, in one launch:
//   s = scale x A_d;  h = act(dropout(z + bias) + s B_d + c_d), h in place of z.
//
// x (C, in) and z (C, out) in elements, A (D, in, r) or (in, r), B (D, r, out), c (D, out) in float. A block takes a
// chunk (see dense.h). Its warps draw the dropout bits (one Philox call for 8 of them, ballots make words),
// sum s over pieces of 32 columns of x, fragments straight from memory: rows of x as 16-byte vectors, A
// through L1, which the warps of a chunk and the chunks of a domain share. s rests in shared memory (r
// rounded up to 16, x 512 bytes: 8 KB for rank 16), then the warps share the columns of z, 32 at a time,
// each lane with 8 neighbours of a row.
//
// Bytes: x and z once, h once, A, B and c once for each chunk (L1 and L2). s and the bits for backward.
#include "dense.h"

#include <algorithm>
#include <cmath>

#include "families.h"
#include "philox.h"

namespace mlora::cuda {
namespace {

// Bits of the chunk's rows: a warp takes two rows and 128 columns, lane i counter i % 16 of row i / 16.
MLORA_DEVICE void draw(const Batch& batch, const mlora_cuda_dense& dense, const Chunk& chunk, uint32_t threshold) {
  const int words = (dense.out + 31) / 32, blocks = (words + 3) / 4;
  uint32_t* const mask = pointer<uint32_t>(dense.mask);
  for (int task = warp_in_block(); task < (chunk.rows + 1) / 2 * blocks; task += kDenseWarps) {
    const int block = task % blocks, row = task / blocks * 2 + lane() / 16;
    const int number = row < chunk.rows ? batch.number[chunk.begin + row] : 0;
    uint32_t counter[4] = {static_cast<uint32_t>(16 * block + lane() % 16), static_cast<uint32_t>(number),
                           static_cast<uint32_t>(dense.dropout_stream), batch.state->step};
    philox(counter, batch.state->seed);
    uint32_t word = 0;
    for (int pair = 0; pair < 4; ++pair) {
      const uint32_t even = ballot((counter[pair] & 0xFFFF) < threshold), odd = ballot(counter[pair] >> 16 < threshold);
      if (lane() % 16 == pair) word = lane() < 16 ? (even & 0xFFFF) | odd << 16 : even >> 16 | (odd & 0xFFFF0000u);
    }
    const int at = 4 * block + lane() % 16;
    if (lane() % 16 < 4 && at < words && row < chunk.rows) {
      mask[static_cast<int64_t>(chunk.begin + row) * words + at] = word;
    }
  }
}

template <int Precision>
MLORA_DEVICE void shrink(const mlora_cuda_dense& dense, const Chunk& chunk, const Place& at, const float* a,
                         const Shared<float>& parts) {
  using E = Element<Precision>;
  const E* const x = pointer<const E>(dense.x) + static_cast<int64_t>(chunk.begin) * dense.x_ld;
  const int q = lane() % 4, ld = rank_ld(dense.rank);
  for (int first = 0; first < dense.rank; first += kRanks<Precision>) {
    const int left = dense.rank - first, limit = left < kRanks<Precision> ? left : kRanks<Precision>;
    Down<Precision, kRanks<Precision>> sums;
    for (int column = 32 * at.share; column < dense.in; column += 32 * at.sharers) {
      float values[2][8];
      for (int r = 0; r < 2; ++r) {
        const int width = at.valid[r] ? dense.in : 0;
        load_columns(x + static_cast<int64_t>(at.row[r]) * dense.x_ld, column + 8 * q, width, values[r]);
      }
      sums.add(values, limit, [&](int j, int n) {
        const int k = column + 8 * q + j;
        return k < dense.in ? a[static_cast<int64_t>(k) * dense.rank + first + n] : 0.0f;
      });
    }
    sums.finish(limit, [&](int row, int n, float sum) {
      parts[((at.share * at.granules + at.granule) * 16 + row) * ld + first + n] = sum;
    });
  }
}

// Closes 32 columns of a granule.
template <int Precision>
MLORA_DEVICE void close(const mlora_cuda_dense& dense, const Chunk& chunk, const Place& at, bool adapted, bool drops,
                        float scale, const Shared<float>& s, int column) {
  using E = Element<Precision>;
  const int first = column + lane() % 4 * 8;
  const float* const bias = pointer<const float>(dense.bias);
  float low[2][8] = {};
  if (adapted) {
    const float* const b = pointer<const float>(dense.b) + static_cast<int64_t>(chunk.domain) * dense.rank * dense.out;
    const float* const c = pointer<const float>(dense.c) + static_cast<int64_t>(chunk.domain) * dense.out;
    const int ld = rank_ld(dense.rank);
    multiply_up<Precision>(
        low, ld, [&](int row, int k) -> float { return s[(16 * at.granule + row) * ld + k]; },
        [&](int k, int n) {
          return k < dense.rank && column + n < dense.out ? b[static_cast<int64_t>(k) * dense.out + column + n] : 0.0f;
        });
    for (int j = 0; j < 8; ++j) {
      const float shift = first + j < dense.out ? c[first + j] : 0.0f;
      for (int r = 0; r < 2; ++r) low[r][j] += shift;
    }
  }
  if (first >= dense.out) return;
  const int words = (dense.out + 31) / 32;
  for (int r = 0; r < 2; ++r) {
    if (!at.valid[r]) continue;
    const int64_t position = chunk.begin + at.row[r];
    E* const row = pointer<E>(dense.h) + position * dense.out_ld;
    float values[8];
    load_columns(row, first, dense.out, values);
    uint32_t bits = 0;
    if (drops) bits = pointer<const uint32_t>(dense.mask)[position * words + column / 32] >> (first % 32);
    for (int j = 0; j < 8; ++j) {
      if (first + j >= dense.out) continue;
      float value = values[j] + bias[first + j];
      if (drops) value = (bits >> j & 1) != 0 ? value * scale : 0.0f;
      if (adapted) value += low[r][j];
      // Leaves NaN as it is: a diverged run must show.
      values[j] = dense.activation == MLORA_CUDA_RELU && value < 0 ? 0.0f : value;
    }
    store8(row + first, values);
  }
}

template <int Precision>
MLORA_KERNEL MLORA_BOUNDS(kDenseThreads, kBlocks<Precision>) forward(Batch batch, mlora_cuda_dense dense, int dropout, Keep keep) {
  using E = Element<Precision>;
  SharedMemory memory;
  const Shared<float> parts = memory.array<float>(dense.rank > 0 ? kDenseWarps * 16 * rank_ld(dense.rank) : 0);
  const int chunks = batch.chunk_count();
  for (int64_t i = block_index(); i < chunks; i += block_count()) {
    const Chunk chunk = batch.chunks[i];
    if (chunk.domain == kRest) {
      clear_rows(chunk, pointer<E>(dense.h), dense.out_ld);
      continue;
    }
    const Place at = place_in(chunk);
    const bool adapted = dense.rank > 0 && chunk.domain >= 0;
    if (dropout == MLORA_CUDA_DRAW_DROPOUT) draw(batch, dense, chunk, keep.threshold);
    if (adapted) {
      if (at.used) shrink<Precision>(dense, chunk, at, factor_a(dense, chunk.domain), parts);
      block_sync();
      const auto scale = static_cast<float>(dense.adapter_scale);
      add_parts(chunk, at, parts, dense.rank, scale, pointer<float>(dense.s));
    }
    block_sync();
    if (at.used) {
      for (int column = 32 * at.share; column < dense.out; column += 32 * at.sharers) {
        close<Precision>(dense, chunk, at, adapted, dropout != MLORA_CUDA_NO_DROPOUT, keep.scale, parts, column);
      }
    }
    block_sync();
  }
}

}  // namespace

Keep keep_of(double dropout) {
  const auto threshold = static_cast<uint32_t>(std::max(std::lround(65536 * (1 - dropout)), 1l));
  return {threshold, static_cast<float>(65536.0 / threshold)};
}

void check_dense(const mlora_cuda_dense& dense, bool backward) {
  require(dense.precision >= MLORA_CUDA_FP32 && dense.precision <= MLORA_CUDA_BF16, "the precision is not known");
  require(dense.in >= 1 && dense.out >= 1, "a dense layer has at least one column in and out");
  require(dense.rank >= 0 && dense.rank <= MLORA_CUDA_HIGHEST_RANK, "the rank of an adapter is at most 128");
  require(dense.dropout >= 0 && dense.dropout < 1, "the probability of dropping is in [0, 1)");
  require(dense.x_ld >= dense.in && dense.out_ld >= dense.out && dense.x_ld % 8 == 0 && dense.out_ld % 8 == 0,
          "rows of matrices are as long as their columns, in multiples of 8 elements");
  require((dense.x | dense.h | dense.g | dense.g_shared | dense.dx) % 16 == 0, "matrices lie at multiples of 16 bytes");
  require(dense.h != 0, "a dense layer has an output");
  require(dense.rank == 0 || (dense.x != 0 && dense.a != 0 && dense.b != 0 && dense.c != 0),
          "an adapter has x, a, b and c");
  if (!backward) return;
  require(dense.g != 0, "a gradient is needed");
  require(dense.rank == 0 || dense.t != 0, "an adapter has t");
  require(dense.dx == 0 || (dense.dx_ld >= dense.in && dense.dx_ld % 8 == 0),
          "rows of dx are as long as those of x, in multiples of 8 elements");
}

void dense_forward(const mlora_cuda_batch& source, const mlora_cuda_dense& dense, int dropout, Stream stream) {
  const Batch batch = view(source);
  check_dense(dense, false);
  require(dropout >= MLORA_CUDA_NO_DROPOUT && dropout <= MLORA_CUDA_GIVEN_DROPOUT, "the way of dropout is not known");
  require(dense.bias != 0, "a dense layer has a bias");
  require(dropout == MLORA_CUDA_NO_DROPOUT || dense.mask != 0, "dropout needs a mask");
  const int64_t blocks = blocks_for(lay_out(source.capacity, source.domain_count).max_chunks);
  const size_t shared = dense.rank > 0 ? low_rank_shared(dense.rank) : 0;
  const auto kernel = dense.precision == MLORA_CUDA_FP32     ? forward<MLORA_CUDA_FP32>
                      : dense.precision == MLORA_CUDA_TF32X3 ? forward<MLORA_CUDA_TF32X3>
                      : dense.precision == MLORA_CUDA_TF32   ? forward<MLORA_CUDA_TF32>
                                                             : forward<MLORA_CUDA_BF16>;
  launch(kernel, blocks, kDenseThreads, shared, stream, batch, dense, dropout, keep_of(dense.dropout));
}

}  // namespace mlora::cuda
