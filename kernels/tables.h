// Tables and their uses in a batch, as the kernels of tables.cu and table_update.cu see them.
#ifndef MLORA_KERNELS_TABLES_H
#define MLORA_KERNELS_TABLES_H

#include "batch.h"
#include "optimizer.h"
#include "sort.h"

namespace mlora::cuda {

// Sorted entries in one tile of table_update.cu: where a tile's entries take their time one after the other, few.
constexpr int64_t kFewEntries = 1 << 14;
inline int entry_tile(int64_t entries) { return entries > kFewEntries ? 32 : 8; }
// An entry's item: the use and the position.
constexpr int kPositionBits = 22;

struct Use {
  int32_t table, kind, pooling, column;
  const int32_t* ids;
  const int64_t* offsets;
  uint64_t gradient;
  int32_t gradient_ld;
};

struct Tables {
  Parameter table[MLORA_CUDA_MOST];
  int64_t first_key[MLORA_CUDA_MOST + 1];  // key of row 0 of a table
  Use use[MLORA_CUDA_MOST];
  int table_count, use_count;
  int id_uses;        // the first uses have an entry for each position, the others are bags
  int64_t entries;    // slots of entries: id_uses x C and those of bags
  int64_t bag_entries;
  int widest;

  MLORA_DEVICE uint32_t no_key() const { return static_cast<uint32_t>(first_key[table_count]); }
  MLORA_DEVICE int table_of(uint32_t key) const {
    int t = 0;
    while (key >= first_key[t + 1]) ++t;
    return t;
  }
};

// Where in the memory of mlora_cuda_tables things lie.
struct TableMemory {
  int32_t* dropped;
  Pairs pairs, other;
  Pairs sorted;        // the one of the two that the sort ends in
  uint32_t* sort_work;
  int64_t* bag_counts; // by block of positions, and in all
  float* heads;        // (tiles, widest): sums of a tile's first row, where it began before the tile
  float* tails;        // of its last row, where it goes on after the tile
  int64_t bytes;
};

Tables tables_of(const mlora_cuda_tables& tables, int32_t capacity, const Settings* settings);
TableMemory table_memory(const mlora_cuda_tables& source, const Tables& tables, int32_t capacity);

}  // namespace mlora::cuda
#endif
