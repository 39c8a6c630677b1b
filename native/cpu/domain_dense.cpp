// Rows go run by run of equal domain. Products of shared and own weights are made once a batch for each
// domain that it holds. Gradients are tiles of kRows rows of W: a task goes through all runs of a block in
// order, so that sums over domains have one order for any number of threads.
#include "domain_dense.h"

#include <algorithm>
#include <cstring>

#include "error.h"
#include "simd/kernels.h"

namespace mlora {
namespace {

constexpr int64_t kRows = 16;
const float kOne[1] = {1.0f};

}  // namespace

DomainDense::DomainDense(int index, const DomainDenseOp& shape, const Network& network,
                         std::vector<Parameter>& parameters)
    : Interaction(index, shape, network),
      relu_(shape.activation == MLORA_ACTIVATION_RELU),
      columns_(round_up(out_width(), 16)),
      weight_(parameters[shape.weight]),
      bias_(parameters[shape.bias]) {
  if (shape.shared_weight == MLORA_NONE) return;
  shared_ = &parameters[shape.shared_weight];
  shared_bias_ = &parameters[shape.shared_bias];
}

void DomainDense::allocate() {
  if (!shares()) return;
  products_ = std::make_shared<Array<float>>(product(weight_.rows, weight_.stride), "products of shared and own weights");
  bias_sums_ = std::make_shared<Array<float>>(product(bias_.rows, bias_.stride), "sums of shared and own biases");
}

void DomainDense::share(const Op& other) {
  const auto& same = static_cast<const DomainDense&>(other);
  products_ = same.products_;
  bias_sums_ = same.bias_sums_;
  made_ = same.made_;
}

const float* DomainDense::weights(int domain) const {
  if (domain < 0) return shares() ? shared_->value.data() : nullptr;
  return shares() ? products_->data() + domain * weight_.stride : weight_.row(domain);
}

const float* DomainDense::bias(int domain) const {
  if (domain < 0) return shares() ? shared_bias_->value.data() : nullptr;
  return shares() ? bias_sums_->data() + domain * bias_.stride : bias_.row(domain);
}

void DomainDense::multiply(int domain) noexcept {
  float* to = products_->data() + domain * weight_.stride;
  const float* own = weight_.row(domain);
  for (int64_t i = 0; i < weight_.stride; ++i) to[i] = shared_->value[i] * own[i];
  float* sum = bias_sums_->data() + domain * bias_.stride;
  for (int64_t i = 0; i < bias_.stride; ++i) sum[i] = shared_bias_->value[i] + bias_.row(domain)[i];
}

void DomainDense::make() noexcept {
  if (!shares() || made_) return;
  for (int64_t domain = 0; domain < weight_.rows; ++domain) multiply(static_cast<int>(domain));
  made_ = true;
}

void DomainDense::begin(const Batch& batch, int64_t run, bool training) noexcept {
  const int domain = batch.runs[run].domain;
  if (shares() && domain >= 0 && (training || !made_)) multiply(domain);
}

void DomainDense::forward(const Panel& panel) noexcept {
  const Frame& frame = *panel.frame;
  each_run(*panel.batch, panel.begin, panel.end, [&](int domain, int64_t begin, int64_t end, bool, bool) {
    const float* w = weights(domain);
    const float* b = bias(domain);
    for (int64_t p = begin; p < end; p += kTile) {
      const int64_t next = std::min(p + kTile, end);
      const int rows = static_cast<int>(next - p);
      if (w == nullptr) {
        for (int64_t q = p; q < next; ++q) std::fill_n(out(frame, q), columns_, 0.0f);
        continue;
      }
      kernels().expand(rows, columns_, static_cast<int>(width()), in(frame, p), in_ld(frame), w, columns_,
                       out(frame, p), out_ld(frame), false);
      Closing closing = {};
      closing.bias = b;
      closing.relu = relu_;
      kernels().close(rows, columns_, out(frame, p), out_ld(frame), &closing);
    }
  });
}

void DomainDense::backward(const Panel& panel) noexcept {
  if (!needed(*panel.plan)) return;
  const Frame& frame = *panel.frame;
  kernels().open(static_cast<int>(panel.end - panel.begin), columns_, out_gradient(frame, panel.begin), out_ld(frame),
                 out(frame, panel.begin), out_ld(frame), relu_, nullptr, 0, 1, nullptr, 0);
  if (!needs(panel)) return;
  const int64_t ld = work_columns(true);
  each_run(*panel.batch, panel.begin, panel.end, [&](int domain, int64_t begin, int64_t end, bool, bool) {
    const float* w = weights(domain);
    for (int64_t p = begin; p < end; p += kTile) {
      const int64_t next = std::min(p + kTile, end);
      if (w != nullptr) {
        kernels().shrink(static_cast<int>(next - p), columns_, static_cast<int>(width()), out_gradient(frame, p),
                         out_ld(frame), w, columns_, work(frame, p), ld);
      }
      for (int64_t q = p; q < next; ++q) {
        float* dx = in_gradient(panel, q);
        const float* from = work(frame, q);
        for (int64_t i = 0; i < width() && w != nullptr; ++i) dx[i] += from[i];
      }
    }
  });
}

void DomainDense::prepare(const Sink& sink, const Plan&) {
  sum_.reserve(weight_.stride, "gradient of a domain's weights");
  bias_sum_.reserve(bias_.stride, "gradient of a domain's bias");
  if (!shares()) return;
  if (sink.wants(*shared_)) shared_sum_.reserve(shared_->stride, "gradient of shared weights");
  if (sink.wants(*shared_bias_)) shared_bias_sum_.reserve(shared_bias_->stride, "gradient of a shared bias");
}

void DomainDense::add_tasks(const Block& block, std::vector<Task>& tasks) {
  const Sink& sink = *block.sink;
  if (sink.wants(weight_) || (shares() && sink.wants(*shared_))) {
    const int64_t step = sink.takes_parts() ? kRows : width();
    for (int64_t i = 0; i < width(); i += step) tasks.push_back({this, WEIGHT, i, std::min(i + step, width())});
  }
  if (sink.wants(bias_) || (shares() && sink.wants(*shared_bias_))) tasks.push_back({this, BIAS, 0, 0});
}

void DomainDense::run(const Block& block, const Task& task, float*) noexcept {
  if (task.kind == WEIGHT) {
    run_weight(block, task.a, task.b);
  } else {
    run_bias(block);
  }
}

void DomainDense::run_weight(const Block& block, int64_t i0, int64_t i1) noexcept {
  const Sink& sink = *block.sink;
  const Frame& frame = *block.frame;
  const int64_t offset = i0 * columns_, size = (i1 - i0) * columns_;
  const bool wants_shared = shares() && sink.wants(*shared_);
  float* sum = sum_.data() + offset;
  float* shared_sum = wants_shared ? shared_sum_.data() + offset : nullptr;
  if (wants_shared && block.starts()) std::fill_n(shared_sum, size, 0.0f);
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0 && !shares()) return;
    kernels().outer(end - begin, in(frame, begin) + i0, in_ld(frame), static_cast<int>(i1 - i0),
                    out_gradient(frame, begin), out_ld(frame), columns_, sum, columns_, starts);
    if (!ends) return;
    if (wants_shared && domain < 0) {
      kernels().add_scaled(size, 1.0f, sum, shared_sum);
    } else if (wants_shared) {
      kernels().interactions->multiply_add(size, sum, weight_.row(domain) + offset, shared_sum, shared_sum);
    }
    if (domain < 0 || !sink.wants(weight_, domain)) return;
    if (shares()) {
      for (int64_t i = 0; i < size; ++i) sum[i] *= shared_->value[offset + i];
    }
    if (!sink.takes_parts()) {
      sink.take_row(weight_, domain, sum);
      return;
    }
    sink.take(weight_, domain, offset, size, sum);
    if (i0 == 0 && !sink.keep && !weight_.stamp.empty()) weight_.stamp[domain] = sink.step;
  });
  if (!wants_shared || !block.ends()) return;
  if (sink.takes_parts()) {
    sink.take(*shared_, 0, offset, size, shared_sum);
  } else {
    sink.take_row(*shared_, 0, shared_sum);
  }
}

void DomainDense::run_bias(const Block& block) noexcept {
  const Sink& sink = *block.sink;
  const Frame& frame = *block.frame;
  const bool wants_shared = shares() && sink.wants(*shared_bias_);
  if (wants_shared && block.starts()) std::memset(shared_bias_sum_.data(), 0, shared_bias_->stride * sizeof(float));
  each_run(*block.batch, block.first, block.end, [&](int domain, int64_t begin, int64_t end, bool starts, bool ends) {
    if (domain < 0 && !shares()) return;
    kernels().outer(end - begin, kOne, 0, 1, out_gradient(frame, begin), out_ld(frame), columns_, bias_sum_.data(),
                    columns_, starts);
    if (!ends) return;
    if (wants_shared) kernels().add_scaled(columns_, 1.0f, bias_sum_.data(), shared_bias_sum_.data());
    if (domain >= 0 && sink.wants(bias_, domain)) sink.take_row(bias_, domain, bias_sum_.data());
  });
  if (wants_shared && block.ends()) sink.take_row(*shared_bias_, 0, shared_bias_sum_.data());
}

}  // namespace mlora
