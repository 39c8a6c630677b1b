// SENET: out_f = a_f e_f with a = relu(relu(z W1) W2), z_f the mean of e_f.
#ifndef MLORA_CPU_SENET_H
#define MLORA_CPU_SENET_H

#include "interaction.h"

namespace mlora {

class Senet final : public Interaction {
 public:
  Senet(int index, const SenetOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool) const override { return round_up(3 * fields_ + 2 * reduced_, 16); }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  // A row's work space: means z, squeezed h, weights a, and gradients dh and da before their relu.
  struct Row {
    float *z, *h, *a, *dh, *da;
  };
  Row row(const Frame& frame, int64_t p) const {
    float* z = work(frame, p);
    return {z, z + fields_, z + fields_ + reduced_, z + 2 * fields_ + reduced_, z + 2 * fields_ + 2 * reduced_};
  }

  const int64_t fields_;
  const int64_t k_;
  const int64_t reduced_;
  Parameter& squeeze_;
  Parameter& excite_;
  Array<float> squeeze_sum_, excite_sum_;
};

}  // namespace mlora
#endif
