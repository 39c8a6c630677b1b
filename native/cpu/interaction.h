// Ops among the columns of one row: what they have in common, and how they are made.
#ifndef MLORA_CPU_INTERACTION_H
#define MLORA_CPU_INTERACTION_H

#include <memory>
#include <vector>

#include "op.h"

namespace mlora {

// An op that reads whole values and writes one.
class Interaction : public Op {
 protected:
  Interaction(int index, const OpShape& shape, const Network& network)
      : index_(index), reads_(values_read(shape)), out_(value_written(shape)) {
    for (int value : reads_) widths_.push_back(network.values()[value]);
    out_width_ = network.values()[out_];
  }

  int read(int input = 0) const { return reads_[input]; }
  int64_t width(int input = 0) const { return widths_[input]; }
  int64_t out_width() const { return out_width_; }
  const float* in(const Frame& frame, int64_t p, int input = 0) const { return frame.value[reads_[input]].at(p); }
  float* out(const Frame& frame, int64_t p) const { return frame.value[out_].at(p); }
  // The distance of two rows of an input, or of what it writes; gradients have the same.
  int64_t in_ld(const Frame& frame, int input = 0) const { return frame.value[reads_[input]].ld; }
  int64_t out_ld(const Frame& frame) const { return frame.value[out_].ld; }
  float* work(const Frame& frame, int64_t p) const { return frame.work[index_].at(p); }
  float* out_gradient(const Frame& frame, int64_t p) const { return frame.gradient[out_].at(p); }

  // Whether anything before wants the gradient of what the op writes, or reads.
  bool needed(const Plan& plan) const { return plan.value_needs[out_]; }
  bool needs(const Panel& panel, int input = 0) const { return panel.plan->value_needs[reads_[input]]; }
  // A row's gradient of an input after in_gradient.
  float* begun_gradient(const Frame& frame, int64_t p, int input = 0) const {
    return frame.gradient[reads_[input]].at(p);
  }
  // A row's gradient of an input, to be added to: zeroed where this op is the first to give one, with its padding,
  // where a row that is not a number leaves NaN. Inputs are to be taken in their order.
  float* in_gradient(const Panel& panel, int64_t p, int input = 0) const {
    float* row = begun_gradient(*panel.frame, p, input);
    if ((panel.plan->adds[index_] >> input & 1) == 0) {
      for (int64_t i = 0; i < round_up(widths_[input], 16); ++i) row[i] = 0;
    }
    return row;
  }

 private:
  const int index_;
  const std::vector<int> reads_;
  const int out_;
  std::vector<int64_t> widths_;
  int64_t out_width_;
};

// Sets the layouts of an interaction's parameters, before they are allocated.
void lay_out_interaction(const OpShape& shape, const Network& network, std::vector<Parameter>& parameters);
// The op of an interaction's shape; null for other ops.
std::unique_ptr<Op> make_interaction(int index, const OpShape& shape, const Network& network,
                                     std::vector<Parameter>& parameters);

}  // namespace mlora
#endif
