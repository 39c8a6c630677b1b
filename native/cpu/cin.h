// One layer of a compressed interaction network: out_m = relu(sum of W[i H + j, m] (x0_i * x_j) + b_m).
#ifndef MLORA_CPU_CIN_H
#define MLORA_CPU_CIN_H

#include "interaction.h"

namespace mlora {

class Cin final : public Interaction {
 public:
  Cin(int index, const CinOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool) const override { return gradient_size() + products_size(); }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan, int threads) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, int thread) noexcept override;
  void finish_whole(const Sink& sink) override;

 private:
  enum TaskKind { WEIGHT, BIAS };
  int64_t gradient_size() const { return k_ * columns_; }
  int64_t products_size() const { return k_ * in_columns_; }
  // x0_i[t] * x_j[t] at (t, j).
  void products(const float* start, const float* in, float* to) const noexcept;

  const int64_t k_;          // width of a map
  const int64_t starts_;     // maps of x0
  const int64_t ins_;        // maps of x
  const int64_t maps_;       // maps written
  const int64_t columns_;    // maps padded
  const int64_t in_columns_; // ins padded
  Parameter& weight_;
  Parameter& bias_;
  Array<float> weight_sum_, bias_sum_;
  Array<float> thread_products_;
};

}  // namespace mlora
#endif
