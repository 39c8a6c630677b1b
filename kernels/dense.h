// What the kernels of dense layers share: the pieces of a chunk, the way down to the ranks and up from them, and the
// checks of the layer's struct.
//
// A block of 8 warps takes a chunk: G granules of 16 rows, as many as the chunk has, rounded up to a power
// of two, and 8 / G warps for each. The warps of a granule share the long sums over k (each takes every
// (8 / G)th piece of 32, their sums are added in order through shared memory) and, later, the columns to
// write. So a chunk of a few rows, of a small batch or a small domain, keeps 8 warps busy as well as one of
// 128 rows. Where a granule has one warp, nothing but the staging of factors needs a barrier of the block: warps
// drift apart, and the arithmetic of one hides the memory of another.
//
// Between 4096 and 65536 rows there are fewer chunks than blocks that fit on a device. There blocks share a chunk,
// pieces of 32 rows or more; nothing but rows is written, so that nobody else knows of them.
//
// Factors lie in shared memory as fragments (see low_rank.h), whole where they fit (12 KB for 384 x 16 in bf16),
// otherwise a panel of columns and up to kTiles tiles of ranks after the other.
#ifndef MLORA_KERNELS_DENSE_H
#define MLORA_KERNELS_DENSE_H

#include "batch.h"
#include "dropout.h"
#include "low_rank.h"

namespace mlora::cuda {

// Blocks that are to fit on an SM. With 4, a batch of 65536 rows, 512 chunks and a few more, is in flight at once.
// FP32 has its parts of sums in registers, and gets as many as there are.
template <int Precision>
constexpr int kBlocks = Precision == MLORA_CUDA_FP32 ? 1 : Precision == MLORA_CUDA_BF16 ? 4 : 2;

// Blocks that share a chunk, as a power of two.
int split_of(const Batch& batch);
// The block's chunk.
MLORA_DEVICE int64_t chunk_of(int split) { return block_index() >> split; }
// The block's piece of it; no rows where it has fewer pieces.
MLORA_DEVICE Chunk piece_of(const Batch& batch, int split) {
  if (chunk_of(split) >= batch.chunk_count()) return {};
  Chunk piece = batch.chunks[chunk_of(split)];
  const int rows = batch.chunk_rows >> split, before = (static_cast<int>(block_index()) & ((1 << split) - 1)) * rows;
  piece.begin += before;
  piece.rows = piece.rows - before < rows ? piece.rows - before : rows;
  return piece;
}

// A lane's place in a piece of a chunk, which the places below call a chunk, as most are whole.
struct Place {
  int granules, sharers;  // warps for each granule
  int granule, share;     // of this warp
  int begin, rows;        // of the chunk

  // Rows g and g + 8 of the granule in the chunk.
  MLORA_DEVICE int row(int r) const { return 16 * granule + lane() / 4 + 8 * r; }
  MLORA_DEVICE bool valid(int r) const { return row(r) < rows; }
  // Whether the granule has rows.
  MLORA_DEVICE bool used() const { return 16 * granule < rows; }
  // From a piece of 32 columns to the warp's next.
  MLORA_DEVICE int step() const { return 32 * sharers; }
};

MLORA_DEVICE Place place_in(const Chunk& chunk) {
  int bits = 0;
  while (16 << bits < chunk.rows) ++bits;
  return {1 << bits, kDenseWarps >> bits, warp_in_block() & ((1 << bits) - 1), warp_in_block() >> bits,
          chunk.begin, chunk.rows};
}

// The warps of a granule wait for each other.
MLORA_DEVICE void granule_sync(const Place& at) {
  if (at.sharers == 1) {
    warp_sync();
  } else {
    block_sync();
  }
}

// Pieces of 32 columns that a panel has, given the bytes of a piece and of the panel.
MLORA_BOTH constexpr int pieces_of(int columns, int piece_bytes, int bytes) {
  const int fit = bytes / piece_bytes, all = round_up(columns, 32) / 32;
  return fit < 1 ? 1 : fit < all ? fit : all;
}

// Shared memory of a dense layer: sums of each warp (tiles, lane), and a panel of each factor.
template <int Precision>
struct Panels {
  int rank, down, up;     // columns of the factors
  int tiles;              // of the rank
  int down_pieces, up_pieces;

  Panels(int rank, int down, int up) : rank(rank), down(down), up(up), tiles(round_up(rank, 8 * kTiles) / 8) {
    const int tile = static_cast<int>(sizeof(Quad)) * kTileQuads<Precision>;
    // All of it has to fit in the 99 KB of the smallest GPUs.
    down_pieces = pieces_of(down, tile * kTiles, (rank > 64 ? 16 : 24) * 1024);
    up_pieces = pieces_of(up, tile * (rank > 0 ? tiles : 1), 16 * 1024);
  }
  MLORA_BOTH int sums_size() const { return 32 * kDenseWarps * tiles; }
  MLORA_BOTH int down_size() const { return rank > 0 ? down_pieces * kTiles * kTileQuads<Precision> : 0; }
  MLORA_BOTH int up_size() const { return up_pieces * tiles * kTileQuads<Precision>; }
  size_t shared() const {
    return shared_size<Quad>(sums_size()) + shared_size<Quad>(down_size()) + shared_size<Quad>(up_size());
  }
};

// Rows of a chunk in a matrix. A lane's place in them fits an int, so that only that takes registers of its own.
template <typename E>
struct ChunkRows {
  E* first;
  int ld;

  MLORA_DEVICE ChunkRows(uint64_t matrix, int ld, const Place& at)
      : first(pointer<E>(matrix) + static_cast<int64_t>(at.begin) * ld), ld(ld) {}
  MLORA_DEVICE E* at(int row, int column) const { return first + static_cast<unsigned>(row * ld + column); }
  // In row g or g + 8 of the lane's granule.
  MLORA_DEVICE E* at(const Place& place, int r, int column) const { return at(place.row(0), column) + 8 * r * ld; }
};
// Writes the lane's columns from first on of both its rows, where they lie in the chunk and in that width.
template <typename E>
MLORA_DEVICE void store_rows(const ChunkRows<E>& rows, const Place& place, int first, int width,
                             const Octet<E> (&values)[2]) {
  MLORA_UNROLL
  for (int r = 0; r < 2; ++r) {
    if (first < width && place.valid(r)) store_octet(rows.at(place, r, first), values[r]);
  }
}
// The 8 bits of a row's columns from first on. They are an eighth of the elements: an int counts them.
MLORA_DEVICE uint32_t load_bits(const mlora_cuda_dense& dense, const Place& place, int r, int first) {
  const unsigned ld = (static_cast<unsigned>(dense.out) + 31) / 32 * 4, row = place.begin + place.row(r);
  return pointer<const uint8_t>(dense.mask)[row * ld + static_cast<unsigned>(first) / 8];
}
// The lane's first column of the piece at a column.
MLORA_DEVICE int own_column(int column) { return column + lane() % 4 * 8; }
// Takes the warp's pieces of 32 columns of [begin, end) through use(p, column), kAhead of them at a time, the first
// of them loaded already.
template <typename Rows, typename Use>
MLORA_DEVICE void over(const Place& at, int begin, int end, Rows& rows, const Use& use) {
  const int step = Rows::kAhead * at.step();
  int column = begin + 32 * at.share;
  if (!at.used() || column >= end) return;
  MLORA_ROLLED
  while (true) {
    rows.wait(column);
    MLORA_UNROLL
    for (int p = 0; p < Rows::kAhead; ++p) {
      if (p == 0 || column + p * at.step() < end) use(p, column + p * at.step());
    }
    column += step;
    if (column >= end) return;
    rows.load(column);
  }
}

template <int Precision>
class LowRank {
 public:
  MLORA_DEVICE LowRank(SharedMemory& memory, const Panels<Precision>& panels)
      : panels_(panels),
        sums_(memory.array<Quad>(panels.sums_size())),
        down_(memory.array<Quad>(panels.down_size())),
        up_(memory.array<Quad>(panels.up_size())) {}

  // Sums the rows of the granule with a factor, the first of which are on their way when the block stages what it
  // wants to stage, and then begins. A factor is asked for whenever a panel is due: it need not be kept.
  template <typename Rows, typename GetFactor, typename Stage, typename Begin>
  MLORA_DEVICE void shrink(const Place& at, const GetFactor& factor, Rows& rows, const Stage& stage,
                           const Begin& begins) const {
    MLORA_ROLLED
    for (int first = 0; first < panels_.tiles; first += kTiles) {
      Down<Precision> sums;
      MLORA_ROLLED
      for (int begin = 0; begin < panels_.down; begin += 32 * panels_.down_pieces) {
        const int end = end_of(begin, panels_.down_pieces, panels_.down);
        rows.again = first > 0;
        rows.load(begin + 32 * at.share);
        if (first + begin > 0) block_sync();
        stage_down<Precision>(down_, factor(), 8 * first, begin, (end - begin + 31) / 32);
        if (first + begin == 0) stage();
        block_sync();
        if (first + begin == 0) begins();
        over(at, begin, end, rows, [&](int piece, int column) {
          sums.add(rows.open(piece, column), down_, (column - begin) / 32);
        });
      }
      sums.finish(sums_, (place(at, at.share) + first) * 32);
    }
  }

  // Adds what the sharers left, in order, and scales it, into the first one's place and into out (C, rank in eights).
  MLORA_DEVICE void add(const Place& at, float scale, uint64_t out) const {
    granule_sync(at);
    const int ld = round_up(panels_.rank, 8);
    MLORA_ROLLED
    for (int i = 32 * at.share + lane(); at.used() && i < 32 * panels_.tiles; i += 32 * at.sharers) {
      float total[4] = {};
      MLORA_ROLLED
      for (int share = 0; share < at.sharers; ++share) {
        const Quad part = sums_[place(at, share) * 32 + i];
        MLORA_UNROLL
        for (int k = 0; k < 4; ++k) total[k] += float_of(part.words[k]);
      }
      Quad sum;
      MLORA_UNROLL
      for (int k = 0; k < 4; ++k) sum.words[k] = bits_of(total[k] * scale);
      sums_[place(at, 0) * 32 + i] = sum;
      const int n = i / 32 * 8 + lane() % 4 * 2;
      if (out == 0 || n >= ld) continue;
      MLORA_UNROLL
      for (int r = 0; r < 2; ++r) {
        if (!at.valid(r)) continue;
        const Pair pair = {{sum.words[2 * r], sum.words[2 * r + 1]}};
        *reinterpret_cast<Pair*>(ChunkRows<float>(out, ld, at).at(at, r, n)) = pair;
      }
    }
    granule_sync(at);
  }

  // Brings the panel of the other factor from column begin on.
  MLORA_DEVICE void stage(const Factor& factor, int begin) const {
    const int end = end_of(begin, panels_.up_pieces, panels_.up);
    stage_up<Precision>(up_, factor, panels_.tiles, begin, (end - begin + 31) / 32);
  }

  // low = the sums times half of a lane's columns of a piece, from that column of the panel on.
  MLORA_DEVICE void expand(const Place& at, int column, int half, float (&low)[2][4]) const {
    multiply_up<Precision>(low, sums_, place(at, 0) * 32, up_, column / 32, panels_.tiles, half);
  }

 private:
  static MLORA_DEVICE int end_of(int begin, int pieces, int columns) {
    const int end = begin + 32 * pieces;
    return end < columns ? end : columns;
  }
  MLORA_DEVICE int place(const Place& at, int share) const {
    return (share * at.granules + at.granule) * panels_.tiles;
  }

  const Panels<Precision>& panels_;
  const Shared<Quad> sums_, down_, up_;
};

// A and B of a domain.
MLORA_DEVICE Factor factor_a(const mlora_cuda_dense& dense, int64_t domain) {
  const float* const a = pointer<const float>(dense.a) + (dense.shares_a != 0 ? 0 : domain * dense.in * dense.rank);
  return {a, dense.rank, dense.in, 1, dense.rank};
}
MLORA_DEVICE Factor factor_b(const mlora_cuda_dense& dense, int64_t domain) {
  return {pointer<const float>(dense.b) + domain * dense.rank * dense.out, dense.rank, dense.out, dense.out, 1};
}

// Zeros in columns [0, ld) of the chunk's rows.
template <typename E>
MLORA_DEVICE void clear_rows(const Chunk& chunk, E* matrix, int ld) {
  const float zeros[8] = {};
  MLORA_ROLLED
  for (int i = thread_index(); i < chunk.rows * (ld / 8); i += kDenseThreads) {
    store8(matrix + static_cast<int64_t>(chunk.begin + i / (ld / 8)) * ld + i % (ld / 8) * 8, zeros);
  }
}

void check_dense(const mlora_cuda_dense& dense, bool backward);

}  // namespace mlora::cuda
#endif
