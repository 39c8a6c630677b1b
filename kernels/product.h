// The product of a block: 16 WM rows by 8 NT (4 / WM) columns, operands given by functions.
//
// 4 warps, WM of them over rows and the others beside, 16 rows by NT tiles of 8 columns each. k goes in pieces
// of 32, staged in shared memory as float in the order fragments want: left as (m, k) with stride 36, right as
// (k, n) with a stride of 8 modulo 32, which keep fragment reads free of bank conflicts; 18 KB for 64 x 64.
// Whoever gives the operands says along which dimension neighbouring threads are to read. k is not split over
// blocks here.
#ifndef MLORA_KERNELS_PRODUCT_H
#define MLORA_KERNELS_PRODUCT_H

#include <type_traits>

#include "tile.h"

namespace mlora::cuda {

// The shape of a block, for launches.
template <int WM, int NT>
struct Shape {
  static constexpr int kWM = WM, kNT = NT;
};

// Runs body with the precision as a type, whose value is known to the compiler.
template <typename Body>
void with_precision(int precision, const Body& body) {
  switch (precision) {
    case MLORA_CUDA_FP32: return body(std::integral_constant<int, MLORA_CUDA_FP32>());
    case MLORA_CUDA_TF32X3: return body(std::integral_constant<int, MLORA_CUDA_TF32X3>());
    case MLORA_CUDA_TF32: return body(std::integral_constant<int, MLORA_CUDA_TF32>());
    case MLORA_CUDA_BF16: return body(std::integral_constant<int, MLORA_CUDA_BF16>());
    default: require(false, "the precision is not known");
  }
}

// What neighbouring threads read next to each other.
enum class Along { K, OUTER };

template <int Precision, int WM, int NT>
class BlockProduct {
 public:
  static constexpr int kThreads = 128;
  static constexpr int kRows = 16 * WM;
  static constexpr int kColumns = 4 / WM * 8 * NT;
  static size_t shared() { return shared_size<float>(kRows * kLeft) + shared_size<float>(kDepth * kRight); }

  MLORA_DEVICE explicit BlockProduct(SharedMemory& memory)
      : left_(memory.array<float>(kRows * kLeft)), right_(memory.array<float>(kDepth * kRight)) {}

  // The sums of left(m, k) right(k, n) over k < depth. Both are asked for all m < kRows, n < kColumns and for
  // k up to a multiple of 32, and give 0 where there is nothing. All threads of the block come here.
  template <typename Left, typename Right>
  MLORA_DEVICE void multiply(int depth, Along left_along, Along right_along, const Left& left, const Right& right) {
    MLORA_UNROLL
    for (int t = 0; t < NT; ++t) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) d_[t][i] = 0;
    }
    const int own_m = warp_in_block() % WM * 16, own_n = warp_in_block() / WM * 8 * NT;
    for (int k0 = 0; k0 < depth; k0 += kDepth) {
      for (int i = thread_index(); i < kRows * kDepth; i += kThreads) {
        const int m = left_along == Along::K ? i / kDepth : i % kRows;
        const int k = left_along == Along::K ? i % kDepth : i / kRows;
        left_[m * kLeft + k] = left(m, k0 + k);
      }
      for (int i = thread_index(); i < kDepth * kColumns; i += kThreads) {
        const int k = right_along == Along::K ? i % kDepth : i / kColumns;
        const int n = right_along == Along::K ? i / kDepth : i % kColumns;
        right_[k * kRight + n] = right(k0 + k, n);
      }
      block_sync();
      const auto left_at = [&](int m, int k) -> float { return left_[(own_m + m) * kLeft + k]; };
      const auto right_at = [&](int k, int n) -> float { return right_[k * kRight + own_n + n]; };
      if constexpr (Precision == MLORA_CUDA_TF32X3) {
        // mma.sync cuts its sums off instead of rounding them, which shows over a long k.
        float piece[NT][4] = {};
        multiply_tile<Precision>(piece, kDepth, left_at, right_at);
        MLORA_UNROLL
        for (int t = 0; t < NT; ++t) {
          MLORA_UNROLL
          for (int i = 0; i < 4; ++i) d_[t][i] += piece[t][i];
        }
      } else {
        multiply_tile<Precision>(d_, kDepth, left_at, right_at);
      }
      block_sync();
    }
  }

  // Calls put(m, n, sum) for the thread's share of the sums.
  template <typename Put>
  MLORA_DEVICE void finish(const Put& put) const {
    const int own_m = warp_in_block() % WM * 16, own_n = warp_in_block() / WM * 8 * NT;
    MLORA_UNROLL
    for (int t = 0; t < NT; ++t) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) {
        put(own_m + lane() / 4 + i / 2 * 8, own_n + 8 * t + lane() % 4 * 2 + i % 2, d_[t][i]);
      }
    }
  }

 private:
  static constexpr int kDepth = 32;
  static constexpr int kLeft = kDepth + 4;
  static constexpr int kRight = kColumns % 32 == 8 ? kColumns : kColumns + 8;

  Shared<float> left_, right_;
  float d_[NT][4] = {};
};

}  // namespace mlora::cuda
#endif
