// Matrix products of our own: c (m, n) = op(a) op(b) + beta c, in every precision, for machines without a
// matrix library, for TF32X3, which cuBLAS has not, and for shapes that are too narrow to hand over.
//
// A block makes 64 x 64 of c (see product.h); loads run along whichever dimension is contiguous. k is not
// split over blocks: for few tiles of c and a long k (the gradient of W, k = batch) a library is the better
// choice.
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

template <int Precision, typename C>
MLORA_KERNEL product(mlora_cuda_product p) {
  using E = Element<Precision>;
  SharedMemory memory;
  Tile<Precision> tile(memory);
  const int tiles = (p.n + tile.kColumns - 1) / tile.kColumns;
  const int m0 = static_cast<int>(block_index() / tiles) * tile.kRows;
  const int n0 = static_cast<int>(block_index() % tiles) * tile.kColumns;
  const bool turned_a = p.transpose_a != 0, turned_b = p.transpose_b != 0;
  const E* const a = pointer<const E>(p.a);
  const E* const b = pointer<const E>(p.b);
  tile.multiply(
      p.k, turned_a ? Along::OUTER : Along::K, turned_b ? Along::K : Along::OUTER,
      [&](int m, int k) { return at(a, p.lda, turned_a, p.m, p.k, m0 + m, k); },
      [&](int k, int n) { return at(b, p.ldb, turned_b, p.k, p.n, k, n0 + n); });
  C* const c = pointer<C>(p.c);
  tile.finish([&](int m, int n, float sum) {
    if (m0 + m >= p.m || n0 + n >= p.n) return;
    C* const to = c + static_cast<int64_t>(m0 + m) * p.ldc + n0 + n;
    store(to, p.beta != 0 ? sum + load(to) : sum);
  });
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
  using AnyTile = Tile<MLORA_CUDA_FP32>;
  const int64_t blocks = ceil_div(p.m, AnyTile::kRows) * ceil_div(p.n, AnyTile::kColumns);
  const auto kernel = p.precision == MLORA_CUDA_FP32     ? product<MLORA_CUDA_FP32, float>
                      : p.precision == MLORA_CUDA_TF32X3 ? product<MLORA_CUDA_TF32X3, float>
                      : p.precision == MLORA_CUDA_TF32   ? product<MLORA_CUDA_TF32, float>
                      : p.c_float != 0                   ? product<MLORA_CUDA_BF16, float>
                                                         : product<MLORA_CUDA_BF16, Bf16>;
  launch(kernel, blocks, AnyTile::kThreads, AnyTile::shared(), stream, p);
}

}  // namespace mlora::cuda
