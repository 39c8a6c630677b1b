#include "runtime.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "failure.h"

namespace mlora::emulator {

using cuda::Failure;
using cuda::Invalid;

size_t Graph::add(const LazyStream* stream, Work work, std::vector<size_t> after) {
  const auto branch = std::find(streams.begin(), streams.end(), stream) - streams.begin();
  nodes_.push_back({static_cast<size_t>(branch), std::move(work), std::move(after)});
  return nodes_.size() - 1;
}

void Graph::require_joined(const std::vector<size_t>& last) const {
  std::vector<bool> reached(nodes_.size(), false);
  std::vector<size_t> open = last;
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    open.insert(open.end(), nodes_[node].after.begin(), nodes_[node].after.end());
  }
  cuda::require(std::find(reached.begin(), reached.end(), false) == reached.end(),
                "a stream of the capture has work that the first one does not wait for");
}

void Graph::run() {
  const size_t branches = streams.size(), last = runs_++ % branches;
  const auto turn = [&](size_t node) {
    return std::pair((nodes_[node].branch + branches - 1 - last) % branches, node);
  };
  std::vector<size_t> missing(nodes_.size());
  std::vector<std::vector<size_t>> before(nodes_.size());
  std::set<std::pair<size_t, size_t>> ready;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const std::set<size_t> own(nodes_[i].after.begin(), nodes_[i].after.end());
    missing[i] = own.size();
    for (size_t node : own) before[node].push_back(i);
    if (own.empty()) ready.insert(turn(i));
  }
  while (!ready.empty()) {
    const size_t node = ready.begin()->second;
    ready.erase(ready.begin());
    nodes_[node].work();
    for (size_t next : before[node]) {
      if (--missing[next] == 0) ready.insert(turn(next));
    }
  }
}

void LazyStream::add(Work work) {
  if (capture != nullptr) {
    after = {capture->add(this, std::move(work), after)};
  } else {
    queue_.push_back(std::move(work));
    ++added_;
  }
}

void LazyStream::run_until(int64_t position) {
  try {
    while (done_ < position) {
      const Work work = std::move(queue_.front());
      queue_.pop_front();
      ++done_;
      work();
    }
  } catch (...) {
    queue_.clear();
    done_ = added_;
    throw;
  }
}

uint64_t Memory::allocate(int64_t bytes) {
  cuda::require(bytes >= 1, "an allocation has at least one byte");
  if (bytes > limit - used_) {
    throw Failure(true, 2, "allocating " + std::to_string(bytes) + " bytes",
                  std::to_string(limit - used_) + " of " + std::to_string(limit) + " bytes are free");
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, 256, static_cast<size_t>(bytes)) != 0) throw std::bad_alloc();
  // As floats these are no numbers, and as indices far out: what nobody wrote shows.
  std::memset(memory, 0xFF, static_cast<size_t>(bytes));
  const auto address = reinterpret_cast<uint64_t>(memory);
  sizes_[address] = bytes;
  used_ += bytes;
  return address;
}

void Memory::free(uint64_t address) {
  const auto found = sizes_.find(address);
  if (found == sizes_.end()) throw Invalid("address " + std::to_string(address) + " is not that of an allocation");
  used_ -= found->second;
  sizes_.erase(found);
  std::free(reinterpret_cast<void*>(address));
}

void Memory::check(uint64_t address, int64_t bytes) const {
  const auto next = sizes_.upper_bound(address);
  if (bytes >= 0 && next != sizes_.begin()) {
    const auto [begin, size] = *std::prev(next);
    const int64_t offset = static_cast<int64_t>(address - begin);
    if (offset <= size - bytes) return;
  }
  throw Invalid(std::to_string(bytes) + " bytes at address " + std::to_string(address) +
                " do not lie within an allocation");
}

}  // namespace mlora::emulator
