// Races and accesses in global memory that a sanitizer must report; run by ctest, which expects it to.
#include <cstdio>
#include <cstring>
#include <vector>

#include "hardware.h"

namespace mlora::cuda {
namespace {

// Threads of one block: thread 0 writes what all others read.
MLORA_KERNEL race_in_block(float* number, float* out) {
  if (thread_index() == 0) *number = 1;
  out[thread_in_grid()] = *number;
}

// The same thread of two blocks: no barrier orders them.
MLORA_KERNEL race_between_blocks(float* number) {
  block_sync();
  if (thread_index() == 0) *number = static_cast<float>(block_index());
  block_sync();
}

MLORA_KERNEL out_of_bounds(float* numbers) { numbers[thread_in_grid()] = 1; }

MLORA_KERNEL no_race(float* number, float* out) {
  if (thread_index() == 0) number[block_index()] = 1;
  block_sync();
  out[thread_in_grid()] = number[block_index()];
}

}  // namespace
}  // namespace mlora::cuda

int main(int argc, char** argv) {
  using namespace mlora::cuda;
  const char* which = argc > 1 ? argv[1] : "";
  std::vector<float> number(16), out(16 * 64);
  if (std::strcmp(which, "none") == 0) launch(no_race, 16, 64, 0, nullptr, number.data(), out.data());
  if (std::strcmp(which, "block") == 0) launch(race_in_block, 1, 64, 0, nullptr, number.data(), out.data());
  if (std::strcmp(which, "grid") == 0) launch(race_between_blocks, 16, 64, 0, nullptr, number.data());
  if (std::strcmp(which, "bounds") == 0) launch(out_of_bounds, 17, 64, 0, nullptr, out.data());
  std::puts("nothing was found");
}
