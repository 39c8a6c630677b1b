#include "columns.h"

#include <cmath>

#include "error.h"

namespace mlora {

void Columns::check_bound(const Network& network) const {
  MLORA_REQUIRE(inputs.size() == network.inputs().size(), "the columns have %zu inputs, the network %zu", inputs.size(),
                network.inputs().size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    MLORA_REQUIRE(inputs[i].kind == network.inputs()[i].kind, "input %zu has kind %d in the columns, %d in the network",
                  i, inputs[i].kind, network.inputs()[i].kind);
    const bool set = inputs[i].kind == MLORA_INPUT_NUMBER ? data[i].numbers != nullptr
                     : inputs[i].kind == MLORA_INPUT_BAG  ? data[i].offsets != nullptr
                                                          : data[i].ids != nullptr;
    MLORA_REQUIRE(set || rows == 0, "input %zu has no column", i);
  }
  MLORA_REQUIRE(domains != nullptr || rows == 0, "the columns have no domains");
}

int Columns::domain(int64_t row, int count) const {
  const int domain = read_once(domains[row]);
  MLORA_REQUIRE(domain >= -1 && domain < count, "row %lld: domain %d is not in [-1, %d)", static_cast<long long>(row),
                domain, count);
  return domain;
}

Columns::Range Columns::bag(int64_t row, int input) const {
  const Range range = offsets(row, input);
  MLORA_REQUIRE(holds(range, input), "row %lld, input %d: offsets %lld to %lld do not ascend from 0 to at most %lld",
                static_cast<long long>(row), input, static_cast<long long>(range.begin),
                static_cast<long long>(range.end), static_cast<long long>(data[input].id_count));
  return range;
}

void Columns::check_row(const Network& network, int64_t row, bool with_labels) const {
  domain(row, network.domains());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int id_count = network.inputs()[i].id_count;
    if (inputs[i].kind == MLORA_INPUT_ID) {
      const int id = data[i].ids[row];
      MLORA_REQUIRE(id < id_count, "row %lld, input %zu: id %d is not below %d", static_cast<long long>(row), i, id,
                    id_count);
    } else if (inputs[i].kind == MLORA_INPUT_BAG) {
      const auto [begin, end] = bag(row, static_cast<int>(i));
      for (int64_t k = begin; k < end; ++k) {
        MLORA_REQUIRE(data[i].ids[k] < id_count, "row %lld, input %zu: id %d is not below %d",
                      static_cast<long long>(row), i, data[i].ids[k], id_count);
      }
    } else {
      const float number = data[i].numbers[row];
      MLORA_REQUIRE(std::isfinite(number), "row %lld, input %zu: %g is not a finite number",
                    static_cast<long long>(row), i, number);
    }
  }
  if (with_labels) {
    const float label = labels[row];
    MLORA_REQUIRE(label >= 0 && label <= 1, "row %lld: label %g is not in [0, 1]", static_cast<long long>(row), label);
    const float weight = weights == nullptr ? 1 : weights[row];
    MLORA_REQUIRE(weight >= 0 && std::isfinite(weight), "row %lld: weight %g is not a finite number of 0 or more",
                  static_cast<long long>(row), weight);
  }
}

void Columns::check_rows(const Network& network, const int32_t* row_numbers, int64_t count, bool with_labels) const {
  MLORA_REQUIRE(!with_labels || labels != nullptr || count == 0, "the columns have no labels");
  for (int64_t i = 0; i < count; ++i) {
    const int row = row_numbers[i];
    MLORA_REQUIRE(row >= 0 && row < rows, "entry %lld of the rows is %d, not in [0, %d)", static_cast<long long>(i),
                  row, rows);
    check_row(network, row, with_labels);
  }
}

}  // namespace mlora
