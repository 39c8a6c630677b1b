// Embedding tables: lookups of ids, bags of ids and domains, and numbers times a vector.
//
// Gradients of a table: all ids of the batch that read it, sorted by id (equal ids by position), give
// the rows touched; each row's gradient is summed in that order and applied at once.
#ifndef MLORA_CPU_TABLE_H
#define MLORA_CPU_TABLE_H

#include <vector>

#include "op.h"

namespace mlora {

class Lookup final : public Op {
 public:
  Lookup(const LookupOp& shape, std::vector<Parameter>& parameters);
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel&) noexcept override {}
  void prepare(const Sink&, const Plan&) override {}
  void add_tasks(const Block&, std::vector<Task>&) override {}
  void run(const Block&, const Task&, float*) noexcept override {}

 private:
  const LookupOp shape_;
  const Parameter& table_;
};

class BagLookup final : public Op {
 public:
  BagLookup(const BagLookupOp& shape, std::vector<Parameter>& parameters);
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel&) noexcept override {}
  void prepare(const Sink&, const Plan&) override {}
  void add_tasks(const Block&, std::vector<Task>&) override {}
  void run(const Block&, const Task&, float*) noexcept override {}

 private:
  const BagLookupOp shape_;
  const Parameter& table_;
};

class Scale final : public Op {
 public:
  static void lay_out(const ScaleOp& shape, std::vector<Parameter>& parameters);
  Scale(const ScaleOp& shape, std::vector<Parameter>& parameters);
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel&) noexcept override {}
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;

 private:
  const ScaleOp shape_;
  Parameter& vector_;
  Array<float> sum_;
};

// Most touched rows of a table in one task.
constexpr int64_t kTableRows = 64;

// The ids of a batch that read one table, and their gradients.
class TableGradient {
 public:
  // One op that reads the table.
  struct Use {
    int input;
    bool bag, mean;
    int value, column;
  };

  explicit TableGradient(Parameter& table) : table_(&table) {}
  void add_use(const Use& use) { uses_.push_back(use); }
  Parameter& table() const { return *table_; }
  const std::vector<Use>& uses() const { return uses_; }

  // Makes room for the batch's ids; may throw OutOfMemory, or Invalid where offsets of bags have changed.
  void reserve(const Batch& batch, int threads);
  // Collects and sorts the ids whose rows the sink wants; no more of them than there is room for, as bags may have grown.
  void collect(const Batch& batch, const Sink& sink) noexcept;
  int64_t touched() const { return touched_; }
  // Brings touched rows [begin, end) up to a step, at most kTableRows.
  void catch_up(const Optimizer& optimizer, int64_t begin, int64_t end, uint32_t step) noexcept;
  // Sums and hands over the gradients of touched rows [begin, end).
  void run(const Frame& frame, const Sink& sink, int64_t begin, int64_t end, int thread) noexcept;

 private:
  struct Entry {
    int32_t position;
    int32_t use;
    float weight;
  };

  Parameter* table_;
  std::vector<Use> uses_;
  Array<Entry> entries_;
  int64_t room_ = 0;  // ids that the batch had in reserve
  Array<Keyed> keys_, other_;
  const Keyed* sorted_ = nullptr;
  Array<int64_t> starts_;  // of each touched row's ids in sorted_, and the end
  int64_t touched_ = 0;
  Array<float> sums_;  // a row for each thread
};

}  // namespace mlora
#endif
