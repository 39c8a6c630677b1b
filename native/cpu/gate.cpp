// A row's work space: the weights.
#include "gate.h"

#include <cmath>

#include "simd/kernels.h"

namespace mlora {

void Gate::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* x = in(frame, p, 0);
    const float* gate = in(frame, p, 1);
    float* weights = work(frame, p);
    for (int64_t g = 0; g < gates(); ++g) {
      const float w = factor_ / (1 + std::exp(-steepness_ * gate[g]));
      weights[g] = w < threshold_ ? 0 : w;
    }
    float* y = out(frame, p);
    if (group() == 1) {
      for (int64_t i = 0; i < width(0); ++i) y[i] = weights[i] * x[i];
      continue;
    }
    for (int64_t g = 0; g < gates(); ++g) {
      for (int64_t i = g * group(); i < (g + 1) * group(); ++i) y[i] = weights[g] * x[i];
    }
  }
}

void Gate::backward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  const InteractionKernels& k = *kernels().interactions;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* x = in(frame, p, 0);
    const float* weights = work(frame, p);
    const float* dy = out_gradient(frame, p);
    if (needs(panel, 0)) {
      float* dx = in_gradient(panel, p, 0);
      for (int64_t g = 0; g < gates(); ++g) {
        for (int64_t i = g * group(); i < (g + 1) * group(); ++i) dx[i] += weights[g] * dy[i];
      }
    }
    if (!needs(panel, 1)) continue;
    float* dgate = in_gradient(panel, p, 1);
    for (int64_t g = 0; g < gates(); ++g) {
      const float gain = group() == 1 ? dy[g] * x[g] : k.dot(group(), dy + g * group(), x + g * group());
      dgate[g] += gain * steepness_ * weights[g] * (1 - weights[g] / factor_);
    }
  }
}

}  // namespace mlora
