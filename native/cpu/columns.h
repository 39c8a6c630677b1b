// Columns of data that the caller owns: pointers and a number of rows.
#ifndef MLORA_CPU_COLUMNS_H
#define MLORA_CPU_COLUMNS_H

#include <cstdint>
#include <optional>
#include <vector>

#include "network.h"

namespace mlora {

// Reads an integer that its owner may change at any time: what is checked is then what is used.
template <typename T>
T read_once(const T& place) {
  return __atomic_load_n(&place, __ATOMIC_RELAXED);
}

struct Columns {
  struct Data {
    const int32_t* ids = nullptr;
    const int64_t* offsets = nullptr;
    int64_t id_count = 0;  // of all bags together
    const float* numbers = nullptr;
  };

  // Ids [begin, end) of a bag.
  struct Range {
    int64_t begin, end;
  };

  Columns(const Network& network, int rows) : inputs(network.inputs()), rows(rows), data(inputs.size()) {}

  // Throws Invalid unless the columns fit the inputs of a network and all of them are set.
  void check_bound(const Network& network) const;
  // Throws Invalid where a row of the given ones has an id, number, domain or (with labels) label or weight out of
  // range.
  void check_rows(const Network& network, const int32_t* row_numbers, int64_t count, bool with_labels) const;
  // A row's domain, or the range of its ids in a bag; throws Invalid where these are out of range.
  int domain(int64_t row, int count) const;
  Range bag(int64_t row, int input) const;
  // The same for loops that run while the owner may change the offsets: nothing where they are out of range.
  std::optional<Range> find_bag(int64_t row, int input) const noexcept {
    const Range range = offsets(row, input);
    return holds(range, input) ? std::optional(range) : std::nullopt;
  }
  // The same for all of one row.
  void check_row(const Network& network, int64_t row, bool with_labels) const;

  std::vector<Input> inputs;
  int rows;
  std::vector<Data> data;
  const int32_t* domains = nullptr;
  const float* labels = nullptr;
  const float* weights = nullptr;  // null: every row counts 1

 private:
  Range offsets(int64_t row, int input) const noexcept {
    const int64_t* from = data[input].offsets + row;
    return {read_once(from[0]), read_once(from[1])};
  }
  bool holds(const Range& range, int input) const noexcept {
    return range.begin >= 0 && range.begin <= range.end && range.end <= data[input].id_count;
  }
};

}  // namespace mlora

struct mlora_columns {
  mlora::Columns columns;
};

#endif
