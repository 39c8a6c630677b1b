// The seam for ops: each kind of op is one class that runs panels of rows forward and backward and adds
// up its parameters' gradients. A new op is one file here, one shape in network.h and one line in
// make_op (engine.cpp).
//
// A training step cuts the batch, sorted by domain, into blocks of rows and does for each block
//   forward and backward of panels of rows, in parallel, all ops one after the other, then
//   gradients of parameters over the block's rows, in parallel by parameter tile;
// in the last block a tile that is complete goes to the optimizer while it is hot. Gradients of tables
// need the whole batch and come last.
#ifndef MLORA_CPU_OP_H
#define MLORA_CPU_OP_H

#include <cstdint>
#include <memory>
#include <vector>

#include "batch.h"
#include "memory.h"
#include "optimizer.h"
#include "parameter.h"

namespace mlora {

// Rows of a panel that ops take at once, so that what they write stays in L1.
constexpr int64_t kTile = 24;

// Floats from one row to the next: an even number of cache lines would crowd a column of tiles into few cache sets.
inline int64_t row_distance(int64_t width) {
  const int64_t lines = round_up(width, 16) / 16;
  return 16 * (lines >= 4 && lines % 2 == 0 ? lines + 1 : lines);
}

// Rows of x, or of its first columns, times a factor.
inline void scale_rows(int rows, int64_t columns, float factor, float* x, int64_t ld) {
  if (factor == 1) return;
  for (int r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < columns; ++i) x[r * ld + i] *= factor;
  }
}

// Where the rows of a value, or of work space, lie: position p at data + (p - first) * ld.
template <typename T>
struct Rows {
  T* data = nullptr;
  int64_t ld = 0;
  int64_t first = 0;
  T* at(int64_t position) const { return data + (position - first) * ld; }
};

// Work space of a dense op.
struct DenseRows {
  Rows<float> s;        // x A_d
  Rows<float> t;        // G B_d^T
  Rows<float> shared;   // gradient of the shared branch, where dropout makes it differ
  Rows<MaskWord> keep;  // dropout mask
};

// Activations and gradients of a stretch of rows.
class Frame {
 public:
  std::vector<Rows<float>> value;
  std::vector<Rows<float>> gradient;
  std::vector<DenseRows> dense;  // by op
  std::vector<Rows<float>> work;  // by op: work space of other ops
  bool training = false;
  Array<float> floats;
  Array<MaskWord> words;

  // Moves the frame to rows from position first on; what holds a whole batch stays.
  void place(int64_t first);
  // By value: the value, and its gradient, hold all rows of the batch.
  std::vector<bool> whole_value, whole_gradient;
};

// What a step does with gradients: hands them to the optimizer or keeps them.
struct Sink {
  const Optimizer* optimizer;
  uint32_t step;
  bool keep;  // into Parameter::gradient

  // Whether the gradient of this row is wanted.
  bool wants(const Parameter& p) const { return keep || p.trains(); }
  bool wants(const Parameter& p, int64_t row) const { return keep || p.trains(row); }
  // Whether parts of a row may be given one by one.
  bool takes_parts() const { return keep || !optimizer->row_wise(); }
  void take(Parameter& p, int64_t row, int64_t offset, int64_t n, const float* g) const;
  void take_row(Parameter& p, int64_t row, const float* g) const;
};

// How gradients flow in a step.
struct Plan {
  std::vector<bool> value_needs;  // by value: some op before it wants its gradient
  // By op: bit i tells that the gradient of the value that it reads as number i was begun by a later op.
  std::vector<uint32_t> adds;
};

struct Panel {
  const Batch* batch;
  Frame* frame;
  const Plan* plan;  // null without backward
  int64_t begin, end;
  bool dropout;
  uint64_t seed;
  uint32_t step;
  float* scratch;  // of the thread that runs the panel, see Op::scratch_size
};

// Positions [first, end) of the batch whose activations are in the frame.
struct Block {
  const Batch* batch;
  const Frame* frame;
  const Sink* sink;
  const Plan* plan;
  int64_t first, end;
  bool dropout;
  // Which of two places holds the sums of the run that crosses into this block, and out of it.
  int place_in, place_out;
  bool starts() const { return first == 0; }
  bool ends() const { return end == batch->count; }
};

class Op;

// A part of a gradient; a and b mean what the op wants.
struct Task {
  Op* op;
  int kind;
  int64_t a, b;
};

class Op {
 public:
  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op() = default;

  // Room for what is made of weights, where it is not another engine's.
  virtual void allocate() {}
  // Makes what predictions need of weights, for all domains at once; it then serves engines that share the weights, and
  // holds until forget.
  virtual void make() noexcept {}
  virtual void forget() {}
  // Takes what another engine's op of the same parameters has made.
  virtual void share(const Op&) {}

  // Once for each run of a batch, before its first panel; runs of a batch may come in parallel. Tells whether
  // the batch is one that gradients are wanted of.
  virtual void begin(const Batch&, int64_t, bool) noexcept {}
  virtual void forward(const Panel& panel) noexcept = 0;
  virtual void backward(const Panel& panel) noexcept = 0;
  // Readies what gradients add up in for a step; may throw OutOfMemory.
  virtual void prepare(const Sink&, const Plan&) {}
  // Appends the gradient tasks of a block.
  virtual void add_tasks(const Block&, std::vector<Task>&) {}
  virtual void run(const Block&, const Task&, float* /*scratch*/) noexcept {}
  // Hands over gradients that a row-wise optimizer needs whole and tasks gave in parts.
  virtual void finish_whole(const Sink&) {}
  // Floats of work space for each row of a frame, a multiple of 16.
  virtual int64_t work_columns(bool) const { return 0; }
  // Floats of scratch that a thread needs to run a panel or a task, a multiple of 16; what is in them does not last.
  virtual int64_t scratch_size() const { return 0; }
};

}  // namespace mlora
#endif
