// Construction, parameters and settings of an engine.
#include "engine.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "error.h"
#include "interaction.h"

namespace mlora {
namespace {

// Rows that one task catches up.
constexpr int64_t kFlushRows = 1024;

}  // namespace

void Sink::take(Parameter& p, int64_t row, int64_t offset, int64_t n, const float* g) const {
  if (keep) {
    std::copy(g, g + n, p.gradient.data() + row * p.stride + offset);
  } else {
    optimizer->apply(p, row, offset, n, g, step);
  }
}

void Sink::take_row(Parameter& p, int64_t row, const float* g) const {
  if (keep) {
    take(p, row, 0, p.stride, g);
    return;
  }
  optimizer->apply_row(p, row, g, step);
  if (!p.stamp.empty()) p.stamp[row] = step;
}

void Frame::place(int64_t first) {
  for (size_t v = 0; v < value.size(); ++v) {
    if (!whole_value[v]) value[v].first = first;
    if (v < gradient.size() && !whole_gradient[v]) gradient[v].first = first;
  }
  for (DenseRows& d : dense) {
    d.s.first = d.t.first = d.shared.first = first;
    d.keep.first = first;
  }
  for (Rows<float>& w : work) w.first = first;
}

Engine::Engine(const Network& network, const Options& options)
    : Engine(network, options, std::make_shared<Team>(options.threads), lay_out(network)) {
  for (const std::unique_ptr<Op>& op : ops_) op->allocate();
  const int64_t others = options.threads - 1;
  team_->frames.resize(others);
  for (Frame& frame : team_->frames) shape_frame(frame, options.panel_rows, false, 0);
  team_->scratch = Array<float>(product(scratch_size_, others), "scratch of threads");
}

Engine::Engine(const Sharing& sharing)
    : Engine(sharing.other.network_, sharing.other.options_, sharing.other.team_, sharing.other.held_) {
  Engine& other = sharing.other;
  other.require_whole();
  predicts_only_ = true;
  team_->sharing.fetch_add(1, std::memory_order_relaxed);
  other.flush();
  threads_.run(static_cast<int64_t>(ops_.size()), [&](int64_t i, int) { other.ops_[i]->make(); });
  for (size_t i = 0; i < ops_.size(); ++i) ops_[i]->share(*other.ops_[i]);
}

Engine::~Engine() {
  if (predicts_only_) team_->sharing.fetch_sub(1, std::memory_order_release);
}

Engine::Parameters Engine::lay_out(const Network& network) {
  network.check_complete();
  auto parameters = std::make_shared<std::vector<Parameter>>();
  for (const ParameterShape& shape : network.parameters()) {
    Parameter p;
    p.row_kind = shape.row_kind;
    p.rows = shape.row_kind == MLORA_ROWS_WHOLE ? 1 : shape.rows;
    p.row_size = shape.size() / p.rows;
    p.layout = {Layout::PLAIN, 1, p.row_size, 1};
    parameters->push_back(std::move(p));
  }
  for (const OpShape& op : network.ops()) {
    if (const auto* dense = std::get_if<DenseOp>(&op)) Dense::lay_out(*dense, network, *parameters);
    if (const auto* scale = std::get_if<ScaleOp>(&op)) Scale::lay_out(*scale, *parameters);
    lay_out_interaction(op, network, *parameters);
  }
  for (size_t i = 0; i < parameters->size(); ++i) {
    Parameter& p = (*parameters)[i];
    p.stride = p.layout.stride();
    p.value = Array<float>(product(p.rows, p.stride), text("parameter %zu", i).c_str());
  }
  return parameters;
}

Engine::Engine(const Network& network, const Options& options, std::shared_ptr<Team> team, Parameters parameters)
    : network_(network),
      options_(options),
      team_(std::move(team)),
      threads_(team_->threads),
      held_(std::move(parameters)),
      parameters_(*held_) {
  for (size_t i = 0; i < network_.ops().size(); ++i) ops_.push_back(make_op(static_cast<int>(i), network_.ops()[i]));
  read_by_norm_.resize(ops_.size());
  for (PartitionedNorm* norm : norms_) {
    for (size_t i = 0; i < ops_.size(); ++i) {
      if (value_written(network_.ops()[i]) != norm->input()) continue;
      norm->add_lookup(ops_[i].get());
      read_by_norm_[i] = true;
    }
  }
  for (const std::unique_ptr<Op>& op : ops_) scratch_size_ = std::max(scratch_size_, op->scratch_size());
  scratch_ = Array<float>(scratch_size_, "scratch of a thread");
  shape_frame(predict_frame_, options.panel_rows, false, 0);
  predict_batch_.reserve(1, network_.domains());
}

void Engine::require_whole() const {
  MLORA_REQUIRE(!predicts_only_, "this engine shares the weights of another one, and only predicts");
}

void Engine::require_alone() const {
  require_whole();
  // Acquires what engines that are gone have read, so that it is read before it changes.
  const int sharing = team_->sharing.load(std::memory_order_acquire);
  MLORA_REQUIRE(sharing == 0, "%d engines predict from the weights of this one; close them first", sharing);
}

TableGradient& Engine::table_gradient(int table) {
  for (TableGradient& t : tables_) {
    if (&t.table() == &parameters_[table]) return t;
  }
  tables_.emplace_back(parameters_[table]);
  return tables_.back();
}

std::unique_ptr<Op> Engine::make_op(int index, const OpShape& shape) {
  if (const auto* lookup = std::get_if<LookupOp>(&shape)) {
    table_gradient(lookup->table).add_use({lookup->input, false, false, lookup->out, lookup->column});
    return std::make_unique<Lookup>(*lookup, parameters_);
  }
  if (const auto* bag = std::get_if<BagLookupOp>(&shape)) {
    table_gradient(bag->table)
        .add_use({bag->input, true, bag->pooling == MLORA_POOLING_MEAN, bag->out, bag->column});
    return std::make_unique<BagLookup>(*bag, parameters_);
  }
  if (const auto* scale = std::get_if<ScaleOp>(&shape)) return std::make_unique<Scale>(*scale, parameters_);
  if (std::unique_ptr<Op> op = make_interaction(index, shape, network_, parameters_)) {
    if (auto* norm = dynamic_cast<PartitionedNorm*>(op.get())) norms_.push_back(norm);
    return op;
  }
  auto dense = std::make_unique<Dense>(index, std::get<DenseOp>(shape), network_, parameters_);
  dense_.push_back(dense.get());
  return dense;
}

int64_t Engine::row_floats(bool training) const {
  int64_t floats = 0;
  for (int64_t width : network_.values()) floats += (training ? 2 : 1) * row_distance(width);
  for (const Dense* dense : dense_) {
    if (dense->shape().adapted()) floats += (training ? 2 : 1) * dense->rank_ld();
    if (training) floats += row_distance(network_.values()[dense->shape().out]);
  }
  for (const std::unique_ptr<Op>& op : ops_) floats += op->work_columns(training);
  return floats;
}

void Engine::shape_frame(Frame& frame, int64_t rows, bool training, int64_t whole_rows) const {
  const size_t values = network_.values().size();
  frame.whole_value.resize(values, false);
  frame.whole_gradient.resize(values, false);
  std::vector<int64_t> lds;
  int64_t floats = rows * row_floats(training), words = 0;
  for (size_t v = 0; v < values; ++v) {
    lds.push_back(row_distance(network_.values()[v]));
    if (frame.whole_value[v]) floats += (whole_rows - rows) * lds[v];
    if (training && frame.whole_gradient[v]) floats += (whole_rows - rows) * lds[v];
  }
  for (const Dense* dense : dense_) {
    if (training) words += rows * round_up(dense->mask_words(), 4);
  }
  Array<float> float_space(floats, "activations");
  Array<MaskWord> word_space(words, "dropout masks");
  float* next = float_space.data();
  MaskWord* next_word = word_space.data();
  const auto take = [&next](int64_t count, int64_t ld) {
    const Rows<float> taken = {next, ld, 0};
    next += count * ld;
    return taken;
  };
  frame.value.resize(values);
  frame.gradient.resize(training ? values : 0);
  frame.dense.resize(ops_.size());
  frame.work.resize(ops_.size());
  frame.training = training;
  for (size_t v = 0; v < values; ++v) {
    frame.value[v] = take(frame.whole_value[v] ? whole_rows : rows, lds[v]);
    if (training) frame.gradient[v] = take(frame.whole_gradient[v] ? whole_rows : rows, lds[v]);
  }
  for (size_t i = 0; i < ops_.size(); ++i) {
    frame.work[i] = take(rows, ops_[i]->work_columns(training));
    const auto* dense = dynamic_cast<const Dense*>(ops_[i].get());
    if (dense == nullptr) continue;
    DenseRows& work = frame.dense[i];
    if (dense->shape().adapted()) work.s = take(rows, dense->rank_ld());
    if (!training) continue;
    if (dense->shape().adapted()) work.t = take(rows, dense->rank_ld());
    work.shared = take(rows, lds[dense->shape().out]);
    work.keep = {next_word, round_up(dense->mask_words(), 4), 0};
    next_word += rows * work.keep.ld;
  }
  frame.floats = std::move(float_space);
  frame.words = std::move(word_space);
}

Parameter& Engine::parameter(int index, int slot) {
  MLORA_REQUIRE(index >= 0 && index < static_cast<int>(parameters_.size()), "parameter %d of %zu", index,
                parameters_.size());
  MLORA_REQUIRE(slot >= MLORA_SLOT_VALUE && slot <= MLORA_SLOT_GRADIENT, "slot %d is not known", slot);
  return parameters_[index];
}

void Engine::values_changed() {
  for (Dense* dense : dense_) dense->weights_changed();
  forget_made();
}

void Engine::forget_made() {
  for (const std::unique_ptr<Op>& op : ops_) op->forget();
}

void Engine::write(int index, int slot, int64_t offset, const float* values, int64_t count) {
  Parameter& p = parameter(index, slot);
  MLORA_REQUIRE(offset >= 0 && count >= 0 && offset <= p.size() - count,
                "values [%lld, %lld + %lld) of parameter %d, which has %lld", static_cast<long long>(offset),
                static_cast<long long>(offset), static_cast<long long>(count), index, static_cast<long long>(p.size()));
  MLORA_REQUIRE(values != nullptr || count == 0, "no values to write");
  flush();
  if (slot == MLORA_SLOT_VALUE) {
    p.write(p.value, offset, values, count, false);
    values_changed();
    return;
  }
  const bool row_wise = slot == MLORA_SLOT_FIRST_MOMENT && optimizer_.row_wise();
  if (slot == MLORA_SLOT_GRADIENT) {
    if (p.gradient.empty()) p.gradient = Array<float>(p.rows * p.stride, "gradients");
    p.write(p.gradient, offset, values, count, false);
    return;
  }
  optimizer_.prepare(p, step_);
  Array<float>& state = slot == MLORA_SLOT_FIRST_MOMENT ? p.first : p.second;
  MLORA_REQUIRE(!state.empty() || std::all_of(values, values + count, [](float v) { return v == 0; }),
                "the optimizer keeps no slot %d", slot);
  if (!state.empty()) p.write(state, offset, values, count, row_wise);
}

void Engine::read(int index, int slot, int64_t offset, float* values, int64_t count) {
  Parameter& p = parameter(index, slot);
  MLORA_REQUIRE(offset >= 0 && count >= 0 && offset <= p.size() - count,
                "values [%lld, %lld + %lld) of parameter %d, which has %lld", static_cast<long long>(offset),
                static_cast<long long>(offset), static_cast<long long>(count), index, static_cast<long long>(p.size()));
  MLORA_REQUIRE(values != nullptr || count == 0, "no place for the values");
  require_whole();
  flush();
  const bool row_wise = slot == MLORA_SLOT_FIRST_MOMENT && optimizer_.row_wise();
  if (slot == MLORA_SLOT_FIRST_MOMENT && p.first.empty()) {
    std::fill(values, values + count, optimizer_.initial());
    return;
  }
  const Array<float>& from = slot == MLORA_SLOT_VALUE           ? p.value
                             : slot == MLORA_SLOT_FIRST_MOMENT  ? p.first
                             : slot == MLORA_SLOT_SECOND_MOMENT_ROOT ? p.second
                                                                : p.gradient;
  p.read(from, offset, values, count, row_wise);
}

void Engine::set_optimizer(const Optimizer::Settings& settings) {
  Optimizer::check(settings);
  flush();
  const bool other_state = settings.kind != optimizer_.settings().kind;
  optimizer_.set(settings);
  optimizer_.extend(step_);
  for (Parameter& p : parameters_) {
    // Rows that stayed do not make up for it.
    stamp_trained(p);
    if (!other_state) continue;
    // Sums of squares are no momentum: another kind of optimizer starts afresh.
    p.first = Array<float>();
    p.second = Array<float>();
    p.stamp = Array<uint32_t>();
  }
}

void Engine::set_rule(int index, int first_row, int row_count, double rate_scale, double l2) {
  Parameter& p = parameter(index, MLORA_SLOT_VALUE);
  const int rows = network_.parameters()[index].rows;
  MLORA_REQUIRE(first_row >= 0 && row_count >= 0 && first_row <= rows - row_count,
                "rows [%d, %d + %d) of parameter %d, which has %d", first_row, first_row, row_count, index, rows);
  MLORA_REQUIRE(p.row_kind != MLORA_ROWS_WHOLE || row_count == 0 || row_count == rows,
                "parameter %d is WHOLE and cannot be trained in part", index);
  MLORA_REQUIRE(std::isfinite(rate_scale) && rate_scale >= 0, "learning rate scale %g", rate_scale);
  MLORA_REQUIRE(std::isfinite(l2) && l2 >= 0, "l2 %g", l2);
  flush();
  p.rule_first = p.row_kind == MLORA_ROWS_WHOLE ? 0 : first_row;
  p.rule_count = p.row_kind == MLORA_ROWS_WHOLE ? (row_count > 0 ? 1 : 0) : row_count;
  p.rate_scale = rate_scale;
  p.l2 = p.statistics ? 0 : l2;
  stamp_trained(p);
}

void Engine::stamp_trained(Parameter& p) {
  if (p.stamp.empty()) return;
  const auto first = p.stamp.begin() + p.rule_first;
  std::fill(first, first + p.rule_count, step_);
}

void Engine::reset_optimizer() {
  flush();
  for (Parameter& p : parameters_) {
    p.first = Array<float>();
    p.second = Array<float>();
    p.stamp = Array<uint32_t>();
  }
  step_ = 0;
}

void Engine::set_step(int64_t step) {
  MLORA_REQUIRE(step >= 0 && step < UINT32_MAX, "step %lld is not in [0, 2^32 - 1)", static_cast<long long>(step));
  flush();
  step_ = static_cast<uint32_t>(step);
  optimizer_.extend(step_);
  for (Parameter& p : parameters_) std::fill(p.stamp.begin(), p.stamp.end(), step_);
}

void Engine::flush() {
  if (!pending_) return;
  for (Parameter& p : parameters_) {
    if (p.stamp.empty() || !optimizer_.moves_untouched(p)) continue;
    const int64_t tasks = (p.rule_count + kFlushRows - 1) / kFlushRows;
    threads_.run(tasks, [&](int64_t task, int) {
      const int64_t begin = p.rule_first + task * kFlushRows;
      const int64_t end = std::min(begin + kFlushRows, p.rule_first + p.rule_count);
      for (int64_t row = begin; row < end; row += kTogether) {
        int64_t rows[kTogether];
        std::iota(rows, rows + kTogether, row);
        optimizer_.catch_up(p, rows, std::min<int64_t>(kTogether, end - row), step_);
      }
    });
  }
  pending_ = false;
}

void Engine::set_order(const Columns& columns, const int32_t* rows, int count) {
  MLORA_REQUIRE(count >= 0 && (rows != nullptr || count == 0), "%d rows at a null pointer", count);
  columns.check_bound(network_);
  columns.check_rows(network_, rows, count, true);
  order_.assign(rows, rows + count);
  order_columns_ = &columns;
}

void Engine::take_loss(double* sum, int64_t* rows) {
  *sum = loss_sum_;
  *rows = loss_rows_;
  loss_sum_ = 0;
  loss_rows_ = 0;
}

void Engine::fix_dropout(int stream, const uint8_t* keep, int64_t count) {
  MLORA_REQUIRE(count >= 0 && (keep != nullptr || count == 0), "%lld units at a null pointer",
                static_cast<long long>(count));
  bool found = false;
  for (Dense* dense : dense_) {
    if (dense->shape().stream != stream) continue;
    const int width = network_.values()[dense->shape().out];
    MLORA_REQUIRE(count % width == 0, "%lld units do not make rows of %d", static_cast<long long>(count), width);
    dense->fix_dropout(keep, count / width);
    found = true;
  }
  MLORA_REQUIRE(found, "no layer has dropout stream %d", stream);
}

}  // namespace mlora
