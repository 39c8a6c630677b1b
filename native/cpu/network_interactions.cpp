// What ops read, own and write, and the checks of interaction ops.
#include <cmath>

#include "error.h"
#include "network.h"

namespace mlora {
namespace {

struct Reads {
  std::vector<int> operator()(const LookupOp&) const { return {}; }
  std::vector<int> operator()(const BagLookupOp&) const { return {}; }
  std::vector<int> operator()(const ScaleOp&) const { return {}; }
  std::vector<int> operator()(const MultiplyAddOp& op) const { return {op.a, op.b, op.c}; }
  std::vector<int> operator()(const AddOp& op) const { return {op.a, op.b}; }
  std::vector<int> operator()(const GateOp& op) const { return {op.in, op.gate}; }
  std::vector<int> operator()(const CrossOp& op) const { return {op.start, op.in}; }
  std::vector<int> operator()(const CinOp& op) const { return {op.start, op.in}; }
  std::vector<int> operator()(const MixtureOp& op) const { return {op.experts, op.gate}; }
  template <typename T>
  std::vector<int> operator()(const T& op) const {
    return {op.in};
  }
};

struct Owns {
  std::vector<int> operator()(const LookupOp& op) const { return {op.table}; }
  std::vector<int> operator()(const BagLookupOp& op) const { return {op.table}; }
  std::vector<int> operator()(const ScaleOp& op) const { return {op.vector}; }
  std::vector<int> operator()(const DenseOp& op) const {
    if (!op.adapted()) return {op.weight, op.bias};
    return {op.weight, op.bias, op.a, op.b, op.c};
  }
  std::vector<int> operator()(const CrossOp& op) const { return {op.weight, op.bias}; }
  std::vector<int> operator()(const BilinearOp& op) const { return op.weights; }
  std::vector<int> operator()(const SenetOp& op) const { return {op.squeeze, op.excite}; }
  std::vector<int> operator()(const CinOp& op) const { return {op.weight, op.bias}; }
  std::vector<int> operator()(const AttentionOp& op) const {
    if (!op.adapted()) return {op.query, op.key, op.value, op.residual};
    return {op.query, op.key, op.value, op.residual, op.a, op.b[0], op.b[1], op.b[2], op.b[3]};
  }
  std::vector<int> operator()(const DomainDenseOp& op) const {
    if (!op.shares()) return {op.weight, op.bias};
    return {op.weight, op.bias, op.shared_weight, op.shared_bias};
  }
  std::vector<int> operator()(const PartitionedNormOp& op) const {
    return {op.gamma, op.beta, op.moving, op.own_gamma, op.own_beta, op.own_moving};
  }
  template <typename T>
  std::vector<int> operator()(const T&) const {
    return {};
  }
};

bool is_lookup(const OpShape& op) {
  return std::holds_alternative<LookupOp>(op) || std::holds_alternative<BagLookupOp>(op) ||
         std::holds_alternative<ScaleOp>(op);
}

constexpr int kMostFields = 1 << 12;

int64_t pairs_of(int64_t fields) { return fields * (fields - 1) / 2; }

}  // namespace

std::vector<int> values_read(const OpShape& op) { return std::visit(Reads(), op); }

std::vector<int> values_fed_back(const OpShape& op) {
  return std::holds_alternative<DetachOp>(op) ? std::vector<int>() : values_read(op);
}

std::vector<int> parameters_of(const OpShape& op) { return std::visit(Owns(), op); }

int value_written(const OpShape& op) {
  return std::visit([](const auto& shape) { return shape.out; }, op);
}

int64_t Network::field_width(int value, int fields) const {
  read(value);
  MLORA_REQUIRE(fields >= 1 && fields <= kMostFields, "%d fields, not 1 to %d", fields, kMostFields);
  MLORA_REQUIRE(widths_[value] % fields == 0, "value %d of width %d is not one of %d equal fields", value,
                widths_[value], fields);
  return widths_[value] / fields;
}

void Network::add_whole(const char* what, const OpShape& op, int64_t width, const std::vector<int64_t>& weights) {
  const std::vector<int> parameters = parameters_of(op);
  for (size_t i = 0; i < parameters.size(); ++i) claim(parameters[i], what, MLORA_ROWS_WHOLE, 1, weights[i]);
  add_checked(what, op, width);
}

void Network::add_checked(const char* what, const OpShape& op, int64_t width) {
  const int out = value_written(op);
  MLORA_REQUIRE(out >= 0 && out < static_cast<int>(widths_.size()), "%s: value %d of %zu", what, out, widths_.size());
  MLORA_REQUIRE(widths_[out] == width, "%s: value %d has width %d, not %lld", what, out, widths_[out],
                static_cast<long long>(width));
  for (int value : values_read(op)) {
    read(value);
    MLORA_REQUIRE(value != out, "%s: cannot write the value %d that it reads", what, value);
  }
  const std::vector<int> parameters = parameters_of(op);
  for (size_t i = 0; i < parameters.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      MLORA_REQUIRE(parameters[i] != parameters[j], "%s: parameter %d is given twice", what, parameters[i]);
    }
  }
  write(out, 0, widths_[out]);
  for (int parameter : parameters) claimed_[parameter] = true;
  ops_.push_back(op);
}

void Network::add(const CopyOp& op) {
  read(op.in);
  MLORA_REQUIRE(op.from >= 0 && op.width >= 1 && op.width <= widths_[op.in] - op.from,
                "copy: columns [%d, %d + %d) of value %d of width %d", op.from, op.from, op.width, op.in,
                widths_[op.in]);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "copy: value %d of %zu", op.out,
                widths_.size());
  MLORA_REQUIRE(op.out != op.in, "copy: cannot write the value %d that it reads", op.in);
  MLORA_REQUIRE(op.column >= 0 && op.width <= widths_[op.out] - op.column,
                "copy: columns [%d, %d + %d) of value %d of width %d", op.column, op.column, op.width, op.out,
                widths_[op.out]);
  write(op.out, op.column, op.width);
  ops_.emplace_back(op);
}

void Network::add(const SumGroupsOp& op) {
  read(op.in);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "sum: value %d of %zu", op.out,
                widths_.size());
  MLORA_REQUIRE(widths_[op.in] % widths_[op.out] == 0, "sum: %d columns do not make %d groups", widths_[op.in],
                widths_[op.out]);
  add_whole("sum", op, widths_[op.out], {});
}

void Network::add(const MultiplyAddOp& op) {
  read(op.a);
  read(op.b);
  read(op.c);
  MLORA_REQUIRE(widths_[op.a] == widths_[op.b] && widths_[op.a] == widths_[op.c],
                "multiply-add: values of widths %d, %d and %d", widths_[op.a], widths_[op.b], widths_[op.c]);
  add_whole("multiply-add", op, widths_[op.a], {});
}

void Network::add(const AddOp& op) {
  read(op.a);
  read(op.b);
  MLORA_REQUIRE(widths_[op.a] == widths_[op.b], "sum of two: values of widths %d and %d", widths_[op.a], widths_[op.b]);
  MLORA_REQUIRE(op.activation == MLORA_ACTIVATION_NONE || op.activation == MLORA_ACTIVATION_RELU,
                "activation %d is not known", op.activation);
  add_checked("sum of two", op, widths_[op.a]);
}

void Network::add(const DetachOp& op) {
  read(op.in);
  add_checked("detach", op, widths_[op.in]);
}

void Network::add(const GateOp& op) {
  read(op.in);
  read(op.gate);
  MLORA_REQUIRE(widths_[op.in] % widths_[op.gate] == 0, "gate: %d columns are not %d groups", widths_[op.in],
                widths_[op.gate]);
  MLORA_REQUIRE(std::isfinite(op.factor) && op.factor > 0, "gate: factor %g", op.factor);
  MLORA_REQUIRE(std::isfinite(op.steepness) && std::isfinite(op.threshold), "gate: steepness %g, threshold %g",
                op.steepness, op.threshold);
  add_checked("gate", op, widths_[op.in]);
}

void Network::add(const CrossOp& op) {
  read(op.start);
  read(op.in);
  const int width = widths_[op.in];
  MLORA_REQUIRE(widths_[op.start] == width, "cross: values of widths %d and %d", widths_[op.start], width);
  add_whole("cross", op, width, {width, width});
}

void Network::add(const BiInteractionOp& op) {
  add_whole("bi-interaction", op, field_width(op.in, op.fields), {});
}

void Network::add(const InnerProductsOp& op) {
  field_width(op.in, op.fields);
  MLORA_REQUIRE(op.fields >= 2, "inner products: %d fields make no pair", op.fields);
  add_whole("inner products", op, pairs_of(op.fields), {});
}

void Network::add(const BilinearOp& op) {
  const int64_t width = field_width(op.in, op.fields);
  MLORA_REQUIRE(op.fields >= 2, "bilinear: %d fields make no pair", op.fields);
  MLORA_REQUIRE(op.sharing >= MLORA_BILINEAR_ALL && op.sharing <= MLORA_BILINEAR_INTERACTION,
                "bilinear: sharing %d is not known", op.sharing);
  const int64_t matrices = op.sharing == MLORA_BILINEAR_ALL    ? 1
                           : op.sharing == MLORA_BILINEAR_EACH ? op.fields - 1
                                                               : pairs_of(op.fields);
  MLORA_REQUIRE(static_cast<int64_t>(op.weights.size()) == matrices, "bilinear: %zu matrices, not %lld",
                op.weights.size(), static_cast<long long>(matrices));
  add_whole("bilinear", op, pairs_of(op.fields) * width, std::vector<int64_t>(op.weights.size(), width * width));
}

void Network::add(const SenetOp& op) {
  field_width(op.in, op.fields);
  MLORA_REQUIRE(op.squeeze >= 0 && op.squeeze < static_cast<int>(parameters_.size()), "senet: parameter %d of %zu",
                op.squeeze, parameters_.size());
  const int64_t size = parameters_[op.squeeze].size();
  MLORA_REQUIRE(size % op.fields == 0, "senet: %lld weights for %d fields", static_cast<long long>(size), op.fields);
  add_whole("senet", op, widths_[op.in], {size, size});
}

void Network::add(const CinOp& op) {
  read(op.start);
  read(op.in);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "interaction: value %d of %zu", op.out,
                widths_.size());
  for (int value : {op.start, op.in, op.out}) {
    MLORA_REQUIRE(op.width >= 1 && widths_[value] % op.width == 0,
                  "interaction: value %d of width %d is not made of maps of width %d", value, widths_[value], op.width);
  }
  const int64_t maps = widths_[op.out] / op.width;
  const int64_t pairs = product(widths_[op.start] / op.width, widths_[op.in] / op.width);
  add_whole("interaction", op, widths_[op.out], {product(pairs, maps), maps});
}

void Network::add(const AttentionOp& op) {
  const int64_t in = field_width(op.in, op.fields);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "attention: value %d of %zu", op.out,
                widths_.size());
  MLORA_REQUIRE(op.heads >= 1 && widths_[op.out] % (int64_t{op.fields} * op.heads) == 0,
                "attention: width %d does not make %d fields of %d heads", widths_[op.out], op.fields, op.heads);
  MLORA_REQUIRE(std::isfinite(op.scale), "attention: scale %g", op.scale);
  const int64_t columns = widths_[op.out] / op.fields;
  for (int weight : {op.query, op.key, op.value, op.residual}) {
    claim(weight, "attention", MLORA_ROWS_WHOLE, 1, product(in, columns));
  }
  if (op.adapted()) {
    MLORA_REQUIRE(std::isfinite(op.adapter_scale), "attention: adapter scale %g", op.adapter_scale);
    claim(op.a, "attention's A", MLORA_ROWS_BY_DOMAIN, domains_, product(in, op.rank));
    for (int b : op.b) claim(b, "attention's B", MLORA_ROWS_BY_DOMAIN, domains_, product(op.rank, columns));
  }
  add_checked("attention", op, widths_[op.out]);
}

void Network::add(const DomainDenseOp& op) {
  read(op.in);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "domain layer: value %d of %zu", op.out,
                widths_.size());
  MLORA_REQUIRE(op.activation == MLORA_ACTIVATION_NONE || op.activation == MLORA_ACTIVATION_RELU,
                "activation %d is not known", op.activation);
  const int64_t in = widths_[op.in], out = widths_[op.out];
  claim(op.weight, "domain weight", MLORA_ROWS_BY_DOMAIN, domains_, in * out);
  claim(op.bias, "domain bias", MLORA_ROWS_BY_DOMAIN, domains_, out);
  MLORA_REQUIRE(op.shares() == (op.shared_bias != MLORA_NONE), "domain layer: shared weight %d and bias %d",
                op.shared_weight, op.shared_bias);
  if (op.shares()) {
    claim(op.shared_weight, "shared weight", MLORA_ROWS_WHOLE, 1, in * out);
    claim(op.shared_bias, "shared bias", MLORA_ROWS_WHOLE, 1, out);
  }
  add_checked("domain layer", op, out);
}

void Network::add(const PartitionedNormOp& op) {
  read(op.in);
  for (const OpShape& other : ops_) {
    MLORA_REQUIRE(value_written(other) != op.in || is_lookup(other),
                  "partitioned norm: value %d is not made of lookups alone, and rows pass through other ops panel by "
                  "panel",
                  op.in);
  }
  MLORA_REQUIRE(op.momentum >= 0 && op.momentum < 1, "partitioned norm: momentum %g is not in [0, 1)", op.momentum);
  MLORA_REQUIRE(std::isfinite(op.epsilon) && op.epsilon > 0, "partitioned norm: epsilon %g", op.epsilon);
  const int64_t width = widths_[op.in], statistics = 1 + 2 * width;
  claim(op.gamma, "norm gamma", MLORA_ROWS_WHOLE, 1, width);
  claim(op.beta, "norm beta", MLORA_ROWS_WHOLE, 1, width);
  claim(op.moving, "moving statistics", MLORA_ROWS_WHOLE, 1, statistics);
  claim(op.own_gamma, "norm gamma of domains", MLORA_ROWS_BY_DOMAIN, domains_, width);
  claim(op.own_beta, "norm beta of domains", MLORA_ROWS_BY_DOMAIN, domains_, width);
  claim(op.own_moving, "moving statistics of domains", MLORA_ROWS_BY_DOMAIN, domains_, statistics);
  add_checked("partitioned norm", op, width);
}

void Network::add(const MixtureOp& op) {
  read(op.experts);
  read(op.gate);
  MLORA_REQUIRE(widths_[op.experts] % widths_[op.gate] == 0, "mixture: %d columns are not %d experts",
                widths_[op.experts], widths_[op.gate]);
  add_checked("mixture", op, widths_[op.experts] / widths_[op.gate]);
}

}  // namespace mlora
