// Dense layers of the row's domain: h = act(x W_d + b_d), or act(x (W * W_d) + b + b_d), and dx = g W_d^T.
//
// A block takes rows of a chunk, which are of one domain, and 64 columns (see product.h): 64 rows of it, or, as
// chunks of small batches have, 16 with the warps side by side. Layers of up to 8 outputs (a domain's logit)
// take 64 rows by 8 columns. W_d is read from memory by each block and multiplied with W on the way, so no
// domain's product is ever written down. Chunks of the rest are zeros.
//
// Bytes: x once for each 64 columns, h once, W_d (and W) once for each chunk (from L2 within a domain).
#include "chunk_items.h"
#include "domain_dense.h"

namespace mlora::cuda {
namespace {

template <int Precision, int WM, int NT>
MLORA_KERNEL forward(Batch batch, mlora_cuda_domain_dense dense) {
  using E = Element<Precision>;
  using Tile = BlockProduct<Precision, WM, NT>;
  SharedMemory memory;
  Tile tile(memory);
  const int in = dense.x.width, out = dense.h.width;
  const int64_t items = items_of<Tile>(batch.chunk_count(), batch.chunk_rows, 1, out);
  for (int64_t i = block_index(); i < items; i += block_count()) {
    const Item item = item_of<Tile>(batch, i, 1, out);
    const Chunk chunk = item.chunk;
    if (item.row >= chunk.rows) continue;
    const int64_t first = chunk.begin + item.row;
    const int rows = chunk.rows - item.row;
    const Weights weights(dense, chunk.domain);
    tile.multiply(
        weights.none() ? 0 : in, Along::K, Along::OUTER,
        [&](int m, int k) { return m < rows && k < in ? load(row_of<const E>(dense.x, first + m) + k) : 0.0f; },
        [&](int k, int n) { return k < in && item.column + n < out ? weights.at(k, item.column + n) : 0.0f; });
    tile.finish([&](int m, int n, float sum) {
      const int column = item.column + n;
      if (m >= rows || column >= out) return;
      float value = chunk.domain == kRest ? 0.0f : sum + weights.bias(column);
      // Leaves NaN as it is: a diverged run must show.
      if (dense.activation == MLORA_CUDA_RELU && value < 0) value = 0;
      write<E>(dense.h, first + m, column, value);
    });
  }
}

template <int Precision, int WM, int NT>
MLORA_KERNEL backward(Batch batch, mlora_cuda_domain_dense dense, Matrix g, Matrix dx) {
  using E = Element<Precision>;
  using Tile = BlockProduct<Precision, WM, NT>;
  SharedMemory memory;
  Tile tile(memory);
  const int in = dense.x.width, out = dense.h.width;
  const int64_t items = items_of<Tile>(batch.chunk_count(), batch.chunk_rows, 1, in);
  for (int64_t i = block_index(); i < items; i += block_count()) {
    const Item item = item_of<Tile>(batch, i, 1, in);
    const Chunk chunk = item.chunk;
    if (item.row >= chunk.rows) continue;
    const int64_t first = chunk.begin + item.row;
    const int rows = chunk.rows - item.row;
    const Weights weights(dense, chunk.domain);
    tile.multiply(
        weights.none() ? 0 : out, Along::K, Along::K,
        [&](int m, int k) { return m < rows && k < out ? read<E>(g, first + m, k) : 0.0f; },
        [&](int k, int n) { return k < out && item.column + n < in ? weights.at(item.column + n, k) : 0.0f; });
    tile.finish([&](int m, int n, float sum) {
      if (m >= rows || item.column + n >= in) return;
      E* const to = row_of<E>(dx, first + m) + item.column + n;
      store(to, dx.add != 0 ? load(to) + sum : sum);
    });
  }
}

// Runs body<WM, NT> for the shape of a block that fits chunks and columns.
template <typename Body>
void with_shape(const Batch& batch, int columns, const Body& body) {
  if (columns <= 8) {
    body(Shape<4, 1>());
  } else if (batch.chunk_rows <= 16) {
    body(Shape<1, 2>());
  } else {
    body(Shape<4, 8>());
  }
}

}  // namespace

void check_domain_dense(const Batch& batch, const mlora_cuda_domain_dense& dense) {
  check_matrix(dense.x, 0, false);
  check_matrix(dense.h, 0, true);
  require(dense.weight != 0 && dense.bias != 0, "a layer of domains has weights and biases");
  require((dense.shared_weight == 0) == (dense.shared_bias == 0), "a weight and a bias are shared, or none");
  require(dense.activation == MLORA_CUDA_NO_ACTIVATION || dense.activation == MLORA_CUDA_RELU,
          "the activation is not known");
  require(batch.domain_count >= 1, "there are domains");
}

void domain_dense_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_domain_dense& dense,
                          Stream stream) {
  const Batch batch = view(source);
  check_domain_dense(batch, dense);
  const int chunks = lay_out(source.capacity, source.domain_count).max_chunks;
  with_shape(batch, dense.h.width, [&](auto shape) {
    with_precision(precision, [&](auto which) {
      using Tile = BlockProduct<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>;
      launch(forward<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>,
             blocks_for(items_of<Tile>(chunks, batch.chunk_rows, 1, dense.h.width)), Tile::kThreads, Tile::shared(),
             stream, batch, dense);
    });
  });
}

void domain_dense_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_domain_dense& dense,
                           const Matrix& g, const Matrix& dx, Stream stream) {
  const Batch batch = view(source);
  check_domain_dense(batch, dense);
  check_matrix(g, dense.h.width, true);
  check_matrix(dx, dense.x.width, false);
  const int chunks = lay_out(source.capacity, source.domain_count).max_chunks;
  with_shape(batch, dense.x.width, [&](auto shape) {
    with_precision(precision, [&](auto which) {
      using Tile = BlockProduct<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>;
      launch(backward<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>,
             blocks_for(items_of<Tile>(chunks, batch.chunk_rows, 1, dense.x.width)), Tile::kThreads, Tile::shared(),
             stream, batch, dense, g, dx);
    });
  });
}

}  // namespace mlora::cuda
