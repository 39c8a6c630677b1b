// Stable sort of (key, item) pairs by the lower bits of the key.
#ifndef MLORA_KERNELS_SORT_H
#define MLORA_KERNELS_SORT_H

#include "hardware.h"

namespace mlora::cuda {

struct Pairs {
  uint32_t* keys;
  uint32_t* items;
};

// Words of work space that a sort of n pairs needs besides two Pairs.
int64_t sort_work(int64_t n);
// Bits that hold keys [0, limit).
int bits_below(uint64_t limit);
// Whether a sort by that many bits leaves its result in the second Pairs it is given.
bool sort_ends_in_other(int bits);
// Sorts n pairs by bits [0, bits) of their keys; uses both and returns which of them has the result.
Pairs sort(Pairs pairs, Pairs other, int64_t n, int bits, uint32_t* work, Stream stream);

}  // namespace mlora::cuda
#endif
