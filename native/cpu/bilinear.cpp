// Rows go in tiles. A row's work space: e_i W, t = g * e_j and t W^T, each padded to 16 columns. Pairs that
// share field and matrix share e_i W.
#include "bilinear.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {

Bilinear::Bilinear(int index, const BilinearOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      shape_(shape),
      k_(width() / shape.fields),
      columns_(round_up(k_, 16)),
      sums_(shape.weights.size()) {
  for (int i = 0; i < shape.fields; ++i) {
    for (int j = i + 1; j < shape.fields; ++j) {
      pairs_.push_back({i * k_, j * k_, shape.matrix(i, static_cast<int>(pairs_.size()))});
    }
  }
  for (int weight : shape.weights) weights_.push_back(&parameters[weight]);
}

void Bilinear::project(const Frame& frame, const Pair& pair, int64_t begin, int64_t end) const noexcept {
  kernels().expand(static_cast<int>(end - begin), columns_, static_cast<int>(k_), in(frame, begin) + pair.left,
                   frame.value[shape_.in].ld, weights_[pair.matrix]->value.data(), columns_, work(frame, begin),
                   work_columns(frame.training), false);
}

void Bilinear::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t begin = panel.begin; begin < panel.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, panel.end);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const Pair& pair = pairs_[i];
      const bool same = i > 0 && pairs_[i - 1].left == pair.left && pairs_[i - 1].matrix == pair.matrix;
      if (!same) project(frame, pair, begin, end);
      for (int64_t p = begin; p < end; ++p) {
        const float* projected = work(frame, p);
        const float* right = in(frame, p) + pair.right;
        float* to = out(frame, p) + static_cast<int64_t>(i) * k_;
        for (int64_t j = 0; j < k_; ++j) to[j] = projected[j] * right[j];
      }
    }
  }
}

void Bilinear::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan) || !needs(panel)) return;
  const Frame& frame = *panel.frame;
  const int64_t ld = work_columns(true);
  for (int64_t begin = panel.begin; begin < panel.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, panel.end);
    for (int64_t p = begin; p < end; ++p) in_gradient(panel, p);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const Pair& pair = pairs_[i];
      const bool same = i > 0 && pairs_[i - 1].left == pair.left && pairs_[i - 1].matrix == pair.matrix;
      if (!same) project(frame, pair, begin, end);
      for (int64_t p = begin; p < end; ++p) {
        const float* g = out_gradient(frame, p) + static_cast<int64_t>(i) * k_;
        const float* right = in(frame, p) + pair.right;
        float* row = work(frame, p);
        float* dx = frame.gradient[shape_.in].at(p) + pair.right;
        kernels().interactions->multiply_add(k_, g, row, dx, dx);
        for (int64_t j = 0; j < k_; ++j) row[columns_ + j] = g[j] * right[j];
      }
      kernels().shrink(static_cast<int>(end - begin), columns_, static_cast<int>(k_), work(frame, begin) + columns_,
                       ld, weights_[pair.matrix]->value.data(), columns_, work(frame, begin) + 2 * columns_, ld);
      for (int64_t p = begin; p < end; ++p) {
        const float* from = work(frame, p) + 2 * columns_;
        float* dx = frame.gradient[shape_.in].at(p) + pair.left;
        for (int64_t j = 0; j < k_; ++j) dx[j] += from[j];
      }
    }
  }
}

void Bilinear::prepare(const Sink& sink, const Plan&) {
  for (size_t m = 0; m < weights_.size(); ++m) {
    if (sink.wants(*weights_[m])) sums_[m].reserve(weights_[m]->stride, "gradient of bilinear weights");
  }
}

void Bilinear::add_tasks(const Block& block, std::vector<Task>& tasks) {
  for (size_t m = 0; m < weights_.size(); ++m) {
    if (block.sink->wants(*weights_[m])) tasks.push_back({this, 0, static_cast<int64_t>(m), 0});
  }
}

void Bilinear::run(const Block& block, const Task& task, float* tile) noexcept {
  const Frame& frame = *block.frame;
  float* sum = sums_[task.a].data();
  std::fill_n(tile, kTile * columns_, 0.0f);  // what pads its rows stays zero
  bool first = block.starts();
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const Pair& pair = pairs_[i];
    if (pair.matrix != task.a) continue;
    for (int64_t begin = block.first; begin < block.end; begin += kTile) {
      const int64_t end = std::min(begin + kTile, block.end);
      for (int64_t p = begin; p < end; ++p) {
        const float* g = out_gradient(frame, p) + static_cast<int64_t>(i) * k_;
        const float* right = in(frame, p) + pair.right;
        float* t = tile + (p - begin) * columns_;
        for (int64_t j = 0; j < k_; ++j) t[j] = g[j] * right[j];
      }
      kernels().outer(end - begin, in(frame, begin) + pair.left, frame.value[shape_.in].ld, static_cast<int>(k_), tile,
                      columns_, columns_, sum, columns_, first);
      first = false;
    }
  }
  if (block.ends()) block.sink->take_row(*weights_[task.a], 0, sum);
}

}  // namespace mlora
