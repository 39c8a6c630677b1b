// The sorted batch as kernels see it.
#ifndef MLORA_KERNELS_BATCH_H
#define MLORA_KERNELS_BATCH_H

#include "memory.h"

namespace mlora::cuda {

// Domains of runs and chunks that are none.
enum { kUnknown = -1, kRest = -2 };

struct alignas(16) Run {
  int32_t domain, begin, first_chunk, chunks;
};
struct alignas(16) Chunk {
  int32_t domain, begin, rows, run;
};

struct Batch {
  const mlora_cuda_state* state;
  const int32_t* order;
  const int32_t* domains;
  int32_t* row;
  int32_t* number;
  int32_t* domain;
  int32_t* counts;  // runs, chunks
  Run* runs;
  Chunk* chunks;
  int32_t capacity, domain_count, chunk_rows;

  MLORA_DEVICE int run_count() const { return counts[0]; }
  MLORA_DEVICE int chunk_count() const { return counts[1]; }
};

// Checks the batch and lays out its memory.
Batch view(const mlora_cuda_batch& batch);
// Blocks that loop over up to n items.
int64_t blocks_for(int64_t n);

}  // namespace mlora::cuda
#endif
