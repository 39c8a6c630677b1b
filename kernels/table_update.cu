// Gradients of tables: sums over the sorted entries of a row, and the optimizer's step on the row.
//
// Sorted entries are cut into tiles (of 8, in large batches of 32), and where rows begin, into pieces. A team of
// lanes, four columns each (as many lanes as the widest table needs, up to 32; wider rows go in rounds), looks at an
// entry, in large batches at 4 one after the other, and where a piece begins sums it, with several loads in flight.
// A row of one piece is finished at once; of others the pieces are left in heads (the row began before the tile) or
// tails (it begins here). So a batch has as many warps as rows, and none of them walks through more than a tile.
//
// Then a block for every few tiles looks for rows that begin there and go on, and adds their pieces in the order of
// tiles: 16 warps take stretches of as even length as can be, whose sums are added in order.
//
// Rows of gradients are read once, rows of tables and moments once. A hot row of 65536 entries in a large batch is
// 2048 pieces: 128 for each warp of its block.
#include <algorithm>

#include "families.h"
#include "table_row.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kAddWarps = 16;
// Parts of 32 columns of an entry that are asked for before the first of them is needed.
constexpr int kPrefetched = 4;

// How the entries are shared out.
struct Cut {
  int tile;   // entries
  int each;   // entries that a team looks at
  int team;   // lanes
  bool plain; // gradients have no weights and are read four columns at once
};

// Keys from the first one on, of at most so many, that are the same.
MLORA_DEVICE int same_keys(const uint32_t* keys, int most) {
  const uint32_t key = keys[0];
  int count = 1;
  bool same = true;
  while (same && count < most) {
    constexpr int kFlight = 8;
    uint32_t next[kFlight];
    const int first = count;
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) next[k] = first + k < most ? keys[first + k] : ~key;
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) {
      same = same && next[k] == key;
      count += same ? 1 : 0;
    }
  }
  return count;
}

// Asks for what an entry needs, 128 bytes of each; rows of tables only where the row begins.
template <typename E>
MLORA_DEVICE void prefetch_entry(const Settings& settings, const Tables& tables, Pairs sorted, int e, int part) {
  const uint32_t key = sorted.keys[e], item = sorted.items[e];
  if (key == tables.no_key()) return;
  const int t = tables.table_of(key), column = part * 32;
  const Parameter& table = tables.table[t];
  if (column >= table.row_size) return;
  if (column * sizeof(E) % 128 == 0) prefetch(gradient_at<E>(tables.use[item >> kPositionBits], item, column));
  if (table.gradient != nullptr || (e > 0 && sorted.keys[e - 1] == key)) return;
  const int64_t at = (static_cast<int64_t>(key) - tables.first_key[t]) * table.row_size + column;
  prefetch(table.value + at);
  if (settings.has_first()) prefetch(table.first + at);
  if (settings.has_second()) prefetch(table.second + at);
}

template <typename E>
MLORA_KERNEL MLORA_BOUNDS(kThreads, 3) sum_pieces(Batch batch, Settings settings, Tables tables, Pairs sorted,
                                                  float* heads, float* tails, Cut cut) {
  const int begin = (static_cast<int>(warp_in_grid()) * (32 / cut.team) + lane() / cut.team) * cut.each;
  const int entries = static_cast<int>(tables.entries), stop = begin + cut.each < entries ? begin + cut.each : entries;
  const uint32_t t = batch.state->step;
  for (int i = lane() % cut.team; i < kPrefetched * cut.each; i += cut.team) {
    const int e = begin + i / kPrefetched;
    if (e < stop) prefetch_entry<E>(settings, tables, sorted, e, i % kPrefetched);
  }
  for (int e = begin; e < stop; ++e) {
    const uint32_t key = sorted.keys[e];
    if (key == tables.no_key()) return;
    const bool same_before = e > 0 && sorted.keys[e - 1] == key, tile_begins = e % cut.tile == 0;
    if (same_before && !tile_begins) continue;
    const int tile = e / cut.tile, tile_end = (tile + 1) * cut.tile, end = tile_end < entries ? tile_end : entries;
    const int count = e + 1 < end && sorted.keys[e + 1] == key ? same_keys(sorted.keys + e, end - e) : 1;
    const bool goes_on = e + count == end && end < entries && sorted.keys[end] == key;
    const int table_index = tables.table_of(key);
    const Parameter& table = tables.table[table_index];
    const int64_t row = static_cast<int64_t>(key) - tables.first_key[table_index];
    const int width = static_cast<int>(table.row_size);
    const bool finished = !same_before && !goes_on;
    StepNumbers step = numbers_at(settings, table.rate_scale, t);
    // Row-wise, the sums are made twice: for the rate of the row, and to be applied.
    for (bool measures = settings.row_wise() && table.gradient == nullptr && finished;; measures = false) {
      float squares = 0;
      for (int column = 4 * (lane() % cut.team); column < width; column += 4 * cut.team) {
        float sum[4] = {};
        sum_entries<E>(batch, tables, sorted.items + e, count, cut.plain, column, width, sum);
        if (measures) {
          squares += squares_of(table, row, column, sum);
        } else if (finished) {
          finish(settings, table, step, row, column, sum);
        } else {
          store4((same_before ? heads : tails) + int64_t{tile} * tables.widest + column, sum);
        }
      }
      if (!measures) break;
      step.rate = row_wise_rate(settings, table, row, squares);
    }
    if (finished && lane() % cut.team == 0 && table.gradient == nullptr) table.stamp[row] = t;
  }
}

// Whether the row of an entry at the end of a tile goes on after it.
MLORA_DEVICE bool goes_on(const Tables& tables, const uint32_t* keys, int64_t tile, int size, uint32_t key) {
  const int64_t next = (tile + 1) * size;
  return next < tables.entries && keys[next] == key;
}

// Whether a row begins in the tile that goes on after it.
MLORA_DEVICE bool begins_and_goes_on(const Tables& tables, const uint32_t* keys, int64_t tile, int size) {
  const int64_t first = tile * size, last = first + size - 1;
  if (last + 1 >= tables.entries) return false;
  const uint32_t key = keys[last];
  if (key == tables.no_key() || keys[last + 1] != key) return false;
  return tile == 0 || keys[first] != key || keys[first - 1] != key;
}

// The last tile with a piece of the row that goes on after this one: a warp probes 32 tiles at a time.
MLORA_DEVICE int64_t last_tile_of(const Tables& tables, const uint32_t* keys, int64_t tile, int64_t tiles, int size,
                                  uint32_t key) {
  int64_t low = tile + 1, high = tiles - 1;
  while (low < high) {
    const int64_t step = (high - low + 31) / 32, probe = low + lane() * step;
    const int reached = count_bits(ballot(probe < high && goes_on(tables, keys, probe, size, key)));
    const int64_t beyond = low + reached * step;
    if (beyond < high) high = beyond;
    if (reached > 0) low += (reached - 1) * step + 1;
  }
  return low;
}

// A block for so many tiles each.
MLORA_KERNEL MLORA_BOUNDS(32 * kAddWarps, 2) add_pieces(Batch batch, Settings settings, Tables tables,
                                                        const uint32_t* keys, const float* heads, const float* tails,
                                                        int64_t tiles, int tile_size, int each) {
  SharedMemory memory;
  const Shared<float> sums = memory.array<float>(kAddWarps * 128);
  const int64_t own = block_index() * each + lane();
  uint32_t found = ballot(lane() < each && own < tiles && begins_and_goes_on(tables, keys, own, tile_size));
  for (; found != 0; found &= found - 1) {
    const int64_t tile = block_index() * each + lowest_bit(found);
    const uint32_t key = keys[(tile + 1) * tile_size];
    const int64_t last = last_tile_of(tables, keys, tile, tiles, tile_size, key);
    const int64_t stretch = (last - tile + kAddWarps - 1) / kAddWarps, from = tile + 1 + warp_in_block() * stretch;
    const int64_t to = from + stretch < last + 1 ? from + stretch : last + 1;
    const int t = tables.table_of(key);
    const Parameter& table = tables.table[t];
    const int64_t row = static_cast<int64_t>(key) - tables.first_key[t];
    const int width = static_cast<int>(table.row_size);
    // The sum of 128 columns, to warp 0.
    const auto sum_columns = [&](int first, float(&sum)[4]) {
      constexpr int kFlight = 4;
      const int column = first + 4 * lane();
      if (column < width) {
        if (warp_in_block() == 0) load4(tails + tile * tables.widest + column, sum);
        for (int64_t piece = from; piece < to; piece += kFlight) {
          float values[kFlight][4] = {};
          MLORA_UNROLL
          for (int k = 0; k < kFlight; ++k) {
            if (piece + k < to) load4(heads + (piece + k) * tables.widest + column, values[k]);
          }
          MLORA_UNROLL
          for (int k = 0; k < kFlight; ++k) {
            for (int i = 0; i < 4; ++i) sum[i] += values[k][i];
          }
        }
      }
      for (int i = 0; i < 4; ++i) sums[(warp_in_block() * 32 + lane()) * 4 + i] = sum[i];
      block_sync();
      if (warp_in_block() == 0) {
        for (int w = 1; w < kAddWarps; ++w) {
          for (int i = 0; i < 4; ++i) sum[i] += sums[(w * 32 + lane()) * 4 + i];
        }
      }
      block_sync();
    };
    StepNumbers step = numbers_at(settings, table.rate_scale, batch.state->step);
    for (bool measures = settings.row_wise() && table.gradient == nullptr;; measures = false) {
      float squares = 0;
      for (int first = 0; first < width; first += 128) {
        float sum[4] = {};
        sum_columns(first, sum);
        if (warp_in_block() != 0) continue;
        if (measures) {
          squares += squares_of(table, row, first + 4 * lane(), sum);
        } else {
          finish(settings, table, step, row, first + 4 * lane(), sum);
        }
      }
      if (!measures) break;
      if (warp_in_block() == 0) step.rate = row_wise_rate(settings, table, row, squares);
    }
    if (thread_index() == 0 && table.gradient == nullptr) table.stamp[row] = batch.state->step;
  }
}

}  // namespace

void tables_update(const mlora_cuda_batch& source, const mlora_cuda_tables& shape,
                   const mlora_cuda_optimizer& optimizer, Stream stream) {
  const Batch batch = view(source);
  const Settings settings = settings_of(optimizer);
  const Tables tables = tables_of(shape, batch.capacity, &settings);
  Cut cut = {entry_tile(tables.entries), tables.entries > kFewEntries ? 4 : 1, lanes_for(settings, tables.widest), true};
  for (int u = 0; u < tables.use_count; ++u) {
    const Use& use = tables.use[u];
    require(use.gradient != 0 && use.gradient % 16 == 0 && use.gradient_ld % 8 == 0,
            "gradients of values lie at multiples of 16 bytes, their rows at multiples of 8 elements");
    cut.plain = cut.plain && (use.column | tables.table[use.table].row_size) % 4 == 0 &&
                (use.kind != MLORA_CUDA_FIELD_BAG || use.pooling != MLORA_CUDA_MEAN);
  }
  const TableMemory memory = table_memory(shape, tables, batch.capacity);
  const int64_t teams = ceil_div(tables.entries, cut.each), blocks = ceil_div(teams, kThreads / cut.team);
  if (shape.precision == MLORA_CUDA_BF16) {
    launch(sum_pieces<Bf16>, blocks, kThreads, 0, stream, batch, settings, tables, memory.sorted, memory.heads,
           memory.tails, cut);
  } else {
    launch(sum_pieces<float>, blocks, kThreads, 0, stream, batch, settings, tables, memory.sorted, memory.heads,
           memory.tails, cut);
  }
  const int64_t tiles = ceil_div(tables.entries, cut.tile);
  const int64_t each = std::clamp<int64_t>(tiles / 384, 1, 32);
  launch(add_pieces, ceil_div(tiles, each), 32 * kAddWarps, shared_size<float>(kAddWarps * 128), stream, batch,
         settings, tables, static_cast<const uint32_t*>(memory.sorted.keys), static_cast<const float*>(memory.heads),
         static_cast<const float*>(memory.tails), tiles, cut.tile, static_cast<int>(each));
}

}  // namespace mlora::cuda
