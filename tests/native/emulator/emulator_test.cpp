// Kernels with a mistake planted in each, which the emulator must find, and the same without it.
#include "emulator.h"

#include <set>
#include <string>
#include <vector>

#include "../check.h"
#include "hardware.h"

namespace mlora::cuda {
namespace {

constexpr int kBlock = 64;

template <typename... Parameters, typename... Arguments>
void expect_fault(const char* part, int threads, size_t shared, void (*kernel)(Parameters...),
                  const Arguments&... arguments) {
  // Whatever the order of the threads.
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    emulator::set_schedule(seed);
    std::string message = "no fault";
    try {
      launch(kernel, 2, threads, shared, nullptr, arguments...);
    } catch (const emulator::Fault& fault) {
      message = fault.what();
    }
    CHECK(message.find(part) != std::string::npos, "schedule ", seed, " gives: ", message);
  }
}

// Each thread passes a number to the next one of its block.
MLORA_KERNEL pass_on(float* out, bool barrier) {
  SharedMemory memory;
  const Shared<float> numbers = memory.array<float>(kBlock);
  const int t = thread_index();
  numbers[t] = static_cast<float>(t);
  if (barrier) block_sync();
  out[block_index() * kBlock + t] = numbers[(t + 1) % kBlock];
}

TEST(a_missing_barrier_is_found) {
  std::vector<float> out(2 * kBlock);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    emulator::set_schedule(seed);
    launch(pass_on, 2, kBlock, shared_size<float>(kBlock), nullptr, out.data(), true);
    CHECK(out[0] == 1 && out[kBlock - 1] == 0 && out[2 * kBlock - 2] == kBlock - 1);
  }
  emulator::set_schedule(1);
  expect_fault("shared memory at byte", kBlock, shared_size<float>(kBlock), pass_on, out.data(), false);
}

// Uses its shared memory twice; without the second barrier a fast thread overwrites what a slow one reads.
MLORA_KERNEL pass_on_twice(float* out, bool barrier) {
  SharedMemory memory;
  const Shared<float> numbers = memory.array<float>(kBlock);
  const int t = thread_index();
  float value = static_cast<float>(t);
  for (int round = 0; round < 2; ++round) {
    numbers[t] = value;
    block_sync();
    value = numbers[(t + 1) % kBlock];
    if (barrier) block_sync();
  }
  out[block_index() * kBlock + t] = value;
}

TEST(a_missing_barrier_before_reuse_is_found) {
  std::vector<float> out(2 * kBlock);
  launch(pass_on_twice, 2, kBlock, shared_size<float>(kBlock), nullptr, out.data(), true);
  CHECK(out[0] == 2 && out[kBlock - 1] == 1);
  expect_fault("without a barrier after thread", kBlock, shared_size<float>(kBlock), pass_on_twice,
               out.data(), false);
}

MLORA_KERNEL pass_on_in_warp(float* out, bool barrier) {
  SharedMemory memory;
  const Shared<float> numbers = memory.array<float>(kBlock);
  const int t = thread_index();
  numbers[t] = static_cast<float>(t);
  // A shuffle makes lanes meet, but orders no memory.
  if (barrier) {
    warp_sync();
  } else {
    shuffle(1.0f, 0);
  }
  out[block_index() * kBlock + t] = numbers[t ^ 1];
}

TEST(a_missing_warp_barrier_is_found) {
  std::vector<float> out(2 * kBlock);
  launch(pass_on_in_warp, 2, kBlock, shared_size<float>(kBlock), nullptr, out.data(), true);
  CHECK(out[0] == 1 && out[1] == 0);
  expect_fault("is read without a barrier after thread", kBlock, shared_size<float>(kBlock), pass_on_in_warp,
               out.data(), false);
}

MLORA_KERNEL half_waits() {
  if (thread_index() < 32) block_sync();
}
MLORA_KERNEL halves_wait_apart() {
  if (thread_index() < 32) {
    block_sync();
  } else {
    block_sync();
  }
}
MLORA_KERNEL lanes_wait_apart() {
  if (lane() < 16) warp_sync();
}
MLORA_KERNEL lanes_in_different_collectives(uint32_t* out) {
  out[thread_in_grid()] = lane() < 16 ? ballot(true) : match(1);
}

TEST(divergent_barriers_are_found) {
  std::vector<uint32_t> out(2 * kBlock);
  expect_fault("was reached by a part of the threads only", kBlock, 0, half_waits);
  expect_fault("while other threads wait in", kBlock, 0, halves_wait_apart);
  expect_fault("was reached by a part of the threads only", kBlock, 0, lanes_wait_apart);
  expect_fault("while other threads wait in", kBlock, 0, lanes_in_different_collectives, out.data());
}

MLORA_KERNEL touch_shared(int index, int count) {
  SharedMemory memory;
  const Shared<float> numbers = memory.array<float>(count);
  if (thread_index() == 0) numbers[index] = 1;
}

TEST(shared_memory_has_bounds) {
  const size_t bytes = shared_size<float>(kBlock);
  launch(touch_shared, 2, kBlock, bytes, nullptr, kBlock - 1, kBlock);
  expect_fault("element 64 of a shared array of 64", kBlock, bytes, touch_shared, kBlock, kBlock);
  expect_fault("element -1 of a shared array of 64", kBlock, bytes, touch_shared, -1, kBlock);
  expect_fault("a shared array of 128 ends at byte 512 of 256", kBlock, bytes, touch_shared, 0, 128);
}

MLORA_KERNEL read_unwritten(float* out, int written) {
  SharedMemory memory;
  const Shared<float> numbers = memory.array<float>(kBlock);
  if (thread_index() < written) numbers[thread_index()] = 1;
  block_sync();
  out[thread_in_grid()] = numbers[thread_index()];
}

TEST(a_read_of_unwritten_shared_memory_is_found) {
  std::vector<float> out(2 * kBlock);
  launch(read_unwritten, 2, kBlock, shared_size<float>(kBlock), nullptr, out.data(), kBlock);
  expect_fault("is read before it is written", kBlock, shared_size<float>(kBlock), read_unwritten, out.data(),
               kBlock - 1);
}

// Numbers blocks and threads by who comes first, which no kernel may do.
MLORA_KERNEL first_come(uint64_t* next, uint64_t* place) {
  place[thread_in_grid()] = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
}

TEST(a_result_that_depends_on_order_shows_between_schedules) {
  std::set<std::vector<uint64_t>> results;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    emulator::set_schedule(seed);
    uint64_t next = 0;
    std::vector<uint64_t> place(4 * kBlock);
    launch(first_come, 4, kBlock, 0, nullptr, &next, place.data());
    results.insert(place);
  }
  CHECK(results.size() == 5, results.size(), " different results");
}

MLORA_KERNEL add_up_warp(float* out) {
  float sum = static_cast<float>(thread_index());
  for (int by = 16; by > 0; by /= 2) sum += shuffle_xor(sum, by);
  const uint32_t odd = ballot(thread_index() % 2 == 1);
  const uint32_t same = match(static_cast<uint32_t>(lane() / 8));
  if (odd == 0xAAAAAAAAu && same == 0xFFu << lane() / 8 * 8) out[thread_in_grid()] = sum;
}

TEST(collectives_of_a_warp_give_what_the_device_gives) {
  std::vector<float> out(2 * kBlock);
  launch(add_up_warp, 2, kBlock, 0, nullptr, out.data());
  for (int i = 0; i < 2 * kBlock; ++i) CHECK(out[i] == (i % kBlock < 32 ? 496.0f : 1520.0f), i);
}

// a (16, k) times b (k, 8) through the documented places of the fragments.
MLORA_KERNEL multiply(const float* a, const float* b, float* out, bool half) {
  const int g = lane() / 4, q = lane() % 4;
  float d[4] = {1, 1, 1, 1};
  uint32_t left[4], right[2];
  for (int i = 0; i < 4; ++i) {
    const int row = g + i % 2 * 8;
    if (half) {
      const int k = 2 * q + i / 2 * 8;
      left[i] = bits_of(a[row * 16 + k]) >> 16 | (bits_of(a[row * 16 + k + 1]) & 0xFFFF0000u);
    } else {
      left[i] = bits_of(a[row * 8 + q + i / 2 * 4]);
    }
  }
  for (int i = 0; i < 2; ++i) {
    if (half) {
      const int k = 2 * q + i * 8;
      right[i] = bits_of(b[k * 8 + g]) >> 16 | (bits_of(b[(k + 1) * 8 + g]) & 0xFFFF0000u);
    } else {
      right[i] = bits_of(b[(q + 4 * i) * 8 + g]);
    }
  }
  if (half) {
    mma_bf16(d, left, right);
  } else {
    mma_tf32(d, left, right);
  }
  for (int i = 0; i < 4; ++i) out[(g + i / 2 * 8) * 8 + 2 * q + i % 2] = d[i];
}

TEST(tensor_core_fragments_lie_where_they_are_documented) {
  for (bool half : {false, true}) {
    const int k = half ? 16 : 8;
    std::vector<float> a(16 * k), b(k * 8), out(16 * 8);
    for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 13) - 6;
    for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 7) - 3;
    launch(multiply, 1, 32, 0, nullptr, a.data(), b.data(), out.data(), half);
    for (int m = 0; m < 16; ++m) {
      for (int n = 0; n < 8; ++n) {
        float sum = 1;
        for (int i = 0; i < k; ++i) sum += a[m * k + i] * b[i * 8 + n];
        CHECK(out[m * 8 + n] == sum, "row ", m, " column ", n, " with k ", k);
      }
    }
  }
}

// Four matrices of consecutive numbers, rows of 12 words, as lanes get them.
MLORA_KERNEL load_four(uint32_t* out, bool transposed) {
  SharedMemory memory;
  const Shared<uint32_t> words = memory.array<uint32_t>(32 * 12);
  for (int i = 0; i < 12; ++i) words[12 * lane() + i] = static_cast<uint32_t>(100 * lane() + 2 * i) | (100u * lane() + 2 * i + 1) << 16;
  warp_sync();
  uint32_t loaded[4];
  if (transposed) {
    load_matrices_transposed(words, 12 * lane(), loaded);
  } else {
    load_matrices(words, 12 * lane(), loaded);
  }
  for (int i = 0; i < 4; ++i) out[4 * lane() + i] = loaded[i];
}

TEST(matrices_are_loaded_as_the_device_loads_them) {
  std::vector<uint32_t> out(128);
  for (bool transposed : {false, true}) {
    launch(load_four, 1, 32, shared_size<uint32_t>(32 * 12), nullptr, out.data(), transposed);
    for (int l = 0; l < 32; ++l) {
      for (int i = 0; i < 4; ++i) {
        for (unsigned k = 0; k < 2; ++k) {
          const unsigned row = transposed ? l % 4 * 2 + k : l / 4, column = transposed ? l / 4 : l % 4 * 2 + k;
          CHECK((out[4 * l + i] >> 16 * k & 0xFFFF) == 100 * (8 * i + row) + column, "lane ", l, " matrix ", i);
        }
      }
    }
  }
}

// 1 and a product that is almost a unit in its last place.
MLORA_KERNEL add_almost_a_unit(float* out) {
  float d[4] = {1, 1, 1, 1};
  const uint32_t left[4] = {lane() % 4 == 0 ? bits_of(1.1920929e-7f) : 0, 0, 0, 0}, right[2] = {bits_of(0.9375f), 0};
  mma_tf32(d, left, right);
  if (lane() == 0) *out = d[0];
}

TEST(sums_of_the_tensor_core_are_cut_off) {
  float out = 0;
  launch(add_almost_a_unit, 1, 32, 0, nullptr, &out);
  CHECK(out == 1, out);
}

TEST(launches_that_no_device_takes_are_refused) {
  for (int threads : {0, 33, 1056}) {
    bool refused = false;
    try {
      launch(half_waits, 1, threads, 0, nullptr);
    } catch (const emulator::Fault&) {
      refused = true;
    }
    CHECK(refused, threads, " threads");
  }
}

}  // namespace
}  // namespace mlora::cuda
