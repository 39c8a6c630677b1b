// The product of a block: 16 WM rows by 8 NT (4 / WM) columns, operands given by functions.
//
// 4 warps, WM of them over rows and the others beside, 16 rows by NT tiles of 8 columns each. k goes in pieces
// of 32, staged in shared memory in the order fragments want, as words of a float or of two bf16 that are neighbours
// in k: left as (m, k) with a stride of 4 more words, right as (k, n) with a stride of 8 modulo 32, which keep
// fragment reads free of bank conflicts; 18 KB for 64 x 64 floats, 10 KB for bf16.
// Whoever gives the operands says along which dimension neighbouring threads are to read; a thread asks for 8 numbers
// before it stores the first, so that as many can be on their way, where they are asked for without a branch. k is not
// split over blocks here.
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
  static size_t shared() { return shared_size<uint32_t>(kRows * kLeft) + shared_size<uint32_t>(kWords * kRight); }

  // The m that the calling thread is asked for where left goes along OUTER: always the same.
  MLORA_DEVICE static int own_row() { return thread_index() % kRows; }

  MLORA_DEVICE explicit BlockProduct(SharedMemory& memory)
      : left_(memory.array<uint32_t>(kRows * kLeft)), right_(memory.array<uint32_t>(kWords * kRight)) {}

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
      stage<kRows * kWords>(left_, [&](unsigned i, float (&values)[kPer]) {
        const int m = left_along == Along::K ? i / kWords : i % kRows;
        const int word = left_along == Along::K ? i % kWords : i / kRows;
        MLORA_UNROLL
        for (int j = 0; j < kPer; ++j) values[j] = left(m, k0 + kPer * word + j);
        return m * kLeft + word;
      });
      stage<kWords * kColumns>(right_, [&](unsigned i, float (&values)[kPer]) {
        const int word = right_along == Along::K ? i % kWords : i / kColumns;
        const int n = right_along == Along::K ? i / kWords : i % kColumns;
        MLORA_UNROLL
        for (int j = 0; j < kPer; ++j) values[j] = right(k0 + kPer * word + j, n);
        return word * kRight + n;
      });
      block_sync();
      if constexpr (Precision == MLORA_CUDA_BF16) {
        multiply_staged(own_m, own_n);
      } else {
        const auto left_at = [&](int m, int k) -> float { return float_of(left_[(own_m + m) * kLeft + k]); };
        const auto right_at = [&](int k, int n) -> float { return float_of(right_[k * kRight + own_n + n]); };
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

  // Adds the sums of each row over n, weighted by weight(i, n), to what a lane has of its rows fold_row(i), i < 2. Four
  // neighbouring lanes have a row together.
  template <typename Weight>
  MLORA_DEVICE void fold(float (&rows)[2], const Weight& weight) const {
    static_assert(WM == 4, "a warp has whole rows");
    MLORA_UNROLL
    for (int t = 0; t < NT; ++t) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) {
        rows[i / 2] = fma(weight(i / 2, 8 * t + lane() % 4 * 2 + i % 2), d_[t][i], rows[i / 2]);
      }
    }
  }
  MLORA_DEVICE static int fold_row(int i) { return warp_in_block() * 16 + lane() / 4 + 8 * i; }

 private:
  static constexpr int kDepth = 32;
  static constexpr int kPer = Precision == MLORA_CUDA_BF16 ? 2 : 1;  // numbers of a word
  static constexpr int kWords = kDepth / kPer;
  static constexpr int kLeft = kWords + 4;
  static constexpr int kRight = kColumns % 32 == 8 ? kColumns : kColumns + 8;

  // Stages Count words; read(i, values) gives the numbers of one and says where it goes.
  template <int Count, typename Read>
  MLORA_DEVICE static void stage(const Shared<uint32_t>& words, const Read& read) {
    constexpr int kEach = Count / kThreads, kMost = 8 / kPer, kAtOnce = kEach < kMost ? kEach : kMost;
    static_assert(Count % kThreads == 0 && kEach % kAtOnce == 0, "all threads have as many words");
    for (unsigned from = thread_index(); from < Count; from += kAtOnce * kThreads) {
      float values[kAtOnce][kPer];
      int at[kAtOnce];
      MLORA_UNROLL
      for (int i = 0; i < kAtOnce; ++i) at[i] = read(from + i * kThreads, values[i]);
      MLORA_UNROLL
      for (int i = 0; i < kAtOnce; ++i) {
        if constexpr (kPer == 2) {
          words[at[i]] = pack_bf16(values[i][0], values[i][1]);
        } else {
          words[at[i]] = bits_of(values[i][0]);
        }
      }
    }
  }

  MLORA_DEVICE void multiply_staged(int own_m, int own_n) {
    const int g = lane() / 4, q = lane() % 4;
    MLORA_UNROLL
    for (int k = 0; k < kWords; k += 8) {
      uint32_t a[4];
      load_matrices(left_, (own_m + lane() % 16) * kLeft + k + lane() / 16 * 4, a);
      MLORA_UNROLL
      for (int t = 0; t < NT; ++t) {
        const int at = (k + q) * kRight + own_n + 8 * t + g;
        const uint32_t b[2] = {right_[at], right_[at + 4 * kRight]};
        mma_bf16(d_[t], a, b);
      }
    }
  }

  Shared<uint32_t> left_, right_;
  float d_[NT][4] = {};
};

}  // namespace mlora::cuda
#endif
