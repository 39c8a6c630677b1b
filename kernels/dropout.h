// Which units of a dense layer a row keeps, as org.mlora.random.Philox says: a call for 8 of them, each of which has
// 16 bits that must lie below a threshold; ballots make words of 32 units of them.
#ifndef MLORA_KERNELS_DROPOUT_H
#define MLORA_KERNELS_DROPOUT_H

#include <algorithm>
#include <cmath>

#include "batch.h"
#include "philox.h"

namespace mlora::cuda {

// Below this a 16-bit number keeps its unit; the scale of kept units.
struct Keep {
  uint32_t threshold;
  float scale;
};
inline Keep keep_of(double dropout) {
  const auto threshold = static_cast<uint32_t>(std::max(std::lround(65536 * (1 - dropout)), 1l));
  return {threshold, static_cast<float>(65536.0 / threshold)};
}

// The units of a layer in a step.
class Drawing {
 public:
  MLORA_DEVICE Drawing(const Batch& batch, const mlora_cuda_dense& dense, uint32_t threshold)
      : seed_(batch.state->seed), step_(batch.state->step), stream_(static_cast<uint32_t>(dense.dropout_stream)),
        highest_((threshold << 16) - 1) {}

  // Half a warp takes a row, of that number, and 128 units from 128 block on: its lanes 0 to 3 get a word each, in
  // order.
  MLORA_DEVICE uint32_t word(int block, uint32_t number) const {
    const uint32_t shift = lane() / 16 * 16;
    uint32_t counter[4] = {static_cast<uint32_t>(16 * block + lane() % 16), number, stream_, step_};
    philox(counter, seed_);
    uint32_t word = 0;
    MLORA_UNROLL
    for (int pair = 0; pair < 4; ++pair) {
      // Numbers are compared where they are the high half of a word.
      const uint32_t even = ballot(counter[pair] << 16 <= highest_) >> shift;
      const uint32_t odd = ballot(counter[pair] <= highest_) >> shift;
      if (lane() % 16 == pair) word = (even & 0xFFFF) | odd << 16;
    }
    return word;
  }

 private:
  uint64_t seed_;
  uint32_t step_, stream_, highest_;
};

}  // namespace mlora::cuda
#endif
