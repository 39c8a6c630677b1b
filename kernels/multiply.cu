// Matrix products of our own: c (m, n) = op(a) op(b) + beta c, in every precision, for machines without a
// matrix library, for TF32X3, which cuBLAS has not, and for shapes that are too narrow to hand over.
//
// A block makes 64 x 64 of c with 4 warps of 32 x 32 (two by four fragments each), k in pieces of 32. Both
// pieces are staged in shared memory as float, in the order k wants: a as (m, k) with stride 36, b as (k, n)
// with stride 72, which keep fragment reads free of bank conflicts; 18 KB. Loads run along whichever
// dimension is contiguous. k is not split over blocks: for few tiles of c and a long k (the gradient of W,
// k = batch) a library is the better choice.
#include "families.h"
#include "tile.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kTile = 64;
constexpr int kDepth = 32;
constexpr int kLeft = kDepth + 4;
constexpr int kRight = kTile + 8;

// Element (row, column) of op(matrix), 0 outside of it.
template <typename E>
MLORA_DEVICE float at(const E* matrix, int ld, bool transposed, int rows, int columns, int row, int column) {
  if (row >= rows || column >= columns) return 0;
  return load(matrix + (transposed ? static_cast<int64_t>(column) * ld + row : static_cast<int64_t>(row) * ld + column));
}

template <int Precision, typename C>
MLORA_KERNEL product(mlora_cuda_product p) {
  using E = Element<Precision>;
  SharedMemory memory;
  const Shared<float> left = memory.array<float>(kTile * kLeft);
  const Shared<float> right = memory.array<float>(kDepth * kRight);
  const int tiles = (p.n + kTile - 1) / kTile;
  const int m0 = static_cast<int>(block_index() / tiles) * kTile, n0 = static_cast<int>(block_index() % tiles) * kTile;
  const int own_m = warp_in_block() / 2 * 32, own_n = warp_in_block() % 2 * 32;
  const E* const a = pointer<const E>(p.a);
  const E* const b = pointer<const E>(p.b);
  float d[2][4][4] = {};
  for (int k0 = 0; k0 < p.k; k0 += kDepth) {
    for (int i = thread_index(); i < kTile * kDepth; i += kThreads) {
      const int m = p.transpose_a != 0 ? i % kTile : i / kDepth, k = p.transpose_a != 0 ? i / kTile : i % kDepth;
      left[m * kLeft + k] = at(a, p.lda, p.transpose_a != 0, p.m, p.k, m0 + m, k0 + k);
    }
    for (int i = thread_index(); i < kTile * kDepth; i += kThreads) {
      const int k = p.transpose_b != 0 ? i % kDepth : i / kTile, n = p.transpose_b != 0 ? i / kDepth : i % kTile;
      right[k * kRight + n] = at(b, p.ldb, p.transpose_b != 0, p.k, p.n, k0 + k, n0 + n);
    }
    block_sync();
    MLORA_UNROLL
    for (int half = 0; half < 2; ++half) {
      multiply_tile<Precision>(
          d[half], kDepth, [&](int m, int k) -> float { return left[(own_m + 16 * half + m) * kLeft + k]; },
          [&](int k, int n) -> float { return right[k * kRight + own_n + n]; });
    }
    block_sync();
  }
  C* const c = pointer<C>(p.c);
  MLORA_UNROLL
  for (int half = 0; half < 2; ++half) {
    MLORA_UNROLL
    for (int t = 0; t < 4; ++t) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int m = m0 + own_m + 16 * half + lane() / 4 + i / 2 * 8, n = n0 + own_n + 8 * t + lane() % 4 * 2 + i % 2;
        if (m >= p.m || n >= p.n) continue;
        C* const to = c + static_cast<int64_t>(m) * p.ldc + n;
        store(to, p.beta != 0 ? d[half][t][i] + load(to) : d[half][t][i]);
      }
    }
  }
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
  const int64_t blocks = ceil_div(p.m, kTile) * ceil_div(p.n, kTile);
  const size_t shared = shared_size<float>(kTile * kLeft) + shared_size<float>(kDepth * kRight);
  const auto kernel = p.precision == MLORA_CUDA_FP32     ? product<MLORA_CUDA_FP32, float>
                      : p.precision == MLORA_CUDA_TF32X3 ? product<MLORA_CUDA_TF32X3, float>
                      : p.precision == MLORA_CUDA_TF32   ? product<MLORA_CUDA_TF32, float>
                      : p.c_float != 0                   ? product<MLORA_CUDA_BF16, float>
                                                         : product<MLORA_CUDA_BF16, Bf16>;
  launch(kernel, blocks, kThreads, shared, stream, p);
}

}  // namespace mlora::cuda
