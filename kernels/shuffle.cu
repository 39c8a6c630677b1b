// The order of an epoch: which row stands at each place of a shuffle, by a permutation that is a function
// (org.mlora.random.Shuffle, which says how and gives the same bits).
//
// order (rows), int32. A thread takes places a grid apart, so that a warp writes 128 bytes at once, and permutes
// each until it is a row: less than twice on average, but a warp waits for the last of its 32 places, about six
// times in the worst case (rows just above a power of two). The keys of the eight rounds are two calls of Philox
// for each thread.
//
// Bytes: the order once.
#include <algorithm>

#include "families.h"
#include "memory.h"
#include "philox.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kRounds = 8;

MLORA_DEVICE uint32_t mix(uint32_t x) {
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  return x * 0xC2B2AE35u;
}

MLORA_KERNEL shuffle_rows_of(int32_t* order, uint32_t rows, int upper, int lower, uint64_t key, uint32_t epoch) {
  uint32_t keys[kRounds / 4][4];
  MLORA_UNROLL
  for (uint32_t i = 0; i < kRounds / 4; ++i) {
    keys[i][0] = i;
    keys[i][1] = 0;
    keys[i][2] = epoch;
    keys[i][3] = 0;
    philox(keys[i], key);
  }
  for (int64_t place = thread_in_grid(); place < rows; place += threads_in_grid()) {
    uint32_t row = static_cast<uint32_t>(place);
    do {
      uint32_t high = row >> lower, low = row & ((1u << lower) - 1);
      MLORA_UNROLL
      for (int round = 0; round < kRounds; round += 2) {
        high ^= mix(low ^ keys[round / 4][round % 4]) >> (32 - upper);
        low ^= mix(high ^ keys[round / 4][round % 4 + 1]) >> (32 - lower);
      }
      row = high << lower | low;
    } while (row >= rows);
    order[place] = static_cast<int32_t>(row);
  }
}

}  // namespace

void shuffle_rows(uint64_t order, int32_t rows, int64_t key, int32_t epoch, Stream stream) {
  require(order != 0 && rows >= 0, "an order has a place, and no fewer than 0 rows");
  int bits = 10;
  while (bits < 31 && 1 << bits < rows) ++bits;
  launch(shuffle_rows_of, std::min<int64_t>(ceil_div(rows, kThreads), 4096), kThreads, 0, stream,
         pointer<int32_t>(order), static_cast<uint32_t>(rows), bits / 2, bits - bits / 2, static_cast<uint64_t>(key),
         static_cast<uint32_t>(epoch));
}

}  // namespace mlora::cuda
