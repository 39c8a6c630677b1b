// Row by row, as a product of matrices: for each map i of x0, the products with the maps of x make a matrix
// (k, H), which times rows [i H, (i + 1) H) of W adds to (k, maps). Maps lie side by side in values and are
// columns here; a row's work space holds the sums or their gradients (k, maps padded), and the
// products (k, H padded).
#include "cin.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {
namespace {

const float kOne[1] = {1.0f};

}  // namespace

Cin::Cin(int index, const CinOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      k_(shape.width),
      starts_(width(0) / k_),
      ins_(width(1) / k_),
      maps_(out_width() / k_),
      columns_(round_up(maps_, 16)),
      in_columns_(round_up(ins_, 16)),
      weight_(parameters[shape.weight]),
      bias_(parameters[shape.bias]) {}

void Cin::products(const float* start, const float* in, float* to) const noexcept {
  for (int64_t t = 0; t < k_; ++t, to += in_columns_) {
    for (int64_t j = 0; j < ins_; ++j) to[j] = start[t] * in[j * k_ + t];
  }
}

void Cin::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    float* sums = work(frame, p);
    float* z = sums + gradient_size();
    for (int64_t i = 0; i < starts_; ++i) {
      products(in(frame, p, 0) + i * k_, in(frame, p, 1), z);
      kernels().expand(static_cast<int>(k_), columns_, static_cast<int>(ins_), z, in_columns_,
                       weight_.value.data() + i * ins_ * columns_, columns_, sums, columns_, i > 0);
    }
    float* to = out(frame, p);
    for (int64_t m = 0; m < maps_; ++m) {
      for (int64_t t = 0; t < k_; ++t) {
        const float sum = sums[t * columns_ + m] + bias_.value[m];
        // Not a number stays: a diverged run must show.
        to[m * k_ + t] = sum < 0 ? 0 : sum;
      }
    }
  }
}

void Cin::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const Frame& frame = *panel.frame;
  const bool needs_start = needs(panel, 0), needs_in = needs(panel, 1);
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    float* sums = work(frame, p);
    const float* y = out(frame, p);
    const float* g = out_gradient(frame, p);
    for (int64_t m = 0; m < maps_; ++m) {
      for (int64_t t = 0; t < k_; ++t) sums[t * columns_ + m] = y[m * k_ + t] > 0 ? g[m * k_ + t] : 0;
    }
    if (!needs_start && !needs_in) continue;
    float* z = sums + gradient_size();
    const float* start = in(frame, p, 0);
    const float* x = in(frame, p, 1);
    float* dstart = needs_start ? in_gradient(panel, p, 0) : nullptr;
    float* dx = needs_in ? in_gradient(panel, p, 1) : nullptr;
    for (int64_t i = 0; i < starts_; ++i) {
      kernels().shrink(static_cast<int>(k_), columns_, static_cast<int>(ins_), sums, columns_,
                       weight_.value.data() + i * ins_ * columns_, columns_, z, in_columns_);
      for (int64_t j = 0; j < ins_; ++j) {
        for (int64_t t = 0; t < k_; ++t) {
          const float slope = z[t * in_columns_ + j];
          if (needs_start) dstart[i * k_ + t] += slope * x[j * k_ + t];
          if (needs_in) dx[j * k_ + t] += slope * start[i * k_ + t];
        }
      }
    }
  }
}

void Cin::prepare(const Sink& sink, const Plan&, int threads) {
  if (sink.wants(weight_)) weight_sum_.reserve(weight_.stride, "gradient of interaction weights");
  if (sink.wants(bias_)) bias_sum_.reserve(bias_.stride, "gradient of an interaction bias");
  thread_products_.reserve(threads * products_size(), "products of fields");
}

void Cin::add_tasks(const Block& block, std::vector<Task>& tasks) {
  for (int64_t i = 0; i < starts_ && block.sink->wants(weight_); ++i) tasks.push_back({this, WEIGHT, i, 0});
  if (block.sink->wants(bias_)) tasks.push_back({this, BIAS, 0, 0});
}

void Cin::run(const Block& block, const Task& task, int thread) noexcept {
  const Frame& frame = *block.frame;
  if (task.kind == BIAS) {
    for (int64_t p = block.first; p < block.end; ++p) {
      kernels().outer(k_, kOne, 0, 1, work(frame, p), columns_, columns_, bias_sum_.data(), columns_,
                      p == block.first && block.starts());
    }
    if (block.ends()) block.sink->take_row(bias_, 0, bias_sum_.data());
    return;
  }
  const int64_t offset = task.a * ins_ * columns_;
  float* z = thread_products_.data() + thread * products_size();
  for (int64_t p = block.first; p < block.end; ++p) {
    products(in(frame, p, 0) + task.a * k_, in(frame, p, 1), z);
    kernels().outer(k_, z, in_columns_, static_cast<int>(ins_), work(frame, p), columns_, columns_,
                    weight_sum_.data() + offset, columns_, p == block.first && block.starts());
  }
  if (block.ends() && block.sink->takes_parts()) {
    block.sink->take(weight_, 0, offset, ins_ * columns_, weight_sum_.data() + offset);
  }
}

void Cin::finish_whole(const Sink& sink) {
  if (sink.wants(weight_)) sink.take_row(weight_, 0, weight_sum_.data());
}

}  // namespace mlora
