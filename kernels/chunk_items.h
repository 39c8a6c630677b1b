// How blocks share out products over the rows of chunks: each takes a piece of a chunk's rows and a tile of columns
// (see product.h).
#ifndef MLORA_KERNELS_CHUNK_ITEMS_H
#define MLORA_KERNELS_CHUNK_ITEMS_H

#include "batch.h"
#include "product.h"

namespace mlora::cuda {

// What a block does: a piece of a chunk, and the first column.
struct Item {
  Chunk chunk;
  int row, column;  // first row, in the chunk
};

// Item i, where a row of the batch is so many rows of the matrices.
template <typename Tile>
MLORA_DEVICE Item item_of(const Batch& batch, int64_t i, int rows_each, int columns) {
  const int pieces = (batch.chunk_rows * rows_each + Tile::kRows - 1) / Tile::kRows;
  const int tiles = (columns + Tile::kColumns - 1) / Tile::kColumns;
  const int64_t piece = i / tiles;
  return {batch.chunks[piece / pieces], static_cast<int>(piece % pieces) * Tile::kRows,
          static_cast<int>(i % tiles) * Tile::kColumns};
}
template <typename Tile>
MLORA_BOTH int64_t items_of(int64_t chunks, int chunk_rows, int rows_each, int columns) {
  return chunks * ((chunk_rows * rows_each + Tile::kRows - 1) / Tile::kRows) *
         ((columns + Tile::kColumns - 1) / Tile::kColumns);
}

}  // namespace mlora::cuda
#endif
