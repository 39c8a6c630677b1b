// Gradients of partitioned normalization; see partitioned_norm.cu for the shapes and the tiling.
//
// With f = 1 / sqrt(variance + epsilon) and h = (x - mean) f: a chunk's sums of g and of g h, then
// dx = slope g + constant + tilt (x - mean), where constant and tilt are the run's means of g and g h times -slope and
// -slope f. The same sums are the gradients of beta_d and, times gamma, of gamma_d, and make those of beta and gamma.
//
// Bytes: x and g twice and dx once, 20 B W in fp32, in three launches. share is a launch of few threads that nothing
// but the updates waits for.
#include "partitioned_norm.h"

namespace mlora::cuda {
namespace {

template <typename E>
MLORA_KERNEL sum_chunks(Batch batch, Norm norm, Matrix g) {
  SharedMemory memory;
  const Shared<float> shared = memory.array<float>(2 * kNormWarps * kNormColumns);
  const int width = norm.in.width;
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    if (chunk.domain == kRest) continue;
    const int column = static_cast<int>(item % slices) * kNormColumns + lane();
    const bool valid = column < width;
    const float* const run = of_run(norm, chunk.run) + column;
    float sums[2] = {};
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kNormWarps) {
      const float slope = load(row_of<const E>(g, chunk.begin + row) + column);
      sums[0] = fma(slope, load(row_of<const E>(norm.in, chunk.begin + row) + column) - run[0], sums[0]);
      sums[1] += slope;
    }
    sum_of_warps(shared, sums);
    if (warp_in_block() != 0 || !valid) continue;
    float* const to = of_chunk(norm, item / slices) + column;
    to[0] = divide(sums[0], root(run[3 * width] + static_cast<float>(norm.epsilon)));
    to[width] = sums[1];
  }
}

// What of dx is the same for all rows of a run.
MLORA_KERNEL sum_runs(Batch batch, Norm norm) {
  const int width = norm.in.width;
  each_run_column(batch, norm, [&](int64_t number, const Run& run, int column) {
    double products = 0, sum = 0, rows = 0;
    each_chunk(norm, run, column, [&](int chunk, float product, float g) {
      products += product;
      sum += g;
      rows += batch.chunks[chunk].rows;
    });
    float* const at = of_run(norm, number) + column;
    const double slope = at[width], f = 1 / root(at[3 * width] + norm.epsilon);
    at[4 * width] = static_cast<float>(-slope * sum / rows);
    at[5 * width] = static_cast<float>(-slope * f * products / rows);
  });
}

template <typename E>
MLORA_KERNEL give(Batch batch, Norm norm, Matrix g, Matrix dx) {
  const int width = norm.in.width;
  each_value(batch, norm, [&](int64_t p, int column, const float* run) {
    E* const to = row_of<E>(dx, p) + column;
    float value = 0;
    if (run != nullptr) {
      const float apart = load(row_of<const E>(norm.in, p) + column) - run[0];
      value = fma(load(row_of<const E>(g, p) + column), run[width], fma(apart, run[5 * width], run[4 * width]));
    }
    store(to, dx.add != 0 ? load(to) + value : value);
  });
}

// A thread for each column: the sums of all chunks, and what of them is left to own gammas.
MLORA_KERNEL share(Batch batch, Norm norm) {
  constexpr int kAtOnce = 8;
  const int width = norm.in.width;
  const int64_t column = thread_in_grid();
  if (column >= width) return;
  const float gamma = pointer<const float>(norm.gamma)[column];
  const float* const own = pointer<const float>(norm.own_gamma) + column;
  double of_gamma = 0, of_beta = 0;
  for (int c = 0; c < batch.chunk_count(); c += kAtOnce) {
    float products[kAtOnce], sums[kAtOnce], factors[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const int domain = c + k < batch.chunk_count() ? batch.chunks[c + k].domain : kRest;
      const float* const from = of_chunk(norm, c + k) + column;
      products[k] = domain == kRest ? 0.0f : from[0];
      sums[k] = domain == kRest ? 0.0f : from[width];
      factors[k] = domain < 0 ? 1.0f : own[static_cast<int64_t>(domain) * width];
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      of_gamma += static_cast<double>(products[k]) * factors[k];
      of_beta += sums[k];
      if (c + k >= batch.chunk_count() || batch.chunks[c + k].domain < 0) continue;
      of_chunk(norm, c + k)[column] = products[k] * gamma;
    }
  }
  float* const to = pointer<float>(norm.shared_sums) + column;
  to[0] = static_cast<float>(of_gamma);
  to[width] = static_cast<float>(of_beta);
}

}  // namespace

void partitioned_norm_backward(const mlora_cuda_batch& source, int precision, const Norm& norm, const Matrix& g,
                               const Matrix* dx, Stream stream) {
  const NormShape shape = check_norm(source, norm);
  check_matrix(g, norm.in.width, false);
  require(norm.sums != 0, "sums of chunks have a place");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    launch(sum_chunks<E>, shape.slice_blocks, kNormThreads, kNormShared, stream, shape.batch, norm, g);
    if (dx == nullptr) return;
    check_matrix(*dx, norm.in.width, false);
    launch(sum_runs, shape.run_blocks, kNormThreads, 0, stream, shape.batch, norm);
    launch(give<E>, shape.slice_blocks, kNormThreads, 0, stream, shape.batch, norm, g, *dx);
  });
}

void partitioned_norm_share(const mlora_cuda_batch& source, const Norm& norm, Stream stream) {
  const NormShape shape = check_norm(source, norm);
  require(norm.sums != 0 && norm.shared_sums != 0, "gradients have a place");
  launch(share, ceil_div(norm.in.width, kNormThreads), kNormThreads, 0, stream, shape.batch, norm);
}

}  // namespace mlora::cuda
