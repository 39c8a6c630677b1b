// What the kernels of partitioned normalization share: where their numbers lie, and in what order they go over runs,
// chunks and rows.
#ifndef MLORA_KERNELS_PARTITIONED_NORM_H
#define MLORA_KERNELS_PARTITIONED_NORM_H

#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {

using Norm = mlora_cuda_partitioned_norm;

// A block takes so many columns of a chunk, a lane each.
constexpr int kNormColumns = 32;
constexpr int kNormWarps = 8;
constexpr int kNormThreads = 32 * kNormWarps;
constexpr size_t kNormShared = shared_size<float>(2 * kNormWarps * kNormColumns);

// Columns of a run: mean, slope, shift, variance; and, backward, constant and tilt.
MLORA_DEVICE float* of_run(const Norm& norm, int64_t run) {
  return pointer<float>(norm.runs) + run * 6 * norm.in.width;
}
// Two columns of a chunk: means and squares forward, sums of g h and of g backward.
MLORA_DEVICE float* of_chunk(const Norm& norm, int64_t chunk) {
  return pointer<float>(norm.sums) + chunk * 2 * norm.in.width;
}
MLORA_DEVICE int64_t slices_of(const Norm& norm) { return (norm.in.width + kNormColumns - 1) / kNormColumns; }

// Sums over a block's warps of two numbers a lane; every thread of the block comes here, and has both after it.
MLORA_DEVICE void sum_of_warps(const Shared<float>& shared, float (&values)[2]) {
  block_sync();
  for (int i = 0; i < 2; ++i) shared[(i * kNormWarps + warp_in_block()) * kNormColumns + lane()] = values[i];
  block_sync();
  for (int i = 0; i < 2; ++i) {
    float total = 0;
    for (int w = 0; w < kNormWarps; ++w) total += shared[(i * kNormWarps + w) * kNormColumns + lane()];
    values[i] = total;
  }
}

// Calls body(run number, run, column) for each column of each run but the rest, a thread for each.
template <typename Body>
MLORA_DEVICE void each_run_column(const Batch& batch, const Norm& norm, const Body& body) {
  const int64_t items = static_cast<int64_t>(batch.run_count()) * norm.in.width;
  for (int64_t item = thread_in_grid(); item < items; item += threads_in_grid()) {
    const int64_t number = item / norm.in.width;
    const Run run = batch.runs[number];
    if (run.domain != kRest) body(number, run, static_cast<int>(item % norm.in.width));
  }
}

// Calls body(chunk, first, second) for the two numbers that each of a run's chunks has for a column.
template <typename Body>
MLORA_DEVICE void each_chunk(const Norm& norm, const Run& run, int column, const Body& body) {
  constexpr int kAtOnce = 8;
  const int width = norm.in.width;
  for (int c = 0; c < run.chunks; c += kAtOnce) {
    float first[kAtOnce], second[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const bool there = c + k < run.chunks;
      const float* const from = of_chunk(norm, run.first_chunk + (there ? c + k : c)) + column;
      first[k] = from[0];
      second[k] = from[width];
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      if (c + k < run.chunks) body(run.first_chunk + c + k, first[k], second[k]);
    }
  }
}

// Calls body(position, column, numbers of the run from that column on, or null for rows beyond the batch).
template <typename Body>
MLORA_DEVICE void each_value(const Batch& batch, const Norm& norm, const Body& body) {
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    const int column = static_cast<int>(item % slices) * kNormColumns + lane();
    if (column >= norm.in.width) continue;
    const float* const run = chunk.domain == kRest ? nullptr : of_run(norm, chunk.run) + column;
    for (int row = warp_in_block(); row < chunk.rows; row += kNormWarps) body(chunk.begin + row, column, run);
  }
}

struct NormShape {
  Batch batch;
  int64_t slice_blocks, run_blocks;
};

NormShape check_norm(const mlora_cuda_batch& source, const Norm& norm);

}  // namespace mlora::cuda
#endif
