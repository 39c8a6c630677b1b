// The device side of hardware.h.
#ifndef MLORA_KERNELS_HARDWARE_DEVICE_H
#define MLORA_KERNELS_HARDWARE_DEVICE_H

#include <cuda_runtime.h>

#include "failure.h"

#define MLORA_KERNEL __global__ void
// Registers are shared out so that so many blocks of so many threads fit on an SM. Blocks of 512 threads and more need
// it: a driver that compiles our PTX for a newer device may else take more registers than such a block can have.
#define MLORA_BOUNDS(threads, blocks) __launch_bounds__(threads, blocks)
#define MLORA_DEVICE __device__ __forceinline__
#define MLORA_BOTH __host__ __device__ __forceinline__
// Before a loop over an array that is to stay in registers.
#define MLORA_UNROLL _Pragma("unroll")
// Before a loop whose body is long as it is: copies of it would cost registers and instruction cache.
#define MLORA_ROLLED _Pragma("unroll 1")

namespace mlora::cuda {

using Stream = cudaStream_t;

MLORA_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
MLORA_DEVICE int thread_count() { return static_cast<int>(blockDim.x); }
MLORA_DEVICE int64_t block_index() { return blockIdx.x; }
MLORA_DEVICE int64_t block_count() { return gridDim.x; }

MLORA_DEVICE void block_sync() { __syncthreads(); }
MLORA_DEVICE void warp_sync() { __syncwarp(); }

template <typename T>
MLORA_DEVICE T shuffle(T value, int source) {
  return __shfl_sync(0xFFFFFFFFu, value, source);
}
template <typename T>
MLORA_DEVICE T shuffle_up(T value, int by) {
  return __shfl_up_sync(0xFFFFFFFFu, value, by);
}
template <typename T>
MLORA_DEVICE T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(0xFFFFFFFFu, value, mask);
}
MLORA_DEVICE uint32_t ballot(bool predicate) { return __ballot_sync(0xFFFFFFFFu, predicate); }
MLORA_DEVICE uint32_t match(uint32_t value) { return __match_any_sync(0xFFFFFFFFu, value); }

template <typename T>
struct Shared {
  T* data;
  MLORA_DEVICE T& operator[](int i) const { return data[i]; }
};
template <typename T>
MLORA_DEVICE Shared<T> shared_array(size_t offset, int) {
  extern __shared__ __align__(16) char mlora_shared_memory[];
  return {reinterpret_cast<T*>(mlora_shared_memory + offset)};
}

// d += a b, m16n8k8 with operands in tf32 and m16n8k16 in bf16.
MLORA_DEVICE void mma_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
MLORA_DEVICE void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

MLORA_DEVICE unsigned place_in_shared(const Shared<uint32_t>& words, int at) {
  return static_cast<unsigned>(__cvta_generic_to_shared(words.data + at));
}
// Four matrices of 8 x 8 bf16, two in a word: lane 8 i + r says where row r of matrix i begins, at a multiple of
// four words. A lane gets row lane / 4 of each, columns 2 (lane % 4) and the next; transposed, column lane / 4 of
// each, rows 2 (lane % 4) and the next.
MLORA_DEVICE void load_matrices(const Shared<uint32_t>& words, int at, uint32_t (&out)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(place_in_shared(words, at))
               : "memory");
}
MLORA_DEVICE void load_matrices_transposed(const Shared<uint32_t>& words, int at, uint32_t (&out)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(place_in_shared(words, at))
               : "memory");
}

// Asks for the line of an address that will be read soon, from memory into the L2 cache.
MLORA_DEVICE void prefetch(const void* at) { asm volatile("prefetch.global.L2 [%0];" : : "l"(at)); }

MLORA_DEVICE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
MLORA_DEVICE float divide(float a, float b) { return __fdiv_rn(a, b); }
MLORA_DEVICE float root(float a) { return __fsqrt_rn(a); }
MLORA_DEVICE double root(double a) { return __dsqrt_rn(a); }
MLORA_DEVICE float absolute(float a) { return fabsf(a); }
// The bytes of two words, 0 to 3 of the first and 4 to 7 of the second, that four digits name, the lowest one first.
MLORA_DEVICE uint32_t permute_bytes(uint32_t first, uint32_t second, uint32_t digits) {
  return __byte_perm(first, second, digits);
}
MLORA_DEVICE uint32_t bits_of(float a) { return __float_as_uint(a); }
MLORA_DEVICE float float_of(uint32_t bits) { return __uint_as_float(bits); }
MLORA_DEVICE uint32_t high_product(uint32_t a, uint32_t b) { return __umulhi(a, b); }
MLORA_DEVICE int count_bits(uint32_t a) { return __popc(a); }
// Of a number that is not 0.
MLORA_DEVICE int lowest_bit(uint32_t a) { return __ffs(static_cast<int>(a)) - 1; }
// Rounded to the nearest tf32, ties away from zero.
MLORA_DEVICE uint32_t to_tf32(float a) {
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(a));
  return bits;
}
// Two numbers rounded to the nearest bf16, ties to even, low in the low half.
MLORA_DEVICE uint32_t pack_bf16(float low, float high) {
  uint32_t bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}
MLORA_DEVICE uint32_t to_bf16(float a) { return pack_bf16(a, 0.0f) & 0xFFFFu; }
MLORA_DEVICE double exponential(double a) { return exp(a); }
MLORA_DEVICE float exponential(float a) { return expf(a); }
MLORA_DEVICE double log_plus_one(double a) { return log1p(a); }

// Atomics on integers only: their order does not show in the result.
MLORA_DEVICE void atomic_add(uint64_t* at, uint64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(at), static_cast<unsigned long long>(value));
}
MLORA_DEVICE void atomic_add(int32_t* at, int32_t value) { atomicAdd(at, value); }
MLORA_DEVICE void atomic_max(int32_t* at, int32_t value) { atomicMax(at, value); }

inline void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  const std::string why = std::string(what) + ": " + cudaGetErrorString(error);
  if (error == cudaErrorInsufficientDriver || error == cudaErrorNoDevice || error == cudaErrorStubLibrary) {
    throw Unsupported(why + "; there is no NVIDIA GPU here, or its driver is older than the CUDA of the library");
  }
  if (error == cudaErrorNoKernelImageForDevice || error == cudaErrorUnsupportedPtxVersion) {
    throw Unsupported(why + "; this GPU is older than sm_80, or its driver older than the library's CUDA");
  }
  throw Failure(error == cudaErrorMemoryAllocation, error, what, cudaGetErrorString(error));
}

// Bytes of shared memory that a block can have on the current device.
inline int most_shared_memory() {
  int device = 0, bytes = 0;
  check(cudaGetDevice(&device), "the current device");
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device), "shared memory of a block");
  return bytes;
}

template <typename... Parameters, typename... Arguments>
void launch(void (*kernel)(Parameters...), int64_t blocks, int threads, size_t shared_bytes, Stream stream,
            const Arguments&... arguments) {
  if (blocks == 0) return;
  if (shared_bytes > 48 * 1024) {
    // What a kernel may have, and not what this launch needs: another thread may launch it with more.
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, most_shared_memory()),
          "shared memory of a kernel");
  }
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared_bytes, stream>>>(arguments...);
  check(cudaGetLastError(), "launch of a kernel");
}

inline void clear(void* memory, size_t bytes, Stream stream) {
  check(cudaMemsetAsync(memory, 0, bytes, stream), "clearing memory");
}

}  // namespace mlora::cuda
#endif
