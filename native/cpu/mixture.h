// A mixture of experts: out = sum over e of softmax(gate)_e x_e.
#ifndef MLORA_CPU_MIXTURE_H
#define MLORA_CPU_MIXTURE_H

#include "interaction.h"

namespace mlora {

class Mixture final : public Interaction {
 public:
  Mixture(int index, const MixtureOp& shape, const Network& network) : Interaction(index, shape, network) {}
  int64_t work_columns(bool) const override { return round_up(2 * experts(), 16); }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  int64_t experts() const { return width(1); }
};

}  // namespace mlora
#endif
