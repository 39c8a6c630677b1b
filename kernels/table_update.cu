// Gradients of tables: sums over the sorted entries of a row, and the optimizer's step on the row.
//
// First a team of lanes takes a tile of 32 sorted entries and walks through it, four columns a lane (a team
// has as many lanes as the widest table needs, up to 32; wider rows go in rounds). A row whose entries lie
// within the tile is finished at once; where it reaches over an end of the tile, the tile's part of the sum
// is left in heads (it began before) or tails (it begins here). Then a block for each tile in which a row
// begins that goes on adds the row's parts, in the order of tiles: 8 warps take stretches of as even length
// as can be, whose sums are added in order, and finishes the row.
//
// Rows of gradients are read once, rows of tables and moments once. A hot row of 65536 entries is 2048
// parts: 256 for each warp.
#include "families.h"
#include "tables.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;

// The gradient of an entry's table row, columns [column, column + 4), times its weight, added to sum.
template <typename E>
MLORA_DEVICE void add_entry(const Batch& batch, const Tables& tables, uint32_t item, int column, int width,
                            float (&sum)[4]) {
  const Use& use = tables.use[item >> kPositionBits];
  const int64_t p = item & ((1u << kPositionBits) - 1);
  float weight = 1;
  if (use.kind == MLORA_CUDA_FIELD_BAG && use.pooling == MLORA_CUDA_MEAN) {
    const int64_t row = batch.row[p];
    weight = divide(1, static_cast<float>(use.offsets[row + 1] - use.offsets[row]));
  }
  const E* const from = pointer<const E>(use.gradient) + p * use.gradient_ld + use.column + column;
  float values[4] = {};
  if ((width | use.column) % 4 == 0) {
    load4(from, values);
  } else {
    for (int i = 0; i < 4; ++i) values[i] = column + i < width ? load(from + i) : 0.0f;
  }
  for (int i = 0; i < 4; ++i) sum[i] = fma(weight, values[i], sum[i]);
}

// Finishes columns [column, column + 4) of a row.
MLORA_DEVICE void finish(const Settings& settings, const Parameter& table, StepNumbers step, int64_t row, int column,
                         const float (&sum)[4]) {
  const int left = static_cast<int>(table.row_size) - column, n = left < 4 ? left : 4;
  const int64_t at = row * table.row_size + column;
  if (table.gradient == nullptr) {
    apply4_at(settings, table, step, at, n, sum);
    return;
  }
  for (int i = 0; i < 4; ++i) {
    if (i < n) table.gradient[at + i] = sum[i];
  }
}

// Sum of the squared slopes of a warp's row, whose lanes call it together, into the row's state.
MLORA_DEVICE float row_wise_rate(const Settings& settings, const Parameter& table, int64_t row, float squares) {
  const float mean = divide(WarpTeam().sum(squares), static_cast<float>(table.row_size));
  const float state = table.first[row] + mean;
  warp_sync();
  if (lane() == 0) table.first[row] = state;
  return divide(numbers_at(settings, table.rate_scale, 1).rate, root(state) + settings.epsilon);
}

MLORA_DEVICE float squares_of(const Parameter& table, int64_t row, int column, const float (&sum)[4]) {
  float total = 0;
  for (int i = 0; i < 4; ++i) {
    if (column + i >= table.row_size) continue;
    const float slope = fma(table.l2, table.value[row * table.row_size + column + i], sum[i]);
    total = fma(slope, slope, total);
  }
  return total;
}

template <typename E>
MLORA_KERNEL sum_tiles(Batch batch, Settings settings, Tables tables, Pairs sorted, float* heads, float* tails,
                       int team) {
  const int64_t tile = warp_in_grid() * (32 / team) + lane() / team;
  const int64_t begin = tile * kEntryTile;
  const int64_t stop = begin + kEntryTile, end = stop < tables.entries ? stop : tables.entries;
  const uint32_t t = batch.state->step;
  for (int64_t e = begin; e < end;) {
    const uint32_t key = sorted.keys[e];
    if (key == tables.no_key()) break;
    int64_t last = e;
    while (last + 1 < end && sorted.keys[last + 1] == key) ++last;
    const bool began_before = e == begin && begin > 0 && sorted.keys[begin - 1] == key;
    const bool goes_on = last + 1 == end && end < tables.entries && sorted.keys[end] == key;
    const Parameter& table = tables.table[tables.table_of(key)];
    const int64_t row = static_cast<int64_t>(key) - tables.first_key[tables.table_of(key)];
    const int width = static_cast<int>(table.row_size);
    StepNumbers step = numbers_at(settings, table.rate_scale, t);
    const auto sum_columns = [&](int column, float(&sum)[4]) {
      for (int64_t k = e; k <= last; ++k) add_entry<E>(batch, tables, sorted.items[k], column, width, sum);
    };
    if (settings.row_wise() && table.gradient == nullptr && !began_before && !goes_on) {
      float squares = 0;
      for (int column = 4 * lane(); column < width; column += 128) {
        float sum[4] = {};
        sum_columns(column, sum);
        squares += squares_of(table, row, column, sum);
      }
      step.rate = row_wise_rate(settings, table, row, squares);
    }
    for (int column = 4 * (lane() % team); column < width; column += 4 * team) {
      float sum[4] = {};
      sum_columns(column, sum);
      if (began_before) {
        store4(heads + tile * tables.widest + column, sum);
      } else if (goes_on) {
        store4(tails + tile * tables.widest + column, sum);
      } else {
        finish(settings, table, step, row, column, sum);
      }
    }
    if (!began_before && !goes_on && lane() % team == 0 && table.gradient == nullptr) table.stamp[row] = t;
    e = last + 1;
  }
}

// A block for each tile; those in which no row begins that goes on end at once.
MLORA_KERNEL add_tiles(Batch batch, Settings settings, Tables tables, const uint32_t* keys, const float* heads,
                       const float* tails, int64_t tiles) {
  SharedMemory memory;
  const Shared<float> sums = memory.array<float>(kWarps * 128);
  for (int64_t tile = block_index(); tile < tiles; tile += block_count()) {
    const int64_t next = (tile + 1) * kEntryTile;
    if (next >= tables.entries) return;
    const uint32_t key = keys[next];
    if (key == tables.no_key() || keys[next - 1] != key) continue;
    // It began in an earlier tile when its entries fill this one and reach back.
    if (tile > 0 && keys[tile * kEntryTile] == key && keys[tile * kEntryTile - 1] == key) continue;
    // The last tile with a part: the first one whose end the row does not reach, by bisection.
    int64_t low = tile + 1, high = tiles - 1;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (keys[(middle + 1) * kEntryTile] == key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const int64_t parts = low - tile, each = (parts + kWarps - 1) / kWarps;
    const int64_t from = tile + 1 + warp_in_block() * each, to = from + each < low + 1 ? from + each : low + 1;
    const int t = tables.table_of(key);
    const Parameter& table = tables.table[t];
    const int64_t row = static_cast<int64_t>(key) - tables.first_key[t];
    const int width = static_cast<int>(table.row_size);
    // The sum of 128 columns, to warp 0.
    const auto sum_columns = [&](int first, float(&sum)[4]) {
      const int column = first + 4 * lane();
      if (column < width) {
        if (warp_in_block() == 0) load4(tails + tile * tables.widest + column, sum);
        for (int64_t part = from; part < to; ++part) {
          float values[4];
          load4(heads + part * tables.widest + column, values);
          for (int i = 0; i < 4; ++i) sum[i] += values[i];
        }
      }
      for (int i = 0; i < 4; ++i) sums[(warp_in_block() * 32 + lane()) * 4 + i] = sum[i];
      block_sync();
      if (warp_in_block() == 0) {
        for (int w = 1; w < kWarps; ++w) {
          for (int i = 0; i < 4; ++i) sum[i] += sums[(w * 32 + lane()) * 4 + i];
        }
      }
      block_sync();
    };
    StepNumbers step = numbers_at(settings, table.rate_scale, batch.state->step);
    if (settings.row_wise() && table.gradient == nullptr) {
      float squares = 0;
      for (int first = 0; first < width; first += 128) {
        float sum[4] = {};
        sum_columns(first, sum);
        squares += squares_of(table, row, first + 4 * lane(), sum);
      }
      if (warp_in_block() == 0) step.rate = row_wise_rate(settings, table, row, squares);
    }
    for (int first = 0; first < width; first += 128) {
      float sum[4] = {};
      sum_columns(first, sum);
      if (warp_in_block() == 0) finish(settings, table, step, row, first + 4 * lane(), sum);
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
  for (int u = 0; u < tables.use_count; ++u) {
    require(tables.use[u].gradient != 0 && tables.use[u].gradient % 16 == 0 && tables.use[u].gradient_ld % 8 == 0,
            "gradients of values lie at multiples of 16 bytes, their rows at multiples of 8 elements");
  }
  const TableMemory memory = table_memory(shape, tables, batch.capacity);
  int team = 1;
  while (team < 32 && (team * 4 < tables.widest || settings.row_wise())) team *= 2;
  const int64_t tiles = ceil_div(tables.entries, kEntryTile);
  const int64_t blocks = ceil_div(tiles, int64_t{kWarps} * (32 / team));
  if (shape.precision == MLORA_CUDA_BF16) {
    launch(sum_tiles<Bf16>, blocks, kThreads, 0, stream, batch, settings, tables, memory.sorted, memory.heads,
           memory.tails, team);
  } else {
    launch(sum_tiles<float>, blocks, kThreads, 0, stream, batch, settings, tables, memory.sorted, memory.heads,
           memory.tails, team);
  }
  launch(add_tiles, blocks_for(tiles), kThreads, shared_size<float>(kWarps * 128), stream, batch, settings, tables,
         static_cast<const uint32_t*>(memory.sorted.keys), static_cast<const float*>(memory.heads),
         static_cast<const float*>(memory.tails), tiles);
}

}  // namespace mlora::cuda
