// Stable sort of (key, item) pairs by the lower bits of the key, least significant digits first.
//
// The pairs come from a source, which says of each where it is and then what it is (see read_entries), so that
// listing them costs no launch of its own. Up to 4096 are sorted by one block in one launch: digits of up to 7 bits,
// the pairs in shared memory between the passes, 48 KB with 32 x 128 counters. More are cut into tiles of 1024 to
// 4096, a block of 512 threads each, digits of up to 10 bits: one launch lists the pairs and counts the first digit
// by tile, and one for each digit moves them and counts the next digit where they come to lie (atomic, but the sums
// are whole numbers). A block sums the counts of the tiles itself where these are at most 64, up to 262144 pairs;
// of more tiles they are summed by one more launch for each digit.
//
// Shared memory of a tile: 16 x 1024 counters, 64 KB, at most.
#ifndef MLORA_KERNELS_SORT_H
#define MLORA_KERNELS_SORT_H

#include "sort_tile.h"

namespace mlora::cuda {

// Words of work space that a sort of n pairs needs besides two Pairs.
int64_t sort_work(int64_t n);
// Bits that hold keys [0, limit).
int bits_below(uint64_t limit);
// Whether a sort of n pairs by that many bits leaves its result in the second Pairs it is given.
bool sort_ends_in_other(int64_t n, int bits);
// Sorts n pairs by bits [0, bits) of their keys; uses both and returns which of them has the result.
Pairs sort(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream);

// The parts of a sort that the source has none of.
constexpr int kSortThreads = 512;
constexpr int kSortRounds = 8;
constexpr int kDigitBits = 10;
constexpr int kBlockThreads = 1024;
constexpr int kBlockRounds = 4;
constexpr int kBlockDigitBits = 7;
constexpr int64_t kBlockPairs = kBlockThreads * kBlockRounds;

struct Tiling {
  int rounds;
  int64_t tiles;

  MLORA_BOTH int size() const { return rounds * kSortThreads; }
};
Tiling tiling_of(int64_t n);
size_t sort_tile_memory(int threads, int digit_count);
// Sums counts over tiles where blocks do not.
TileCounts sum_counts(uint32_t* counts, int64_t tiles, int digit_count, Stream stream);
// All passes, of pairs whose first digit is counted.
Pairs sort_listed(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream);

template <typename Source>
MLORA_KERNEL MLORA_BOUNDS(kBlockThreads, 1) sort_in_block(Source source, Pairs to, int n, int bits) {
  SharedMemory memory;
  const int rounds = (n + kBlockThreads - 1) / kBlockThreads;
  const int passes = passes_of(bits, kBlockDigitBits);
  const Shared<int32_t> counters =
      memory.array<int32_t>(kBlockThreads / 32 * digits_of(bits, kBlockDigitBits, 0).count);
  const Shared<int32_t> sums = memory.array<int32_t>(kBlockThreads / 32);
  const Shared<uint32_t> keys = memory.array<uint32_t>(kBlockPairs);
  const Shared<uint32_t> items = memory.array<uint32_t>(kBlockPairs);
  Entry entries[kBlockRounds];
  read_entries<kBlockRounds>(source, n, rounds, [&](int round, int64_t, Entry entry) { entries[round] = entry; });
  const int first = static_cast<int>(first_entry(rounds));
  for (int pass = 0; pass < passes; ++pass) {
    const Digits digits = digits_of(bits, kBlockDigitBits, pass);
    clear_counters(counters, digits.count);
    block_sync();
    uint32_t own[kBlockRounds];
    int ranks[kBlockRounds];
    MLORA_UNROLL
    for (int round = 0; round < kBlockRounds; ++round) {
      own[round] = kNoDigit;
      if (round < rounds && first + 32 * round < n) own[round] = digit_of(entries[round].key, digits);
    }
    rank_in_warp(own, rounds, digits.count, counters, ranks);
    block_sync();
    place_digits<kBlockThreads / 32>(TileCounts{}, digits.count, counters, sums, [](int, int) {});
    MLORA_UNROLL
    for (int round = 0; round < kBlockRounds; ++round) {
      if (round >= rounds || first + 32 * round >= n) continue;
      const int place = counters[warp_in_block() * digits.count + static_cast<int>(own[round])] + ranks[round];
      keys[place] = entries[round].key;
      items[place] = entries[round].item;
    }
    block_sync();
    MLORA_UNROLL
    for (int round = 0; round < kBlockRounds; ++round) {
      const int i = first + 32 * round;
      if (round < rounds && i < n) entries[round] = {keys[i], items[i]};
    }
  }
  MLORA_UNROLL
  for (int round = 0; round < kBlockRounds; ++round) {
    if (round >= rounds || first + 32 * round >= n) continue;
    to.keys[first + 32 * round] = entries[round].key;
    to.items[first + 32 * round] = entries[round].item;
  }
}

// Writes the pairs of the source, counts their digits by tile, and clears the counts of the other digits.
template <typename Source>
MLORA_KERNEL MLORA_BOUNDS(kSortThreads, 2) list_pairs(Source source, Pairs to, int64_t n, int rounds, Digits digits,
                                                        uint32_t* counts, uint32_t* others, int64_t other_words) {
  SharedMemory memory;
  const Shared<int32_t> counters = memory.array<int32_t>(kSortThreads / 32 * digits.count);
  clear_counters(counters, digits.count);
  for (int64_t i = thread_in_grid(); i < other_words; i += threads_in_grid()) others[i] = 0;
  uint32_t own[kSortRounds];
  int ranks[kSortRounds];
  MLORA_UNROLL
  for (int round = 0; round < kSortRounds; ++round) own[round] = kNoDigit;
  read_entries<kSortRounds>(source, n, rounds, [&](int round, int64_t i, Entry entry) {
    own[round] = digit_of(entry.key, digits);
    to.keys[i] = entry.key;
    to.items[i] = entry.item;
  });
  block_sync();
  rank_in_warp(own, rounds, digits.count, counters, ranks);
  block_sync();
  for (int d = thread_index(); d < digits.count; d += kSortThreads) {
    int sum = 0;
    for (int w = 0; w < kSortThreads / 32; ++w) sum += counters[w * digits.count + d];
    counts[block_index() * digits.count + d] = static_cast<uint32_t>(sum);
  }
}

// Launches it, and returns how the pairs are cut.
template <typename Source>
Tiling list(const Source& source, Pairs pairs, int64_t n, int bits, uint32_t* work, Stream stream) {
  const Tiling tiling = tiling_of(n);
  const Digits digits = digits_of(bits, kDigitBits, 0);
  const int64_t words = (tiling.tiles + 1) * digits.count;
  launch(list_pairs<Source>, tiling.tiles, kSortThreads, sort_tile_memory(kSortThreads, digits.count), stream, source,
         pairs, n, tiling.rounds, digits, work, work + words, (passes_of(bits, kDigitBits) - 1) * words);
  return tiling;
}

// The same of the pairs of a source.
template <typename Source>
Pairs sort(const Source& source, Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream) {
  if (n <= kBlockPairs) {
    const size_t memory = sort_tile_memory(kBlockThreads, digits_of(bits, kBlockDigitBits, 0).count) +
                          2 * shared_size<uint32_t>(static_cast<int>(kBlockPairs));
    launch(sort_in_block<Source>, 1, kBlockThreads, memory, stream, source, pairs, static_cast<int>(n), bits);
    return pairs;
  }
  list(source, pairs, n, bits, work, stream);
  return sort_listed(pairs, other, n, bits, work, stream);
}

}  // namespace mlora::cuda
#endif
