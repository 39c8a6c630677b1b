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
  int64_t work_columns(bool training) const override { return fields_ * ld(training); }
  int64_t scratch_size() const override;
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  // What a field of a row has in the row's work space, one after the other: what came in; products with the four
  // matrices, the last one growing into the sum; gradients of the first three, the sum's becoming that of all;
  // products with the domain's A and their gradient; probabilities. Fields of all rows lie ld(training) apart, so
  // that those of a tile of rows go through a matrix together.
  enum Part { QUERY, KEY, VALUE, SUM, D_QUERY, D_KEY, D_VALUE };
  enum Kind { WEIGHT, ADAPTER_A, ADAPTER_B };
  static constexpr int kMatrices = 4;
  int64_t part(int index) const { return in_columns_ + index * columns_; }
  // Gradient of a matrix's product.
  int64_t slope(int matrix) const { return part(matrix < SUM ? D_QUERY + matrix : SUM); }
  int64_t s(bool training) const { return part(training ? D_VALUE + 1 : SUM + 1); }
  int64_t t() const { return s(true) + ranks_; }
  int64_t probabilities(bool training) const { return s(training) + (training ? 2 : 1) * ranks_; }
  int64_t ld(bool training) const;
  bool adapts(int domain) const { return shape_.adapted() && domain >= 0; }
  Heads heads(bool training) const;
  // Calls body(domain, begin, end) for tiles of rows: of one domain where its adapters matter.
  template <typename Body>
  void each_tile(const Panel& panel, const Body& body) const;
  void forward(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept;
  void backward(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept;
  void hand_back(const Panel& panel, int64_t begin, int64_t end, int domain) noexcept;
  void run_weight(const Block& block, int m) noexcept;
  void run_a(const Block& block) noexcept;
  void run_b(const Block& block, int m) noexcept;

  const AttentionOp shape_;
  const int64_t fields_;
  const int64_t k_;           // columns of a field that come in
  const int64_t in_columns_;  // the same, padded
  const int64_t size_;        // columns of a field that go out
  const int64_t columns_;     // the same, padded
  const int64_t ranks_;       // the rank, padded
  const int64_t tile_;        // rows of a tile
  const float adapter_scale_;
  std::array<Parameter*, kMatrices> weights_;
  std::array<Array<float>, kMatrices> transposed_;  // (columns, in_columns), for the gradient of what came in
  std::array<Array<float>, kMatrices> sums_;
  Parameter* a_ = nullptr;
  std::array<Parameter*, kMatrices> b_{};
  Array<float> a_sum_;
  std::array<Array<float>, kMatrices> b_sums_;
};

}  // namespace mlora
#endif
