// A row's work space holds x . w and its gradient g . x0.
#include "cross.h"

#include <cstring>

#include "simd/kernels.h"

namespace mlora {

Cross::Cross(int index, const CrossOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network), weight_(parameters[shape.weight]), bias_(parameters[shape.bias]) {}

void Cross::forward(const Panel& panel) noexcept {
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* x = in(frame, p, 1);
    float* y = out(frame, p);
    const float product = k.dot(width(), x, weight_.value.data());
    work(frame, p)[0] = product;
    k.scale_add(width(), product, in(frame, p, 0), bias_.value.data(), y);
    for (int64_t i = 0; i < width(); ++i) y[i] += x[i];
  }
}

void Cross::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(frame, p);
    float* products = work(frame, p);
    products[1] = k.dot(width(), g, in(frame, p, 0));
    if (needs(panel, 0)) {
      float* dx = in_gradient(panel, p, 0);
      k.scale_add(width(), products[0], g, dx, dx);
    }
    if (needs(panel, 1)) {
      float* dx = in_gradient(panel, p, 1);
      for (int64_t i = 0; i < width(); ++i) dx[i] += g[i];
      k.scale_add(width(), products[1], weight_.value.data(), dx, dx);
    }
  }
}

void Cross::prepare(const Sink& sink, const Plan&) {
  if (sink.wants(weight_)) weight_sum_.reserve(weight_.stride, "gradient of cross weights");
  if (sink.wants(bias_)) bias_sum_.reserve(bias_.stride, "gradient of a cross bias");
}

void Cross::add_tasks(const Block& block, std::vector<Task>& tasks) {
  if (block.sink->wants(weight_)) tasks.push_back({this, 0, 0, 0});
  if (block.sink->wants(bias_)) tasks.push_back({this, 1, 0, 0});
}

void Cross::run(const Block& block, const Task& task, float*) noexcept {
  const bool of_bias = task.kind == 1;
  Parameter& parameter = of_bias ? bias_ : weight_;
  float* sum = of_bias ? bias_sum_.data() : weight_sum_.data();
  if (block.starts()) std::memset(sum, 0, parameter.stride * sizeof(float));
  for (int64_t p = block.first; p < block.end; ++p) {
    if (of_bias) {
      kernels().add_scaled(width(), 1.0f, out_gradient(*block.frame, p), sum);
    } else {
      kernels().add_scaled(width(), work(*block.frame, p)[1], in(*block.frame, p, 1), sum);
    }
  }
  if (block.ends()) block.sink->take_row(parameter, 0, sum);
}

}  // namespace mlora
