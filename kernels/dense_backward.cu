// A dense layer backward, up to the products that cuBLAS does:
//   g = g where h > 0;  g_shared = g * keep / keep probability;  t = scale g B_d^T;  dx = t A_d^T (+ dx).
//
// The forward kernel's plan with other matrices (see dense_forward.cu and dense.h): warps go over columns of
// g, 32 at a time; what they load they mask, store and multiply at once. t rests in shared memory, then the
// warps share the columns of dx. B_d is read along its rows, A_d along its rows.
//
// Bytes: g and h once, g and g_shared and dx written once, t for adapter_gradient. The product g_shared W^T
// is added to dx by the library's beta, which costs one more read of dx and no launch.
#include "dense.h"
#include "families.h"

namespace mlora::cuda {
namespace {

// Opens the granule's gradient and sums t.
template <int Precision>
MLORA_DEVICE void open(const mlora_cuda_dense& dense, const Chunk& chunk, const Place& at, const float* b, bool drops,
                       float scale, const Shared<float>& parts) {
  using E = Element<Precision>;
  const int q = lane() % 4, ld = rank_ld(dense.rank), words = (dense.out + 31) / 32;
  // The first ranks come with opening; more than fit at once read the opened gradient again.
  for (int first = 0; first == 0 || (b != nullptr && first < dense.rank); first += kRanks<Precision>) {
    const int left = dense.rank - first, limit = left < kRanks<Precision> ? left : kRanks<Precision>;
    Down<Precision, kRanks<Precision>> sums;
    for (int column = 32 * at.share; column < dense.out; column += 32 * at.sharers) {
      const int at_column = column + 8 * q;
      float values[2][8];
      for (int r = 0; r < 2; ++r) {
        const int width = at.valid[r] ? dense.out : 0;
        const int64_t position = chunk.begin + at.row[r];
        E* const g = pointer<E>(dense.g) + position * dense.out_ld;
        load_columns(g, at_column, width, values[r]);
        if (first > 0 || at_column >= width) continue;
        if (dense.activation == MLORA_CUDA_RELU) {
          float h[8];
          load_columns(pointer<const E>(dense.h) + position * dense.out_ld, at_column, width, h);
          for (int j = 0; j < 8; ++j) values[r][j] = h[j] > 0 ? values[r][j] : 0.0f;
          store8(g + at_column, values[r]);
        }
        if (drops) {
          const uint32_t bits = pointer<const uint32_t>(dense.mask)[position * words + column / 32] >> (8 * q);
          float shared[8];
          for (int j = 0; j < 8; ++j) shared[j] = (bits >> j & 1) != 0 ? values[r][j] * scale : 0.0f;
          store8(pointer<E>(dense.g_shared) + position * dense.out_ld + at_column, shared);
        }
      }
      if (b == nullptr) continue;
      sums.add(values, limit, [&](int j, int n) {
        return at_column + j < dense.out ? b[static_cast<int64_t>(first + n) * dense.out + at_column + j] : 0.0f;
      });
    }
    if (b == nullptr) break;
    sums.finish(limit, [&](int row, int n, float sum) {
      parts[((at.share * at.granules + at.granule) * 16 + row) * ld + first + n] = sum;
    });
  }
}

// 32 columns of dx of a granule; a is null where the domain has no adapter.
template <int Precision>
MLORA_DEVICE void expand(const mlora_cuda_dense& dense, const Chunk& chunk, const Place& at, const float* a,
                         const Shared<float>& t, int column) {
  using E = Element<Precision>;
  const int first = column + lane() % 4 * 8, ld = rank_ld(dense.rank);
  float low[2][8] = {};
  if (a != nullptr) {
    multiply_up<Precision>(
        low, ld, [&](int row, int k) -> float { return t[(16 * at.granule + row) * ld + k]; },
        [&](int k, int n) {
          return k < dense.rank && column + n < dense.in ? a[static_cast<int64_t>(column + n) * dense.rank + k] : 0.0f;
        });
  }
  if (first >= dense.in) return;
  for (int r = 0; r < 2; ++r) {
    if (!at.valid[r]) continue;
    E* const row = pointer<E>(dense.dx) + static_cast<int64_t>(chunk.begin + at.row[r]) * dense.dx_ld;
    if (dense.dx_add != 0) {
      float values[8];
      load_columns(row, first, dense.in, values);
      for (int j = 0; j < 8; ++j) low[r][j] += values[j];
    }
    store8(row + first, low[r]);
  }
}

template <int Precision>
MLORA_KERNEL MLORA_BOUNDS(kDenseThreads, kBlocks<Precision>) backward(Batch batch, mlora_cuda_dense dense, bool drops, float scale) {
  using E = Element<Precision>;
  SharedMemory memory;
  const Shared<float> parts = memory.array<float>(dense.rank > 0 ? kDenseWarps * 16 * rank_ld(dense.rank) : 0);
  const int chunks = batch.chunk_count();
  for (int64_t i = block_index(); i < chunks; i += block_count()) {
    const Chunk chunk = batch.chunks[i];
    if (chunk.domain == kRest) {
      clear_rows(chunk, pointer<E>(dense.g), dense.out_ld);
      if (drops) clear_rows(chunk, pointer<E>(dense.g_shared), dense.out_ld);
      if (dense.rank > 0 && dense.dx != 0) clear_rows(chunk, pointer<E>(dense.dx), dense.dx_ld);
      continue;
    }
    const Place at = place_in(chunk);
    const bool adapted = dense.rank > 0 && chunk.domain >= 0;
    const int64_t domain = chunk.domain;
    const float* const a = adapted ? factor_a(dense, domain) : nullptr;
    const float* const b = adapted ? pointer<const float>(dense.b) + domain * dense.rank * dense.out : nullptr;
    if (at.used) open<Precision>(dense, chunk, at, b, drops, scale, parts);
    if (adapted) {
      block_sync();
      add_parts(chunk, at, parts, dense.rank, static_cast<float>(dense.adapter_scale), pointer<float>(dense.t));
      block_sync();
    }
    if (at.used && dense.rank > 0 && dense.dx != 0 && (adapted || dense.dx_add == 0)) {
      for (int column = 32 * at.share; column < dense.in; column += 32 * at.sharers) {
        expand<Precision>(dense, chunk, at, a, parts, column);
      }
    }
    block_sync();
  }
}

}  // namespace

void dense_backward(const mlora_cuda_batch& source, const mlora_cuda_dense& dense, bool dropout, Stream stream) {
  const Batch batch = view(source);
  check_dense(dense, true);
  require(!dropout || (dense.mask != 0 && dense.g_shared != 0), "dropout needs a mask and g_shared");
  const int64_t blocks = blocks_for(lay_out(source.capacity, source.domain_count).max_chunks);
  const size_t shared = dense.rank > 0 ? low_rank_shared(dense.rank) : 0;
  const auto kernel = dense.precision == MLORA_CUDA_FP32     ? backward<MLORA_CUDA_FP32>
                      : dense.precision == MLORA_CUDA_TF32X3 ? backward<MLORA_CUDA_TF32X3>
                      : dense.precision == MLORA_CUDA_TF32   ? backward<MLORA_CUDA_TF32>
                                                             : backward<MLORA_CUDA_BF16>;
  launch(kernel, blocks, kDenseThreads, shared, stream, batch, dense, dropout, keep_of(dense.dropout).scale);
}

}  // namespace mlora::cuda
