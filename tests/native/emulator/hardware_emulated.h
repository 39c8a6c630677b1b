// The emulator's side of kernels/hardware.h.
#ifndef MLORA_HARDWARE_EMULATED_H
#define MLORA_HARDWARE_EMULATED_H

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "emulator.h"
#include "stream.h"
#include "failure.h"

#define MLORA_KERNEL void
#define MLORA_BOUNDS(threads, blocks)
#define MLORA_DEVICE inline
#define MLORA_BOTH inline
#define MLORA_UNROLL
#define MLORA_ROLLED
// Shared memory is checked by the emulator, which knows warps; ThreadSanitizer would not tell blocks apart.
#define MLORA_UNCHECKED __attribute__((no_sanitize_thread))

namespace mlora::cuda {

// Null: what is launched runs at once.
using Stream = emulator::Stream*;

using emulator::block_count;
using emulator::block_index;
using emulator::thread_count;
using emulator::thread_index;

inline void block_sync(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulator::block_sync(file, line);
}
inline void warp_sync(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulator::warp_sync(file, line);
}

template <typename T>
MLORA_UNCHECKED T shuffle(T value, int source, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  static_assert(sizeof(T) % 4 == 0 && sizeof(T) <= 16);
  T result;
  emulator::shuffle(&value, &result, sizeof(T), source, file, line);
  return result;
}
template <typename T>
T shuffle_up(T value, int by, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  const int self = thread_index() % 32;
  return shuffle(value, self >= by ? self - by : self, file, line);
}
template <typename T>
T shuffle_xor(T value, int mask, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return shuffle(value, (thread_index() % 32) ^ mask, file, line);
}
inline uint32_t ballot(bool predicate, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return emulator::ballot(predicate, file, line);
}
inline uint32_t match(uint32_t value, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return emulator::match(value, file, line);
}

// A value in shared memory.
template <typename T>
class SharedReference {
 public:
  explicit SharedReference(T* at) : at_(at) {}
  SharedReference(const SharedReference&) = default;
  MLORA_UNCHECKED operator T() const {
    emulator::check_shared(at_, sizeof(T), emulator::Access::READ);
    return *at_;
  }
  MLORA_UNCHECKED const SharedReference& operator=(T value) const {
    emulator::check_shared(at_, sizeof(T), emulator::Access::WRITE);
    *at_ = value;
    return *this;
  }
  const SharedReference& operator=(const SharedReference& other) const { return *this = static_cast<T>(other); }
  const SharedReference& operator+=(T value) const { return *this = static_cast<T>(*this) + value; }

 private:
  T* at_;
};

template <typename T>
class Shared {
 public:
  Shared(T* data, int count) : data_(data), count_(count) {}
  SharedReference<T> operator[](int i) const {
    if (i < 0 || i >= count_) emulator::fault("element %d of a shared array of %d", i, count_);
    return SharedReference<T>(data_ + i);
  }
  // Where a vector of 16 bytes lies.
  T* vector(int i) const {
    constexpr int kEach = 16 / sizeof(T);
    if (i < 0 || i + kEach > count_) emulator::fault("elements from %d of a shared array of %d", i, count_);
    if (i % kEach != 0) emulator::fault("a vector at element %d of a shared array", i);
    return data_ + i;
  }

 private:
  static_assert(sizeof(T) % 4 == 0 && std::is_trivially_copyable_v<T>);
  T* data_;
  int count_;
};
template <typename T>
Shared<T> shared_array(size_t offset, int count) {
  if (offset + count * sizeof(T) > emulator::shared_bytes()) {
    emulator::fault("a shared array of %d ends at byte %zu of %zu", count, offset + count * sizeof(T),
                    emulator::shared_bytes());
  }
  return {reinterpret_cast<T*>(emulator::shared_memory() + offset), count};
}

inline void mma_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                     const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulator::mma_tf32(d, a, b, file, line);
}
inline void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                     const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  emulator::mma_bf16(d, a, b, file, line);
}

// See hardware_device.h.
inline void load_matrices(const Shared<uint32_t>& words, int at, uint32_t (&out)[4]) {
  words.vector(at);
  const int lane = thread_index() % 32;
  for (int i = 0; i < 4; ++i) out[i] = words[shuffle(at, 8 * i + lane / 4) + lane % 4];
}
inline void load_matrices_transposed(const Shared<uint32_t>& words, int at, uint32_t (&out)[4]) {
  words.vector(at);
  const int lane = thread_index() % 32, column = lane / 4;
  for (int i = 0; i < 4; ++i) {
    uint32_t halves[2];
    for (int k = 0; k < 2; ++k) {
      const uint32_t word = words[shuffle(at, 8 * i + lane % 4 * 2 + k) + column / 2];
      halves[k] = column % 2 == 0 ? word & 0xFFFFu : word >> 16;
    }
    out[i] = halves[0] | halves[1] << 16;
  }
}

// Memory here has no distance.
inline void prefetch(const void*) {}

inline float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float divide(float a, float b) { return a / b; }
inline float root(float a) { return std::sqrt(a); }
inline double root(double a) { return std::sqrt(a); }
inline float absolute(float a) { return std::fabs(a); }
inline uint32_t permute_bytes(uint32_t first, uint32_t second, uint32_t digits) {
  const uint64_t bytes = first | uint64_t{second} << 32;
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word |= static_cast<uint32_t>(bytes >> 8 * (digits >> 4 * i & 7) & 0xFF) << 8 * i;
  return word;
}
inline uint32_t bits_of(float a) { return std::bit_cast<uint32_t>(a); }
inline float float_of(uint32_t bits) { return std::bit_cast<float>(bits); }
inline uint32_t high_product(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }
inline int count_bits(uint32_t a) { return std::popcount(a); }
inline int lowest_bit(uint32_t a) { return std::countr_zero(a); }
// Rounded to the nearest tf32, ties away from zero, as cvt.rna.
inline uint32_t to_tf32(float a) { return a == a ? (bits_of(a) + 0x1000u) & ~0x1FFFu : 0x7FFFFFFFu; }
// Two numbers rounded to the nearest bf16, ties to even, low in the low half.
inline uint32_t to_bf16(float a) {
  const uint32_t bits = bits_of(a);
  return a == a ? (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16 : 0x7FFFu;
}
inline uint32_t pack_bf16(float low, float high) { return to_bf16(low) | to_bf16(high) << 16; }
inline double exponential(double a) { return std::exp(a); }
inline float exponential(float a) { return std::exp(a); }
inline double log_plus_one(double a) { return std::log1p(a); }

inline void atomic_add(uint64_t* at, uint64_t value) { __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }
inline void atomic_add(int32_t* at, int32_t value) { __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }
inline void atomic_max(int32_t* at, int32_t value) {
  int32_t old = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (old < value && !__atomic_compare_exchange_n(at, &old, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

inline int most_shared_memory() { return static_cast<int>(emulator::shared_limit()); }

template <typename Kernel, typename... Arguments>
void launch_now(Kernel kernel, int64_t blocks, int threads, size_t shared_bytes, const Arguments&... arguments) {
  auto body = [&] { kernel(arguments...); };
  emulator::launch(
      blocks, threads, shared_bytes, [](void* argument) { (*static_cast<decltype(body)*>(argument))(); }, &body);
}

template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), int64_t blocks, int threads, size_t shared_bytes, Stream stream,
            const Arguments&... arguments) {
  if (blocks == 0) return;
  if (stream == nullptr) {
    launch_now(kernel, blocks, threads, shared_bytes, arguments...);
  } else {
    stream->add([=] { launch_now(kernel, blocks, threads, shared_bytes, arguments...); });
  }
}

inline void clear(void* memory, size_t bytes, Stream stream) {
  if (stream == nullptr) {
    std::memset(memory, 0, bytes);
  } else {
    stream->add([=] { std::memset(memory, 0, bytes); });
  }
}

}  // namespace mlora::cuda
#endif
