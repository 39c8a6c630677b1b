// A tile of a stable sort by digits: a block's entries in order, their ranks among those of the same digit, and the
// places that follow.
//
// Each warp takes stretches of 32 entries one after the other. Lanes with the same digit find each other by match:
// the first of them takes the next places of that digit in the warp's own counters (counters[warp][digit]), so equal
// digits keep their order and nothing is atomic.
#ifndef MLORA_KERNELS_SORT_TILE_H
#define MLORA_KERNELS_SORT_TILE_H

#include "hardware.h"

namespace mlora::cuda {

struct Pairs {
  uint32_t* keys;
  uint32_t* items;
};
struct Entry {
  uint32_t key, item;
};

struct Digits {
  int shift;
  int count;  // a power of two
};
constexpr int kMostDigits = 1024;
// Keys of so many bits in digits of at most so many.
MLORA_BOTH int passes_of(int bits, int most) { return (bits + most - 1) / most; }
MLORA_BOTH Digits digits_of(int bits, int most, int pass) {
  const int passes = passes_of(bits, most), digit_bits = (bits + passes - 1) / passes;
  return {pass * digit_bits, 1 << digit_bits};
}
// The digit of what is no entry.
constexpr uint32_t kNoDigit = 0xFFFFFFFFu;

MLORA_DEVICE uint32_t digit_of(uint32_t key, Digits digits) {
  return key >> digits.shift & static_cast<uint32_t>(digits.count - 1);
}

// Entries that lie in memory already.
struct PairsSource {
  Pairs pairs;

  using Place = Entry;
  MLORA_DEVICE Place place(int64_t i) const { return {pairs.keys[i], pairs.items[i]}; }
  MLORA_DEVICE void fetch(int64_t, Place&) const {}
  MLORA_DEVICE Entry entry(int64_t, const Place& place) const { return place; }
};

// A thread's entries are this one, and each 32 after it, so many rounds.
MLORA_DEVICE int64_t first_entry(int rounds) {
  return block_index() * rounds * thread_count() + warp_in_block() * rounds * 32 + lane();
}

// Reads the thread's entries from a source, which says of each where it is, fetches it, and then looks at it, so
// that the loads of all rounds are in flight together. Calls put(round, i, entry).
template <int Most, typename Source, typename Put>
MLORA_DEVICE void read_entries(const Source& source, int64_t n, int rounds, const Put& put) {
  const int64_t first = first_entry(rounds);
  typename Source::Place places[Most];
  MLORA_UNROLL
  for (int round = 0; round < Most; ++round) {
    if (round < rounds && first + 32 * round < n) places[round] = source.place(first + 32 * round);
  }
  MLORA_UNROLL
  for (int round = 0; round < Most; ++round) {
    if (round < rounds && first + 32 * round < n) source.fetch(first + 32 * round, places[round]);
  }
  MLORA_UNROLL
  for (int round = 0; round < Most; ++round) {
    const int64_t i = first + 32 * round;
    if (round < rounds && i < n) put(round, i, source.entry(i, places[round]));
  }
}

MLORA_DEVICE void clear_counters(const Shared<int32_t>& counters, int count) {
  for (int i = thread_index(); i < count * (thread_count() / 32); i += thread_count()) counters[i] = 0;
}

// The rank of each of the thread's entries among the warp's entries of its digit; counts them.
template <int Most>
MLORA_DEVICE void rank_in_warp(const uint32_t (&digits)[Most], int rounds, int digit_count,
                               const Shared<int32_t>& counters, int (&ranks)[Most]) {
  MLORA_UNROLL
  for (int round = 0; round < Most; ++round) {
    if (round >= rounds) continue;
    const uint32_t digit = digits[round], same = match(digit);
    const int before = count_bits(same & ((1u << lane()) - 1));
    int start = 0;
    if (before == 0 && digit != kNoDigit) {
      const int at = warp_in_block() * digit_count + static_cast<int>(digit);
      start = counters[at];
      counters[at] = start + count_bits(same);
    }
    // What the first of the lanes with this digit counted is what the others start from.
    ranks[round] = shuffle(start, lowest_bit(same)) + before;
    warp_sync();
  }
}

// Sum of the values of the threads before this one. sums has a place for each warp, and is free again after it.
MLORA_DEVICE int sum_before(int value, const Shared<int32_t>& sums) {
  int sum = value;
  for (int by = 1; by < 32; by *= 2) {
    const int other = shuffle_up(sum, by);
    if (lane() >= by) sum += other;
  }
  if (lane() == 31) sums[warp_in_block()] = sum;
  block_sync();
  int before = lane() < warp_in_block() ? static_cast<int>(sums[lane()]) : 0;
  for (int mask = 16; mask > 0; mask /= 2) before += shuffle_xor(before, mask);
  block_sync();
  return before + sum - value;
}

// Counts of digits by tile, [tile][digit]; summed over the tiles before, with the totals behind them, where there are
// many tiles. Null where a tile is all there is.
struct TileCounts {
  const uint32_t* counts;
  int tiles;
  bool summed;
};

// Entries of a digit in the tiles before this one, and in all of them.
struct DigitCount {
  int before, total;
};
MLORA_DEVICE DigitCount count_of(const TileCounts& source, int digit_count, int digit) {
  const uint32_t* const counts = source.counts + digit;
  if (source.summed) {
    return {static_cast<int>(counts[block_index() * digit_count]),
            static_cast<int>(counts[int64_t{source.tiles} * digit_count])};
  }
  DigitCount out = {0, 0};
  constexpr int kFlight = 16;
  for (int first = 0; first < source.tiles; first += kFlight) {
    uint32_t count[kFlight];
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) count[k] = first + k < source.tiles ? counts[(first + k) * digit_count] : 0;
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) {
      if (first + k < block_index()) out.before += static_cast<int>(count[k]);
      out.total += static_cast<int>(count[k]);
    }
  }
  return out;
}

// Puts in place of each of the tile's counters where the warp's first entry of the digit goes. Calls
// told(digit, start) with the place of the first entry of each digit. A block has so many warps, a multiple of 8.
template <int Warps, typename Told>
MLORA_DEVICE void place_digits(const TileCounts& tiles, int digit_count, const Shared<int32_t>& counters,
                               const Shared<int32_t>& sums, const Told& told) {
  constexpr int kEach = 2;
  const int each = (digit_count + thread_count() - 1) / thread_count(), first = thread_index() * each;
  const int left = digit_count - first, own_digits = left < each ? left : each;
  DigitCount counts[kEach];
  int total = 0;
  MLORA_UNROLL
  for (int k = 0; k < kEach; ++k) {
    if (k >= own_digits) continue;
    counts[k] = {0, 0};
    if (tiles.counts != nullptr) {
      counts[k] = count_of(tiles, digit_count, first + k);
    } else {
      MLORA_ROLLED
      for (int w = 0; w < Warps; w += 8) {
        MLORA_UNROLL
        for (int i = 0; i < 8; ++i) counts[k].total += counters[(w + i) * digit_count + first + k];
      }
    }
    total += counts[k].total;
  }
  int start = sum_before(total, sums);
  MLORA_UNROLL
  for (int k = 0; k < kEach; ++k) {
    if (k >= own_digits) continue;
    told(first + k, start);
    int place = start + counts[k].before;
    constexpr int kFlight = 8;
    MLORA_ROLLED
    for (int w = 0; w < Warps; w += kFlight) {
      int own[kFlight];
      const int at = w * digit_count + first + k;
      MLORA_UNROLL
      for (int i = 0; i < kFlight; ++i) own[i] = counters[at + i * digit_count];
      MLORA_UNROLL
      for (int i = 0; i < kFlight; ++i) {
        counters[at + i * digit_count] = place;
        place += own[i];
      }
    }
    start += counts[k].total;
  }
  block_sync();
}

}  // namespace mlora::cuda
#endif
