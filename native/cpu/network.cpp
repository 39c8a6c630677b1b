#include "network.h"

#include <cmath>

#include "error.h"

namespace mlora {
namespace {

// Wider values would overflow the int counts of kernels long after memory is gone.
constexpr int kWidest = 1 << 20;
constexpr int kHighestRank = 1 << 12;

const char* row_kind_name(int kind) {
  return kind == MLORA_ROWS_WHOLE ? "WHOLE" : kind == MLORA_ROWS_BY_ID ? "BY_ID" : "BY_DOMAIN";
}

}  // namespace

Network::Network(int domains) : domains_(domains) {
  MLORA_REQUIRE(domains >= 1, "a network needs at least 1 domain, not %d", domains);
}

void Network::add_input(int kind, int id_count) {
  MLORA_REQUIRE(kind >= MLORA_INPUT_ID && kind <= MLORA_INPUT_NUMBER, "input kind %d is not known", kind);
  MLORA_REQUIRE(kind == MLORA_INPUT_NUMBER ? id_count == 0 : id_count >= 1, "input %zu: id count %d", inputs_.size(),
                id_count);
  inputs_.push_back({kind, id_count});
}

void Network::add_parameter(int row_kind, int rows, int row_size) {
  MLORA_REQUIRE(row_kind >= MLORA_ROWS_WHOLE && row_kind <= MLORA_ROWS_BY_DOMAIN, "row kind %d is not known", row_kind);
  MLORA_REQUIRE(rows >= 1 && row_size >= 1, "parameter %zu: %d rows of %d values", parameters_.size(), rows, row_size);
  MLORA_REQUIRE(row_kind != MLORA_ROWS_BY_DOMAIN || rows == domains_, "parameter %zu: %d rows for %d domains",
                parameters_.size(), rows, domains_);
  parameters_.push_back({row_kind, rows, row_size});
  claimed_.push_back(false);
}

void Network::add_value(int width) {
  MLORA_REQUIRE(width >= 1 && width <= kWidest, "value %zu: width %d is not in [1, %d]", widths_.size(), width, kWidest);
  widths_.push_back(width);
  written_.emplace_back(width, false);
}

int Network::ids_of(int input, int kind) const {
  if (input == MLORA_DOMAIN && kind == MLORA_INPUT_ID) return domains_;
  MLORA_REQUIRE(input >= 0 && input < static_cast<int>(inputs_.size()), "input %d of %zu", input, inputs_.size());
  MLORA_REQUIRE(inputs_[input].kind == kind, "input %d has kind %d, not %d", input, inputs_[input].kind, kind);
  return inputs_[input].id_count;
}

void Network::check_table(int input, int kind, int table, int out, int column) const {
  const int ids = ids_of(input, kind);
  MLORA_REQUIRE(table >= 0 && table < static_cast<int>(parameters_.size()), "table %d of %zu parameters", table,
                parameters_.size());
  MLORA_REQUIRE(!claimed_[table], "parameter %d already serves another op", table);
  const ParameterShape& shape = parameters_[table];
  MLORA_REQUIRE(shape.row_kind != MLORA_ROWS_WHOLE, "table %d is WHOLE, not BY_ID or BY_DOMAIN", table);
  MLORA_REQUIRE(shape.rows >= ids, "table %d has %d rows for %d ids", table, shape.rows, ids);
  MLORA_REQUIRE(out >= 0 && out < static_cast<int>(widths_.size()), "value %d of %zu", out, widths_.size());
  MLORA_REQUIRE(column >= 0 && shape.row_size <= widths_[out] - column, "columns [%d, %d + %d) of value %d of width %d",
                column, column, shape.row_size, out, widths_[out]);
}

void Network::claim(int parameter, const char* what, int row_kind, int rows, int64_t row_size) {
  MLORA_REQUIRE(parameter >= 0 && parameter < static_cast<int>(parameters_.size()), "%s: parameter %d of %zu", what,
                parameter, parameters_.size());
  const ParameterShape& shape = parameters_[parameter];
  MLORA_REQUIRE(shape.row_kind == row_kind, "%s: parameter %d is %s, not %s", what, parameter,
                row_kind_name(shape.row_kind), row_kind_name(row_kind));
  MLORA_REQUIRE(shape.size() == rows * row_size && (row_kind == MLORA_ROWS_WHOLE || shape.rows == rows),
                "%s: parameter %d has %d x %d values, not %d x %lld", what, parameter, shape.rows, shape.row_size, rows,
                static_cast<long long>(row_size));
  for (const OpShape& op : ops_) {
    const auto* lookup = std::get_if<LookupOp>(&op);
    const auto* bag = std::get_if<BagLookupOp>(&op);
    MLORA_REQUIRE(!(lookup != nullptr && lookup->table == parameter) && !(bag != nullptr && bag->table == parameter),
                  "%s: parameter %d already serves as a table", what, parameter);
  }
  MLORA_REQUIRE(!claimed_[parameter], "%s: parameter %d already serves another op", what, parameter);
}

void Network::read(int value) const {
  MLORA_REQUIRE(value >= 0 && value < static_cast<int>(widths_.size()), "value %d of %zu", value, widths_.size());
  for (int i = 0; i < widths_[value]; ++i) {
    MLORA_REQUIRE(written_[value][i], "value %d is read before its column %d is written", value, i);
  }
}

void Network::write(int value, int column, int width) {
  for (int i = column; i < column + width; ++i) {
    MLORA_REQUIRE(!written_[value][i], "column %d of value %d is written twice", i, value);
  }
  for (int i = column; i < column + width; ++i) written_[value][i] = true;
}

void Network::add(const LookupOp& op) {
  check_table(op.input, MLORA_INPUT_ID, op.table, op.out, op.column);
  write(op.out, op.column, parameters_[op.table].row_size);
  ops_.emplace_back(op);
}

void Network::add(const BagLookupOp& op) {
  MLORA_REQUIRE(op.pooling == MLORA_POOLING_MEAN || op.pooling == MLORA_POOLING_SUM, "pooling %d is not known",
                op.pooling);
  check_table(op.input, MLORA_INPUT_BAG, op.table, op.out, op.column);
  write(op.out, op.column, parameters_[op.table].row_size);
  ops_.emplace_back(op);
}

void Network::add(const ScaleOp& op) {
  ids_of(op.input, MLORA_INPUT_NUMBER);
  MLORA_REQUIRE(op.vector >= 0 && op.vector < static_cast<int>(parameters_.size()), "vector %d of %zu parameters",
                op.vector, parameters_.size());
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "value %d of %zu", op.out, widths_.size());
  const int64_t width = parameters_[op.vector].size();
  MLORA_REQUIRE(op.column >= 0 && width <= widths_[op.out] - op.column, "columns [%d, %d + %lld) of value %d of width %d",
                op.column, op.column, static_cast<long long>(width), op.out, widths_[op.out]);
  claim(op.vector, "scale", MLORA_ROWS_WHOLE, 1, width);
  write(op.out, op.column, static_cast<int>(width));
  claimed_[op.vector] = true;
  ops_.emplace_back(op);
}

void Network::add(const DenseOp& op) {
  read(op.in);
  MLORA_REQUIRE(op.out >= 0 && op.out < static_cast<int>(widths_.size()), "value %d of %zu", op.out, widths_.size());
  MLORA_REQUIRE(op.out != op.in, "a dense layer cannot write the value %d that it reads", op.in);
  MLORA_REQUIRE(op.activation == MLORA_ACTIVATION_NONE || op.activation == MLORA_ACTIVATION_RELU,
                "activation %d is not known", op.activation);
  MLORA_REQUIRE(op.dropout >= 0 && op.dropout < 1, "dropout %g is not in [0, 1)", op.dropout);
  const int64_t in = widths_[op.in], out = widths_[op.out];
  claim(op.weight, "weight", MLORA_ROWS_WHOLE, 1, in * out);
  claim(op.bias, "bias", MLORA_ROWS_WHOLE, 1, out);
  MLORA_REQUIRE(op.weight != op.bias, "parameter %d is weight and bias", op.bias);
  const bool none = op.a == MLORA_NONE && op.b == MLORA_NONE && op.c == MLORA_NONE;
  if (!none) {
    MLORA_REQUIRE(op.a != MLORA_NONE && op.b != MLORA_NONE && op.c != MLORA_NONE,
                  "an adapter needs all of a, b and c (%d, %d, %d)", op.a, op.b, op.c);
    MLORA_REQUIRE(op.rank >= 1 && op.rank <= kHighestRank, "rank %d is not in [1, %d]", op.rank, kHighestRank);
    MLORA_REQUIRE(std::isfinite(op.adapter_scale) && op.adapter_scale != 0, "the adapter's scale is %g",
                  op.adapter_scale);
    MLORA_REQUIRE(op.a >= 0 && op.a < static_cast<int>(parameters_.size()), "adapter A: parameter %d of %zu", op.a,
                  parameters_.size());
    const bool shared = parameters_[op.a].row_kind == MLORA_ROWS_WHOLE;
    claim(op.a, "adapter A", shared ? MLORA_ROWS_WHOLE : MLORA_ROWS_BY_DOMAIN, shared ? 1 : domains_, in * op.rank);
    claim(op.b, "adapter B", MLORA_ROWS_BY_DOMAIN, domains_, out * op.rank);
    claim(op.c, "adapter c", MLORA_ROWS_BY_DOMAIN, domains_, out);
    MLORA_REQUIRE(op.a != op.b && op.b != op.c && op.a != op.c, "the adapter's parameters %d, %d, %d are not distinct",
                  op.a, op.b, op.c);
  }
  write(op.out, 0, static_cast<int>(out));
  claimed_[op.weight] = claimed_[op.bias] = true;
  if (!none) claimed_[op.a] = claimed_[op.b] = claimed_[op.c] = true;
  ops_.emplace_back(op);
}

void Network::set_logit(int value) {
  read(value);
  MLORA_REQUIRE(widths_[value] == 1, "the logit, value %d, has width %d, not 1", value, widths_[value]);
  logit_ = value;
}

void Network::check_complete() const {
  MLORA_REQUIRE(logit_ >= 0, "the network has no logit");
  std::vector<bool> used(widths_.size(), false), fed(widths_.size(), false);
  used[logit_] = fed[logit_] = true;
  for (const OpShape& op : ops_) {
    for (int value : values_read(op)) used[value] = true;
    for (int value : values_fed_back(op)) fed[value] = true;
  }
  for (size_t op = 0; op < ops_.size(); ++op) {
    const int value = value_written(ops_[op]);
    MLORA_REQUIRE(used[value], "value %d, which op %zu writes, does not lead to the logit", value, op);
    MLORA_REQUIRE(fed[value], "value %d, which op %zu writes, leads to the logit through detached values only", value,
                  op);
  }
  for (size_t value = 0; value < widths_.size(); ++value) {
    MLORA_REQUIRE(used[value], "value %zu does not lead to the logit, and no op writes it", value);
  }
}

}  // namespace mlora
