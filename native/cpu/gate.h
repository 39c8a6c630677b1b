// Columns weighted by a gate: out = w * in, w = factor sigmoid(steepness gate), 0 below a threshold.
#ifndef MLORA_CPU_GATE_H
#define MLORA_CPU_GATE_H

#include "interaction.h"

namespace mlora {

class Gate final : public Interaction {
 public:
  Gate(int index, const GateOp& shape, const Network& network)
      : Interaction(index, shape, network),
        factor_(static_cast<float>(shape.factor)),
        steepness_(static_cast<float>(shape.steepness)),
        threshold_(static_cast<float>(shape.threshold)) {}
  int64_t work_columns(bool) const override { return round_up(gates(), 16); }
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  int64_t gates() const { return width(1); }
  // Columns of a gate.
  int64_t group() const { return width(0) / gates(); }

  const float factor_, steepness_, threshold_;
};

}  // namespace mlora
#endif
