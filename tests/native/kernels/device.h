// Arrays on the device that tests run on: the emulated one, where device memory is the process's, or a GPU.
#ifndef MLORA_TESTS_KERNELS_DEVICE_H
#define MLORA_TESTS_KERNELS_DEVICE_H

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#if defined(MLORA_EMULATED)
#include "emulator.h"
#else
#include <cuda_runtime_api.h>
#endif

#include "../check.h"
#include "mlora_cuda.h"

#define OK(call) CHECK((call) == MLORA_CUDA_OK, mlora_cuda_last_error())

namespace device {

#if defined(MLORA_EMULATED)
inline void* allocate(size_t bytes) {
  void* memory = nullptr;
  CHECK(posix_memalign(&memory, 256, bytes) == 0);
  std::memset(memory, 0xFF, bytes);
  return memory;
}
inline void release(void* memory) { std::free(memory); }
// Order of the threads of later launches; a device has its own.
inline void set_schedule(unsigned seed) { mlora::emulator::set_schedule(seed); }
// Makes the device a large one, with as much shared memory as an H100, or the smallest again.
inline void set_large(bool large) {
  mlora::emulator::set_shared_limit(large ? 227 * 1024 : mlora::emulator::kLeastShared);
}
inline void copy(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }
inline void set(void* memory, int byte, size_t bytes) { std::memset(memory, byte, bytes); }
#else
#define CUDA_OK(call) \
  do { \
    const cudaError_t error = (call); \
    CHECK(error == cudaSuccess, cudaGetErrorString(error)); \
  } while (false)
inline void* allocate(size_t bytes) {
  void* memory = nullptr;
  CUDA_OK(cudaMalloc(&memory, bytes));
  CUDA_OK(cudaMemset(memory, 0xFF, bytes));
  return memory;
}
inline void release(void* memory) { cudaFree(memory); }
inline void set_schedule(unsigned) {}
inline void set_large(bool) {}
inline void copy(void* to, const void* from, size_t bytes) {
  CUDA_OK(cudaMemcpy(to, from, bytes, cudaMemcpyDefault));
}
inline void set(void* memory, int byte, size_t bytes) { CUDA_OK(cudaMemset(memory, byte, bytes)); }
#endif

struct Release {
  void operator()(void* memory) const { release(memory); }
};

// count values; what is not written is 0xFF.
template <typename T>
class Array {
 public:
  Array() = default;
  explicit Array(size_t count) : count_(count), memory_(allocate(std::max<size_t>(count, 1) * sizeof(T))) {}
  explicit Array(const std::vector<T>& values) : Array(values.size()) { write(values); }

  void write(const std::vector<T>& values) {
    CHECK(values.size() == count_);
    if (count_ > 0) copy(memory_.get(), values.data(), count_ * sizeof(T));
  }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    if (count_ > 0) copy(values.data(), memory_.get(), count_ * sizeof(T));
    return values;
  }
  void clear() { set(memory_.get(), 0, count_ * sizeof(T)); }
  uint64_t address() const { return reinterpret_cast<uint64_t>(memory_.get()); }
  size_t size() const { return count_; }

 private:
  size_t count_ = 0;
  std::unique_ptr<void, Release> memory_;
};

}  // namespace device

#endif
