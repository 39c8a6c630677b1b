// group_by_domain: the batch sorted by domain, cut into runs (of one domain) and chunks (of up to
// chunk_rows rows of a run), in device memory.
//
// The sort is stable, with key domain + 1: rows of unknown domain come first, and the rest [count, C) of
// a short batch last, as a run of its own. Then each thread takes a position, finds its run's ends by
// bisection in the sorted keys (up to 22 reads that all hit the caches) and so knows whether a run or a
// chunk starts there; both are numbered by a scan. Blocks of 1024 positions: one launch for up to 1024
// rows, else one to count heads by block and one to place them.
//
// Launches for B = 1024 and D <= 1022: 3; beyond 4096 rows: 6.
#include "batch.h"

#include <algorithm>

#include "families.h"
#include "sort.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 1024;
constexpr int kMostRows = 1 << 22;
constexpr int kMostDomains = 1 << 20;
// Blocks beyond these would wait for others to end anyway.
constexpr int64_t kMostBlocks = 4096;

struct Keys {
  Pairs pairs, other;
  uint32_t* sort_work;
  int32_t* heads;  // runs and chunks that start in a block of positions
};

// Memory handed out from an offset on.
struct Space {
  int64_t used = 0;
  int64_t take(int64_t words) {
    const int64_t at = used;
    used += (words * 4 + 255) / 256 * 256;
    return at;
  }
};

Keys keys_of(const mlora_cuda_batch& batch, Space& space) {
  const int64_t n = batch.capacity;
  const auto words = [&](int64_t count) { return pointer<uint32_t>(batch.memory + space.take(count)); };
  Keys keys;
  keys.pairs = {words(n), words(n)};
  keys.other = {words(n), words(n)};
  keys.sort_work = words(sort_work(n));
  keys.heads = reinterpret_cast<int32_t*>(words(2 * ceil_div(n, kThreads)));
  return keys;
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

MLORA_KERNEL collect(Batch batch, Pairs pairs) {
  const int64_t i = thread_in_grid();
  if (i >= batch.capacity) return;
  uint32_t key = static_cast<uint32_t>(batch.domain_count) + 1;
  if (i < batch.state->count) {
    const int64_t at = batch.state->from + i;
    const int64_t row = batch.order != nullptr ? batch.order[at] : at;
    key = static_cast<uint32_t>(batch.domains[row] + 1);
  }
  pairs.keys[i] = key;
  pairs.items[i] = static_cast<uint32_t>(i);
}

// First position whose key is not below key.
MLORA_DEVICE int lower_bound(const uint32_t* keys, int n, uint32_t key) {
  int low = 0, high = n;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (keys[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

struct Position {
  uint32_t key;
  int begin;  // of its run
  bool run_head, chunk_head;
};

MLORA_DEVICE Position look(const Batch& batch, const uint32_t* keys, int64_t p) {
  if (p >= batch.capacity) return {0, 0, false, false};
  const uint32_t key = keys[p];
  const int begin = lower_bound(keys, static_cast<int>(p) + 1, key);
  const int offset = static_cast<int>(p) - begin;
  return {key, begin, offset == 0, offset % batch.chunk_rows == 0};
}

MLORA_KERNEL count_heads(Batch batch, const uint32_t* keys, int32_t* heads) {
  SharedMemory memory;
  const Shared<int32_t> counts = memory.array<int32_t>(2 * 32);
  const Position at = look(batch, keys, thread_in_grid());
  const int runs = count_bits(ballot(at.run_head)), chunks = count_bits(ballot(at.chunk_head));
  if (lane() == 0) {
    counts[warp_in_block()] = runs;
    counts[32 + warp_in_block()] = chunks;
  }
  block_sync();
  if (thread_index() < 2) {
    int sum = 0;
    for (int w = 0; w < 32; ++w) sum += counts[32 * thread_index() + w];
    heads[2 * block_index() + thread_index()] = sum;
  }
}

// Sum over blocks before this one of one of the two counts, by a warp.
MLORA_DEVICE int before_block(const int32_t* heads, int which) {
  int sum = 0;
  for (int64_t block = lane(); block < block_index(); block += 32) sum += heads[2 * block + which];
  for (int mask = 16; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
  return sum;
}

MLORA_KERNEL place_heads(Batch batch, Pairs sorted, const int32_t* heads) {
  SharedMemory memory;
  const Shared<int32_t> counts = memory.array<int32_t>(2 * 32);
  const Shared<int32_t> before = memory.array<int32_t>(2);
  const int64_t p = thread_in_grid();
  const Position at = look(batch, sorted.keys, p);
  if (p < batch.capacity) {
    const int64_t number = sorted.items[p];
    const bool rest = at.key > static_cast<uint32_t>(batch.domain_count);
    int64_t row = 0;
    if (!rest) {
      row = batch.state->from + number;
      if (batch.order != nullptr) row = batch.order[row];
    }
    batch.row[p] = static_cast<int32_t>(row);
    batch.number[p] = static_cast<int32_t>(number);
    batch.domain[p] = rest ? kRest : static_cast<int32_t>(at.key) - 1;
  }
  if (warp_in_block() < 2) {
    const int sum = before_block(heads, warp_in_block());
    if (lane() == 0) before[warp_in_block()] = sum;
  }
  const uint32_t runs = ballot(at.run_head), chunks = ballot(at.chunk_head);
  if (lane() == 0) {
    counts[warp_in_block()] = count_bits(runs);
    counts[32 + warp_in_block()] = count_bits(chunks);
  }
  block_sync();
  const uint32_t below = (1u << lane()) - 1;
  int run = before[0] + count_bits(runs & below), chunk = before[1] + count_bits(chunks & below);
  for (int w = 0; w < warp_in_block(); ++w) {
    run += counts[w];
    chunk += counts[32 + w];
  }
  if (at.chunk_head) {
    const int end = lower_bound(sorted.keys, batch.capacity, at.key + 1);
    const int domain = at.key > static_cast<uint32_t>(batch.domain_count) ? kRest : static_cast<int>(at.key) - 1;
    const int left = end - static_cast<int>(p);
    // A head's own run is counted already at its first position and before all others.
    const int own = at.run_head ? run : run - 1;
    batch.chunks[chunk] = {domain, static_cast<int32_t>(p), left < batch.chunk_rows ? left : batch.chunk_rows, own};
    if (at.run_head) {
      batch.runs[own] = {domain, at.begin, chunk, (end - at.begin + batch.chunk_rows - 1) / batch.chunk_rows};
    }
  }
  if (p == batch.capacity - 1) {
    batch.counts[0] = run + (at.run_head ? 1 : 0);
    batch.counts[1] = chunk + (at.chunk_head ? 1 : 0);
  }
}

}  // namespace

int64_t blocks_for(int64_t n) { return std::min(n, kMostBlocks); }

mlora_cuda_batch_layout lay_out(int32_t capacity, int32_t domain_count) {
  Space space;
  mlora_cuda_batch_layout layout = lay_out(capacity, domain_count, space);
  mlora_cuda_batch nowhere = {};
  nowhere.capacity = capacity;
  keys_of(nowhere, space);
  layout.bytes = space.used;
  return layout;
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

void group(const mlora_cuda_batch& source, Stream stream) {
  const Batch batch = view(source);
  Space space;
  lay_out(source.capacity, source.domain_count, space);
  const Keys keys = keys_of(source, space);
  const int64_t n = batch.capacity, blocks = ceil_div(n, kThreads);
  launch(collect, ceil_div(n, 256), 256, 0, stream, batch, keys.pairs);
  const Pairs sorted =
      sort(keys.pairs, keys.other, n, bits_below(uint64_t(batch.domain_count) + 2), keys.sort_work, stream);
  const size_t shared = shared_size<int32_t>(2 * 32) + shared_size<int32_t>(2);
  if (blocks > 1) launch(count_heads, blocks, kThreads, shared, stream, batch, sorted.keys, keys.heads);
  launch(place_heads, blocks, kThreads, shared, stream, batch, sorted, keys.heads);
}

}  // namespace mlora::cuda
