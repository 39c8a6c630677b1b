// group_by_domain: the batch sorted by domain, cut into runs (of one domain) and chunks (of up to
// chunk_rows rows of a run), in device memory.
//
// The sort is stable, with key domain + 1: rows of unknown domain come first, and the rest [count, C) of a short batch
// last, as a run of its own. Up to 1022 domains, the key is one digit: a counting sort, whose counts tell runs and
// chunks too, so that the block that moves the rows writes everything: one launch for up to 4096 rows; beyond them
// one that lists the keys and counts them by tile, and one that moves.
//
// Of more domains the keys are sorted (sort.h). Then each thread takes a position, finds its run's ends by bisection
// in the sorted keys (up to 22 reads that all hit the caches) and so knows whether a run or a chunk starts there;
// both are numbered by a scan. Blocks of 1024 positions: one launch for up to 1024 rows, else one to count heads by
// block and one to place them.
#include "group.h"

#include "families.h"
#include "sort.h"

namespace mlora::cuda {
namespace {

MLORA_DEVICE int32_t row_at(const Batch& batch, int64_t number) {
  if (number >= batch.state->count) return -1;
  const int64_t at = batch.state->from + number;
  return batch.order != nullptr ? batch.order[at] : static_cast<int32_t>(at);
}

// The rows of the batch by number.
struct RowSource {
  Batch batch;

  struct Place {
    int32_t row, domain;
  };
  MLORA_DEVICE Place place(int64_t number) const { return {row_at(batch, number), batch.domain_count}; }
  MLORA_DEVICE void fetch(int64_t, Place& place) const {
    if (place.row >= 0) place.domain = batch.domains[place.row];
  }
  MLORA_DEVICE Entry entry(int64_t number, const Place& place) const {
    return {static_cast<uint32_t>(place.domain + 1), static_cast<uint32_t>(number)};
  }
};

MLORA_DEVICE int domain_of(const Batch& batch, uint32_t key) {
  return key > static_cast<uint32_t>(batch.domain_count) ? kRest : static_cast<int>(key) - 1;
}

// All that a batch of keys of one digit needs. A block for each tile.
template <typename Source>
MLORA_KERNEL MLORA_BOUNDS(kSortThreads, 1) place_rows(Batch batch, Source source, int rounds, int digit_count,
                                                        TileCounts tiles) {
  SharedMemory memory;
  const Shared<int32_t> counters = memory.array<int32_t>(kSortThreads / 32 * digit_count);
  const Shared<int32_t> sums = memory.array<int32_t>(kSortThreads / 32);
  const Shared<int32_t> starts = memory.array<int32_t>(digit_count + 1);
  const Shared<int32_t> runs = memory.array<int32_t>(digit_count);
  const Shared<int32_t> chunks = memory.array<int32_t>(digit_count);
  const int64_t first = first_entry(rounds);
  uint32_t keys[kSortRounds];
  int32_t rows[kSortRounds];
  int ranks[kSortRounds];
  MLORA_UNROLL
  for (int round = 0; round < kSortRounds; ++round) {
    keys[round] = kNoDigit;
    if (round < rounds && first + 32 * round < batch.capacity) rows[round] = row_at(batch, first + 32 * round);
  }
  read_entries<kSortRounds>(source, batch.capacity, rounds,
                            [&](int round, int64_t, Entry entry) { keys[round] = entry.key; });
  clear_counters(counters, digit_count);
  if (thread_index() == 0) starts[digit_count] = batch.capacity;
  block_sync();
  rank_in_warp(keys, rounds, digit_count, counters, ranks);
  block_sync();
  place_digits<kSortThreads / 32>(tiles, digit_count, counters, sums,
                                  [&](int digit, int start) { starts[digit] = start; });

  const int each = (digit_count + kSortThreads - 1) / kSortThreads, own = thread_index() * each;
  const auto rows_of = [&](int digit) { return digit < digit_count ? starts[digit + 1] - starts[digit] : 0; };
  const auto chunks_of = [&](int size) { return (size + batch.chunk_rows - 1) / batch.chunk_rows; };
  int run_count = 0, chunk_count = 0;
  for (int digit = own; digit < own + each; ++digit) {
    run_count += rows_of(digit) > 0 ? 1 : 0;
    chunk_count += chunks_of(rows_of(digit));
  }
  int run = sum_before(run_count, sums), chunk = sum_before(chunk_count, sums);
  for (int digit = own; digit < own + each; ++digit) {
    const int size = rows_of(digit), count = chunks_of(size);
    if (size == 0) continue;
    runs[digit] = run;
    chunks[digit] = chunk;
    if (block_index() == 0) {
      batch.runs[run] = {domain_of(batch, static_cast<uint32_t>(digit)), starts[digit], chunk, count};
    }
    ++run;
    chunk += count;
  }
  if (block_index() == 0 && thread_index() == kSortThreads - 1) {
    batch.counts[0] = run;
    batch.counts[1] = chunk;
  }
  block_sync();

  MLORA_UNROLL
  for (int round = 0; round < kSortRounds; ++round) {
    if (round >= rounds || first + 32 * round >= batch.capacity) continue;
    const int digit = static_cast<int>(keys[round]), domain = domain_of(batch, keys[round]);
    const int p = counters[warp_in_block() * digit_count + digit] + ranks[round];
    batch.row[p] = domain == kRest ? 0 : rows[round];
    batch.number[p] = static_cast<int32_t>(first + 32 * round);
    batch.domain[p] = domain;
    const int offset = p - starts[digit], left = starts[digit + 1] - p;
    if (offset % batch.chunk_rows == 0) {
      batch.chunks[chunks[digit] + offset / batch.chunk_rows] = {
          domain, p, left < batch.chunk_rows ? left : batch.chunk_rows, runs[digit]};
    }
  }
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

MLORA_KERNEL MLORA_BOUNDS(kHeadThreads, 1) count_heads(Batch batch, const uint32_t* keys, int32_t* heads) {
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

MLORA_KERNEL MLORA_BOUNDS(kHeadThreads, 1) place_heads(Batch batch, Pairs sorted, const int32_t* heads) {
  SharedMemory memory;
  const Shared<int32_t> counts = memory.array<int32_t>(2 * 32);
  const Shared<int32_t> before = memory.array<int32_t>(2);
  const int64_t p = thread_in_grid();
  const Position at = look(batch, sorted.keys, p);
  if (p < batch.capacity) {
    const int64_t number = sorted.items[p];
    const int domain = domain_of(batch, at.key);
    batch.row[p] = domain == kRest ? 0 : row_at(batch, number);
    batch.number[p] = static_cast<int32_t>(number);
    batch.domain[p] = domain;
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
    const int domain = domain_of(batch, at.key);
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

// Launches place_rows, which reads from the source.
template <typename Source>
void place(const Batch& batch, const Source& source, int rounds, int64_t blocks, int digit_count,
           const TileCounts& tiles, Stream stream) {
  const size_t shared = sort_tile_memory(kSortThreads, digit_count) + shared_size<int32_t>(digit_count + 1) +
                        2 * shared_size<int32_t>(digit_count);
  launch(place_rows<Source>, blocks, kSortThreads, shared, stream, batch, source, rounds, digit_count, tiles);
}

}  // namespace

void group(const mlora_cuda_batch& source, Stream stream) {
  const Batch batch = view(source);
  const BatchWork work = work_of(source);
  const RowSource rows = {batch};
  const int64_t n = batch.capacity, blocks = ceil_div(n, kHeadThreads);
  const int bits = bits_below(static_cast<uint64_t>(batch.domain_count) + 2);
  if (bits <= kDigitBits) {
    const Digits digits = digits_of(bits, kDigitBits, 0);
    if (n <= kSortThreads * kSortRounds) {
      place(batch, rows, static_cast<int>(ceil_div(n, kSortThreads)), 1, digits.count, TileCounts{}, stream);
      return;
    }
    const Tiling tiling = list(rows, work.pairs, n, bits, work.sort_work, stream);
    const TileCounts counts = sum_counts(work.sort_work, tiling.tiles, digits.count, stream);
    place(batch, PairsSource{work.pairs}, tiling.rounds, tiling.tiles, digits.count, counts, stream);
    return;
  }
  const Pairs sorted = sort(rows, work.pairs, work.other, n, bits, work.sort_work, stream);
  const size_t shared = shared_size<int32_t>(2 * 32) + shared_size<int32_t>(2);
  if (blocks > 1) launch(count_heads, blocks, kHeadThreads, shared, stream, batch, sorted.keys, work.heads);
  launch(place_heads, blocks, kHeadThreads, shared, stream, batch, sorted, work.heads);
}

}  // namespace mlora::cuda
