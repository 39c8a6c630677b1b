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
      heads_{fields_, shape.heads, out_width() / fields_ / shape.heads, columns_, static_cast<float>(shape.scale)},
      weights_{&parameters[shape.query], &parameters[shape.key], &parameters[shape.value],
               &parameters[shape.residual]} {}

int64_t Attention::work_columns(bool training) const {
  const int64_t parts = training ? D_VALUE + 1 : SUM + 1;
  const int64_t scores = round_up(heads_.heads * fields_ * fields_, 16);
  // Backward, what one field hands back or one row of slopes of the scores.
  const int64_t back = training ? fields_ * std::max<int64_t>(k_, 1) + fields_ : 0;
  return parts * fields_ * columns_ + scores + round_up(back, 16);
}

void Attention::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  const int64_t size = out_width() / fields_;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    float* row = work(frame, p);
    for (int m = 0; m < kMatrices; ++m) {
      kernels().expand(static_cast<int>(fields_), columns_, static_cast<int>(k_), in(frame, p), k_,
                       weights_[m]->value.data(), columns_, part(row, m), columns_, false);
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
}

void Attention::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const Frame& frame = *panel.frame;
  const int64_t size = out_width() / fields_;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
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
    if (!needs(panel)) continue;
    float* dx = in_gradient(panel, p);
    float* back = spread + fields_;
    for (int m = 0; m < kMatrices; ++m) {
      kernels().shrink(static_cast<int>(fields_), columns_, static_cast<int>(k_), slope(row, m), columns_,
                       weights_[m]->value.data(), columns_, back, k_);
      for (int64_t i = 0; i < width(); ++i) dx[i] += back[i];
    }
  }
}

void Attention::prepare(const Sink& sink, const Plan&, int) {
  for (int m = 0; m < kMatrices; ++m) {
    if (sink.wants(*weights_[m])) sums_[m].reserve(weights_[m]->stride, "gradient of attention weights");
  }
}

void Attention::add_tasks(const Block& block, std::vector<Task>& tasks) {
  for (int m = 0; m < kMatrices; ++m) {
    if (block.sink->wants(*weights_[m])) tasks.push_back({this, 0, m, 0});
  }
}

void Attention::run(const Block& block, const Task& task, int) noexcept {
  const Frame& frame = *block.frame;
  const int m = static_cast<int>(task.a);
  for (int64_t p = block.first; p < block.end; ++p) {
    kernels().outer(fields_, in(frame, p), k_, static_cast<int>(k_), slope(work(frame, p), m), columns_, columns_,
                    sums_[m].data(), columns_, p == block.first && block.starts());
  }
  if (block.ends()) block.sink->take_row(*weights_[m], 0, sums_[m].data());
}

}  // namespace mlora
