// Bilinear interactions of all pairs of fields: (e_i W) * e_j.
#ifndef MLORA_CPU_BILINEAR_H
#define MLORA_CPU_BILINEAR_H

#include "interaction.h"

namespace mlora {

class Bilinear final : public Interaction {
 public:
  Bilinear(int index, const BilinearOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool training) const override { return training ? 3 * columns_ : columns_; }
  int64_t scratch_size() const override { return kTile * columns_; }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  struct Pair {
    int64_t left, right;  // columns where the fields begin
    int matrix;
  };
  void project(const Frame& frame, const Pair& pair, int64_t begin, int64_t end) const noexcept;

  const BilinearOp shape_;
  const int64_t k_;
  const int64_t columns_;  // k padded
  std::vector<Pair> pairs_;
  std::vector<Parameter*> weights_;
  std::vector<Array<float>> sums_;
};

}  // namespace mlora
#endif
