// Gradients of the weights of domains: for each chunk dW_d = x^T g (in, out) and db_d = sum of g (out), partial
// sums that update_domains adds in the order of the chunks; and what of them belongs to shared weights.
//
// The bias is one more row of the product, of an input that is always 1, so that one kernel makes both, and
// both lie where the parts want them. A block takes 64 x 64 of a chunk's sums, or 64 x 8 for few outputs; k are
// the chunk's rows, 16 to 128.
// With shared weights, of the same sums s: dW = sum over chunks of s * W_d (of unknown domain: s), and then
// s * W is what dW_d adds up; a thread takes a weight and goes over all chunks, eight at a time.
//
// Bytes: x and g once for each 64 columns of the other, 4 (in out + out) for each chunk; with shared weights
// those are read and written once more.
#include "domain_dense.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

template <int Precision, int WM, int NT>
MLORA_KERNEL gradient(Batch batch, mlora_cuda_domain_dense dense, Matrix g) {
  using E = Element<Precision>;
  using Tile = BlockProduct<Precision, WM, NT>;
  SharedMemory memory;
  Tile tile(memory);
  const int in = dense.x.width, out = dense.h.width;
  const int high = (in + 1 + Tile::kRows - 1) / Tile::kRows, wide = (out + Tile::kColumns - 1) / Tile::kColumns;
  const int64_t size = static_cast<int64_t>(in + 1) * out;
  const int64_t items = static_cast<int64_t>(batch.chunk_count()) * high * wide;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const int64_t c = item / (high * wide);
    const Chunk chunk = batch.chunks[c];
    if (chunk.domain == kRest || (chunk.domain == kUnknown && dense.shared_weight == 0)) continue;
    const int i0 = static_cast<int>(item / wide % high) * Tile::kRows;
    const int o0 = static_cast<int>(item % wide) * Tile::kColumns;
    tile.multiply(
        chunk.rows, Along::OUTER, Along::OUTER,
        [&](int m, int k) {
          if (k >= chunk.rows || i0 + m > in) return 0.0f;
          return i0 + m == in ? 1.0f : load(row_of<const E>(dense.x, chunk.begin + k) + i0 + m);
        },
        [&](int k, int n) { return k < chunk.rows && o0 + n < out ? read<E>(g, chunk.begin + k, o0 + n) : 0.0f; });
    float* const to = pointer<float>(dense.sums) + c * size;
    tile.finish([&](int m, int n, float sum) {
      if (i0 + m <= in && o0 + n < out) to[static_cast<int64_t>(i0 + m) * out + o0 + n] = sum;
    });
  }
}

MLORA_KERNEL share(Batch batch, mlora_cuda_domain_dense dense) {
  constexpr int kAtOnce = 8;
  const int64_t out = dense.h.width, size = dense.x.width * out, i = thread_in_grid();
  if (i >= size) return;
  const float* const own = pointer<const float>(dense.weight);
  const float shared = pointer<const float>(dense.shared_weight)[i];
  float* const sums = pointer<float>(dense.sums) + i;
  float total = 0;
  for (int c = 0; c < batch.chunk_count(); c += kAtOnce) {
    float values[kAtOnce], factors[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const int domain = c + k < batch.chunk_count() ? batch.chunks[c + k].domain : kRest;
      values[k] = domain == kRest ? 0.0f : sums[(c + k) * (size + out)];
      factors[k] = domain < 0 ? 1.0f : own[domain * size + i];
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      total = fma(values[k], factors[k], total);
      if (c + k >= batch.chunk_count() || batch.chunks[c + k].domain < 0) continue;
      sums[(c + k) * (size + out)] = values[k] * shared;
    }
  }
  pointer<float>(dense.shared_sums)[i] = total;
}

}  // namespace

void domain_dense_gradient(const mlora_cuda_batch& source, int precision, const mlora_cuda_domain_dense& dense,
                           const Matrix& g, Stream stream) {
  const Batch batch = view(source);
  check_domain_dense(batch, dense);
  check_matrix(g, dense.h.width, true);
  require(dense.sums != 0, "gradients have a place");
  const int64_t chunks = lay_out(source.capacity, source.domain_count).max_chunks;
  const auto run = [&](auto shape) {
    with_precision(precision, [&](auto which) {
      using Tile = BlockProduct<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>;
      const int64_t tiles = ceil_div(dense.x.width + 1, Tile::kRows) * ceil_div(dense.h.width, Tile::kColumns);
      launch(gradient<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>, blocks_for(chunks * tiles),
             Tile::kThreads, Tile::shared(), stream, batch, dense, g);
    });
  };
  if (dense.h.width <= 8) {
    run(Shape<4, 1>());
  } else {
    run(Shape<4, 8>());
  }
}

void domain_dense_shared(const mlora_cuda_batch& source, const mlora_cuda_domain_dense& dense, Stream stream) {
  const Batch batch = view(source);
  check_domain_dense(batch, dense);
  require(dense.shared_weight != 0 && dense.sums != 0 && dense.shared_sums != 0,
          "gradients of shared weights are of shared weights, and have a place");
  launch(share, ceil_div(static_cast<int64_t>(dense.x.width) * dense.h.width, kThreads), kThreads, 0, stream, batch,
         dense);
}

}  // namespace mlora::cuda
