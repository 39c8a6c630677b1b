// Ops without parameters that move and combine columns: copies, sums, products.
#ifndef MLORA_CPU_COLUMNWISE_H
#define MLORA_CPU_COLUMNWISE_H

#include "interaction.h"

namespace mlora {

// out[:, column + j] = in[:, from + j]
class Copy final : public Interaction {
 public:
  Copy(int index, const CopyOp& shape, const Network& network) : Interaction(index, shape, network), shape_(shape) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  const CopyOp shape_;
};

// out[:, g] = sum of group g of columns
class SumGroups final : public Interaction {
 public:
  SumGroups(int index, const SumGroupsOp& shape, const Network& network) : Interaction(index, shape, network) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
};

// out = a * b + c
class MultiplyAdd final : public Interaction {
 public:
  MultiplyAdd(int index, const MultiplyAddOp& shape, const Network& network) : Interaction(index, shape, network) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
};

// out = activation(a + b)
class Add final : public Interaction {
 public:
  Add(int index, const AddOp& shape, const Network& network)
      : Interaction(index, shape, network), relu_(shape.activation == MLORA_ACTIVATION_RELU) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;

 private:
  const bool relu_;
};

// out = in; the plan lets no gradient reach it
class Detach final : public Interaction {
 public:
  Detach(int index, const DetachOp& shape, const Network& network) : Interaction(index, shape, network) {}
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel&) noexcept override {}
};

}  // namespace mlora
#endif
