// The (row of a table, position) entries of a batch, sorted by row, and the catching up of their rows.
//
// All tables in one sort: key = first key of the table + row, which is worked out where the sort reads it. Uses by id
// have a slot for each position; entries of bags are placed by a scan of the bags' sizes, 1024 positions a block, so
// their order is that of uses and positions. Negative ids, rows that are not trained and slots without an entry get
// the key after all rows and end up last.
//
// Launches, without bags: 1 for up to 4096 entries, beyond them 3 for up to a million rows in all.
//
// catch_up: a warp for each sorted entry, in large batches for 8, whose lanes look whether a row begins there and is
// behind; the warp does such rows one after the other, their lines asked for before.
#include "tables.h"

#include <algorithm>

#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kScanThreads = 1024;

MLORA_DEVICE uint32_t key_of(const Tables& tables, const Use& use, int64_t id) {
  const Parameter& table = tables.table[use.table];
  if (id < 0 || id >= table.rows || (table.gradient == nullptr && !table.trains(id))) return tables.no_key();
  return static_cast<uint32_t>(tables.first_key[use.table] + id);
}

// What stands in the slots of entries.
struct TableSource {
  Batch batch;
  Tables tables;
  Pairs bags;                // those of bags, behind the others
  const int64_t* bag_total;  // how many there are; null without bags
  int32_t* dropped;

  struct Place {
    int32_t domain, row;  // the row is -1 where the slot is of bags
    uint32_t item;
    int32_t id;
  };
  MLORA_DEVICE Place place(int64_t i) const {
    const uint32_t slot = static_cast<uint32_t>(i), u = slot / batch.capacity, p = slot % batch.capacity;
    if (static_cast<int>(u) >= tables.id_uses) return {0, -1, 0, 0};
    return {batch.domain[p], batch.row[p], u << kPositionBits | p, 0};
  }
  MLORA_DEVICE void fetch(int64_t i, Place& place) const {
    if (place.row < 0) {
      place.id = static_cast<int32_t>(bags.keys[i]);
      place.item = bags.items[i];
    } else {
      const Use& use = tables.use[place.item >> kPositionBits];
      place.id = use.kind == MLORA_CUDA_FIELD_DOMAIN ? place.domain : use.ids[place.row];
    }
  }
  MLORA_DEVICE Entry entry(int64_t i, const Place& place) const {
    if (i == 0 && bag_total == nullptr) *dropped = 0;
    if (place.row < 0) {
      const bool there = i - tables.id_uses * int64_t{batch.capacity} < *bag_total;
      return {there ? static_cast<uint32_t>(place.id) : tables.no_key(), place.item};
    }
    const uint32_t key = key_of(tables, tables.use[place.item >> kPositionBits], place.id);
    return {place.domain == kRest ? tables.no_key() : key, place.item};
  }
};

// The bag of a use at a position, counted over uses and positions.
struct Bag {
  int64_t u, p, begin, size;
};
MLORA_DEVICE Bag bag_at(const Batch& batch, const Tables& tables, int64_t i) {
  const int64_t u = tables.id_uses + i / batch.capacity, p = i % batch.capacity;
  if (u >= tables.use_count || batch.domain[p] == kRest) return {0, 0, 0, 0};
  const int64_t* const offsets = tables.use[u].offsets + batch.row[p];
  return {u, p, offsets[0], offsets[1] - offsets[0]};
}

MLORA_DEVICE int64_t sum_of_warp(int64_t value) {
  for (int mask = 16; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
  return value;
}

MLORA_KERNEL MLORA_BOUNDS(kScanThreads, 1) count_bags(Batch batch, Tables tables, int64_t* counts, int32_t* dropped) {
  if (thread_in_grid() == 0) *dropped = 0;
  SharedMemory memory;
  const Shared<int64_t> sums = memory.array<int64_t>(32);
  const int64_t sum = sum_of_warp(bag_at(batch, tables, thread_in_grid()).size);
  if (lane() == 0) sums[warp_in_block()] = sum;
  block_sync();
  if (thread_index() != 0) return;
  int64_t total = 0;
  for (int w = 0; w < 32; ++w) total += sums[w];
  counts[block_index()] = total;
}

// The sum of all counts goes behind them.
MLORA_KERNEL MLORA_BOUNDS(kScanThreads, 1) collect_bags(Batch batch, Tables tables, int64_t* counts, Pairs pairs,
                                                          int32_t* dropped) {
  SharedMemory memory;
  const Shared<int64_t> sums = memory.array<int64_t>(33);
  const Bag bag = bag_at(batch, tables, thread_in_grid());
  int64_t sum = bag.size;
  for (int by = 1; by < 32; by *= 2) {
    const int64_t other = shuffle_up(sum, by);
    if (lane() >= by) sum += other;
  }
  if (lane() == 31) sums[warp_in_block()] = sum;
  if (warp_in_block() == 0) {
    int64_t blocks_before = 0;
    for (int64_t block = lane(); block < block_index(); block += 32) blocks_before += counts[block];
    blocks_before = sum_of_warp(blocks_before);
    if (lane() == 0) sums[32] = blocks_before;
  }
  block_sync();
  int64_t at = sums[32] + sum - bag.size;
  for (int w = 0; w < warp_in_block(); ++w) at += sums[w];
  const int64_t first = tables.id_uses * static_cast<int64_t>(batch.capacity);
  if (thread_in_grid() == threads_in_grid() - 1) counts[block_count()] = at + bag.size;
  for (int64_t k = 0; k < bag.size; ++k, ++at) {
    if (at >= tables.bag_entries) {
      atomic_add(dropped, 1);
      continue;
    }
    pairs.keys[first + at] = key_of(tables, tables.use[bag.u], tables.use[bag.u].ids[bag.begin + k]);
    pairs.items[first + at] = static_cast<uint32_t>(bag.u << kPositionBits | bag.p);
  }
}

// A lane looks at an entry, a team of lanes moves the rows of those that begin a row.
MLORA_KERNEL catch_up(Batch batch, Settings settings, Tables tables, const uint32_t* keys, uint32_t moving, uint32_t ahead,
                      int each, WarpTeam team) {
  const int64_t e = warp_in_grid() * each + lane();
  const Target target = target_of(batch.state, ahead);
  const uint32_t t = target.step;
  const uint32_t key = lane() < each && e < tables.entries ? keys[e] : tables.no_key();
  int table = 0;
  int64_t row = 0;
  uint32_t done = t;
  if (key != tables.no_key() && (e == 0 || keys[e - 1] != key)) {
    table = tables.table_of(key);
    row = static_cast<int64_t>(key) - tables.first_key[table];
    if ((moving >> table & 1) != 0) {
      const uint32_t stamp = tables.table[table].stamp[row];
      if (target.is_behind(stamp)) done = stamp;
    }
  }
  if (done < t) {
    const Parameter& p = tables.table[table];
    for (int64_t i = row * p.row_size; i < (row + 1) * p.row_size; i += 32) {
      prefetch(p.value + i);
      if (settings.has_first()) prefetch(p.first + i);
      if (settings.has_second()) prefetch(p.second + i);
    }
  }
  if (ballot(done < t) == 0) return;
  for (int first = 0; first < each; first += 32 / team.lanes) {
    const int from = first + lane() / team.lanes;
    const uint32_t from_done = shuffle(done, from);
    const Parameter& p = tables.table[shuffle(table, from)];
    const int64_t from_row = shuffle(row, from);
    if (from_done < t) catch_up_row(settings, p, from_row, from_done, t, team);
  }
  if (done < t) tables.table[table].stamp[row] = t;
}

int key_bits(const Tables& tables) {
  return bits_below(static_cast<uint64_t>(tables.first_key[tables.table_count]) + 1);
}

}  // namespace

Tables tables_of(const mlora_cuda_tables& source, int32_t capacity, const Settings* settings) {
  require(source.table_count >= 1 && source.table_count <= MLORA_CUDA_MOST && source.use_count >= 1 &&
              source.use_count <= MLORA_CUDA_MOST,
          "1 to 32 tables have 1 to 32 uses");
  require(source.bag_entries >= 0, "bags have no negative number of entries");
  Tables tables = {};
  tables.table_count = source.table_count;
  for (int t = 0; t < source.table_count; ++t) {
    const mlora_cuda_parameter& p = source.tables[t];
    require(p.rows >= 1 && p.row_size >= 1 && p.row_size <= 1024, "rows of tables have 1 to 1024 values");
    if (settings != nullptr) {
      check_parameter(*settings, p);
      require(p.gradient != 0 || p.stamp != 0, "rows of tables have stamps");
    }
    tables.table[t] = parameter_of(p);
    tables.first_key[t + 1] = tables.first_key[t] + p.rows;
    tables.widest = std::max(tables.widest, round_up(static_cast<int>(p.row_size), 4));
  }
  require(tables.first_key[source.table_count] < (int64_t{1} << 31), "all tables have less than 2^31 rows");
  for (const bool bags : {false, true}) {
    for (int u = 0; u < source.use_count; ++u) {
      const mlora_cuda_use& use = source.uses[u];
      require(use.table >= 0 && use.table < source.table_count, "a use is one of a table of the call");
      require(use.kind == MLORA_CUDA_FIELD_ID || use.kind == MLORA_CUDA_FIELD_BAG || use.kind == MLORA_CUDA_FIELD_DOMAIN,
              "the kind of a use is not known");
      if ((use.kind == MLORA_CUDA_FIELD_BAG) != bags) continue;
      tables.use[tables.use_count++] = {use.table, use.kind, use.pooling, use.column,
                                        pointer<const int32_t>(use.ids), pointer<const int64_t>(use.offsets),
                                        use.gradient, use.gradient_ld};
    }
    if (!bags) tables.id_uses = tables.use_count;
  }
  tables.bag_entries = tables.id_uses < tables.use_count ? source.bag_entries : 0;
  tables.entries = int64_t{tables.id_uses} * capacity + tables.bag_entries;
  require(tables.entries < (int64_t{1} << 30), "a batch has less than 2^30 entries");
  return tables;
}

TableMemory table_memory(const mlora_cuda_tables& source, const Tables& tables, int32_t capacity) {
  TableMemory memory = {};
  int64_t used = 0;
  const auto take = [&](int64_t bytes) {
    const uint64_t at = source.memory + used;
    used += (bytes + 255) / 256 * 256;
    return at;
  };
  const int64_t n = tables.entries, tiles = ceil_div(n, entry_tile(n));
  const auto words = [&](int64_t count) { return pointer<uint32_t>(take(4 * count)); };
  memory.dropped = pointer<int32_t>(take(4));
  memory.pairs = {words(n), words(n)};
  memory.other = {words(n), words(n)};
  memory.sort_work = words(sort_work(n));
  memory.bag_counts =
      pointer<int64_t>(take(8 * (ceil_div(int64_t{tables.use_count - tables.id_uses} * capacity, kScanThreads) + 1)));
  memory.heads = pointer<float>(take(4 * tiles * tables.widest));
  memory.tails = pointer<float>(take(4 * tiles * tables.widest));
  memory.bytes = used;
  memory.sorted = sort_ends_in_other(n, key_bits(tables)) ? memory.other : memory.pairs;
  return memory;
}

int64_t tables_bytes(int32_t capacity, const mlora_cuda_tables& source) {
  require(capacity >= 1, "a batch has room for at least one row");
  mlora_cuda_tables nowhere = source;
  nowhere.memory = 0;
  return table_memory(nowhere, tables_of(nowhere, capacity, nullptr), capacity).bytes;
}

void tables_collect(const mlora_cuda_batch& source, const mlora_cuda_tables& shape, Stream stream) {
  const Batch batch = view(source);
  require(shape.memory != 0 && shape.memory % 16 == 0, "tables have memory, at a multiple of 16");
  const Tables tables = tables_of(shape, batch.capacity, nullptr);
  const TableMemory memory = table_memory(shape, tables, batch.capacity);
  const int64_t bags = int64_t{tables.use_count - tables.id_uses} * batch.capacity;
  const int64_t blocks = ceil_div(bags, kScanThreads);
  if (blocks > 0) {
    launch(count_bags, blocks, kScanThreads, shared_size<int64_t>(32), stream, batch, tables, memory.bag_counts,
           memory.dropped);
    launch(collect_bags, blocks, kScanThreads, shared_size<int64_t>(33), stream, batch, tables, memory.bag_counts,
           memory.pairs, memory.dropped);
  }
  const TableSource slots = {batch, tables, memory.pairs, blocks > 0 ? memory.bag_counts + blocks : nullptr,
                             memory.dropped};
  sort(slots, memory.pairs, memory.other, tables.entries, key_bits(tables), memory.sort_work, stream);
}

void tables_catch_up(const mlora_cuda_batch& source, const mlora_cuda_tables& shape,
                     const mlora_cuda_optimizer& optimizer, bool ahead, Stream stream) {
  const Batch batch = view(source);
  const Settings settings = settings_of(optimizer);
  const Tables tables = tables_of(shape, batch.capacity, &settings);
  const TableMemory memory = table_memory(shape, tables, batch.capacity);
  uint32_t moving = 0;
  for (int t = 0; t < tables.table_count; ++t) {
    if (shape.tables[t].gradient == 0 && moves_untouched(settings, shape.tables[t])) moving |= 1u << t;
  }
  if (moving == 0) return;
  const WarpTeam team = {lanes_for(settings, tables.widest)};
  const int each = std::max(tables.entries > kFewEntries ? 8 : 1, 32 / team.lanes);
  launch(catch_up, ceil_div(tables.entries, each * (kThreads / 32)), kThreads, 0, stream, batch, settings, tables,
         static_cast<const uint32_t*>(memory.sorted.keys), moving, ahead ? 1u : 0u, each, team);
}

}  // namespace mlora::cuda
