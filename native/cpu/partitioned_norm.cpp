#include "partitioned_norm.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "simd/kernels.h"

namespace mlora {
namespace {

// Few enough for sums in single precision, many enough to keep a thread busy.
constexpr int64_t kChunk = 64;

}  // namespace

PartitionedNorm::PartitionedNorm(int index, const PartitionedNormOp& shape, const Network& network,
                                 std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      shape_(shape),
      gamma_(parameters[shape.gamma]),
      beta_(parameters[shape.beta]),
      moving_(parameters[shape.moving]),
      own_gamma_(parameters[shape.own_gamma]),
      own_beta_(parameters[shape.own_beta]),
      own_moving_(parameters[shape.own_moving]) {}

void PartitionedNorm::allocate() {
  affine_ = std::make_shared<Array<float>>(product(own_gamma_.rows + 1, 3 * width()), "scales and shifts of domains");
}

void PartitionedNorm::share(const Op& other) {
  const auto& same = static_cast<const PartitionedNorm&>(other);
  affine_ = same.affine_;
  made_ = same.made_;
}

template <typename Number>
void PartitionedNorm::fill(int domain, const Number* means, const Number* variances) noexcept {
  const float* own_gamma = domain < 0 ? nullptr : own_gamma_.row(domain);
  const float* own_beta = domain < 0 ? nullptr : own_beta_.row(domain);
  for (int64_t i = 0; i < width(); ++i) {
    const double gamma = own_gamma == nullptr ? gamma_.value[i] : double{gamma_.value[i]} * own_gamma[i];
    mean(domain)[i] = static_cast<float>(means[i]);
    slope(domain)[i] = static_cast<float>(gamma / std::sqrt(variances[i] + shape_.epsilon));
    shift(domain)[i] = own_beta == nullptr ? beta_.value[i] : beta_.value[i] + own_beta[i];
  }
}

void PartitionedNorm::fill_moving(int domain) noexcept {
  const bool seen = domain >= 0 && own_moving_.row(domain)[0] > 0;
  const float* means = (seen ? own_moving_.row(domain) : moving_.value.data()) + 1;
  fill(domain, means, means + width());
}

void PartitionedNorm::make() noexcept {
  if (made_) return;
  for (int64_t domain = -1; domain < own_gamma_.rows; ++domain) fill_moving(static_cast<int>(domain));
  made_ = true;
}

void PartitionedNorm::begin(const Batch& batch, int64_t run, bool training) noexcept {
  const int domain = batch.runs[run].domain;
  if (training) {
    fill(domain, moments(run), moments(run) + width());
  } else if (!made_) {
    fill_moving(domain);
  }
}

void PartitionedNorm::forward(const Panel& panel) noexcept {
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *panel.frame;
  each_run(*panel.batch, panel.begin, panel.end, [&](int domain, int64_t begin, int64_t end, bool, bool) {
    for (int64_t p = begin; p < end; ++p) {
      float* y = out(frame, p);
      k.scale_add(width(), -1.0f, mean(domain), in(frame, p), y);
      k.multiply_add(width(), y, slope(domain), shift(domain), y);
    }
  });
}

void PartitionedNorm::reserve(const Batch& batch, int threads) {
  chunks_.clear();
  first_chunk_.clear();
  for (int64_t run = 0; run < batch.run_count; ++run) {
    first_chunk_.push_back(static_cast<int64_t>(chunks_.size()));
    const Run& rows = batch.runs[run];
    for (int64_t p = rows.begin; p < rows.end; p += kChunk) chunks_.push_back({run, p, std::min(p + kChunk, rows.end)});
  }
  first_chunk_.push_back(static_cast<int64_t>(chunks_.size()));
  chunk_sums_.reserve(static_cast<int64_t>(chunks_.size()) * 2 * width(), "statistics of a batch");
  moments_.reserve(batch.run_count * 2 * width(), "statistics of a batch");
  sums_.reserve(batch.run_count * 2 * width(), "statistics of a batch");
  corrections_.reserve(batch.run_count * 2 * width(), "statistics of a batch");
  space_.reserve(threads * 4 * width(), "statistics of a batch");
}

template <typename Body>
void PartitionedNorm::each_chunk(int64_t run, const Body& body) const {
  for (int64_t c = first_chunk_[run]; c < first_chunk_[run + 1]; ++c) {
    body(chunks_[c], of_chunk(c), of_chunk(c) + width());
  }
}

void PartitionedNorm::survey(const Panel& all, Threads& threads) noexcept {
  threads.run(static_cast<int64_t>(chunks_.size()), [&](int64_t c, int thread) {
    Panel panel = all;
    panel.begin = chunks_[c].begin;
    panel.end = chunks_[c].end;
    survey_chunk(panel, c, thread);
  });
  threads.run(all.batch->run_count, [&](int64_t run, int) { put_together(run); });
}

// The mean of a chunk is rounded; what it misses is taken from the squares around it.
void PartitionedNorm::survey_chunk(const Panel& panel, int64_t chunk, int thread) noexcept {
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *panel.frame;
  for (Op* lookup : lookups_) lookup->forward(panel);
  float* mean = space(thread);
  float* apart = mean + width();
  float* missed = apart + width();
  float* squares = missed + width();
  std::fill_n(mean, 4 * width(), 0.0f);
  for (int64_t p = panel.begin; p < panel.end; ++p) kernels().add_scaled(width(), 1.0f, in(frame, p), mean);
  const float rows = static_cast<float>(panel.end - panel.begin);
  for (int64_t i = 0; i < width(); ++i) mean[i] /= rows;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    k.scale_add(width(), -1.0f, mean, in(frame, p), apart);
    kernels().add_scaled(width(), 1.0f, apart, missed);
    k.multiply_add(width(), apart, apart, squares, squares);
  }
  double* to = of_chunk(chunk);
  for (int64_t i = 0; i < width(); ++i) {
    const double rest = double{missed[i]} / rows;
    to[i] = mean[i] + rest;
    to[width() + i] = std::max(0.0, squares[i] - rest * rest * rows);
  }
}

void PartitionedNorm::put_together(int64_t run) noexcept {
  double* mean = moments(run);
  double* squares = mean + width();
  std::fill_n(mean, 2 * width(), 0.0);
  double count = 0;
  each_chunk(run, [&](const Chunk& chunk, const double* means, const double* more) {
    const double rows = static_cast<double>(chunk.rows()), part = rows / (count + rows), weight = count * part;
    for (int64_t i = 0; i < width(); ++i) {
      const double apart = means[i] - mean[i];
      mean[i] += apart * part;
      squares[i] += more[i] + apart * apart * weight;
    }
    count += rows;
  });
  for (int64_t i = 0; i < width(); ++i) squares[i] /= count;
}

void PartitionedNorm::finish(const Panel& all, const Sink& sink, Threads& threads) noexcept {
  const Batch& batch = *all.batch;
  if (needed(*all.plan)) {
    const int64_t chunks = static_cast<int64_t>(chunks_.size());
    threads.run(chunks, [&](int64_t c, int thread) { sum_chunk(all, c, thread); });
    threads.run(batch.run_count, [&](int64_t run, int) { sum_run(batch, run); });
    if (needs(all)) threads.run(chunks, [&](int64_t c, int thread) { give_chunk(all, c, thread); });
    give_parameters(batch, sink);
  }
  if (!sink.keep) move_statistics(batch);
}

void PartitionedNorm::sum_chunk(const Panel& all, int64_t chunk, int thread) noexcept {
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *all.frame;
  const float* mean = this->mean(all.batch->runs[chunks_[chunk].run].domain);
  float* sum = space(thread);
  float* products = sum + width();
  float* apart = products + width();
  std::fill_n(sum, 2 * width(), 0.0f);
  for (int64_t p = chunks_[chunk].begin; p < chunks_[chunk].end; ++p) {
    const float* g = out_gradient(frame, p);
    kernels().add_scaled(width(), 1.0f, g, sum);
    k.scale_add(width(), -1.0f, mean, in(frame, p), apart);
    k.multiply_add(width(), g, apart, products, products);
  }
  std::copy_n(sum, 2 * width(), of_chunk(chunk));
}

// With h = (x - mean) f, f = 1 / sqrt(variance + epsilon), and slope s = gamma gamma_d f:
// dx = s (g - mean of g - h mean of g h).
void PartitionedNorm::sum_run(const Batch& batch, int64_t run) noexcept {
  double* sum = sums(run);
  double* products = sum + width();
  std::fill_n(sum, 2 * width(), 0.0);
  each_chunk(run, [&](const Chunk&, const double* more, const double* more_products) {
    for (int64_t i = 0; i < width(); ++i) {
      sum[i] += more[i];
      products[i] += more_products[i];
    }
  });
  const Run& rows = batch.runs[run];
  const double count = static_cast<double>(rows.end - rows.begin);
  const double* variance = moments(run) + width();
  float* constant = corrections_.data() + run * 2 * width();
  float* of_apart = constant + width();
  for (int64_t i = 0; i < width(); ++i) {
    const double f = 1 / std::sqrt(variance[i] + shape_.epsilon), s = slope(rows.domain)[i];
    products[i] *= f;
    constant[i] = static_cast<float>(-s * sum[i] / count);
    of_apart[i] = static_cast<float>(-s * f * products[i] / count);
  }
}

void PartitionedNorm::give_chunk(const Panel& all, int64_t chunk, int thread) noexcept {
  const InteractionKernels& k = *kernels().interactions;
  const Chunk& rows = chunks_[chunk];
  const int domain = all.batch->runs[rows.run].domain;
  const float* constant = corrections_.data() + rows.run * 2 * width();
  float* apart = space(thread);
  for (int64_t p = rows.begin; p < rows.end; ++p) {
    float* dx = in_gradient(all, p);
    k.scale_add(width(), -1.0f, mean(domain), in(*all.frame, p), apart);
    k.multiply_add(width(), out_gradient(*all.frame, p), slope(domain), dx, dx);
    k.multiply_add(width(), apart, constant + width(), dx, dx);
    kernels().add_scaled(width(), 1.0f, constant, dx);
  }
}

void PartitionedNorm::give_parameters(const Batch& batch, const Sink& sink) noexcept {
  // All sums before the first update, as both gammas are factors of each other's gradients.
  float* gamma = space(0);
  float* beta = gamma + width();
  float* own_gamma = beta + width();
  float* own_beta = own_gamma + width();
  for (int64_t i = 0; i < width(); ++i) {
    double of_gamma = 0, of_beta = 0;
    for (int64_t run = 0; run < batch.run_count; ++run) {
      const int domain = batch.runs[run].domain;
      of_gamma += sums(run)[width() + i] * (domain < 0 ? 1.0f : own_gamma_.row(domain)[i]);
      of_beta += sums(run)[i];
    }
    gamma[i] = static_cast<float>(of_gamma);
    beta[i] = static_cast<float>(of_beta);
  }
  for (int64_t run = 0; run < batch.run_count; ++run) {
    const int domain = batch.runs[run].domain;
    if (domain < 0) continue;
    for (int64_t i = 0; i < width(); ++i) {
      own_gamma[i] = static_cast<float>(sums(run)[width() + i] * gamma_.value[i]);
      own_beta[i] = static_cast<float>(sums(run)[i]);
    }
    if (sink.wants(own_gamma_, domain)) sink.take_row(own_gamma_, domain, own_gamma);
    if (sink.wants(own_beta_, domain)) sink.take_row(own_beta_, domain, own_beta);
  }
  if (sink.wants(gamma_)) sink.take_row(gamma_, 0, gamma);
  if (sink.wants(beta_)) sink.take_row(beta_, 0, beta);
}

void PartitionedNorm::move_statistics(const Batch& batch) noexcept {
  const bool shared = moving_.moves(0);
  if (shared) decay(moving_, 0);
  for (int64_t run = 0; run < batch.run_count; ++run) {
    const Run& rows = batch.runs[run];
    if (shared) take_in(moving_, 0, rows, moments(run));
    if (rows.domain < 0 || !own_moving_.moves(rows.domain)) continue;
    decay(own_moving_, rows.domain);
    take_in(own_moving_, rows.domain, rows, moments(run));
  }
}

void PartitionedNorm::decay(Parameter& moving, int64_t row) noexcept {
  moving.row(row)[0] = static_cast<float>(moving.row(row)[0] * shape_.momentum);
}

// The statistics of both sets of rows together.
void PartitionedNorm::take_in(Parameter& moving, int64_t row, const Run& rows, const double* moments) noexcept {
  float* count = moving.row(row);
  float* mean = count + 1;
  float* variance = mean + width();
  const double before = *count, all = before + static_cast<double>(rows.end - rows.begin);
  const double kept = before / all, part = 1 - kept;
  for (int64_t i = 0; i < width(); ++i) {
    const double apart = moments[i] - mean[i];
    mean[i] = static_cast<float>(mean[i] + apart * part);
    variance[i] =
        static_cast<float>(kept * variance[i] + part * moments[width() + i] + apart * apart * kept * part);
  }
  *count = static_cast<float>(all);
}

}  // namespace mlora
