#include "batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mlora {

Keyed* sort_by_key(Keyed* items, Keyed* other, int64_t count, uint32_t key_limit) {
  constexpr int kBits = 11;
  constexpr uint32_t kDigits = 1u << kBits;
  for (int shift = 0; shift < 32 && (shift == 0 || (key_limit - 1) >> shift != 0); shift += kBits) {
    uint32_t starts[kDigits];
    const uint32_t digits = std::min(kDigits, ((key_limit - 1) >> shift) + 1);
    std::memset(starts, 0, digits * sizeof(uint32_t));
    for (int64_t i = 0; i < count; ++i) ++starts[(items[i].key >> shift) & (kDigits - 1)];
    uint32_t start = 0;
    for (uint32_t d = 0; d < digits; ++d) start += std::exchange(starts[d], start);
    for (int64_t i = 0; i < count; ++i) other[starts[(items[i].key >> shift) & (kDigits - 1)]++] = items[i];
    std::swap(items, other);
  }
  return items;
}

void Batch::reserve(int64_t rows, int domains) {
  row.reserve(rows, "rows of a batch");
  number.reserve(rows, "rows of a batch");
  keys_.reserve(rows, "rows of a batch");
  other_.reserve(rows, "rows of a batch");
  runs.reserve(std::min<int64_t>(rows, int64_t{domains} + 1), "domains of a batch");
}

void Batch::sort(const Columns& source, const int32_t* rows, int64_t first, int64_t rows_count, int domains) {
  columns = &source;
  count = rows_count;
  if (count == 1) {
    row[0] = rows == nullptr ? static_cast<int32_t>(first) : rows[0];
    number[0] = 0;
    runs[0] = {source.domain(row[0], domains), 0, 1};
    run_count = 1;
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t r = rows == nullptr ? first + i : rows[i];
    keys_[i] = {static_cast<uint32_t>(source.domain(r, domains) + 1), static_cast<uint32_t>(i)};
  }
  const Keyed* sorted = sort_by_key(keys_.data(), other_.data(), count, static_cast<uint32_t>(domains) + 1);
  run_count = 0;
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t item = sorted[i].item;
    number[i] = static_cast<int32_t>(item);
    row[i] = static_cast<int32_t>(rows == nullptr ? first + item : rows[item]);
    const int domain = static_cast<int>(sorted[i].key) - 1;
    if (run_count == 0 || runs[run_count - 1].domain != domain) runs[run_count++] = {domain, i, i};
    runs[run_count - 1].end = i + 1;
  }
}

int64_t Batch::run_at(int64_t position) const {
  const Run* run = std::upper_bound(runs.data(), runs.data() + run_count, position,
                                    [](int64_t p, const Run& r) { return p < r.end; });
  return run - runs.data();
}

std::pair<int64_t, int64_t> Batch::runs_beginning(int64_t begin, int64_t end) const {
  int64_t first = run_at(begin);
  if (runs[first].begin < begin) ++first;
  int64_t last = first;
  while (last < run_count && runs[last].begin < end) ++last;
  return {first, last};
}

}  // namespace mlora
