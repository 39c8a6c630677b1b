// Partitioned normalization: out = slope (x - mean) + shift with slope = gamma gamma_d / sqrt(variance + epsilon) and
// shift = beta + beta_d, of each run of the batch; x, out: (C, W). In training mean and variance are those of the run's
// rows, in predictions moving statistics.
//
// Sums over the rows of a run are made chunk by chunk and added in the order of the chunks: a block takes 32 columns
// of a chunk, a lane one of them, warp w rows w, w + 8, ..; the 8 warps' sums meet in shared memory, in order. Then a
// thread takes a column of a run and goes over its chunks, eight at a time, in double: chunks are few, and a mean of
// many of them keeps its digits.
//
// Bytes: x twice and out once, 12 B W in fp32: as fast as memory, were it not for three launches. What moves of the
// statistics is one launch more, which nothing waits for.
#include "partitioned_norm.h"

#include <algorithm>

namespace mlora::cuda {
namespace {

// The mean of a chunk is rounded; what it misses is taken from the squares around it.
template <typename E>
MLORA_KERNEL survey(Batch batch, Norm norm) {
  SharedMemory memory;
  const Shared<float> shared = memory.array<float>(2 * kNormWarps * kNormColumns);
  const int64_t slices = slices_of(norm), items = batch.chunk_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Chunk chunk = batch.chunks[item / slices];
    if (chunk.domain == kRest) continue;
    const int column = static_cast<int>(item % slices) * kNormColumns + lane();
    const bool valid = column < norm.in.width;
    const auto x = [&](int row) { return load(row_of<const E>(norm.in, chunk.begin + row) + column); };
    float sums[2] = {};
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kNormWarps) sums[0] += x(row);
    sum_of_warps(shared, sums);
    const float rows = static_cast<float>(chunk.rows), mean = divide(sums[0], rows);
    sums[0] = sums[1] = 0;
    for (int row = warp_in_block(); valid && row < chunk.rows; row += kNormWarps) {
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

}  // namespace

NormShape check_norm(const mlora_cuda_batch& source, const Norm& norm) {
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
  const int64_t slices = ceil_div(norm.in.width, kNormColumns);
  return {batch, blocks_for(layout.max_chunks * slices),
          blocks_for(ceil_div(static_cast<int64_t>(layout.max_runs) * norm.in.width, kNormThreads))};
}

void partitioned_norm_forward(const mlora_cuda_batch& source, int precision, const Norm& norm, bool training,
                              Stream stream) {
  const NormShape shape = check_norm(source, norm);
  require(!training || norm.sums != 0, "sums of chunks have a place");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    if (training) {
      launch(survey<E>, shape.slice_blocks, kNormThreads, kNormShared, stream, shape.batch, norm);
      launch(put_together, shape.run_blocks, kNormThreads, 0, stream, shape.batch, norm);
    } else {
      launch(look_up, shape.run_blocks, kNormThreads, 0, stream, shape.batch, norm);
    }
    launch(apply<E>, shape.slice_blocks, kNormThreads, 0, stream, shape.batch, norm);
  });
}

void partitioned_norm_move(const mlora_cuda_batch& source, const Norm& norm, bool shared, int64_t first_row,
                           int64_t row_count, Stream stream) {
  const NormShape shape = check_norm(source, norm);
  require(first_row >= 0 && row_count >= 0 && first_row + row_count <= source.domain_count,
          "rows that move are rows of domains");
  const int64_t runs = lay_out(source.capacity, source.domain_count).max_runs;
  launch(move, 1 + blocks_for(runs), kNormThreads, 0, stream, shape.batch, norm, shared, first_row, row_count);
}

}  // namespace mlora::cuda
