// Partitioned normalization: out = slope (x - mean) + shift with slope = gamma gamma_d / sqrt(variance + epsilon) and
// shift = beta + beta_d, of each run of the batch; x, out: (C, W). In training mean and variance are those of the run's
// rows, in predictions moving statistics.
//
// Sums over the rows of a run are made chunk by chunk and added in the order of the chunks: a block takes 32 columns
// of a chunk, a lane one of them, warp w rows w, w + 8, ..; the 8 warps' sums meet in shared memory, in order. Then a
// thread takes a column of a run and goes over its chunks, eight at a time, in double: chunks are few, and a mean of
// many of them keeps its digits.
// Backward, with f = 1 / sqrt(variance + epsilon) and h = (x - mean) f: a chunk's sums of g and of g h, then
// dx = slope g + constant + tilt (x - mean), where constant and tilt are the run's means of g and g h times -slope and
// -slope f. The same sums are the gradients of beta_d and, times gamma, of gamma_d, and make those of beta and gamma.
//
// Bytes: x twice and out once forward (12 B W in fp32), x and g twice and dx once backward: as fast as memory, were
// it not for three launches each way.
#include <algorithm>

#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

using Norm = mlora_cuda_partitioned_norm;

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;
constexpr int kColumns = 32;
constexpr int kAtOnce = 8;
constexpr size_t kShared = shared_size<float>(2 * kWarps * kColumns);

// Columns of a run: mean, slope, shift, variance.
MLORA_DEVICE float* of_run(const Norm& norm, int64_t run) {
  return pointer<float>(norm.runs) + run * 6 * norm.in.width;
}
// Two columns of a chunk: means and squares forward, sums of g h and of g backward.
MLORA_DEVICE float* of_chunk(const Norm& norm, int64_t chunk) {
  return pointer<float>(norm.sums) + chunk * 2 * norm.in.width;
}
MLORA_DEVICE int64_t slices_of(const Norm& norm) { return (norm.in.width + kColumns - 1) / kColumns; }

// Sums over a block's warps of two numbers a lane; every thread of the block comes here, and has both after it.
MLORA_DEVICE void sum_of_warps(const Shared<float>& shared, float (&values)[2]) {
  block_sync();
  for (int i = 0; i < 2; ++i) shared[(i * kWarps + warp_in_block()) * kColumns + lane()] = values[i];
  block_sync();
  for (int i = 0; i < 2; ++i) {
    float total = 0;
    for (int w = 0; w < kWarps; ++w) total += shared[(i * kWarps + w) * kColumns + lane()];
    values[i] = total;
  }
}

// The mean of a chunk is rounded; what it misses is taken from the squares around it.
template <typename E>
MLORA_KERNEL survey(Batch batch, Norm norm) {
  SharedMemory memory;
  const Shared<float> shared = memory.array<float>(2 * kWarps * kColumns);
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    if (chunk.domain == kRest) continue;
    const int column = static_cast<int>(item % slices) * kColumns + lane();
    const bool valid = column < norm.in.width;
    const auto x = [&](int row) { return load(row_of<const E>(norm.in, chunk.begin + row) + column); };
    float sums[2] = {};
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kWarps) sums[0] += x(row);
    sum_of_warps(shared, sums);
    const float rows = static_cast<float>(chunk.rows), mean = divide(sums[0], rows);
    sums[0] = sums[1] = 0;
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kWarps) {
      const float apart = x(row) - mean;
      sums[0] += apart;
      sums[1] = fma(apart, apart, sums[1]);
    }
    sum_of_warps(shared, sums);
    if (warp_in_block() != 0 || !valid) continue;
    const float missed = divide(sums[0], rows), squares = fma(-missed, sums[0], sums[1]);
    float* const to = of_chunk(norm, item / slices) + column;
    to[0] = mean + missed;
    to[norm.in.width] = squares > 0 ? squares : 0.0f;
  }
}

// Writes what the rows of a run are normalized with.
MLORA_DEVICE void settle(const Norm& norm, int64_t run, int domain, int column, double mean, double variance) {
  const int width = norm.in.width;
  const int64_t own = static_cast<int64_t>(domain) * width + column;
  double gamma = pointer<const float>(norm.gamma)[column];
  float shift = pointer<const float>(norm.beta)[column];
  if (domain >= 0) {
    gamma *= pointer<const float>(norm.own_gamma)[own];
    shift += pointer<const float>(norm.own_beta)[own];
  }
  float* const to = of_run(norm, run) + column;
  to[0] = static_cast<float>(mean);
  to[width] = static_cast<float>(gamma / root(variance + norm.epsilon));
  to[2 * width] = shift;
  to[3 * width] = static_cast<float>(variance);
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

MLORA_KERNEL put_together(Batch batch, Norm norm) {
  each_run_column(batch, norm, [&](int64_t number, const Run& run, int column) {
    double mean = 0, squares = 0, count = 0;
    each_chunk(norm, run, column, [&](int chunk, float chunk_mean, float chunk_squares) {
      const double rows = batch.chunks[chunk].rows, part = rows / (count + rows), apart = chunk_mean - mean;
      mean += apart * part;
      squares += chunk_squares + apart * apart * (count * part);
      count += rows;
    });
    settle(norm, number, run.domain, column, mean, squares / count);
  });
}

MLORA_KERNEL look_up(Batch batch, Norm norm) {
  each_run_column(batch, norm, [&](int64_t number, const Run& run, int column) {
    const int64_t size = 1 + 2 * static_cast<int64_t>(norm.in.width);
    const float* moving = pointer<const float>(norm.moving);
    if (run.domain >= 0) {
      const float* const own = pointer<const float>(norm.own_moving) + run.domain * size;
      if (own[0] > 0) moving = own;
    }
    settle(norm, number, run.domain, column, moving[1 + column], moving[1 + norm.in.width + column]);
  });
}

// Calls body(position, column, numbers of the run from that column on, or null for rows beyond the batch).
template <typename Body>
MLORA_DEVICE void each_value(const Batch& batch, const Norm& norm, const Body& body) {
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    const int column = static_cast<int>(item % slices) * kColumns + lane();
    if (column >= norm.in.width) continue;
    const float* const run = chunk.domain == kRest ? nullptr : of_run(norm, chunk.run) + column;
    for (int row = warp_in_block(); row < chunk.rows; row += kWarps) body(chunk.begin + row, column, run);
  }
}

template <typename E>
MLORA_KERNEL apply(Batch batch, Norm norm) {
  const int width = norm.in.width;
  each_value(batch, norm, [&](int64_t p, int column, const float* run) {
    E* const to = row_of<E>(norm.out, p) + column;
    if (run == nullptr) {
      store(to, 0.0f);
    } else {
      store(to, fma(load(row_of<const E>(norm.in, p) + column) - run[0], run[width], run[2 * width]));
    }
  });
}

template <typename E>
MLORA_KERNEL sum_chunks(Batch batch, Norm norm, Matrix g) {
  SharedMemory memory;
  const Shared<float> shared = memory.array<float>(2 * kWarps * kColumns);
  const int width = norm.in.width;
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    if (chunk.domain == kRest) continue;
    const int column = static_cast<int>(item % slices) * kColumns + lane();
    const bool valid = column < width;
    const float* const run = of_run(norm, chunk.run) + column;
    float sums[2] = {};
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kWarps) {
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
      if (c + k < batch.chunk_count() && batch.chunks[c + k].domain >= 0) of_chunk(norm, c + k)[column] = products[k] * gamma;
    }
  }
  float* const to = pointer<float>(norm.shared_sums) + column;
  to[0] = static_cast<float>(of_gamma);
  to[width] = static_cast<float>(of_beta);
}

// Moving statistics of a column: n rows become momentum n, and then those of a run more.
struct Moving {
  double count, mean, variance;

  MLORA_DEVICE void take_in(double rows, double run_mean, double run_variance) {
    const double all = count + rows, kept = count / all, part = 1 - kept, apart = run_mean - mean;
    mean += apart * part;
    variance = kept * variance + part * run_variance + apart * apart * kept * part;
    count = all;
  }
};

MLORA_DEVICE int rows_of(const Batch& batch, int64_t number) {
  const int next = number + 1 < batch.run_count() ? batch.runs[number + 1].begin : batch.capacity;
  return next - batch.runs[number].begin;
}

// The first block moves shared statistics, which take all runs in; the others a run's own. Threads read the count
// before one of them writes it.
MLORA_KERNEL move(Batch batch, Norm norm, bool shared, int64_t first_row, int64_t row_count) {
  const int width = norm.in.width;
  const auto block = [&](float* moving, int64_t begin, int64_t end) {
    const double before = moving[0] * norm.momentum;
    double count = before;
    for (int column = thread_index(); column < width; column += thread_count()) {
      Moving now = {before, moving[1 + column], moving[1 + width + column]};
      for (int64_t run = begin; run < end; ++run) {
        if (batch.runs[run].domain == kRest) continue;
        const float* const from = of_run(norm, run) + column;
        now.take_in(rows_of(batch, run), from[0], from[3 * width]);
      }
      moving[1 + column] = static_cast<float>(now.mean);
      moving[1 + width + column] = static_cast<float>(now.variance);
      count = now.count;
    }
    block_sync();
    if (thread_index() == 0) moving[0] = static_cast<float>(count);
  };
  if (block_index() == 0) {
    if (shared) block(pointer<float>(norm.moving), 0, batch.run_count());
    return;
  }
  for (int64_t number = block_index() - 1; number < batch.run_count(); number += block_count() - 1) {
    const int64_t domain = batch.runs[number].domain;
    if (domain < first_row || domain >= first_row + row_count) continue;
    block(pointer<float>(norm.own_moving) + domain * (1 + 2 * static_cast<int64_t>(width)), number, number + 1);
  }
}

struct Shape {
  Batch batch;
  int64_t slice_blocks, run_blocks;
};

Shape check(const mlora_cuda_batch& source, const Norm& norm) {
  const Batch batch = view(source);
  check_matrix(norm.in, 0, false);
  check_matrix(norm.out, norm.in.width, false);
  require(norm.gamma != 0 && norm.beta != 0 && norm.own_gamma != 0 && norm.own_beta != 0 && norm.moving != 0 &&
              norm.own_moving != 0,
          "a norm has gamma, beta and moving statistics, of all and of each domain");
  require(norm.epsilon > 0 && norm.momentum >= 0 && norm.momentum < 1,
          "epsilon is above 0 and the momentum in [0, 1)");
  require(norm.runs != 0, "the numbers of runs have a place");
  const auto layout = lay_out(source.capacity, source.domain_count);
  const int64_t slices = ceil_div(norm.in.width, kColumns);
  return {batch, blocks_for(layout.max_chunks * slices),
          blocks_for(ceil_div(static_cast<int64_t>(layout.max_runs) * norm.in.width, kThreads))};
}

}  // namespace

void partitioned_norm_forward(const mlora_cuda_batch& source, int precision, const Norm& norm, bool training,
                              Stream stream) {
  const Shape shape = check(source, norm);
  require(!training || norm.sums != 0, "sums of chunks have a place");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    if (training) {
      launch(survey<E>, shape.slice_blocks, kThreads, kShared, stream, shape.batch, norm);
      launch(put_together, shape.run_blocks, kThreads, 0, stream, shape.batch, norm);
    } else {
      launch(look_up, shape.run_blocks, kThreads, 0, stream, shape.batch, norm);
    }
    launch(apply<E>, shape.slice_blocks, kThreads, 0, stream, shape.batch, norm);
  });
}

void partitioned_norm_backward(const mlora_cuda_batch& source, int precision, const Norm& norm, const Matrix& g,
                               const Matrix* dx, Stream stream) {
  const Shape shape = check(source, norm);
  check_matrix(g, norm.in.width, false);
  require(norm.sums != 0, "sums of chunks have a place");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    launch(sum_chunks<E>, shape.slice_blocks, kThreads, kShared, stream, shape.batch, norm, g);
    if (dx == nullptr) return;
    check_matrix(*dx, norm.in.width, false);
    launch(sum_runs, shape.run_blocks, kThreads, 0, stream, shape.batch, norm);
    launch(give<E>, shape.slice_blocks, kThreads, 0, stream, shape.batch, norm, g, *dx);
  });
}

void partitioned_norm_share(const mlora_cuda_batch& source, const Norm& norm, Stream stream) {
  const Shape shape = check(source, norm);
  require(norm.sums != 0 && norm.shared_sums != 0, "gradients have a place");
  launch(share, ceil_div(norm.in.width, kThreads), kThreads, 0, stream, shape.batch, norm);
}

void partitioned_norm_move(const mlora_cuda_batch& source, const Norm& norm, bool shared, int64_t first_row,
                           int64_t row_count, Stream stream) {
  const Shape shape = check(source, norm);
  require(first_row >= 0 && row_count >= 0 && first_row + row_count <= source.domain_count,
          "rows that move are rows of domains");
  const int64_t runs = lay_out(source.capacity, source.domain_count).max_runs;
  launch(move, 1 + blocks_for(runs), kThreads, 0, stream, shape.batch, norm, shared, first_row, row_count);
}

}  // namespace mlora::cuda
