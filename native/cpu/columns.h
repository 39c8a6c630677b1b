// Columns of data that the caller owns: pointers and a number of rows.
#ifndef MLORA_CPU_COLUMNS_H
#define MLORA_CPU_COLUMNS_H

#include <cstdint>
#include <utility>
#include <vector>

#include "network.h"

namespace mlora {

struct Columns {
  struct Data {
    const int32_t* ids = nullptr;
    const int64_t* offsets = nullptr;
    const float* numbers = nullptr;
  };

  Columns(const Network& network, int rows) : inputs(network.inputs()), rows(rows), data(inputs.size()) {}

  // Throws Invalid unless the columns fit the inputs of a network and all of them are set.
  void check_bound(const Network& network) const;
  // Throws Invalid where a row of the given ones has an id, domain or (with labels) label or weight out of range.
  void check_rows(const Network& network, const int32_t* row_numbers, int64_t count, bool with_labels) const;
  // A row's domain, or the range of its ids in a bag; throws Invalid where these are out of range.
  int domain(int64_t row, int count) const;
  std::pair<int64_t, int64_t> bag(int64_t row, int input) const;
  // The same for all of one row.
  void check_row(const Network& network, int64_t row, bool with_labels) const;

  std::vector<Input> inputs;
  int rows;
  std::vector<Data> data;
  const int32_t* domains = nullptr;
  const float* labels = nullptr;
  const float* weights = nullptr;  // null: every row counts 1
};

}  // namespace mlora

struct mlora_columns {
  mlora::Columns columns;
};

#endif
