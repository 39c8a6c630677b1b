// One layer of a cross network: out = x0 (x . w) + b + x.
#ifndef MLORA_CPU_CROSS_H
#define MLORA_CPU_CROSS_H

#include "interaction.h"

namespace mlora {

class Cross final : public Interaction {
 public:
  Cross(int index, const CrossOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool) const override { return 16; }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  Parameter& weight_;
  Parameter& bias_;
  Array<float> weight_sum_, bias_sum_;
};

}  // namespace mlora
#endif
