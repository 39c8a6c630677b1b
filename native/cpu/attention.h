// One interacting layer: out = relu(softmax(q k^T) v + x residual) among the fields of a row, the four matrices
// with low-rank parts of the row's domain where the op is adapted.
#ifndef MLORA_CPU_ATTENTION_H
#define MLORA_CPU_ATTENTION_H

#include <array>

#include "interaction.h"
#include "simd/interactions.h"

namespace mlora {

class Attention final : public Interaction {
 public:
  Attention(int index, const AttentionOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool training) const override;
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan, int threads) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, int thread) noexcept override;

 private:
  // The parts of a row's work space, each (fields, columns): products with the four matrices, the last one
  // growing into the sum, and gradients of the first three; the last one's becomes that of all.
  enum Part { QUERY, KEY, VALUE, SUM, D_QUERY, D_KEY, D_VALUE };
  enum Kind { WEIGHT, ADAPTER_A, ADAPTER_B };
  static constexpr int kMatrices = 4;
  float* part(float* row, int index) const { return row + index * fields_ * columns_; }
  float* probabilities(float* row, bool training) const { return part(row, training ? D_VALUE + 1 : SUM + 1); }
  // Gradient of a matrix's product.
  float* slope(float* row, int matrix) const { return part(row, matrix < SUM ? D_QUERY + matrix : SUM); }
  // Scaled products of the fields with the domain's A, and what their gradient is, each (fields, ranks).
  float* s(float* row, bool training) const { return row + own_columns(training); }
  float* t(float* row) const { return s(row, true) + fields_ * ranks_; }
  bool adapts(int domain) const { return shape_.adapted() && domain >= 0; }
  // Floats of work space without those of adapters.
  int64_t own_columns(bool training) const;
  void scale(float* products) const noexcept;
  void forward(const Frame& frame, int64_t p, int domain) noexcept;
  void backward(const Panel& panel, int64_t p, int domain) noexcept;
  void run_weight(const Block& block, int m) noexcept;
  void run_a(const Block& block) noexcept;
  void run_b(const Block& block, int m) noexcept;

  const AttentionOp shape_;
  const int64_t fields_;
  const int64_t k_;        // columns of a field that come in
  const int64_t columns_;  // columns of a field that go out, padded
  const int64_t ranks_;    // the rank, padded
  Heads heads_;
  std::array<Parameter*, kMatrices> weights_;
  std::array<Array<float>, kMatrices> sums_;
  Parameter* a_ = nullptr;
  std::array<Parameter*, kMatrices> b_{};
  Array<float> a_sum_;
  std::array<Array<float>, kMatrices> b_sums_;
};

}  // namespace mlora
#endif
