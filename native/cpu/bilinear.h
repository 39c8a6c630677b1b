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
  // Neighbouring pairs that share the left field and the matrix.
  struct Group {
    int64_t left;  // column where the field begins
    int matrix;
    int64_t begin, end;  // pairs
  };
  void project(const Frame& frame, const Group& group, int64_t begin, int64_t end) const noexcept;
  void add_gradient(const Block& block, const Group& group, float* tile, float* sum) const noexcept;

  const BilinearOp shape_;
  const int64_t k_;
  const int64_t columns_;  // k padded
  std::vector<Group> groups_;
  std::vector<int64_t> right_;  // columns where the right fields of pairs begin
  std::vector<Parameter*> weights_;
  std::vector<Array<float>> sums_;  // by group
};

}  // namespace mlora
#endif
