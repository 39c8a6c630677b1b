// All that kernels know of the machine: threads, barriers, warp collectives, shared memory, tensor cores,
// atomics, rounding, launches. Under nvcc these are the device's own; under a C++ compiler the emulator's
// (tests/native/emulator), so that a kernel's file runs on either without a change.
//
// Kernels are written for whole warps: collectives take all 32 lanes, and every thread of a block
// reaches every barrier. Arithmetic is fused only where it says fma (nvcc gets -fmad=false).
#ifndef MLORA_KERNELS_HARDWARE_H
#define MLORA_KERNELS_HARDWARE_H

#include <cstddef>
#include <cstdint>

#if defined(__CUDACC__)
#include "hardware_device.h"
#else
#include "hardware_emulated.h"
#endif

namespace mlora::cuda {

MLORA_DEVICE int lane() { return thread_index() % 32; }
MLORA_DEVICE int warp_in_block() { return thread_index() / 32; }
MLORA_DEVICE int64_t warp_in_grid() { return block_index() * (thread_count() / 32) + warp_in_block(); }
MLORA_DEVICE int64_t thread_in_grid() { return block_index() * thread_count() + thread_index(); }
MLORA_DEVICE int64_t threads_in_grid() { return block_count() * thread_count(); }

// Arrays in the block's dynamic shared memory, one after the other.
class SharedMemory {
 public:
  template <typename T>
  MLORA_DEVICE Shared<T> array(int count) {
    const Shared<T> result = shared_array<T>(used_, count);
    used_ += (static_cast<size_t>(count) * sizeof(T) + 15) / 16 * 16;
    return result;
  }

 private:
  size_t used_ = 0;
};

// Bytes of shared memory of such arrays.
template <typename T>
constexpr size_t shared_size(int count) {
  return (static_cast<size_t>(count) * sizeof(T) + 15) / 16 * 16;
}

inline int64_t ceil_div(int64_t n, int64_t by) { return (n + by - 1) / by; }

// A team of neighbouring lanes, a power of two of them: as many as have four of so many columns each.
inline int team_for(int64_t columns) {
  int team = 1;
  while (team < 32 && team * 4 < columns) team *= 2;
  return team;
}
// The sum over the lane's team; all lanes of the warp come here.
MLORA_DEVICE float sum_of_team(float value, int team) {
  for (int mask = team / 2; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
  return value;
}

}  // namespace mlora::cuda
#endif
