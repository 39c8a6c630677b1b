// Runs kernels on the CPU: one fiber per CUDA thread, blocks one after the other, threads in a random
// order that the schedule's seed decides. What a kernel must not do ends the launch with a Fault:
//   a barrier that only a part of the block reaches, or that its threads reach at different places;
//   lanes of a warp in different collectives, or a collective that some lanes never reach;
//   shared memory out of bounds, read before it is written, or touched by two threads, one of them
//   writing, with no barrier between.
// Global memory is ordinary memory: AddressSanitizer checks its bounds and ThreadSanitizer, which is
// told about the fibers and about every barrier, its races within a block and between blocks.
//
// A kernel sees this through kernels/hardware.h. One launch at a time, from any thread.
#ifndef MLORA_EMULATOR_H
#define MLORA_EMULATOR_H

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace mlora::emulator {

// What a kernel did wrong, and where.
class Fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Bytes of shared memory that a block can have: what every device we build for gives, unless told otherwise.
constexpr size_t kLeastShared = 99 * 1024;
void set_shared_limit(size_t bytes);
size_t shared_limit();

// Order in which threads and blocks run from the next launch on.
void set_schedule(uint64_t seed);

// Runs body as every thread of blocks x threads; throws Fault. Threads are a multiple of 32, up to 1024.
void launch(int64_t blocks, int threads, size_t shared_bytes, void (*body)(void*), void* argument);

// ---- for kernels, on the running thread ----
int thread_index();
int thread_count();
int64_t block_index();
int64_t block_count();

void block_sync(const char* file, int line);
void warp_sync(const char* file, int line);

// Collectives of a whole warp; they order no memory, as on the device.
void shuffle(const void* value, void* out, size_t bytes, int source, const char* file, int line);
uint32_t ballot(bool predicate, const char* file, int line);
uint32_t match(uint32_t value, const char* file, int line);
// d += a b by fragments of mma.sync m16n8k8 (tf32) and m16n8k16 (bf16), accumulated in float.
void mma_tf32(float d[4], const uint32_t a[4], const uint32_t b[2], const char* file, int line);
void mma_bf16(float d[4], const uint32_t a[4], const uint32_t b[2], const char* file, int line);

// Shared memory of the running block.
std::byte* shared_memory();
size_t shared_bytes();
[[noreturn]] void fault(const char* format, ...) __attribute__((format(printf, 1, 2)));
enum class Access { READ, WRITE };
// Checks an access to bytes of shared memory, a multiple of 4, at an aligned address.
void check_shared(const void* address, size_t bytes, Access access);

}  // namespace mlora::emulator
#endif
