// Matrix products of our own: c (m, n) = op(a) op(b) + beta c, in every precision, for machines without a
// matrix library, for TF32X3, which cuBLAS has not, and for shapes that are too narrow to hand over.
//
// A block makes 64 x 64 of c (see product.h); loads run along whichever dimension is contiguous. Where c has too few
// tiles for the device and k is long (the gradient of W, k = batch), k is cut into pieces of at least 512: each has
// blocks of its own, which write their sums into the work space, and a second launch adds them in order. How k is
// cut depends on the sizes alone, so that the same product has the same bits.
#include <algorithm>

#include "families.h"
#include "product.h"

namespace mlora::cuda {
namespace {

// Element (row, column) of op(matrix), 0 outside of it.
template <typename E>
MLORA_DEVICE float at(const E* matrix, int ld, bool transposed, int rows, int columns, int row, int column) {
  if (row >= rows || column >= columns) return 0;
  const int64_t line = transposed ? column : row, place = transposed ? row : column;
  return load(matrix + line * ld + place);
}

template <int Precision>
using Tile = BlockProduct<Precision, 4, 8>;

constexpr int64_t kBlocksWanted = 256;
constexpr int kShortestPiece = 512;
constexpr int kAddThreads = 256;

// How k is cut: piece i is [i length, (i + 1) length).
struct Pieces {
  int count, length;
};

template <int Precision, typename C>
MLORA_KERNEL product(mlora_cuda_product p, Pieces pieces) {
  using E = Element<Precision>;
  SharedMemory memory;
  Tile<Precision> tile(memory);
  const int tiles = (p.n + tile.kColumns - 1) / tile.kColumns;
  const int64_t at_tile = block_index() / pieces.count;
  const int piece = static_cast<int>(block_index() % pieces.count), k0 = piece * pieces.length;
  const int m0 = static_cast<int>(at_tile / tiles) * tile.kRows;
  const int n0 = static_cast<int>(at_tile % tiles) * tile.kColumns;
  const bool turned_a = p.transpose_a != 0, turned_b = p.transpose_b != 0;
  const E* const a = pointer<const E>(p.a);
  const E* const b = pointer<const E>(p.b);
  // A piece is a multiple of what is staged at once, so that nothing of the next one is.
  tile.multiply(
      pieces.length < p.k - k0 ? pieces.length : p.k - k0, turned_a ? Along::OUTER : Along::K, turned_b ? Along::K : Along::OUTER,
      [&](int m, int k) { return at(a, p.lda, turned_a, p.m, p.k, m0 + m, k0 + k); },
      [&](int k, int n) { return at(b, p.ldb, turned_b, p.k, p.n, k0 + k, n0 + n); });
  C* const c = pointer<C>(p.c);
  tile.finish([&](int m, int n, float sum) {
    if (m0 + m >= p.m || n0 + n >= p.n) return;
    if (pieces.count > 1) {
      pointer<float>(p.work)[(static_cast<int64_t>(piece) * p.m + m0 + m) * p.n + n0 + n] = sum;
      return;
    }
    C* const to = c + static_cast<int64_t>(m0 + m) * p.ldc + n0 + n;
    store(to, p.beta != 0 ? sum + load(to) : sum);
  });
}

template <typename C>
MLORA_KERNEL add_pieces(mlora_cuda_product p, Pieces pieces) {
  const int64_t i = thread_in_grid(), size = static_cast<int64_t>(p.m) * p.n;
  if (i >= size) return;
  const float* const sums = pointer<const float>(p.work) + i;
  float sum = 0;
  for (int piece = 0; piece < pieces.count; ++piece) sum += sums[piece * size];
  C* const to = pointer<C>(p.c) + i / p.n * p.ldc + i % p.n;
  store(to, p.beta != 0 ? sum + load(to) : sum);
}

Pieces cut(const mlora_cuda_product& p, int64_t tiles) {
  const int64_t room = p.work == 0 ? 0 : p.work_bytes / (4 * static_cast<int64_t>(p.m) * p.n);
  const int64_t count = std::min({ceil_div(kBlocksWanted, tiles), static_cast<int64_t>(p.k / kShortestPiece), room});
  if (count < 2) return {1, p.k};
  const int64_t length = ceil_div(ceil_div(p.k, count), 32) * 32;
  return {static_cast<int>(ceil_div(p.k, length)), static_cast<int>(length)};
}

template <int Precision, typename C>
void run(const mlora_cuda_product& p, Stream stream) {
  using Own = Tile<Precision>;
  const int64_t tiles = ceil_div(p.m, Own::kRows) * ceil_div(p.n, Own::kColumns);
  const Pieces pieces = cut(p, tiles);
  launch(product<Precision, C>, tiles * pieces.count, Own::kThreads, Own::shared(), stream, p, pieces);
  if (pieces.count == 1) return;
  launch(add_pieces<C>, ceil_div(static_cast<int64_t>(p.m) * p.n, kAddThreads), kAddThreads, 0, stream, p, pieces);
}

}  // namespace

void check_product(const mlora_cuda_product& p) {
  require(p.precision >= MLORA_CUDA_FP32 && p.precision <= MLORA_CUDA_BF16, "the precision is not known");
  require(p.m >= 1 && p.n >= 1 && p.k >= 1, "matrices have rows and columns");
  require(p.a != 0 && p.b != 0 && p.c != 0, "a product has a, b and c");
  require(p.lda >= (p.transpose_a != 0 ? p.m : p.k) && p.ldb >= (p.transpose_b != 0 ? p.k : p.n) && p.ldc >= p.n,
          "rows of matrices are as long as their columns");
  require(p.beta == 0 || p.beta == 1, "beta is 0 or 1");
}

void multiply(const mlora_cuda_product& p, Stream stream) {
  check_product(p);
  with_precision(p.precision, [&](auto which) {
    constexpr int kPrecision = decltype(which)::value;
    if constexpr (kPrecision == MLORA_CUDA_BF16) {
      if (p.c_float == 0) return run<kPrecision, Bf16>(p, stream);
    }
    run<kPrecision, float>(p, stream);
  });
}

}  // namespace mlora::cuda
