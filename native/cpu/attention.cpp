// The fields of a tile of rows are the rows of products with the matrices; scores and softmax go row by row. Gradients
// of low-rank parts are summed domain by domain by one task that goes through all runs of a block in order.
#include "attention.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {
namespace {

// Fields of a tile.
constexpr int64_t kFields = 24;

}  // namespace

Attention::Attention(int index, const AttentionOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      shape_(shape),
      fields_(shape.fields),
      k_(width() / fields_),
      in_columns_(round_up(k_, 16)),
      size_(out_width() / fields_),
      columns_(round_up(size_, 16)),
      ranks_(round_up(shape.rank, 16)),
      tile_(std::max<int64_t>(1, kFields / fields_)),
      adapter_scale_(static_cast<float>(shape.adapter_scale)),
      weights_{&parameters[shape.query], &parameters[shape.key], &parameters[shape.value],
               &parameters[shape.residual]} {
  if (!shape.adapted()) return;
  a_ = &parameters[shape.a];
  for (int m = 0; m < kMatrices; ++m) b_[m] = &parameters[shape.b[m]];
}

int64_t Attention::ld(bool training) const { return row_distance(probabilities(training) + shape_.heads * fields_); }

// What a tile hands back or one matrix's gradient of S, and what one row's attention needs.
int64_t Attention::scratch_size() const {
  return std::max(tile_ * fields_ * std::max(in_columns_, ranks_), attend_scratch(fields_, size_ / shape_.heads));
}

Heads Attention::heads(bool training) const {
  return {fields_, shape_.heads, size_ / shape_.heads, ld(training), static_cast<float>(shape_.scale)};
}

template <typename Body>
void Attention::each_tile(const Panel& panel, const Body& body) const {
  const auto tiles = [&](int domain, int64_t begin, int64_t end, bool, bool) {
    for (int64_t p = begin; p < end; p += tile_) body(domain, p, std::min(p + tile_, end));
  };
  if (shape_.adapted()) {
    each_run(*panel.batch, panel.begin, panel.end, tiles);
  } else {
    tiles(-1, panel.begin, panel.end, true, true);
  }
}

void Attention::forward(const Panel& panel) noexcept {
  each_tile(panel, [&](int domain, int64_t begin, int64_t end) { forward(panel, begin, end, domain); });
}

void Attention::forward(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept {
  const Frame& frame = *panel.frame;
  const Kernels& k = kernels();
  const Heads heads = this->heads(frame.training);
  const int64_t ld = heads.ld;
  const int rows = static_cast<int>((end - begin) * fields_);
  float* x = work(frame, begin);
  for (int64_t p = begin; p < end; ++p) {
    for (int64_t f = 0; f < fields_; ++f) std::copy_n(in(frame, p) + f * k_, k_, work(frame, p) + f * ld);
  }
  for (int m = 0; m < kMatrices; ++m) {
    k.expand(rows, columns_, static_cast<int>(k_), x, ld, weights_[m]->value.data(), columns_, x + part(m), ld, false);
  }
  if (adapts(domain)) {
    float* products = x + s(frame.training);
    k.expand(rows, ranks_, static_cast<int>(k_), x, ld, a_->row(domain), ranks_, products, ld, false);
    scale_rows(rows, shape_.rank, adapter_scale_, products, ld);
    for (int m = 0; m < kMatrices; ++m) {
      k.expand(rows, columns_, shape_.rank, products, ld, b_[m]->row(domain), columns_, x + part(m), ld, true);
    }
  }
  for (int64_t p = begin; p < end; ++p) {
    float* row = work(frame, p);
    const float* sum = row + part(SUM);
    k.interactions->attend(heads, row + part(QUERY), row + part(KEY), row + part(VALUE),
                           row + probabilities(frame.training), row + part(SUM), panel.scratch);
    float* to = out(frame, p);
    for (int64_t f = 0; f < fields_; ++f) {
      for (int64_t j = 0; j < size_; ++j) {
        const float value = sum[f * ld + j];
        // Not a number stays: a diverged run must show.
        to[f * size_ + j] = value < 0 ? 0 : value;
      }
    }
  }
}

void Attention::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  each_tile(panel, [&](int domain, int64_t begin, int64_t end) { backward(panel, begin, end, domain); });
}

void Attention::backward(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept {
  const Kernels& k = kernels();
  const Frame& frame = *panel.frame;
  const Heads heads = this->heads(true);
  const int64_t ld = heads.ld;
  const int rows = static_cast<int>((end - begin) * fields_);
  for (int64_t p = begin; p < end; ++p) {
    float* row = work(frame, p);
    const float* y = out(frame, p);
    const float* g = out_gradient(frame, p);
    float* sum = row + part(SUM);
    for (int64_t f = 0; f < fields_; ++f) {
      for (int64_t j = 0; j < size_; ++j) sum[f * ld + j] = y[f * size_ + j] > 0 ? g[f * size_ + j] : 0;
    }
    k.interactions->attend_back(heads, row + part(QUERY), row + part(KEY), row + part(VALUE),
                                row + probabilities(true), sum, panel.scratch, row + part(D_QUERY), row + part(D_KEY),
                                row + part(D_VALUE));
  }
  if (adapts(domain)) {
    float* first = work(frame, begin);
    float* one = panel.scratch;
    for (int m = 0; m < kMatrices; ++m) {
      k.shrink(rows, columns_, shape_.rank, first + slope(m), ld, b_[m]->row(domain), columns_, one, ranks_);
      for (int r = 0; r < rows; ++r) {
        float* sum = first + r * ld + t();
        for (int64_t i = 0; i < shape_.rank; ++i) sum[i] = m == 0 ? one[r * ranks_ + i] : sum[i] + one[r * ranks_ + i];
      }
    }
    scale_rows(rows, shape_.rank, adapter_scale_, first + t(), ld);
  }
  if (needs(panel)) hand_back(panel, begin, end, domain);
}

void Attention::hand_back(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept {
  const Frame& frame = *panel.frame;
  const int64_t ld = this->ld(true);
  const int rows = static_cast<int>((end - begin) * fields_);
  const float* first = work(frame, begin);
  float* back = panel.scratch;
  for (int m = 0; m < kMatrices; ++m) {
    kernels().expand(rows, in_columns_, static_cast<int>(size_), first + slope(m), ld, transposed_[m].data(),
                     in_columns_, back, in_columns_, m > 0);
  }
  const auto add = [&](const float* from, int64_t from_ld) {
    for (int64_t p = begin; p < end; ++p) {
      float* dx = begun_gradient(frame, p);
      for (int64_t f = 0; f < fields_; ++f, from += from_ld) {
        for (int64_t i = 0; i < k_; ++i) dx[f * k_ + i] += from[i];
      }
    }
  };
  for (int64_t p = begin; p < end; ++p) in_gradient(panel, p);
  add(back, in_columns_);
  if (!adapts(domain)) return;
  kernels().shrink(rows, ranks_, static_cast<int>(k_), first + t(), ld, a_->row(domain), ranks_, back, in_columns_);
  add(back, in_columns_);
}

void Attention::prepare(const Sink& sink, const Plan& plan) {
  for (int m = 0; m < kMatrices; ++m) {
    if (sink.wants(*weights_[m])) sums_[m].reserve(weights_[m]->stride, "gradient of attention weights");
    if (shape_.adapted() && sink.wants(*b_[m])) b_sums_[m].reserve(b_[m]->stride, "gradient of attention's B");
    if (!plan.value_needs[read()]) continue;
    transposed_[m].reserve(columns_ * in_columns_, "transposed attention weights");
    const float* w = weights_[m]->value.data();
    for (int64_t i = 0; i < k_; ++i) {
      for (int64_t j = 0; j < size_; ++j) transposed_[m][j * in_columns_ + i] = w[i * columns_ + j];
    }
  }
  if (shape_.adapted() && sink.wants(*a_)) a_sum_.reserve(a_->stride, "gradient of attention's A");
}

void Attention::add_tasks(const Block& block, std::vector<Task>& tasks) {
  const Sink& sink = *block.sink;
  for (int m = 0; m < kMatrices; ++m) {
    if (sink.wants(*weights_[m])) tasks.push_back({this, WEIGHT, m, 0});
    if (shape_.adapted() && sink.wants(*b_[m])) tasks.push_back({this, ADAPTER_B, m, 0});
  }
  if (shape_.adapted() && sink.wants(*a_)) tasks.push_back({this, ADAPTER_A, 0, 0});
}

void Attention::run(const Block& block, const Task& task, float*) noexcept {
  switch (task.kind) {
    case WEIGHT:
      run_weight(block, static_cast<int>(task.a));
      break;
    case ADAPTER_A:
      run_a(block);
      break;
    default:
      run_b(block, static_cast<int>(task.a));
  }
}

void Attention::run_weight(const Block& block, int m) noexcept {
  const int64_t ld = this->ld(true);
  const float* x = work(*block.frame, block.first);
  kernels().outer((block.end - block.first) * fields_, x, ld, static_cast<int>(k_), x + slope(m), ld, columns_,
                  sums_[m].data(), columns_, block.starts());
  if (block.ends()) block.sink->take_row(*weights_[m], 0, sums_[m].data());
}

void Attention::run_a(const Block& block) noexcept {
  const int64_t ld = this->ld(true);
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0) return;
    const float* x = work(*block.frame, begin);
    kernels().outer((end - begin) * fields_, x, ld, static_cast<int>(k_), x + t(), ld, ranks_, a_sum_.data(), ranks_,
                    starts);
    if (ends && block.sink->wants(*a_, domain)) block.sink->take_row(*a_, domain, a_sum_.data());
  });
}

void Attention::run_b(const Block& block, int m) noexcept {
  const int64_t ld = this->ld(true);
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0) return;
    const float* row = work(*block.frame, begin);
    kernels().outer((end - begin) * fields_, row + s(true), ld, shape_.rank, row + slope(m), ld, columns_,
                    b_sums_[m].data(), columns_, starts);
    if (ends && block.sink->wants(*b_[m], domain)) block.sink->take_row(*b_[m], domain, b_sums_[m].data());
  });
}

}  // namespace mlora
