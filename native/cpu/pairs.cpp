#include "pairs.h"

#include "simd/kernels.h"

namespace mlora {

void BiInteraction::forward(const Panel& panel) noexcept {
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    kernels().interactions->bi_interaction(fields_, out_width(), in(*panel.frame, p), out(*panel.frame, p));
  }
}

void BiInteraction::backward(const Panel& panel) noexcept {
  if (!needs(panel)) return;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(*panel.frame, p);
    kernels().interactions->bi_interaction_back(fields_, out_width(), in(*panel.frame, p), g, in_gradient(panel, p));
  }
}

void InnerProducts::forward(const Panel& panel) noexcept {
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    kernels().interactions->inner_products(fields_, width() / fields_, in(*panel.frame, p), out(*panel.frame, p));
  }
}

void InnerProducts::backward(const Panel& panel) noexcept {
  if (!needs(panel)) return;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float* g = out_gradient(*panel.frame, p);
    kernels().interactions->inner_products_back(fields_, width() / fields_, in(*panel.frame, p), g,
                                                in_gradient(panel, p));
  }
}

}  // namespace mlora
