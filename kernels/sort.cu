// The parts of sort.h that know no source: the sums of counts over tiles, and the passes that move pairs.
#include "sort.h"

namespace mlora::cuda {
namespace {

constexpr int kSumThreads = 256;
constexpr int64_t kMostUnsummed = 64;

// Puts in place of each count the sum of the counts of the tiles before; the last row gets the totals. A warp for
// each digit.
MLORA_KERNEL sum_over_tiles(uint32_t* counts, int tiles, int digit_count) {
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

// next_counts is null in the last pass.
MLORA_KERNEL MLORA_BOUNDS(kSortThreads, 1) move_pairs(PairsSource from, Pairs to, int64_t n, Tiling tiling,
                                                        Digits digits, TileCounts counts, Digits next,
                                                        uint32_t* next_counts) {
  SharedMemory memory;
  const Shared<int32_t> counters = memory.array<int32_t>(kSortThreads / 32 * digits.count);
  const Shared<int32_t> sums = memory.array<int32_t>(kSortThreads / 32);
  const int rounds = tiling.rounds;
  Entry entries[kSortRounds];
  uint32_t own[kSortRounds];
  int ranks[kSortRounds];
  MLORA_UNROLL
  for (int round = 0; round < kSortRounds; ++round) own[round] = kNoDigit;
  read_entries<kSortRounds>(from, n, rounds, [&](int round, int64_t, Entry entry) {
    entries[round] = entry;
    own[round] = digit_of(entry.key, digits);
  });
  clear_counters(counters, digits.count);
  block_sync();
  rank_in_warp(own, rounds, digits.count, counters, ranks);
  block_sync();
  place_digits<kSortThreads / 32>(counts, digits.count, counters, sums, [](int, int) {});
  MLORA_UNROLL
  for (int round = 0; round < kSortRounds; ++round) {
    if (round >= rounds) continue;
    const bool there = own[round] != kNoDigit;
    uint32_t next_place = kNoDigit;
    if (there) {
      const int place = counters[warp_in_block() * digits.count + static_cast<int>(own[round])] + ranks[round];
      to.keys[place] = entries[round].key;
      to.items[place] = entries[round].item;
      if (next_counts != nullptr) {  // else there is no digit: a shift by all bits of a key
        next_place = static_cast<uint32_t>(place / tiling.size() * next.count) + digit_of(entries[round].key, next);
      }
    }
    if (next_counts == nullptr) continue;
    const uint32_t same = match(next_place);
    if (there && lowest_bit(same) == lane()) {
      atomic_add(reinterpret_cast<int32_t*>(next_counts) + next_place, count_bits(same));
    }
  }
}

}  // namespace

Tiling tiling_of(int64_t n) {
  Tiling tiling = {2, 0};
  while (tiling.rounds < kSortRounds && ceil_div(n, tiling.size()) > kMostUnsummed) tiling.rounds *= 2;
  tiling.tiles = ceil_div(n, tiling.size());
  return tiling;
}

size_t sort_tile_memory(int threads, int digit_count) {
  return shared_size<int32_t>(threads / 32 * digit_count) + shared_size<int32_t>(threads / 32);
}

TileCounts sum_counts(uint32_t* counts, int64_t tiles, int digit_count, Stream stream) {
  const bool summed = tiles > kMostUnsummed;
  if (summed) {
    launch(sum_over_tiles, ceil_div(digit_count, kSumThreads / 32), kSumThreads, 0, stream, counts,
           static_cast<int>(tiles), digit_count);
  }
  return {counts, static_cast<int>(tiles), summed};
}

int64_t sort_work(int64_t n) {
  // The most are three digits of 10 bits or four of 8.
  return n > kBlockPairs ? (tiling_of(n).tiles + 1) * 3 * kMostDigits : 0;
}

int bits_below(uint64_t limit) {
  int bits = 1;
  while (limit > uint64_t{1} << bits) ++bits;
  return bits;
}

bool sort_ends_in_other(int64_t n, int bits) { return n > kBlockPairs && passes_of(bits, kDigitBits) % 2 == 1; }

Pairs sort_listed(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream) {
  const Tiling tiling = tiling_of(n);
  const int passes = passes_of(bits, kDigitBits);
  for (int pass = 0; pass < passes; ++pass) {
    const Digits digits = digits_of(bits, kDigitBits, pass), next = digits_of(bits, kDigitBits, pass + 1);
    const int64_t words = (tiling.tiles + 1) * digits.count;
    const TileCounts counts = sum_counts(work + pass * words, tiling.tiles, digits.count, stream);
    uint32_t* const next_counts = pass + 1 < passes ? work + (pass + 1) * words : nullptr;
    launch(move_pairs, tiling.tiles, kSortThreads, sort_tile_memory(kSortThreads, digits.count), stream,
           PairsSource{pairs}, other, n, tiling, digits, counts, next, next_counts);
    const Pairs sorted = other;
    other = pairs;
    pairs = sorted;
  }
  return pairs;
}

Pairs sort(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream) {
  return sort(PairsSource{pairs}, pairs, other, n, bits, work, stream);
}

}  // namespace mlora::cuda
