// Predictions: panels forward only, each thread in a frame of its own.
#include <algorithm>
#include <cmath>

#include "engine.h"
#include "error.h"

namespace mlora {

void Engine::predict(const Columns& columns, int from, int count, float* logits, float* probabilities) {
  MLORA_REQUIRE(from >= 0 && count >= 0 && from <= columns.rows - count, "rows [%d, %d + %d) of %d", from, from, count,
                columns.rows);
  columns.check_bound(network_);
  for (int64_t row = from; row < int64_t{from} + count; ++row) columns.check_row(network_, row, false);
  flush();
  predict_batch_.reserve(std::min<int64_t>(count, options_.predict_rows), network_.domains());
  for (int64_t done = 0; done < count; done += options_.predict_rows) {
    const int64_t rows = std::min<int64_t>(options_.predict_rows, count - done);
    Batch& batch = predict_batch_;
    batch.sort(columns, nullptr, from + done, rows, network_.domains());
    begin_runs(batch, 0, rows, false);
    const int64_t panels = (rows + options_.panel_rows - 1) / options_.panel_rows;
    threads_.run(panels, [&](int64_t i, int thread) {
      Frame& frame = predict_frame(thread);
      const int64_t begin = i * options_.panel_rows, end = std::min(begin + options_.panel_rows, rows);
      frame.place(begin);
      run_panel({&batch, &frame, nullptr, begin, end, false, 0, 0, scratch(thread)}, false);
      for (int64_t p = begin; p < end; ++p) {
        const float z = frame.value[network_.logit()].at(p)[0];
        const int64_t place = done + batch.number[p];
        if (logits != nullptr) logits[place] = z;
        if (probabilities != nullptr) {
          const double e = std::exp(-std::fabs(static_cast<double>(z)));
          probabilities[place] = static_cast<float>(z >= 0 ? 1 / (1 + e) : e / (1 + e));
        }
      }
    });
  }
}

}  // namespace mlora
