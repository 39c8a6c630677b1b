// What grouping a batch needs besides the sorted batch.
#ifndef MLORA_KERNELS_GROUP_H
#define MLORA_KERNELS_GROUP_H

#include "batch.h"
#include "sort_tile.h"

namespace mlora::cuda {

// Positions of a block that counts runs and chunks.
constexpr int kHeadThreads = 1024;

struct BatchWork {
  Pairs pairs, other;
  uint32_t* sort_work;
  int32_t* heads;  // runs and chunks that start in a block of positions
};
BatchWork work_of(const mlora_cuda_batch& batch);

}  // namespace mlora::cuda
#endif
