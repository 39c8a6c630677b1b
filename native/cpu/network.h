// A network as described through the C API: inputs, parameters, values and ops, checked for shape.
#ifndef MLORA_CPU_NETWORK_H
#define MLORA_CPU_NETWORK_H

#include <cstdint>
#include <variant>
#include <vector>

#include "mlora.h"

namespace mlora {

struct Input {
  int kind;
  int id_count;
};

struct ParameterShape {
  int row_kind;
  int rows;
  int row_size;
  int64_t size() const { return int64_t{rows} * row_size; }
};

struct LookupOp {
  int input, table, out, column;
};
struct BagLookupOp {
  int input, table, pooling, out, column;
};
struct ScaleOp {
  int input, vector, out, column;
};
struct DenseOp {
  int in, weight, bias, a, b, c, rank;
  double adapter_scale;
  int activation;
  double dropout;
  int stream, out;
  bool adapted() const { return a != MLORA_NONE; }
};
struct CopyOp {
  int in, from, width, out, column;
};
struct SumGroupsOp {
  int in, out;
};
struct MultiplyAddOp {
  int a, b, c, out;
};
struct AddOp {
  int a, b, activation, out;
};
struct DetachOp {
  int in, out;
};
struct GateOp {
  int in, gate;
  double factor, steepness, threshold;
  int out;
};
struct CrossOp {
  int start, in, weight, bias, out;
};
struct BiInteractionOp {
  int in, fields, out;
};
struct InnerProductsOp {
  int in, fields, out;
};
struct BilinearOp {
  int in, fields, sharing;
  std::vector<int> weights;
  int out;
  // The matrix of the pair of that number, whose first field is first.
  int matrix(int first, int pair) const {
    return sharing == MLORA_BILINEAR_ALL ? 0 : sharing == MLORA_BILINEAR_EACH ? first : pair;
  }
};
struct SenetOp {
  int in, fields, squeeze, excite, out;
};
struct CinOp {
  int start, in, width, weight, bias, out;
};
struct AttentionOp {
  int in, fields, heads;
  double scale;
  int query, key, value, residual, out;
  // The domains' low-rank parts of the four matrices: adapter_scale a_d b_d, each with the same a.
  int a = MLORA_NONE;
  int b[4] = {MLORA_NONE, MLORA_NONE, MLORA_NONE, MLORA_NONE};
  int rank = 0;
  double adapter_scale = 1;
  bool adapted() const { return rank > 0; }
};
struct DomainDenseOp {
  int in, weight, bias, shared_weight, shared_bias, activation, out;
  bool shares() const { return shared_weight != MLORA_NONE; }
};
struct PartitionedNormOp {
  int in, gamma, beta, moving, own_gamma, own_beta, own_moving;
  double momentum, epsilon;
  int out;
};
struct MixtureOp {
  int experts, gate, out;
};
using OpShape = std::variant<LookupOp, BagLookupOp, ScaleOp, DenseOp, CopyOp, SumGroupsOp, MultiplyAddOp, CrossOp,
                             BiInteractionOp, InnerProductsOp, BilinearOp, SenetOp, CinOp, AttentionOp,
                             DomainDenseOp, MixtureOp, AddOp, DetachOp, GateOp, PartitionedNormOp>;

// What an op reads, in the order in which it hands gradients back, and where it does; its parameters; what it
// writes.
std::vector<int> values_read(const OpShape& op);
std::vector<int> values_fed_back(const OpShape& op);
std::vector<int> parameters_of(const OpShape& op);
int value_written(const OpShape& op);

class Network {
 public:
  explicit Network(int domains);

  void add_input(int kind, int id_count);
  void add_parameter(int row_kind, int rows, int row_size);
  void add_value(int width);
  void add(const LookupOp& op);
  void add(const BagLookupOp& op);
  void add(const ScaleOp& op);
  void add(const DenseOp& op);
  void add(const CopyOp& op);
  void add(const SumGroupsOp& op);
  void add(const MultiplyAddOp& op);
  void add(const AddOp& op);
  void add(const DetachOp& op);
  void add(const GateOp& op);
  void add(const CrossOp& op);
  void add(const BiInteractionOp& op);
  void add(const InnerProductsOp& op);
  void add(const BilinearOp& op);
  void add(const SenetOp& op);
  void add(const CinOp& op);
  void add(const AttentionOp& op);
  void add(const DomainDenseOp& op);
  void add(const MixtureOp& op);
  void add(const PartitionedNormOp& op);
  void set_logit(int value);
  // Throws Invalid unless every value is written once and leads to the logit.
  void check_complete() const;

  int domains() const { return domains_; }
  int logit() const { return logit_; }
  const std::vector<Input>& inputs() const { return inputs_; }
  const std::vector<ParameterShape>& parameters() const { return parameters_; }
  const std::vector<int>& values() const { return widths_; }
  const std::vector<OpShape>& ops() const { return ops_; }

 private:
  // Ids that the input may hold.
  int ids_of(int input, int kind) const;
  void check_table(int input, int kind, int table, int out, int column) const;
  // The parameter has this many values, is of this kind and serves no other op.
  void claim(int parameter, const char* what, int row_kind, int rows, int64_t row_size);
  void write(int value, int column, int width);
  void read(int value) const;
  // The op reads whole values and writes another of that width; its parameters are WHOLE.
  void add_whole(const char* what, const OpShape& op, int64_t width, const std::vector<int64_t>& weights);
  // The same where the parameters are checked already.
  void add_checked(const char* what, const OpShape& op, int64_t width);
  // The width of a field, where a value is that of fields side by side.
  int64_t field_width(int value, int fields) const;

  int domains_;
  int logit_ = -1;
  std::vector<Input> inputs_;
  std::vector<ParameterShape> parameters_;
  std::vector<bool> claimed_;
  std::vector<int> widths_;
  std::vector<std::vector<bool>> written_;
  std::vector<OpShape> ops_;
};

}  // namespace mlora

struct mlora_network {
  mlora::Network network;
};

#endif
