// One interacting layer: out = relu(softmax(q k^T) v + x residual) among the fields of a row.
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
  static constexpr int kMatrices = 4;
  float* part(float* row, int index) const { return row + index * fields_ * columns_; }
  float* probabilities(float* row, bool training) const { return part(row, training ? D_VALUE + 1 : SUM + 1); }
  // Gradient of a matrix's product.
  float* slope(float* row, int matrix) const { return part(row, matrix < SUM ? D_QUERY + matrix : SUM); }

  const AttentionOp shape_;
  const int64_t fields_;
  const int64_t k_;        // columns of a field that come in
  const int64_t columns_;  // columns of a field that go out, padded
  Heads heads_;
  std::array<Parameter*, kMatrices> weights_;
  std::array<Array<float>, kMatrices> sums_;
};

}  // namespace mlora
#endif
