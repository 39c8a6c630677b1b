// Ops over all pairs of fields without parameters.
#ifndef MLORA_CPU_PAIRS_H
#define MLORA_CPU_PAIRS_H

#include "interaction.h"

namespace mlora {

// out = sum over pairs of e_i * e_j
class BiInteraction final : public Interaction {
 public:
  BiInteraction(int index, const BiInteractionOp& shape, const Network& network)
      : Interaction(index, shape, network), fields_(shape.fields) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  const int64_t fields_;
};

// out[:, pair] = e_i . e_j
class InnerProducts final : public Interaction {
 public:
  InnerProducts(int index, const InnerProductsOp& shape, const Network& network)
      : Interaction(index, shape, network), fields_(shape.fields) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  const int64_t fields_;
};

}  // namespace mlora
#endif
