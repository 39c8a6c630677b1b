// Rows go in tiles. A row's work space: e_i W, t = g * e_j and t W^T, each padded to 16 columns. The pairs of a group
// share e_i W.
#include "bilinear.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {

Bilinear::Bilinear(int index, const BilinearOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      shape_(shape),
      k_(width() / shape.fields),
      columns_(round_up(k_, 16)) {
  for (int i = 0; i < shape.fields; ++i) {
    for (int j = i + 1; j < shape.fields; ++j) {
      const int64_t pair = static_cast<int64_t>(right_.size());
      const int matrix = shape.matrix(i, static_cast<int>(pair));
      if (j == i + 1 || groups_.back().matrix != matrix) groups_.push_back({i * k_, matrix, pair, pair});
      groups_.back().end = pair + 1;
      right_.push_back(j * k_);
    }
  }
  sums_.resize(groups_.size());
  for (int weight : shape.weights) weights_.push_back(&parameters[weight]);
}

void Bilinear::project(const Frame& frame, const Group& group, int64_t begin, int64_t end) const noexcept {
  kernels().expand(static_cast<int>(end - begin), columns_, static_cast<int>(k_), in(frame, begin) + group.left,
                   frame.value[shape_.in].ld, weights_[group.matrix]->value.data(), columns_, work(frame, begin),
                   work_columns(frame.training), false);
}

void Bilinear::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  for (int64_t begin = panel.begin; begin < panel.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, panel.end);
    for (const Group& group : groups_) {
      project(frame, group, begin, end);
      for (int64_t i = group.begin; i < group.end; ++i) {
        for (int64_t p = begin; p < end; ++p) {
          const float* projected = work(frame, p);
          const float* right = in(frame, p) + right_[i];
          float* to = out(frame, p) + i * k_;
          for (int64_t j = 0; j < k_; ++j) to[j] = projected[j] * right[j];
        }
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
    for (const Group& group : groups_) {
      project(frame, group, begin, end);
      for (int64_t i = group.begin; i < group.end; ++i) {
        for (int64_t p = begin; p < end; ++p) {
          const float* g = out_gradient(frame, p) + i * k_;
          const float* right = in(frame, p) + right_[i];
          float* row = work(frame, p);
          float* dx = frame.gradient[shape_.in].at(p) + right_[i];
          kernels().interactions->multiply_add(k_, g, row, dx, dx);
          for (int64_t j = 0; j < k_; ++j) row[columns_ + j] = g[j] * right[j];
        }
        kernels().shrink(static_cast<int>(end - begin), columns_, static_cast<int>(k_), work(frame, begin) + columns_,
                         ld, weights_[group.matrix]->value.data(), columns_, work(frame, begin) + 2 * columns_, ld);
        for (int64_t p = begin; p < end; ++p) {
          const float* from = work(frame, p) + 2 * columns_;
          float* dx = frame.gradient[shape_.in].at(p) + group.left;
          for (int64_t j = 0; j < k_; ++j) dx[j] += from[j];
        }
      }
    }
  }
}

void Bilinear::prepare(const Sink& sink, const Plan&) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    const Parameter& weight = *weights_[groups_[i].matrix];
    if (sink.wants(weight)) sums_[i].reserve(weight.stride, "gradient of bilinear weights");
  }
}

void Bilinear::add_tasks(const Block& block, std::vector<Task>& tasks) {
  for (size_t m = 0; m < weights_.size(); ++m) {
    if (block.sink->wants(*weights_[m])) tasks.push_back({this, 0, static_cast<int64_t>(m), 0});
  }
}

void Bilinear::add_gradient(const Block& block, const Group& group, float* tile, float* sum) const noexcept {
  const Frame& frame = *block.frame;
  for (int64_t begin = block.first; begin < block.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, block.end);
    std::fill_n(tile, (end - begin) * columns_, 0.0f);
    for (int64_t p = begin; p < end; ++p) {
      float* t = tile + (p - begin) * columns_;
      for (int64_t i = group.begin; i < group.end; ++i) {
        kernels().interactions->multiply_add(k_, out_gradient(frame, p) + i * k_, in(frame, p) + right_[i], t, t);
      }
    }
    kernels().outer(end - begin, in(frame, begin) + group.left, frame.value[shape_.in].ld, static_cast<int>(k_), tile,
                    columns_, columns_, sum, columns_, block.starts() && begin == block.first);
  }
}

// Each group is summed over the whole batch before groups are added up: blocks then change no order of additions.
void Bilinear::run(const Block& block, const Task& task, float* tile) noexcept {
  Parameter& weight = *weights_[task.a];
  float* total = nullptr;
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].matrix != task.a) continue;
    float* sum = sums_[i].data();
    add_gradient(block, groups_[i], tile, sum);
    if (total == nullptr) {
      total = sum;
    } else if (block.ends()) {
      kernels().add_scaled(weight.stride, 1, sum, total);
    }
  }
  if (block.ends()) block.sink->take_row(weight, 0, total);
}

}  // namespace mlora
