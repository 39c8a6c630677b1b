#include "table.h"

#include <algorithm>
#include <cstring>

#include "simd/kernels.h"

namespace mlora {
namespace {

// Rows ahead to fetch: tables are far larger than caches.
constexpr int64_t kAhead = 8;

inline void copy(float* to, const float* from, int64_t n) {
  for (; n >= 8; n -= 8, to += 8, from += 8) __builtin_memcpy(to, from, 32);
  for (; n > 0; --n) *to++ = *from++;
}

inline void clear(float* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = 0;
}

inline bool in_table(const Parameter& table, int32_t id) { return static_cast<uint32_t>(id) < table.rows; }

}  // namespace

Lookup::Lookup(const LookupOp& shape, std::vector<Parameter>& parameters)
    : shape_(shape), table_(parameters[shape.table]) {}

void Lookup::forward(const Panel& panel) noexcept {
  const Batch& batch = *panel.batch;
  const Columns& columns = *batch.columns;
  const int32_t* ids = shape_.input == MLORA_DOMAIN ? columns.domains : columns.data[shape_.input].ids;
  const Rows<float>& out = panel.frame->value[shape_.out];
  const int64_t width = table_.row_size;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    if (p + kAhead < panel.end) {
      const int32_t next = read_once(ids[batch.row[p + kAhead]]);
      if (in_table(table_, next)) __builtin_prefetch(table_.row(next));
    }
    const int32_t id = read_once(ids[batch.row[p]]);
    float* to = out.at(p) + shape_.column;
    if (in_table(table_, id)) {
      copy(to, table_.row(id), width);
    } else {
      clear(to, width);
    }
  }
}

BagLookup::BagLookup(const BagLookupOp& shape, std::vector<Parameter>& parameters)
    : shape_(shape), table_(parameters[shape.table]) {}

void BagLookup::forward(const Panel& panel) noexcept {
  const Batch& batch = *panel.batch;
  const int32_t* ids = batch.columns->data[shape_.input].ids;
  const Rows<float>& out = panel.frame->value[shape_.out];
  const int64_t width = table_.row_size;
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    float* to = out.at(p) + shape_.column;
    clear(to, width);
    const auto bag = batch.columns->find_bag(batch.row[p], shape_.input);
    if (!bag) continue;
    const float weight = shape_.pooling == MLORA_POOLING_MEAN ? 1.0f / static_cast<float>(bag->end - bag->begin) : 1.0f;
    for (int64_t k = bag->begin; k < bag->end; ++k) {
      const int32_t id = read_once(ids[k]);
      if (in_table(table_, id)) kernels().add_scaled(width, weight, table_.row(id), to);
    }
  }
}

void Scale::lay_out(const ScaleOp& shape, std::vector<Parameter>& parameters) {
  parameters[shape.vector].layout = {Layout::PADDED, 1, parameters[shape.vector].row_size, 1};
}

Scale::Scale(const ScaleOp& shape, std::vector<Parameter>& parameters)
    : shape_(shape), vector_(parameters[shape.vector]) {}

void Scale::forward(const Panel& panel) noexcept {
  const Batch& batch = *panel.batch;
  const float* numbers = batch.columns->data[shape_.input].numbers;
  const Rows<float>& out = panel.frame->value[shape_.out];
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const float number = numbers[batch.row[p]];
    float* to = out.at(p) + shape_.column;
    for (int64_t i = 0; i < vector_.row_size; ++i) to[i] = number * vector_.value[i];
  }
}

void Scale::prepare(const Sink& sink, const Plan&) {
  if (sink.wants(vector_)) sum_.reserve(vector_.stride, "gradient of a vector");
}

void Scale::add_tasks(const Block& block, std::vector<Task>& tasks) {
  if (block.sink->wants(vector_)) tasks.push_back({this, 0, 0, 0});
}

void Scale::run(const Block& block, const Task&, float*) noexcept {
  if (block.starts()) std::memset(sum_.data(), 0, vector_.stride * sizeof(float));
  const float* numbers = block.batch->columns->data[shape_.input].numbers;
  const Rows<float>& g = block.frame->gradient[shape_.out];
  for (int64_t p = block.first; p < block.end; ++p) {
    kernels().add_scaled(vector_.row_size, numbers[block.batch->row[p]], g.at(p) + shape_.column, sum_.data());
  }
  if (block.ends()) block.sink->take_row(vector_, 0, sum_.data());
}

void TableGradient::reserve(const Batch& batch, int threads) {
  int64_t entries = 0;
  for (const Use& use : uses_) {
    if (!use.bag) {
      entries += batch.count;
      continue;
    }
    for (int64_t p = 0; p < batch.count; ++p) {
      const auto [begin, end] = batch.columns->bag(batch.row[p], use.input);
      entries += end - begin;
    }
  }
  entries_.reserve(entries, "ids of a batch");
  keys_.reserve(entries, "ids of a batch");
  other_.reserve(entries, "ids of a batch");
  starts_.reserve(entries + 1, "ids of a batch");
  room_ = entries;
  sums_.reserve(threads * round_up(table_->stride, 16), "gradient of a table row");
}

void TableGradient::collect(const Batch& batch, const Sink& sink) noexcept {
  int64_t n = 0;
  const auto add = [&](int32_t id, int64_t position, size_t use, float weight) {
    if (n == room_ || !in_table(*table_, id) || !sink.wants(*table_, id)) return;
    entries_[n] = {static_cast<int32_t>(position), static_cast<int32_t>(use), weight};
    keys_[n] = {static_cast<uint32_t>(id), static_cast<uint32_t>(n)};
    ++n;
  };
  for (size_t u = 0; u < uses_.size(); ++u) {
    const Use& use = uses_[u];
    const int32_t* ids = use.input == MLORA_DOMAIN ? batch.columns->domains : batch.columns->data[use.input].ids;
    for (int64_t p = 0; p < batch.count; ++p) {
      if (!use.bag) {
        add(read_once(ids[batch.row[p]]), p, u, 1.0f);
      } else if (const auto bag = batch.columns->find_bag(batch.row[p], use.input)) {
        const float weight = use.mean ? 1.0f / static_cast<float>(bag->end - bag->begin) : 1.0f;
        for (int64_t k = bag->begin; k < bag->end; ++k) add(read_once(ids[k]), p, u, weight);
      }
    }
  }
  sorted_ = sort_by_key(keys_.data(), other_.data(), n, static_cast<uint32_t>(table_->rows));
  touched_ = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (i == 0 || sorted_[i].key != sorted_[i - 1].key) starts_[touched_++] = i;
  }
  starts_[touched_] = n;
}

void TableGradient::catch_up(const Optimizer& optimizer, int64_t begin, int64_t end, uint32_t step) noexcept {
  Parameter& table = *table_;
  const int64_t count = end - begin;
  int64_t rows[kTableRows];
  for (int64_t i = 0; i < count; ++i) {
    rows[i] = sorted_[starts_[begin + i]].key;
    __builtin_prefetch(&table.stamp[rows[i]]);
  }
  // Rows that are moved together share steps where they have waited for as long.
  uint64_t order[kTableRows];
  for (int64_t i = 0; i < count; ++i) order[i] = uint64_t{table.stamp[rows[i]]} << 32 | static_cast<uint64_t>(rows[i]);
  std::sort(order, order + count);
  for (int64_t i = 0; i < count; ++i) rows[i] = static_cast<uint32_t>(order[i]);
  for (int64_t i = 0; i < count; i += kTogether) {
    for (int64_t r = i + kAhead; r < std::min(i + kAhead + kTogether, count); ++r) {
      __builtin_prefetch(table.row(rows[r]));
      if (!table.first.empty()) __builtin_prefetch(table.first.data() + rows[r] * table.stride);
      if (!table.second.empty()) __builtin_prefetch(table.second.data() + rows[r] * table.stride);
    }
    optimizer.catch_up(table, rows + i, std::min<int64_t>(kTogether, count - i), step);
  }
}

void TableGradient::run(const Frame& frame, const Sink& sink, int64_t begin, int64_t end, int thread) noexcept {
  const Kernels& k = kernels();
  Parameter& table = *table_;
  const int64_t width = table.row_size;
  float* sum = sums_.data() + thread * round_up(table.stride, 16);
  for (int64_t i = begin; i < end; ++i) {
    if (i + kAhead < end) {
      const int64_t next = sorted_[starts_[i + kAhead]].key;
      __builtin_prefetch(table.row(next), 1);
      if (!table.first.empty()) __builtin_prefetch(table.first.data() + next * table.stride, 1);
      if (!table.second.empty()) __builtin_prefetch(table.second.data() + next * table.stride, 1);
    }
    clear(sum, width);
    for (int64_t e = starts_[i]; e < starts_[i + 1]; ++e) {
      const Entry& entry = entries_[sorted_[e].item];
      const Use& use = uses_[entry.use];
      k.add_scaled(width, entry.weight, frame.gradient[use.value].at(entry.position) + use.column, sum);
    }
    sink.take_row(table, sorted_[starts_[i]].key, sum);
  }
}

}  // namespace mlora
