// Columns of maps of a few rows go side by side, as many as a panel of the matrix kernels takes: the products of pairs
// make a matrix (pairs, panel), of which W^T makes the sums (maps, panel), and W makes their gradient out of that of
// the sums. All of it stays in L1, a few pairs at a time; W streams from L2.
//
// A row's work space keeps the gradient of the sums as (k, maps padded), which gradients of W and b read.
#include "cin.h"

#include <algorithm>

#include "simd/kernels.h"

namespace mlora {
namespace {

// Pairs whose products are there at once.
constexpr int64_t kPairs = 64;
// Columns that a gradient task takes at once.
constexpr int64_t kColumns = 128;

const float kOne[1] = {1.0f};

}  // namespace

Cin::Cin(int index, const CinOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      k_(shape.width),
      starts_(width(0) / k_),
      ins_(width(1) / k_),
      pairs_(starts_ * ins_),
      maps_(out_width() / k_),
      columns_(round_up(maps_, 16)),
      kept_ld_(row_distance(maps_)),
      products_ld_(row_distance(ins_)),
      panel_(kernels().panel),
      rows_(std::max<int64_t>(1, kColumns / k_)),
      weight_(parameters[shape.weight]),
      bias_(parameters[shape.bias]) {}

int64_t Cin::scratch_size() const {
  return std::max((2 * starts_ + 2 * ins_ + columns_ + std::min(pairs_, kPairs)) * panel_, rows_ * k_ * products_ld_);
}

Cin::Scratch Cin::scratch(const Panel& panel) const {
  Scratch to;
  to.start = panel.scratch;
  to.in = to.start + starts_ * panel_;
  to.start_gradient = to.in + ins_ * panel_;
  to.in_gradient = to.start_gradient + starts_ * panel_;
  to.out = to.in_gradient + ins_ * panel_;
  to.products = to.out + columns_ * panel_;
  return to;
}

Cin::Scratch Cin::gather(const Panel& panel, int64_t p, const MapPanel& at) const noexcept {
  const Frame& frame = *panel.frame;
  const Scratch to = scratch(panel);
  kernels().interactions->gather_maps(at, starts_, in(frame, p, 0), in_ld(frame, 0), to.start);
  kernels().interactions->gather_maps(at, ins_, in(frame, p, 1), in_ld(frame, 1), to.in);
  return to;
}

template <typename Body>
void Cin::each_map_panel(const Panel& panel, const Body& body) const {
  const int64_t together = std::max<int64_t>(1, panel_ / k_);
  for (int64_t p = panel.begin; p < panel.end; p += together) {
    const int64_t rows = std::min(together, panel.end - p);
    for (int64_t t = 0; t < k_; t += panel_) body(p, MapPanel{rows, k_, t, std::min(panel_, k_ - t)});
  }
}

template <typename Body>
void Cin::each_start(int64_t first, int64_t end, const Body& body) const {
  for (int64_t pair = first; pair < end;) {
    const int64_t i = pair / ins_, j = pair % ins_;
    const int64_t count = std::min(ins_ - j, end - pair);
    body(i, j, count, pair - first);
    pair += count;
  }
}

void Cin::forward(const Panel& panel) noexcept {
  each_map_panel(panel, [&](int64_t p, const MapPanel& at) { forward(panel, p, at); });
}

void Cin::forward(const Panel& panel, int64_t p, const MapPanel& at) const noexcept {
  const Frame& frame = *panel.frame;
  const InteractionKernels& maps = *kernels().interactions;
  const Scratch to = gather(panel, p, at);
  for (int64_t pair = 0; pair < pairs_; pair += kPairs) {
    const int64_t end = std::min(pair + kPairs, pairs_);
    each_start(pair, end, [&](int64_t i, int64_t j, int64_t count, int64_t place) {
      maps.map_products(count, to.start + i * panel_, to.in + j * panel_, to.products + place * panel_);
    });
    kernels().outer(end - pair, weight_.value.data() + pair * columns_, columns_, static_cast<int>(maps_), to.products,
                    panel_, panel_, to.out, panel_, pair == 0);
  }
  maps.scatter_maps(at, maps_, to.out, bias_.value.data(), out(frame, p), out_ld(frame));
}

void Cin::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const bool hands_back = needs(panel, 0) || needs(panel, 1);
  for (int input : {0, 1}) {
    for (int64_t p = panel.begin; p < panel.end && needs(panel, input); ++p) in_gradient(panel, p, input);
  }
  each_map_panel(panel, [&](int64_t p, const MapPanel& at) {
    slopes(panel, p, at);
    if (hands_back) backward(panel, p, at);
  });
}

void Cin::slopes(const Panel& panel, int64_t p, const MapPanel& at) const noexcept {
  const Frame& frame = *panel.frame;
  const Scratch to = scratch(panel);
  kernels().interactions->gather_map_slopes(at, maps_, out(frame, p), out_ld(frame), out_gradient(frame, p),
                                            out_ld(frame), to.out);
  for (int64_t r = 0; r < at.rows; ++r) {
    for (int64_t t = 0; t < at.count; ++t) {
      float* kept = work(frame, p + r) + (at.begin + t) * kept_ld_;
      const float* from = to.out + r * at.count + t;
      for (int64_t m = 0; m < maps_; ++m) kept[m] = from[m * panel_];
    }
  }
}

void Cin::backward(const Panel& panel, int64_t p, const MapPanel& at) const noexcept {
  const Frame& frame = *panel.frame;
  const InteractionKernels& maps = *kernels().interactions;
  const Scratch to = gather(panel, p, at);
  std::fill_n(to.start_gradient, (starts_ + ins_) * panel_, 0.0f);
  for (int64_t pair = 0; pair < pairs_; pair += kPairs) {
    const int64_t end = std::min(pair + kPairs, pairs_);
    kernels().multiply(static_cast<int>(end - pair), maps_, weight_.value.data() + pair * columns_, columns_, to.out,
                       panel_, to.products, panel_, false);
    each_start(pair, end, [&](int64_t i, int64_t j, int64_t count, int64_t place) {
      maps.map_products_back(count, to.start + i * panel_, to.in + j * panel_, to.products + place * panel_,
                             to.start_gradient + i * panel_, to.in_gradient + j * panel_);
    });
  }
  if (needs(panel, 0)) maps.add_maps(at, starts_, to.start_gradient, begun_gradient(frame, p, 0), in_ld(frame, 0));
  if (needs(panel, 1)) maps.add_maps(at, ins_, to.in_gradient, begun_gradient(frame, p, 1), in_ld(frame, 1));
}

void Cin::prepare(const Sink& sink, const Plan&) {
  if (sink.wants(weight_)) weight_sum_.reserve(weight_.stride, "gradient of interaction weights");
  if (sink.wants(bias_)) bias_sum_.reserve(2 * columns_, "gradient of an interaction bias");
}

void Cin::add_tasks(const Block& block, std::vector<Task>& tasks) {
  for (int64_t i = 0; i < starts_ && block.sink->wants(weight_); ++i) tasks.push_back({this, WEIGHT, i, 0});
  if (block.sink->wants(bias_)) tasks.push_back({this, BIAS, 0, 0});
}

void Cin::run(const Block& block, const Task& task, float* scratch) noexcept {
  if (task.kind == WEIGHT) {
    run_weight(block, task.a, scratch);
    return;
  }
  run_bias(block);
}

void Cin::run_bias(const Block& block) noexcept {
  // Row by row: the slopes of a map's columns are often all the same, and rounding errors of a long sum of such
  // numbers do not cancel.
  float* one = bias_sum_.data() + columns_;
  if (block.starts()) std::fill_n(bias_sum_.data(), columns_, 0.0f);
  for (int64_t p = block.first; p < block.end; ++p) {
    kernels().outer(k_, kOne, 0, 1, work(*block.frame, p), kept_ld_, columns_, one, columns_, true);
    kernels().add_scaled(columns_, 1.0f, one, bias_sum_.data());
  }
  if (block.ends()) block.sink->take_row(bias_, 0, bias_sum_.data());
}

void Cin::run_weight(const Block& block, int64_t start, float* z) noexcept {
  const Frame& frame = *block.frame;
  const int64_t offset = start * ins_ * columns_;
  for (int64_t p = block.first; p < block.end; p += rows_) {
    const int64_t rows = std::min(rows_, block.end - p);
    for (int64_t r = 0; r < rows; ++r) {
      products(in(frame, p + r, 0) + start * k_, in(frame, p + r, 1), z + r * k_ * products_ld_);
    }
    kernels().outer(rows * k_, z, products_ld_, static_cast<int>(ins_), work(frame, p), kept_ld_, columns_,
                    weight_sum_.data() + offset, columns_, p == block.first && block.starts());
  }
  if (block.ends() && block.sink->takes_parts()) {
    block.sink->take(weight_, 0, offset, ins_ * columns_, weight_sum_.data() + offset);
  }
}

void Cin::products(const float* start, const float* in, float* to) const noexcept {
  for (int64_t t = 0; t < k_; ++t, to += products_ld_) {
    for (int64_t j = 0; j < ins_; ++j) to[j] = start[t] * in[j * k_ + t];
  }
}

void Cin::finish_whole(const Sink& sink) {
  if (sink.wants(weight_)) sink.take_row(weight_, 0, weight_sum_.data());
}

}  // namespace mlora
