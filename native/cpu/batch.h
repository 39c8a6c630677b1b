// A batch sorted by domain: which row of the columns stands at which position, and the runs of equal
// domain. Rows of unknown domain come first.
#ifndef MLORA_CPU_BATCH_H
#define MLORA_CPU_BATCH_H

#include <algorithm>
#include <cstdint>
#include <utility>

#include "columns.h"
#include "memory.h"

namespace mlora {

// A key with what it belongs to.
struct Keyed {
  uint32_t key;
  uint32_t item;
};

// Sorts by key, equal keys in their order; keys are below key_limit. other is work space of the same
// size. Returns whichever of the two holds the result.
Keyed* sort_by_key(Keyed* items, Keyed* other, int64_t count, uint32_t key_limit);

struct Run {
  int domain;
  int64_t begin, end;  // positions
};

class Batch {
 public:
  // Makes room for count rows of up to domains domains.
  void reserve(int64_t count, int domains);
  // Takes rows rows[0 .. count), or first + [0, count) where rows is null. Throws Invalid
  // where a domain is out of range: the columns' owner may have changed it since it was checked.
  void sort(const Columns& columns, const int32_t* rows, int64_t first, int64_t count, int domains);

  const Columns* columns = nullptr;
  int64_t count = 0;
  Array<int32_t> row;     // row of the columns at a position
  Array<int32_t> number;  // place in the caller's order
  Array<Run> runs;
  int64_t run_count = 0;
  // Index of the run at a position.
  int64_t run_at(int64_t position) const;
  // The runs [first, second) that begin at positions [begin, end).
  std::pair<int64_t, int64_t> runs_beginning(int64_t begin, int64_t end) const;

 private:
  Array<Keyed> keys_, other_;
};

// Calls body(domain, begin, end, starts, ends) for the runs of a stretch of positions; starts and ends tell
// whether the stretch has the run's first and last row.
template <typename Body>
void each_run(const Batch& batch, int64_t first, int64_t last, const Body& body) {
  for (int64_t run = batch.run_at(first), p = first; p < last; ++run) {
    const Run& now = batch.runs[run];
    const int64_t end = std::min(now.end, last);
    body(now.domain, p, end, now.begin >= first, now.end <= last);
    p = end;
  }
}

}  // namespace mlora
#endif
