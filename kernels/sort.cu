// Stable radix sort, digits of up to 10 bits, least significant first.
//
// A block takes a tile of 4096 pairs, each of its 8 warps 512 of them in order, 32 at a time. Lanes with
// the same digit find each other by match: the first of them takes the next places of that digit in the
// warp's own counters, so equal digits keep their order and nothing is atomic. One tile is sorted by one
// launch. Several take three: digits are counted by tile, the counts summed over tiles (a warp for each
// digit), and the pairs moved. Up to 1022 domains, a batch is sorted in one pass: a counting sort.
//
// Shared memory: 8 x 1024 counters and 1024 starts, 36 KB.
#include "sort.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kRounds = 16;
constexpr int kTile = kThreads * kRounds;
constexpr int kDigitBits = 10;
constexpr int kMostDigits = 1 << kDigitBits;

struct Digits {
  int shift;
  int count;  // a power of two
};

MLORA_DEVICE uint32_t digit_of(uint32_t key, Digits digits) {
  return key >> digits.shift & static_cast<uint32_t>(digits.count - 1);
}

// Counts the digits of the warp's pairs and gives each pair of this lane its rank among them.
MLORA_DEVICE void rank_in_warp(const uint32_t* keys, int64_t n, Digits digits, const Shared<int32_t>& counters,
                               int (&ranks)[kRounds]) {
  const int64_t first = block_index() * kTile + warp_in_block() * (kTile / kWarps);
  for (int round = 0; round < kRounds; ++round) {
    const int64_t i = first + round * 32 + lane();
    const uint32_t digit = i < n ? digit_of(keys[i], digits) : 0xFFFFFFFFu;
    const uint32_t same = match(digit);
    const int before = count_bits(same & ((1u << lane()) - 1));
    int start = 0;
    if (before == 0 && i < n) {
      const int at = warp_in_block() * digits.count + static_cast<int>(digit);
      start = counters[at];
      counters[at] = start + count_bits(same);
    }
    // What the first of the lanes with this digit counted is what the others start from.
    ranks[round] = shuffle(start, lowest_bit(same)) + before;
    warp_sync();
  }
}

MLORA_DEVICE void clear_counters(const Shared<int32_t>& counters, int count) {
  for (int i = thread_index(); i < count; i += kThreads) counters[i] = 0;
}

// counts[tile][digit]
MLORA_KERNEL count_digits(const uint32_t* keys, int64_t n, Digits digits, uint32_t* counts) {
  SharedMemory memory;
  const Shared<int32_t> counters = memory.array<int32_t>(kWarps * digits.count);
  clear_counters(counters, kWarps * digits.count);
  block_sync();
  int ranks[kRounds];
  rank_in_warp(keys, n, digits, counters, ranks);
  block_sync();
  for (int d = thread_index(); d < digits.count; d += kThreads) {
    int sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += counters[w * digits.count + d];
    counts[block_index() * digits.count + d] = static_cast<uint32_t>(sum);
  }
}

// Puts in place of each count the sum of the counts of the tiles before; the last row gets the totals.
MLORA_KERNEL sum_counts(uint32_t* counts, int tiles, int digit_count) {
  const int64_t digit = warp_in_grid();
  if (digit >= digit_count) return;
  uint32_t before = 0;
  for (int first = 0; first < tiles; first += 32) {
    const int tile = first + lane();
    const uint32_t own = tile < tiles ? counts[int64_t{tile} * digit_count + digit] : 0;
    uint32_t sum = own;
    for (int by = 1; by < 32; by *= 2) {
      const uint32_t other = shuffle_up(sum, by);
      if (lane() >= by) sum += other;
    }
    if (tile < tiles) counts[int64_t{tile} * digit_count + digit] = before + sum - own;
    before += shuffle(sum, 31);
  }
  if (lane() == 0) counts[int64_t{tiles} * digit_count + digit] = before;
}

// counts is null for a single tile.
MLORA_KERNEL move_pairs(Pairs from, Pairs to, int64_t n, Digits digits, const uint32_t* counts) {
  SharedMemory memory;
  const Shared<int32_t> counters = memory.array<int32_t>(kWarps * digits.count);
  const Shared<int32_t> warp_sums = memory.array<int32_t>(kWarps);
  clear_counters(counters, kWarps * digits.count);
  block_sync();
  int ranks[kRounds];
  rank_in_warp(from.keys, n, digits, counters, ranks);
  block_sync();

  // Where each digit starts: each thread sums the totals of a few digits in order, then all threads scan.
  const int each = (digits.count + kThreads - 1) / kThreads;
  const int first = thread_index() * each;
  int total = 0;
  for (int d = first; d < first + each && d < digits.count; ++d) {
    if (counts != nullptr) {
      total += static_cast<int>(counts[block_count() * digits.count + d]);
    } else {
      for (int w = 0; w < kWarps; ++w) total += counters[w * digits.count + d];
    }
  }
  int sum = total;
  for (int by = 1; by < 32; by *= 2) {
    const int other = shuffle_up(sum, by);
    if (lane() >= by) sum += other;
  }
  if (lane() == 31) warp_sums[warp_in_block()] = sum;
  block_sync();
  int start = sum - total;
  for (int w = 0; w < warp_in_block(); ++w) start += warp_sums[w];
  for (int d = first; d < first + each && d < digits.count; ++d) {
    int place = start;
    if (counts != nullptr) {
      place += static_cast<int>(counts[block_index() * digits.count + d]);
      start += static_cast<int>(counts[block_count() * digits.count + d]);
    }
    for (int w = 0; w < kWarps; ++w) {
      const int own = counters[w * digits.count + d];
      counters[w * digits.count + d] = place;
      place += own;
    }
    if (counts == nullptr) start = place;
  }
  block_sync();

  const int64_t tile = block_index() * kTile + warp_in_block() * (kTile / kWarps);
  for (int round = 0; round < kRounds; ++round) {
    const int64_t i = tile + round * 32 + lane();
    if (i < n) {
      const uint32_t key = from.keys[i];
      const int place = counters[warp_in_block() * digits.count + static_cast<int>(digit_of(key, digits))] + ranks[round];
      to.keys[place] = key;
      to.items[place] = from.items[i];
    }
  }
}

}  // namespace

int64_t sort_work(int64_t n) {
  const int64_t tiles = ceil_div(n, kTile);
  return tiles > 1 ? (tiles + 1) * kMostDigits : 0;
}

int bits_below(uint64_t limit) {
  int bits = 1;
  while (limit > uint64_t{1} << bits) ++bits;
  return bits;
}

bool sort_ends_in_other(int bits) { return (bits + kDigitBits - 1) / kDigitBits % 2 == 1; }

Pairs sort(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream) {
  const int64_t tiles = ceil_div(n, kTile);
  const int passes = (bits + kDigitBits - 1) / kDigitBits;
  const int digit_bits = (bits + passes - 1) / passes;
  for (int pass = 0; pass < passes; ++pass) {
    const Digits digits = {pass * digit_bits, 1 << digit_bits};
    const size_t shared = shared_size<int32_t>(kWarps * digits.count) + shared_size<int32_t>(kWarps);
    if (tiles > 1) {
      launch(count_digits, tiles, kThreads, shared, stream, pairs.keys, n, digits, work);
      launch(sum_counts, ceil_div(digits.count, kWarps), kThreads, 0, stream, work, static_cast<int>(tiles),
             digits.count);
    }
    const uint32_t* counts = tiles > 1 ? work : nullptr;
    launch(move_pairs, tiles, kThreads, shared, stream, pairs, other, n, digits, counts);
    const Pairs sorted = other;
    other = pairs;
    pairs = sorted;
  }
  return pairs;
}

}  // namespace mlora::cuda
