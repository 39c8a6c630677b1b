// The loss of a row and its slope, in double, as the CPU engine does: loss = max(z, 0) - z y + log(1 + e^-|z|);
// and its prediction.
#ifndef MLORA_KERNELS_CROSS_ENTROPY_H
#define MLORA_KERNELS_CROSS_ENTROPY_H

#include "batch.h"

namespace mlora::cuda {

MLORA_DEVICE double sigmoid(double z, double e) { return z >= 0 ? 1 / (1 + e) : e / (1 + e); }

struct Loss {
  double value;
  float slope;  // of the mean over the batch
};

// What the loss of a row of the columns is made of besides its logit; weights null: every row counts 1.
struct LabelledRow {
  float label, weight;
  int32_t count;  // rows of the batch

  LabelledRow() = default;
  MLORA_DEVICE LabelledRow(const Batch& batch, int row, const float* labels, const float* weights)
      : label(labels[row]), weight(weights == nullptr ? 1.0f : weights[row]), count(batch.state->count) {}
};

MLORA_DEVICE Loss cross_entropy(const LabelledRow& row, double z) {
  const double y = row.label, weight = row.weight;
  const double e = exponential(z < 0 ? z : -z);
  const double loss = (z > 0 ? z : 0) - z * y + log_plus_one(e);
  return {z == z ? weight * loss : z, static_cast<float>(weight * (sigmoid(z, e) - y) * (1.0 / row.count))};
}

// Where predictions go, by row in the caller's order; either may be null.
struct Predictions {
  float *logits, *probabilities;

  MLORA_DEVICE void put(const Batch& batch, int64_t p, float logit) const {
    const int64_t place = batch.state->from + batch.number[p];
    const double z = logit;
    if (logits != nullptr) logits[place] = logit;
    if (probabilities != nullptr) probabilities[place] = static_cast<float>(sigmoid(z, exponential(z < 0 ? z : -z)));
  }
};

}  // namespace mlora::cuda
#endif
