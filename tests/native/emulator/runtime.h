// The emulated device's memory, streams, events and graphs.
#ifndef MLORA_EMULATOR_RUNTIME_H
#define MLORA_EMULATOR_RUNTIME_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "stream.h"

namespace mlora::emulator {

using Work = std::function<void()>;

class LazyStream;

// Recorded work. From run to run another branch, which is the work of one stream, is the last: it does nothing that
// it could while another branch can do something. So of two nodes of different branches that do not wait for each
// other, either is done first in some run: a dependency that is missing shows.
class Graph {
 public:
  // Records work of a stream that comes after other nodes; gives its number.
  size_t add(const LazyStream* stream, Work work, std::vector<size_t> after);
  // Throws Invalid unless some nodes are, or come after, all there are.
  void require_joined(const std::vector<size_t>& last) const;
  void run();
  int64_t size() const { return static_cast<int64_t>(nodes_.size()); }

  std::vector<LazyStream*> streams;  // that take part in the capture, the first one began it

 private:
  struct Node {
    size_t branch;
    Work work;
    std::vector<size_t> after;
  };
  std::vector<Node> nodes_;
  size_t runs_ = 0;
};

// Work in order, done when somebody waits for it.
class LazyStream final : public Stream {
 public:
  void add(Work work) override;
  // Does what was added before position; a failure drops all that is left.
  void run_until(int64_t position);
  int64_t position() const { return added_; }

  std::shared_ptr<Graph> capture;  // takes up work while not null
  std::vector<size_t> after;       // what the next node captured here comes after

 private:
  std::deque<Work> queue_;
  int64_t added_ = 0, done_ = 0;
};

struct Event {
  std::shared_ptr<LazyStream> stream;  // null until recorded
  int64_t position = 0;
  std::shared_ptr<Graph> capture;  // recorded in a capture,
  std::vector<size_t> after;       // after these nodes
};

class Memory {
 public:
  uint64_t allocate(int64_t bytes);
  void free(uint64_t address);
  // Throws Invalid unless the range lies within one allocation.
  void check(uint64_t address, int64_t bytes) const;
  int64_t used() const { return used_; }
  int64_t allocations() const { return static_cast<int64_t>(sizes_.size()); }

  int64_t limit = int64_t{1} << 30;

 private:
  std::map<uint64_t, int64_t> sizes_;
  int64_t used_ = 0;
};

}  // namespace mlora::emulator
#endif
