// What table_update.cu does to a row of a table: sums of gradients of its entries, and its end.
#ifndef MLORA_KERNELS_TABLE_ROW_H
#define MLORA_KERNELS_TABLE_ROW_H

#include "tables.h"

namespace mlora::cuda {

// Four elements as they lie in memory, and how many of them a lane has in flight.
template <typename E>
struct Raw {
  using Four = Quad;
  static constexpr int kFlight = 4;
};
template <>
struct Raw<Bf16> {
  using Four = Pair;
  static constexpr int kFlight = 8;
};

template <typename E>
MLORA_DEVICE const E* gradient_at(const Use& use, uint32_t item, int column) {
  const int64_t p = item & ((1u << kPositionBits) - 1);
  return pointer<const E>(use.gradient) + p * use.gradient_ld + use.column + column;
}

MLORA_DEVICE float weight_of(const Batch& batch, const Use& use, uint32_t item) {
  if (use.kind != MLORA_CUDA_FIELD_BAG || use.pooling != MLORA_CUDA_MEAN) return 1;
  const int64_t row = batch.row[item & ((1u << kPositionBits) - 1)];
  return divide(1, static_cast<float>(use.offsets[row + 1] - use.offsets[row]));
}

// The gradients of so many entries of a table row, columns [column, column + 4), times their weights, added up.
// Plain: they have no weights, and lie four columns at once. sum is 0 before.
template <typename E>
MLORA_DEVICE void sum_entries(const Batch& batch, const Tables& tables, const uint32_t* items, int count, bool plain,
                              int column, int width, float (&sum)[4]) {
  if (!plain) {
    for (int k = 0; k < count; ++k) {
      const Use& use = tables.use[items[k] >> kPositionBits];
      const E* const from = gradient_at<E>(use, items[k], column);
      const float weight = weight_of(batch, use, items[k]);
      for (int i = 0; i < 4; ++i) sum[i] = fma(weight, column + i < width ? load(from + i) : 0.0f, sum[i]);
    }
    return;
  }
  using Four = typename Raw<E>::Four;
  constexpr int kFlight = Raw<E>::kFlight;
  // Most rows have one entry, which should not cost the instructions of a flight.
  load4(gradient_at<E>(tables.use[items[0] >> kPositionBits], items[0], column), sum);
  for (int first = 1; first < count; first += kFlight) {
    uint32_t item[kFlight];
    Four raw[kFlight];
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) item[k] = first + k < count ? items[first + k] : 0;
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) {
      if (first + k >= count) continue;
      raw[k] = *reinterpret_cast<const Four*>(gradient_at<E>(tables.use[item[k] >> kPositionBits], item[k], column));
    }
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) {
      if (first + k >= count) continue;
      float values[4];
      load4(reinterpret_cast<const E*>(&raw[k]), values);
      for (int i = 0; i < 4; ++i) sum[i] += values[i];
    }
  }
}

// Finishes columns [column, column + 4) of a row.
MLORA_DEVICE void finish(const Settings& settings, const Parameter& table, StepNumbers step, int64_t row, int column,
                         const float (&sum)[4]) {
  const int left = static_cast<int>(table.row_size) - column, n = left < 4 ? left : 4;
  const int64_t at = row * table.row_size + column;
  if (table.gradient == nullptr) {
    apply4_at(settings, table, step, at, n, sum);
    return;
  }
  for (int i = 0; i < 4; ++i) {
    if (i < n) table.gradient[at + i] = sum[i];
  }
}

// Sum of the squared slopes of a warp's row, whose lanes call it together, into the row's state.
MLORA_DEVICE float row_wise_rate(const Settings& settings, const Parameter& table, int64_t row, float squares) {
  const float mean = divide(WarpTeam().sum(squares), static_cast<float>(table.row_size));
  const float state = table.first[row] + mean;
  warp_sync();
  if (lane() == 0) table.first[row] = state;
  return divide(numbers_at(settings, table.rate_scale, 1).rate, root(state) + settings.epsilon);
}

MLORA_DEVICE float squares_of(const Parameter& table, int64_t row, int column, const float (&sum)[4]) {
  float total = 0;
  for (int i = 0; i < 4; ++i) {
    if (column + i >= table.row_size) continue;
    const float slope = fma(table.l2, table.value[row * table.row_size + column + i], sum[i]);
    total = fma(slope, slope, total);
  }
  return total;
}

}  // namespace mlora::cuda
#endif
