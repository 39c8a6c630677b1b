#include "interaction.h"

#include "attention.h"
#include "bilinear.h"
#include "cin.h"
#include "columnwise.h"
#include "cross.h"
#include "domain_dense.h"
#include "gate.h"
#include "mixture.h"
#include "pairs.h"
#include "partitioned_norm.h"
#include "senet.h"

namespace mlora {
namespace {

// Matrices as rows of columns padded to 16, as expand, shrink and outer take them.
struct LayOut {
  const Network& network;
  std::vector<Parameter>& parameters;

  void padded(int parameter, int64_t height) const {
    const int64_t size = network.parameters()[parameter].size();
    parameters[parameter].layout = {Layout::PADDED, height, size / height, 1};
  }
  void operator()(const CrossOp& op) const {
    padded(op.weight, 1);
    padded(op.bias, 1);
  }
  void operator()(const BilinearOp& op) const {
    for (int weight : op.weights) padded(weight, network.values()[op.in] / op.fields);
  }
  void operator()(const CinOp& op) const {
    const int64_t maps = network.values()[op.out] / op.width;
    padded(op.weight, network.parameters()[op.weight].size() / maps);
    padded(op.bias, 1);
  }
  void operator()(const AttentionOp& op) const {
    const int64_t in = network.values()[op.in] / op.fields, out = network.values()[op.out] / op.fields;
    for (int weight : {op.query, op.key, op.value, op.residual}) padded(weight, in);
    if (!op.adapted()) return;
    parameters[op.a].layout = {Layout::PADDED, in, op.rank, 1};
    for (int b : op.b) parameters[b].layout = {Layout::PADDED, op.rank, out, 1};
  }
  void operator()(const DomainDenseOp& op) const {
    // Rows of domains are laid out one by one.
    const int64_t in = network.values()[op.in], out = network.values()[op.out];
    for (int weight : {op.weight, op.shared_weight}) {
      if (weight != MLORA_NONE) parameters[weight].layout = {Layout::PADDED, in, out, 1};
    }
    for (int bias : {op.bias, op.shared_bias}) {
      if (bias != MLORA_NONE) parameters[bias].layout = {Layout::PADDED, 1, out, 1};
    }
  }
  void operator()(const PartitionedNormOp& op) const {
    parameters[op.moving].statistics = parameters[op.own_moving].statistics = true;
  }
  template <typename T>
  void operator()(const T&) const {}
};

struct Make {
  int index;
  const Network& network;
  std::vector<Parameter>& parameters;
  using Made = std::unique_ptr<Op>;

  Made operator()(const CopyOp& op) const { return std::make_unique<Copy>(index, op, network); }
  Made operator()(const SumGroupsOp& op) const { return std::make_unique<SumGroups>(index, op, network); }
  Made operator()(const MultiplyAddOp& op) const { return std::make_unique<MultiplyAdd>(index, op, network); }
  Made operator()(const CrossOp& op) const { return std::make_unique<Cross>(index, op, network, parameters); }
  Made operator()(const BiInteractionOp& op) const { return std::make_unique<BiInteraction>(index, op, network); }
  Made operator()(const InnerProductsOp& op) const { return std::make_unique<InnerProducts>(index, op, network); }
  Made operator()(const BilinearOp& op) const { return std::make_unique<Bilinear>(index, op, network, parameters); }
  Made operator()(const SenetOp& op) const { return std::make_unique<Senet>(index, op, network, parameters); }
  Made operator()(const CinOp& op) const { return std::make_unique<Cin>(index, op, network, parameters); }
  Made operator()(const AttentionOp& op) const { return std::make_unique<Attention>(index, op, network, parameters); }
  Made operator()(const DomainDenseOp& op) const {
    return std::make_unique<DomainDense>(index, op, network, parameters);
  }
  Made operator()(const MixtureOp& op) const { return std::make_unique<Mixture>(index, op, network); }
  Made operator()(const AddOp& op) const { return std::make_unique<Add>(index, op, network); }
  Made operator()(const DetachOp& op) const { return std::make_unique<Detach>(index, op, network); }
  Made operator()(const PartitionedNormOp& op) const {
    return std::make_unique<PartitionedNorm>(index, op, network, parameters);
  }
  Made operator()(const GateOp& op) const { return std::make_unique<Gate>(index, op, network); }
  template <typename T>
  Made operator()(const T&) const {
    return nullptr;
  }
};

}  // namespace

void lay_out_interaction(const OpShape& shape, const Network& network, std::vector<Parameter>& parameters) {
  std::visit(LayOut{network, parameters}, shape);
}

std::unique_ptr<Op> make_interaction(int index, const OpShape& shape, const Network& network,
                                     std::vector<Parameter>& parameters) {
  return std::visit(Make{index, network, parameters}, shape);
}

}  // namespace mlora
