// Rows go one by one, fields as the rows of products. Gradients of low-rank parts are summed domain by domain by one
// task that goes through all runs of a block in order.
#include "attention.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {

Attention::Attention(int index, const AttentionOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      shape_(shape),
      fields_(shape.fields),
      k_(width() / fields_),
      columns_(round_up(out_width() / fields_, 16)),
      ranks_(round_up(shape.rank, 16)),
      heads_{fields_, shape.heads, out_width() / fields_ / shape.heads, columns_, static_cast<float>(shape.scale)},
      weights_{&parameters[shape.query], &parameters[shape.key], &parameters[shape.value],
               &parameters[shape.residual]} {
  if (!shape.adapted()) return;
  a_ = &parameters[shape.a];
  for (int m = 0; m < kMatrices; ++m) b_[m] = &parameters[shape.b[m]];
}

int64_t Attention::own_columns(bool training) const {
  const int64_t parts = training ? D_VALUE + 1 : SUM + 1;
  const int64_t scores = round_up(heads_.heads * fields_ * fields_, 16);
  // Backward, what one field hands back or one row of slopes of the scores.
  const int64_t back = training ? fields_ * std::max<int64_t>(k_, 1) + fields_ : 0;
  return parts * fields_ * columns_ + scores + round_up(back, 16);
}

int64_t Attention::work_columns(bool training) const {
  return own_columns(training) + (training ? 3 : 1) * fields_ * ranks_;
}

void Attention::scale(float* products) const noexcept {
  const float by = static_cast<float>(shape_.adapter_scale);
  for (int64_t i = 0; i < fields_ * ranks_ && by != 1; ++i) products[i] *= by;
}

void Attention::forward(const Panel& panel) noexcept {
  each_run(*panel.batch, panel.begin, panel.end, [&](int domain, int64_t begin, int64_t end, bool, bool) {
    for (int64_t p = begin; p < end; ++p) forward(*panel.frame, p, domain);
  });
}

void Attention::forward(const Frame& frame, int64_t p, int domain) noexcept {
  const int fields = static_cast<int>(fields_);
  const int64_t size = out_width() / fields_;
  float* row = work(frame, p);
  for (int m = 0; m < kMatrices; ++m) {
    kernels().expand(fields, columns_, static_cast<int>(k_), in(frame, p), k_, weights_[m]->value.data(), columns_,
                     part(row, m), columns_, false);
  }
  if (adapts(domain)) {
    float* products = s(row, frame.training);
    kernels().expand(fields, ranks_, static_cast<int>(k_), in(frame, p), k_, a_->row(domain), ranks_, products, ranks_,
                     false);
    scale(products);
    for (int m = 0; m < kMatrices; ++m) {
      kernels().expand(fields, columns_, shape_.rank, products, ranks_, b_[m]->row(domain), columns_, part(row, m),
                       columns_, true);
    }
  }
  float* sum = part(row, SUM);
  kernels().interactions->attend(heads_, part(row, QUERY), part(row, KEY), part(row, VALUE),
                                 probabilities(row, frame.training), sum);
  float* to = out(frame, p);
  for (int64_t f = 0; f < fields_; ++f) {
    for (int64_t j = 0; j < size; ++j) {
      const float value = sum[f * columns_ + j];
      // Not a number stays: a diverged run must show.
      to[f * size + j] = value < 0 ? 0 : value;
    }
  }
}

void Attention::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  each_run(*panel.batch, panel.begin, panel.end, [&](int domain, int64_t begin, int64_t end, bool, bool) {
    for (int64_t p = begin; p < end; ++p) backward(panel, p, domain);
  });
}

void Attention::backward(const Panel& panel, int64_t p, int domain) noexcept {
  const Frame& frame = *panel.frame;
  const int fields = static_cast<int>(fields_);
  const int64_t size = out_width() / fields_;
  float* row = work(frame, p);
  const float* y = out(frame, p);
  const float* g = out_gradient(frame, p);
  float* sum = part(row, SUM);
  for (int64_t f = 0; f < fields_; ++f) {
    for (int64_t j = 0; j < size; ++j) sum[f * columns_ + j] = y[f * size + j] > 0 ? g[f * size + j] : 0;
  }
  float* scores = probabilities(row, true);
  float* spread = scores + round_up(heads_.heads * fields_ * fields_, 16);
  kernels().interactions->attend_back(heads_, part(row, QUERY), part(row, KEY), part(row, VALUE), scores, sum, spread,
                                      part(row, D_QUERY), part(row, D_KEY), part(row, D_VALUE));
  if (adapts(domain)) {
    float* gradient = t(row);
    float* one = gradient + fields_ * ranks_;
    std::fill_n(gradient, 2 * fields_ * ranks_, 0.0f);
    for (int m = 0; m < kMatrices; ++m) {
      kernels().shrink(fields, columns_, shape_.rank, slope(row, m), columns_, b_[m]->row(domain), columns_, one,
                       ranks_);
      for (int64_t i = 0; i < fields_ * ranks_; ++i) gradient[i] += one[i];
    }
    scale(gradient);
  }
  if (!needs(panel)) return;
  float* dx = in_gradient(panel, p);
  float* back = spread + fields_;
  for (int m = 0; m < kMatrices; ++m) {
    kernels().shrink(fields, columns_, static_cast<int>(k_), slope(row, m), columns_, weights_[m]->value.data(),
                     columns_, back, k_);
    for (int64_t i = 0; i < width(); ++i) dx[i] += back[i];
  }
  if (!adapts(domain)) return;
  kernels().shrink(fields, ranks_, static_cast<int>(k_), t(row), ranks_, a_->row(domain), ranks_, back, k_);
  for (int64_t i = 0; i < width(); ++i) dx[i] += back[i];
}

void Attention::prepare(const Sink& sink, const Plan&, int) {
  for (int m = 0; m < kMatrices; ++m) {
    if (sink.wants(*weights_[m])) sums_[m].reserve(weights_[m]->stride, "gradient of attention weights");
    if (shape_.adapted() && sink.wants(*b_[m])) b_sums_[m].reserve(b_[m]->stride, "gradient of attention's B");
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

void Attention::run(const Block& block, const Task& task, int) noexcept {
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
  const Frame& frame = *block.frame;
  for (int64_t p = block.first; p < block.end; ++p) {
    kernels().outer(fields_, in(frame, p), k_, static_cast<int>(k_), slope(work(frame, p), m), columns_, columns_,
                    sums_[m].data(), columns_, p == block.first && block.starts());
  }
  if (block.ends()) block.sink->take_row(*weights_[m], 0, sums_[m].data());
}

void Attention::run_a(const Block& block) noexcept {
  const Frame& frame = *block.frame;
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0) return;
    for (int64_t p = begin; p < end; ++p) {
      kernels().outer(fields_, in(frame, p), k_, static_cast<int>(k_), t(work(frame, p)), ranks_, ranks_,
                      a_sum_.data(), ranks_, p == begin && starts);
    }
    if (ends && block.sink->wants(*a_, domain)) block.sink->take_row(*a_, domain, a_sum_.data());
  });
}

void Attention::run_b(const Block& block, int m) noexcept {
  const Frame& frame = *block.frame;
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0) return;
    for (int64_t p = begin; p < end; ++p) {
      float* row = work(frame, p);
      kernels().outer(fields_, s(row, true), ranks_, shape_.rank, slope(row, m), columns_, columns_, b_sums_[m].data(),
                      columns_, p == begin && starts);
    }
    if (ends && block.sink->wants(*b_[m], domain)) block.sink->take_row(*b_[m], domain, b_sums_[m].data());
  });
}

}  // namespace mlora
