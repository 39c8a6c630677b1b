#include "columnwise.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {

void Copy::forward(const Panel& panel) noexcept {
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    std::copy_n(in(*panel.frame, p) + shape_.from, shape_.width, out(*panel.frame, p) + shape_.column);
  }
}

void Copy::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan) || !needs(panel)) return;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(*panel.frame, p) + shape_.column;
    float* dx = in_gradient(panel, p) + shape_.from;
    for (int64_t i = 0; i < shape_.width; ++i) dx[i] += g[i];
  }
}

void SumGroups::forward(const Panel& panel) noexcept {
  const int64_t size = width() / out_width();
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    kernels().interactions->sum_groups(out_width(), size, in(*panel.frame, p), out(*panel.frame, p));
  }
}

void SumGroups::backward(const Panel& panel) noexcept {
  if (!needs(panel)) return;
  const int64_t size = width() / out_width();
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(*panel.frame, p);
    float* dx = in_gradient(panel, p);
    for (int64_t group = 0; group < out_width(); ++group, dx += size) {
      for (int64_t i = 0; i < size; ++i) dx[i] += g[group];
    }
  }
}

void MultiplyAdd::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    kernels().interactions->multiply_add(width(), in(frame, p, 0), in(frame, p, 1), in(frame, p, 2), out(frame, p));
  }
}

void MultiplyAdd::backward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(frame, p);
    for (int input : {0, 1, 2}) {
      if (!needs(panel, input)) continue;
      float* dx = in_gradient(panel, p, input);
      if (input == 2) {
        for (int64_t i = 0; i < width(); ++i) dx[i] += g[i];
      } else {
        kernels().interactions->multiply_add(width(), g, in(frame, p, 1 - input), dx, dx);
      }
    }
  }
}

void Add::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* a = in(frame, p, 0);
    const float* b = in(frame, p, 1);
    float* sum = out(frame, p);
    for (int64_t i = 0; i < width(); ++i) sum[i] = a[i] + b[i];
    for (int64_t i = 0; relu_ && i < width(); ++i) sum[i] = sum[i] < 0 ? 0 : sum[i];
  }
}

void Add::backward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(frame, p);
    const float* sum = out(frame, p);
    for (int input : {0, 1}) {
      if (!needs(panel, input)) continue;
      float* dx = in_gradient(panel, p, input);
      for (int64_t i = 0; i < width(); ++i) dx[i] += relu_ && sum[i] <= 0 ? 0 : g[i];
    }
  }
}

void Detach::forward(const Panel& panel) noexcept {
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    std::copy_n(in(*panel.frame, p), width(), out(*panel.frame, p));
  }
}

}  // namespace mlora
