// A row's work space: the experts' shares, and what the loss gains from each.
#include "mixture.h"

#include <algorithm>
#include <cmath>

#include "simd/kernels.h"

namespace mlora {

void Mixture::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* scores = in(frame, p, 1);
    float* shares = work(frame, p);
    const float largest = *std::max_element(scores, scores + experts());
    float total = 0;
    for (int64_t e = 0; e < experts(); ++e) {
      shares[e] = std::exp(scores[e] - largest);
      total += shares[e];
    }
    float* y = out(frame, p);
    std::fill_n(y, out_width(), 0.0f);
    for (int64_t e = 0; e < experts(); ++e) {
      shares[e] /= total;
      kernels().add_scaled(out_width(), shares[e], in(frame, p, 0) + e * out_width(), y);
    }
  }
}

void Mixture::backward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(frame, p);
    const float* shares = work(frame, p);
    if (needs(panel, 0)) {
      float* dx = in_gradient(panel, p, 0);
      for (int64_t e = 0; e < experts(); ++e) kernels().add_scaled(out_width(), shares[e], g, dx + e * out_width());
    }
    if (!needs(panel, 1)) continue;
    float* gains = work(frame, p) + experts();
    float mean = 0;
    for (int64_t e = 0; e < experts(); ++e) {
      gains[e] = kernels().interactions->dot(out_width(), g, in(frame, p, 0) + e * out_width());
      mean += shares[e] * gains[e];
    }
    float* dgate = in_gradient(panel, p, 1);
    for (int64_t e = 0; e < experts(); ++e) dgate[e] += shares[e] * (gains[e] - mean);
  }
}

}  // namespace mlora
