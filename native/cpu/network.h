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
  int in, weight, bias, a, b, c, rank, activation;
  double dropout;
  int stream, out;
  bool adapted() const { return a != MLORA_NONE; }
};
using OpShape = std::variant<LookupOp, BagLookupOp, ScaleOp, DenseOp>;

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
