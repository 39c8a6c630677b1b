// Gradients of adapters: for each chunk dA_d = x^T t (in, r), dB_d = s^T g (r, out) and dc_d = sum of g
// (out), partial sums that update_domains adds in the order of the chunks.
//
// Both products have a wide factor (x or g, elements) and a narrow one (t or s, float, rank columns) and
// run over the rows of the chunk, so they are one: a block takes 64 columns of the wide factor, 4 warps 16
// each. Rows are where mma wants k, so both factors are staged in shared memory as float, with strides of
// 8 modulo 32 words, which keeps fragment reads free of bank conflicts: 128 x 72 and 128 x 40 words, 57 KB
// for chunks of 128 rows, 7 KB for those of 16. Ranks beyond 32 go in rounds.
//
// Where domains share A, a second launch adds the chunks' dA: a thread takes a value and goes over all chunks, eight
// at a time.
//
// Bytes: x and g once, t and s once for each slice of 64 columns, the partial sums once; those of a shared A twice.
#include "batch.h"
#include "dense.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kThreads = 32 * kWarps;
constexpr int kColumns = 16 * kWarps;
constexpr int kWide = kColumns + 8;
constexpr int kRanks = 32;
constexpr int kNarrow = kRanks + 8;

template <typename E>
MLORA_DEVICE void stage_wide(const Chunk& chunk, const E* matrix, int ld, int width, int first, int rows,
                             const Shared<float>& wide) {
  for (int i = thread_index(); i < rows * (kColumns / 8); i += kThreads) {
    const int row = i / (kColumns / 8), column = i % (kColumns / 8) * 8;
    float values[8];
    load_columns(matrix + static_cast<int64_t>(chunk.begin + row) * ld, first + column, row < chunk.rows ? width : 0,
                 values);
    for (int j = 0; j < 8; ++j) wide[row * kWide + column + j] = values[j];
  }
}

MLORA_DEVICE void stage_narrow(const Chunk& chunk, const float* matrix, int rank, int first, int rows,
                               const Shared<float>& narrow) {
  const int ld = round_up(rank, 8);
  for (int i = thread_index(); i < rows * kRanks; i += kThreads) {
    const int row = i / kRanks, n = i % kRanks;
    const bool inside = row < chunk.rows && first + n < rank;
    narrow[row * kNarrow + n] = inside ? matrix[static_cast<int64_t>(chunk.begin + row) * ld + first + n] : 0.0f;
  }
}

template <int Precision>
MLORA_KERNEL gradient(Batch batch, mlora_cuda_dense dense) {
  using E = Element<Precision>;
  SharedMemory memory;
  const Shared<float> wide = memory.array<float>(batch.chunk_rows * kWide);
  const Shared<float> narrow = memory.array<float>(batch.chunk_rows * kNarrow);
  const int slices_of_x = (dense.in + kColumns - 1) / kColumns, slices_of_g = (dense.out + kColumns - 1) / kColumns;
  const int slices = slices_of_x + slices_of_g;
  const int64_t items = static_cast<int64_t>(batch.chunk_count()) * slices;
  const int64_t size = static_cast<int64_t>(dense.rank) * (dense.in + dense.out) + dense.out;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    if (chunk.domain < 0) continue;
    const int slice = static_cast<int>(item % slices);
    const bool of_x = slice < slices_of_x;
    const int first = (of_x ? slice : slice - slices_of_x) * kColumns, width = of_x ? dense.in : dense.out;
    const int rows = round_up(chunk.rows, 16);
    float* const out = pointer<float>(dense.adapter_parts) + item / slices * size;
    float* const db = out + static_cast<int64_t>(dense.rank) * dense.in;
    float* const dc = db + static_cast<int64_t>(dense.rank) * dense.out;
    stage_wide(chunk, pointer<const E>(of_x ? dense.x : dense.g), of_x ? dense.x_ld : dense.out_ld, width, first, rows,
               wide);
    for (int rank = 0; rank < dense.rank; rank += kRanks) {
      stage_narrow(chunk, pointer<const float>(of_x ? dense.t : dense.s), dense.rank, rank, rows, narrow);
      block_sync();
      float d[4][4] = {};
      const int own = 16 * warp_in_block();
      multiply_tile<Precision>(
          d, rows, [&](int m, int k) -> float { return wide[k * kWide + own + m]; },
          [&](int k, int n) -> float { return narrow[k * kNarrow + n]; });
      for (int t = 0; t < 4; ++t) {
        for (int i = 0; i < 4; ++i) {
          const int m = first + own + lane() / 4 + i / 2 * 8, n = rank + 8 * t + lane() % 4 * 2 + i % 2;
          if (m >= width || n >= dense.rank) continue;
          if (of_x) {
            out[static_cast<int64_t>(m) * dense.rank + n] = d[t][i];
          } else {
            db[static_cast<int64_t>(n) * dense.out + m] = d[t][i];
          }
        }
      }
      if (!of_x && rank == 0 && thread_index() < kColumns && first + thread_index() < width) {
        float sum = 0;
        for (int row = 0; row < chunk.rows; ++row) sum += wide[row * kWide + thread_index()];
        dc[first + thread_index()] = sum;
      }
      block_sync();
    }
  }
}

MLORA_KERNEL add_shared(Batch batch, mlora_cuda_dense dense) {
  constexpr int kAtOnce = 8;
  const int64_t size = static_cast<int64_t>(dense.rank) * (dense.in + dense.out) + dense.out, i = thread_in_grid();
  if (i >= static_cast<int64_t>(dense.in) * dense.rank) return;
  const float* const parts = pointer<const float>(dense.adapter_parts) + i;
  float total = 0;
  for (int c = 0; c < batch.chunk_count(); c += kAtOnce) {
    float values[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const bool adapted = c + k < batch.chunk_count() && batch.chunks[c + k].domain >= 0;
      values[k] = adapted ? parts[(c + k) * size] : 0.0f;
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) total += values[k];
  }
  pointer<float>(dense.shared_a_sum)[i] = total;
}

MLORA_KERNEL give_mask(Batch batch, const uint8_t* keep, int width, uint32_t* mask) {
  const int words = (width + 31) / 32;
  const int64_t i = thread_in_grid(), p = i / words;
  if (p >= batch.capacity) return;
  const int first = static_cast<int>(i % words) * 32;
  uint32_t word = 0;
  if (batch.domain[p] != kRest) {
    const uint8_t* const row = keep + static_cast<int64_t>(batch.number[p]) * width;
    for (int j = 0; j < 32 && first + j < width; ++j) word |= static_cast<uint32_t>(row[first + j] != 0) << j;
  }
  mask[i] = word;
}

}  // namespace

void adapter_gradient(const mlora_cuda_batch& source, const mlora_cuda_dense& dense, Stream stream) {
  const Batch batch = view(source);
  check_dense(dense, true);
  require(dense.rank > 0, "there is no adapter");
  require(dense.s != 0 && dense.adapter_parts != 0, "gradients of an adapter need s and adapter_parts");
  const int64_t slices = ceil_div(dense.in, kColumns) + ceil_div(dense.out, kColumns);
  const int64_t blocks = blocks_for(lay_out(source.capacity, source.domain_count).max_chunks * slices);
  const size_t shared = shared_size<float>(batch.chunk_rows * kWide) + shared_size<float>(batch.chunk_rows * kNarrow);
  const auto kernel = dense.precision == MLORA_CUDA_FP32     ? gradient<MLORA_CUDA_FP32>
                      : dense.precision == MLORA_CUDA_TF32X3 ? gradient<MLORA_CUDA_TF32X3>
                      : dense.precision == MLORA_CUDA_TF32   ? gradient<MLORA_CUDA_TF32>
                                                             : gradient<MLORA_CUDA_BF16>;
  launch(kernel, blocks, kThreads, shared, stream, batch, dense);
  if (dense.shares_a == 0) return;
  require(dense.shared_a_sum != 0, "the gradient of a shared A has a place");
  launch(add_shared, ceil_div(static_cast<int64_t>(dense.in) * dense.rank, kThreads), kThreads, 0, stream, batch, dense);
}

void given_dropout(const mlora_cuda_batch& source, uint64_t keep, int width, uint64_t mask, Stream stream) {
  const Batch batch = view(source);
  require(keep != 0 && mask != 0 && width >= 1, "masks have columns, and come from somewhere and go somewhere");
  launch(give_mask, ceil_div(static_cast<int64_t>(batch.capacity) * round_up(width, 32) / 32, 256), 256, 0, stream,
         batch, pointer<const uint8_t>(keep), width, pointer<uint32_t>(mask));
}

}  // namespace mlora::cuda
