// Dense layer with adapter: out = act(dropout(in W + b) + scale (in A_d) B_d + c_d).
#ifndef MLORA_CPU_DENSE_H
#define MLORA_CPU_DENSE_H

#include <vector>

#include "op.h"

namespace mlora {

class Dense final : public Op {
 public:
  // Sets the layouts of its parameters, before they are allocated.
  static void lay_out(const DenseOp& shape, const Network& network, std::vector<Parameter>& parameters);

  Dense(int index, const DenseOp& shape, const Network& network, std::vector<Parameter>& parameters);

  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  int64_t scratch_size() const override { return shape_.adapted() ? round_up(adapter_size(), 16) : 0; }
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

  // The weights changed other than by a step.
  void weights_changed() { transposed_ = false; }
  // Complete gradients of W and b for row-wise state, which needs all of them at once.
  void finish_whole(const Sink& sink) override;


  // Fixed masks in place of drawn ones; rows 0 returns to drawn ones.
  void fix_dropout(const uint8_t* keep, int64_t rows);
  int64_t fixed_rows() const { return fixed_rows_; }

  const DenseOp& shape() const { return shape_; }
  int64_t mask_words() const { return out_columns_ / 16; }
  int64_t rank_ld() const { return round_up(shape_.rank, 16); }

 private:
  enum TaskKind { WEIGHTS, ADAPTERS, SHARED_A };

  void multiply(int rows, const float* x, int64_t ldx, const float* w, float* z, int64_t ldz) const noexcept;
  void close(const Panel& panel, int64_t begin, int64_t end, int domain) const noexcept;
  void draw(const Panel& panel, int64_t begin, int64_t end) const noexcept;
  bool drops(bool dropout) const { return dropout && (shape_.dropout > 0 || fixed_rows_ > 0); }
  bool wants_weights(const Sink& sink) const { return sink.wants(weight_) || sink.wants(bias_); }
  // Whether all domains share A, and the A of one.
  bool shares_a() const { return a_->row_kind == MLORA_ROWS_WHOLE; }
  float* a_of(int domain) const { return a_->row(shares_a() ? 0 : domain); }
  bool wants_adapter(const Sink& sink) const {
    return shape_.adapted() && (sink.wants(*a_) || sink.wants(*b_) || sink.wants(*c_));
  }
  void transpose_all();
  void run_weights(const Block& block, int64_t panel, int64_t i0) noexcept;
  void run_shared_a(const Block& block) noexcept;
  void run_adapters(const Block& block, int64_t first_run, int64_t end_run, float* sums) noexcept;
  // Floats of the gradients of one domain's A, B and c.
  int64_t adapter_size() const { return a_->stride + b_->stride + c_->stride; }

  const int index_;
  const DenseOp shape_;
  const int64_t in_, out_;
  const int64_t in_columns_, out_columns_;
  const bool narrow_;
  const int64_t panel_;
  uint32_t threshold_;
  float scale_;          // of kept units
  float adapter_scale_;  // of S B_d, taken by S forward and by T backward
  Parameter& weight_;
  Parameter& bias_;
  Parameter* a_ = nullptr;
  Parameter* b_ = nullptr;
  Parameter* c_ = nullptr;

  Array<float> transpose_;  // W^T in panels, for gradients of the input
  bool transposed_ = false;
  bool keeps_transpose_ = false;
  Array<float> weight_sum_, bias_sum_;
  // Gradients of one domain's A, B and c, for two runs that cross blocks.
  Array<float> crossing_sum_;
  Array<float> shared_a_sum_;
  Array<MaskWord> fixed_;
  int64_t fixed_rows_ = 0;
};

}  // namespace mlora
#endif
