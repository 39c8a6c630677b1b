// A training step, and gradients without one.
#include <algorithm>
#include <cmath>

#include "engine.h"
#include "error.h"

namespace mlora {
namespace {

// Blocks get smaller where their domains' parameters and moments would not stay in a share of L3 from
// being caught up to being updated,
constexpr int64_t kDomainBytes = 4 << 20;
// and where their activations would not stay in a thread's share of L2 and L3 from forward to the gradients of
// parameters; but not so small that each block's pass over these gradients counts.
constexpr int64_t kActivationBytes = 2 << 20;
constexpr int64_t kActivationsToGradients = 4;
constexpr int64_t kLeastRows = 96;

}  // namespace

Plan Engine::make_plan(const Sink& sink) const {
  Plan plan;
  plan.value_needs.assign(network_.values().size(), false);
  plan.adds.assign(network_.ops().size(), 0);
  const std::vector<OpShape>& ops = network_.ops();
  for (const OpShape& op : ops) {
    bool needed = false;
    for (int p : parameters_of(op)) needed = needed || sink.wants(parameters_[p]);
    for (int value : values_fed_back(op)) needed = needed || plan.value_needs[value];
    if (needed) plan.value_needs[value_written(op)] = true;
  }
  std::vector<bool> begun(network_.values().size(), false);
  begun[network_.logit()] = true;
  // Norms hand gradients back after all panels, whichever op comes first.
  for (bool of_norms : {false, true}) {
    for (size_t i = ops.size(); i-- > 0;) {
      if (std::holds_alternative<PartitionedNormOp>(ops[i]) != of_norms) continue;
      if (!plan.value_needs[value_written(ops[i])]) continue;
      uint32_t bit = 1;
      for (int value : values_fed_back(ops[i])) {
        if (begun[value]) plan.adds[i] |= bit;
        begun[value] = true;
        bit <<= 1;
      }
    }
  }
  return plan;
}

void Engine::check_fixed_dropout(int64_t count) const {
  for (const Dense* dense : dense_) {
    MLORA_REQUIRE(dense->fixed_rows() == 0 || dense->fixed_rows() == count,
                  "stream %d has fixed dropout masks for %lld rows, not %lld", dense->shape().stream,
                  static_cast<long long>(dense->fixed_rows()), static_cast<long long>(count));
  }
}

void Engine::start_backward(const Panel& panel) noexcept {
  const Batch& batch = *panel.batch;
  const Rows<float>& logit = panel.frame->value[network_.logit()];
  const Rows<float>& gradient = panel.frame->gradient[network_.logit()];
  const double scale = 1.0 / static_cast<double>(batch.count);
  for (int64_t p = panel.begin; p < panel.end; ++p) {
    const double z = logit.at(p)[0];
    const double y = batch.columns->labels[batch.row[p]];
    const double weight = batch.columns->weights == nullptr ? 1 : batch.columns->weights[batch.row[p]];
    const double e = std::exp(-std::fabs(z));
    losses_[p] = weight * (std::max(z, 0.0) - z * y + std::log1p(e));
    if (z != z) losses_[p] = z;
    const double probability = z >= 0 ? 1 / (1 + e) : e / (1 + e);
    gradient.at(p)[0] = static_cast<float>(weight * (probability - y) * scale);
  }
}

void Engine::run_panel(const Panel& panel, bool backward) noexcept {
  for (size_t i = 0; i < ops_.size(); ++i) {
    if (!backward || !read_by_norm_[i]) ops_[i]->forward(panel);
  }
  if (!backward) return;
  start_backward(panel);
  for (size_t i = ops_.size(); i-- > 0;) ops_[i]->backward(panel);
}

void Engine::catch_up_domains(int64_t first, int64_t end) {
  // A run that began in an earlier block was caught up there.
  const auto [begin, stop] = batch_.runs_beginning(first, end);
  const Run* runs = batch_.runs.data() + begin;
  threads_.run(stop - begin, [&](int64_t i, int) {
    const int domain = runs[i].domain;
    for (Parameter* p : lazy_) {
      if (domain >= 0 && p->trains(domain)) optimizer_.catch_up(*p, domain, step_);
    }
  });
}

int64_t Engine::block_rows() const {
  constexpr int64_t kFloat = sizeof(float);
  int64_t moved = 0;  // bytes of a domain
  for (const Parameter* p : lazy_) {
    const int arrays = 1 + (p->first.empty() ? 0 : 1) + (p->second.empty() ? 0 : 1);
    moved += p->stride * arrays * kFloat;
  }
  int64_t summed = 0;  // bytes of gradients that every block adds to
  for (const Parameter& p : parameters_) {
    if (p.row_kind == MLORA_ROWS_WHOLE) summed += p.stride * kFloat;
  }
  const int64_t least = kLeastRows * threads_.count();
  const int64_t of_domains = batch_.count * kDomainBytes / std::max<int64_t>(1, moved * batch_.run_count);
  const int64_t activations = std::max(kActivationBytes * threads_.count(), kActivationsToGradients * summed);
  const int64_t of_activations = round_up(activations / (row_floats(true) * kFloat), options_.panel_rows);
  return std::min({std::max(of_domains, kLeastRows), std::max(of_activations, least), options_.block_rows,
                   batch_.count});
}

void Engine::begin_runs(const Batch& batch, int64_t first, int64_t end, bool training) {
  const auto [begin, stop] = batch.runs_beginning(first, end);
  const int64_t offset = begin;
  threads_.run(stop - begin, [&](int64_t i, int) {
    for (const std::unique_ptr<Op>& op : ops_) op->begin(batch, offset + i, training);
  });
}

void Engine::run_block(const Panel& all, const Sink& sink, int64_t first, int64_t end, int* place) {
  frame_.place(first);
  catch_up_domains(first, end);
  begin_runs(batch_, first, end, true);
  const int64_t panels = (end - first + options_.panel_rows - 1) / options_.panel_rows;
  threads_.run(panels, [&](int64_t i, int thread) {
    Panel panel = all;
    panel.scratch = scratch(thread);
    panel.begin = first + i * options_.panel_rows;
    panel.end = std::min(panel.begin + options_.panel_rows, end);
    run_panel(panel, true);
  });
  Block block = {&batch_, &frame_, &sink, all.plan, first, end, all.dropout, *place, 0};
  const Run& crossing = batch_.runs[batch_.run_at(first)];
  block.place_out = crossing.begin < first && crossing.end > end ? *place : 1 - *place;
  *place = block.place_out;
  tasks_.clear();
  for (size_t i = ops_.size(); i-- > 0;) {
    if (!read_by_norm_[i]) ops_[i]->add_tasks(block, tasks_);
  }
  run_tasks(block);
}

void Engine::run_tasks(const Block& block) {
  threads_.run(static_cast<int64_t>(tasks_.size()),
               [&](int64_t i, int thread) { tasks_[i].op->run(block, tasks_[i], scratch(thread)); });
}

void Engine::finish_norms(const Panel& all, const Sink& sink) {
  for (size_t i = norms_.size(); i-- > 0;) norms_[i]->finish(all, sink, threads_);
  const Block block = {&batch_, &frame_, &sink, all.plan, 0, all.end, all.dropout, 0, 0};
  tasks_.clear();
  for (size_t i = ops_.size(); i-- > 0;) {
    if (read_by_norm_[i]) ops_[i]->add_tasks(block, tasks_);
  }
  run_tasks(block);
}

double Engine::run_step(const Sink& sink, bool dropout) {
  const int64_t count = batch_.count;
  const Plan plan = make_plan(sink);
  // Tables and norms need the gradients of the whole batch.
  std::vector<bool> whole(network_.values().size(), false);
  for (TableGradient& table : tables_) {
    if (!sink.wants(table.table())) continue;
    for (const TableGradient::Use& use : table.uses()) whole[use.value] = true;
    table.reserve(batch_, threads_.count());
  }
  for (PartitionedNorm* norm : norms_) {
    whole[norm->input()] = whole[norm->output()] = true;
    norm->reserve(batch_, threads_.count());
  }
  lazy_.clear();
  for (Parameter& p : parameters_) {
    if (!sink.keep && p.row_kind == MLORA_ROWS_BY_DOMAIN && optimizer_.moves_untouched(p)) lazy_.push_back(&p);
  }
  const int64_t block_rows = this->block_rows();
  if (block_rows > frame_rows_ || count > frame_whole_rows_ || whole != frame_whole_) {
    Frame frame;
    frame.whole_gradient = whole;
    frame.whole_value.resize(whole.size(), false);
    for (PartitionedNorm* norm : norms_) frame.whole_value[norm->input()] = true;
    const int64_t whole_rows = std::max(count, frame_whole_rows_);
    const int64_t rows = std::max(block_rows, frame_rows_);
    shape_frame(frame, rows, true, whole_rows);
    frame_ = std::move(frame);
    frame_rows_ = rows;
    frame_whole_rows_ = whole_rows;
    frame_whole_ = whole;
  }
  losses_.reserve(count, "losses of a batch");
  for (const std::unique_ptr<Op>& op : ops_) op->prepare(sink, plan);

  // Nothing below allocates anything but small lists.
  threads_.run(static_cast<int64_t>(tables_.size()), [&](int64_t t, int) {
    if (sink.wants(tables_[t].table())) tables_[t].collect(batch_, sink);
  });
  if (!sink.keep) {
    parts_.clear();
    for (size_t t = 0; t < tables_.size(); ++t) {
      if (!optimizer_.moves_untouched(tables_[t].table())) continue;
      const int64_t touched = tables_[t].touched();
      for (int64_t i = 0; i < touched; i += kTableRows) {
        parts_.push_back({static_cast<int64_t>(t), i, std::min(i + kTableRows, touched)});
      }
    }
    threads_.run(static_cast<int64_t>(parts_.size()), [&](int64_t i, int) {
      tables_[parts_[i].table].catch_up(optimizer_, parts_[i].begin, parts_[i].end, step_);
    });
  }

  const Panel all = {&batch_, &frame_, &plan, 0, count, dropout,
                     static_cast<uint64_t>(optimizer_.settings().seed), sink.step, nullptr};
  for (PartitionedNorm* norm : norms_) norm->survey(all, threads_);
  int place = 0;
  for (int64_t first = 0; first < count; first += block_rows) {
    run_block(all, sink, first, std::min(first + block_rows, count), &place);
  }
  if (!norms_.empty()) finish_norms(all, sink);
  if (!sink.takes_parts()) {
    for (size_t i = 0; i < ops_.size(); ++i) {
      if (plan.value_needs[value_written(network_.ops()[i])]) ops_[i]->finish_whole(sink);
    }
  }
  run_tables(sink);
  forget_made();
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += losses_[i];
  return sum;
}

void Engine::run_tables(const Sink& sink) {
  parts_.clear();
  for (size_t t = 0; t < tables_.size(); ++t) {
    if (!sink.wants(tables_[t].table())) continue;
    const int64_t touched = tables_[t].touched();
    for (int64_t i = 0; i < touched; i += kTableRows) {
      parts_.push_back({static_cast<int64_t>(t), i, std::min(i + kTableRows, touched)});
    }
  }
  threads_.run(static_cast<int64_t>(parts_.size()), [&](int64_t i, int thread) {
    tables_[parts_[i].table].run(frame_, sink, parts_[i].begin, parts_[i].end, thread);
  });
}

void Engine::train(int from, int count) {
  MLORA_REQUIRE(from >= 0 && count >= 1 && from <= static_cast<int>(order_.size()) - count,
                "rows [%d, %d + %d) of an order of %zu", from, from, count, order_.size());
  MLORA_REQUIRE(step_ < UINT32_MAX - 1, "step %u is the last one", step_);
  check_fixed_dropout(count);
  for (Parameter& p : parameters_) {
    if (p.trains()) optimizer_.prepare(p, step_);
  }
  optimizer_.extend(step_ + 1);
  batch_.reserve(count, network_.domains());
  batch_.sort(*order_columns_, order_.data() + from, 0, count, network_.domains());
  const Sink sink = {&optimizer_, step_ + 1, false};
  loss_sum_ += run_step(sink, true);
  loss_rows_ += count;
  ++step_;
  pending_ = true;
}

double Engine::gradients(const Columns& columns, const int32_t* rows, int count, bool dropout) {
  MLORA_REQUIRE(count >= 1 && rows != nullptr, "gradients of %d rows", count);
  columns.check_bound(network_);
  columns.check_rows(network_, rows, count, true);
  if (dropout) check_fixed_dropout(count);
  flush();
  for (Parameter& p : parameters_) {
    if (p.gradient.empty()) {
      p.gradient = Array<float>(p.rows * p.stride, "gradients");
    } else {
      std::fill(p.gradient.begin(), p.gradient.end(), 0.0f);
    }
  }
  batch_.reserve(count, network_.domains());
  batch_.sort(columns, rows, 0, count, network_.domains());
  const Sink sink = {&optimizer_, step_ + 1, true};
  const double sum = run_step(sink, dropout);
  for (Parameter& p : parameters_) {
    const int64_t begin = p.rule_first * p.stride, end = (p.rule_first + p.rule_count) * p.stride;
    for (int64_t i = begin; p.l2 != 0 && i < end; ++i) {
      p.gradient[i] += static_cast<float>(2 * p.l2) * p.value[i];
    }
  }
  return sum / count;
}

}  // namespace mlora
