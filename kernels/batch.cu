// The memory of a batch: the sorted rows, runs and chunks, and what sorting them needs.
#include "batch.h"

#include <algorithm>

#include "families.h"
#include "group.h"
#include "sort.h"

namespace mlora::cuda {
namespace {

constexpr int kMostRows = 1 << 22;
constexpr int kMostDomains = 1 << 20;
// Blocks beyond these would wait for others to end anyway.
constexpr int64_t kMostBlocks = 4096;

// Memory handed out from an offset on.
struct Space {
  int64_t used = 0;
  int64_t take(int64_t words) {
    const int64_t at = used;
    used += (words * 4 + 255) / 256 * 256;
    return at;
  }
};

BatchWork take_work(const mlora_cuda_batch& batch, Space& space) {
  const int64_t n = batch.capacity;
  const auto words = [&](int64_t count) { return pointer<uint32_t>(batch.memory + space.take(count)); };
  BatchWork work;
  work.pairs = {words(n), words(n)};
  work.other = {words(n), words(n)};
  work.sort_work = words(sort_work(n));
  work.heads = reinterpret_cast<int32_t*>(words(2 * ceil_div(n, kHeadThreads)));
  return work;
}

// Rows of a chunk: enough blocks for small batches, few partial sums for large ones.
int chunk_rows(int capacity) {
  int rows = 16;
  while (rows < 128 && rows * 128 < capacity) rows *= 2;
  return rows;
}

mlora_cuda_batch_layout lay_out(int32_t capacity, int32_t domain_count, Space& space) {
  require(capacity >= 1 && capacity <= kMostRows, "a batch has room for 1 to 2^22 rows");
  require(domain_count >= 1 && domain_count <= kMostDomains, "there are 1 to 2^20 domains");
  mlora_cuda_batch_layout layout = {};
  layout.chunk_rows = chunk_rows(capacity);
  layout.max_runs = std::min(domain_count + 2, capacity);
  layout.max_chunks = static_cast<int32_t>(ceil_div(capacity, layout.chunk_rows)) + layout.max_runs;
  layout.column_parts = static_cast<int32_t>(ceil_div(capacity, std::max(64, round_up(capacity / 128, 64))));
  layout.row = space.take(capacity);
  layout.number = space.take(capacity);
  layout.domain = space.take(capacity);
  layout.counts = space.take(2);
  layout.run = space.take(int64_t{4} * layout.max_runs);
  layout.chunk = space.take(int64_t{4} * layout.max_chunks);
  return layout;
}

}  // namespace

int64_t blocks_for(int64_t n) { return std::min(n, kMostBlocks); }

mlora_cuda_batch_layout lay_out(int32_t capacity, int32_t domain_count) {
  Space space;
  mlora_cuda_batch_layout layout = lay_out(capacity, domain_count, space);
  mlora_cuda_batch nowhere = {};
  nowhere.capacity = capacity;
  take_work(nowhere, space);
  layout.bytes = space.used;
  return layout;
}

BatchWork work_of(const mlora_cuda_batch& batch) {
  Space space;
  lay_out(batch.capacity, batch.domain_count, space);
  return take_work(batch, space);
}

Batch view(const mlora_cuda_batch& batch) {
  require(batch.state != 0 && batch.domains != 0 && batch.memory != 0, "a batch has a state, domains and memory");
  require(batch.memory % 16 == 0, "the memory of a batch lies at a multiple of 16");
  Space space;
  const mlora_cuda_batch_layout layout = lay_out(batch.capacity, batch.domain_count, space);
  const auto words = [&](int64_t offset) { return pointer<int32_t>(batch.memory + offset); };
  Batch out;
  out.state = pointer<const mlora_cuda_state>(batch.state);
  out.order = pointer<const int32_t>(batch.order);
  out.domains = pointer<const int32_t>(batch.domains);
  out.row = words(layout.row);
  out.number = words(layout.number);
  out.domain = words(layout.domain);
  out.counts = words(layout.counts);
  out.runs = reinterpret_cast<Run*>(words(layout.run));
  out.chunks = reinterpret_cast<Chunk*>(words(layout.chunk));
  out.capacity = batch.capacity;
  out.domain_count = batch.domain_count;
  out.chunk_rows = layout.chunk_rows;
  return out;
}

}  // namespace mlora::cuda
