// Dense layer of each domain's own: out = act(x (W * W_d) + b + b_d), or act(x W_d + b_d) where nothing is
// shared. Rows of unknown domain get the shared part alone, or zeros.
#ifndef MLORA_CPU_DOMAIN_DENSE_H
#define MLORA_CPU_DOMAIN_DENSE_H

#include <memory>

#include "interaction.h"

namespace mlora {

class DomainDense final : public Interaction {
 public:
  DomainDense(int index, const DomainDenseOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool training) const override { return training ? round_up(width(), 16) : 0; }
  void allocate() override;
  void make() noexcept override;
  void forget() override { made_ = false; }
  void share(const Op& other) override;
  void begin(const Batch& batch, int64_t run, bool training) noexcept override;
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  enum TaskKind { WEIGHT, BIAS };
  bool shares() const { return shared_ != nullptr; }
  // The weights and the bias that rows of a domain go through; null where there are none.
  const float* weights(int domain) const;
  const float* bias(int domain) const;
  void multiply(int domain) noexcept;
  void run_weight(const Block& block, int64_t begin, int64_t end) noexcept;
  void run_bias(const Block& block) noexcept;

  const bool relu_;
  const int64_t columns_;  // of out, padded
  Parameter& weight_;
  Parameter& bias_;
  Parameter* shared_ = nullptr;
  Parameter* shared_bias_ = nullptr;
  // W * W_d and b + b_d of each domain, where W is shared; made_: of all, for predictions.
  std::shared_ptr<Array<float>> products_, bias_sums_;
  bool made_ = false;
  Array<float> sum_, bias_sum_;                   // gradients of one domain
  Array<float> shared_sum_, shared_bias_sum_;
};

}  // namespace mlora
#endif
