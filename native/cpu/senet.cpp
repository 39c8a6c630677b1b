#include "senet.h"

#include <cstring>

#include "simd/kernels.h"

namespace mlora {
namespace {

// y (n) = relu(x (m) w (m, n))
void multiply_relu(int64_t m, int64_t n, const float* x, const float* w, float* y) {
  for (int64_t j = 0; j < n; ++j) y[j] = 0;
  for (int64_t i = 0; i < m; ++i) kernels().add_scaled(n, x[i], w + i * n, y);
  for (int64_t j = 0; j < n; ++j) {
    if (y[j] < 0) y[j] = 0;
  }
}

}  // namespace

Senet::Senet(int index, const SenetOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      fields_(shape.fields),
      k_(width() / shape.fields),
      reduced_(network.parameters()[shape.squeeze].size() / shape.fields),
      squeeze_(parameters[shape.squeeze]),
      excite_(parameters[shape.excite]) {}

void Senet::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const Row r = row(frame, p);
    const float* x = in(frame, p);
    float* y = out(frame, p);
    kernels().interactions->sum_groups(fields_, k_, x, r.z);
    for (int64_t f = 0; f < fields_; ++f) r.z[f] /= static_cast<float>(k_);
    multiply_relu(fields_, reduced_, r.z, squeeze_.value.data(), r.h);
    multiply_relu(reduced_, fields_, r.h, excite_.value.data(), r.a);
    for (int64_t f = 0; f < fields_; ++f) {
      for (int64_t i = f * k_; i < (f + 1) * k_; ++i) y[i] = r.a[f] * x[i];
    }
  }
}

void Senet::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const InteractionKernels& k = *kernels().interactions;
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const Row r = row(frame, p);
    const float* x = in(frame, p);
    const float* g = out_gradient(frame, p);
    for (int64_t f = 0; f < fields_; ++f) r.da[f] = r.a[f] > 0 ? k.dot(k_, g + f * k_, x + f * k_) : 0;
    for (int64_t j = 0; j < reduced_; ++j) {
      r.dh[j] = r.h[j] > 0 ? k.dot(fields_, r.da, excite_.value.data() + j * fields_) : 0;
    }
    if (!needs(panel)) continue;
    float* dx = in_gradient(panel, p);
    for (int64_t f = 0; f < fields_; ++f) {
      const float dz = k.dot(reduced_, r.dh, squeeze_.value.data() + f * reduced_) / static_cast<float>(k_);
      k.scale_add(k_, r.a[f], g + f * k_, dx + f * k_, dx + f * k_);
      for (int64_t i = f * k_; i < (f + 1) * k_; ++i) dx[i] += dz;
    }
  }
}

void Senet::prepare(const Sink& sink, const Plan&) {
  if (sink.wants(squeeze_)) squeeze_sum_.reserve(squeeze_.stride, "gradient of SENET weights");
  if (sink.wants(excite_)) excite_sum_.reserve(excite_.stride, "gradient of SENET weights");
}

void Senet::add_tasks(const Block& block, std::vector<Task>& tasks) {
  if (block.sink->wants(squeeze_)) tasks.push_back({this, 0, 0, 0});
  if (block.sink->wants(excite_)) tasks.push_back({this, 1, 0, 0});
}

void Senet::run(const Block& block, const Task& task, float*) noexcept {
  const bool of_excite = task.kind == 1;
  Parameter& parameter = of_excite ? excite_ : squeeze_;
  float* sum = of_excite ? excite_sum_.data() : squeeze_sum_.data();
  if (block.starts()) std::memset(sum, 0, parameter.stride * sizeof(float));
  for (int64_t p = block.first; p < block.end; ++p) {
    const Row r = row(*block.frame, p);
    const int64_t height = of_excite ? reduced_ : fields_, width = of_excite ? fields_ : reduced_;
    for (int64_t i = 0; i < height; ++i) {
      kernels().add_scaled(width, of_excite ? r.h[i] : r.z[i], of_excite ? r.da : r.dh, sum + i * width);
    }
  }
  if (block.ends()) block.sink->take_row(parameter, 0, sum);
}

}  // namespace mlora
