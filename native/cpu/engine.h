// A network compiled for this processor: parameters, ops, optimizer and work space.
#ifndef MLORA_CPU_ENGINE_H
#define MLORA_CPU_ENGINE_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "columns.h"
#include "dense.h"
#include "network.h"
#include "op.h"
#include "optimizer.h"
#include "partitioned_norm.h"
#include "table.h"
#include "threads.h"

namespace mlora {

class Engine {
 public:
  // How the work is cut; none of it changes a result.
  struct Options {
    int threads = 1;
    int64_t block_rows = 1024;    // most rows whose activations a step holds at once
    int64_t panel_rows = 48;      // rows that a thread takes at once
    int64_t predict_rows = 8192;  // rows that are sorted by domain at once
  };

  Engine(const Network& network, const Options& options);
  // One that predicts from the weights of another, in work space of its own, see mlora_engine_share.
  struct Sharing {
    Engine& other;
  };
  explicit Engine(const Sharing& sharing);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  // Throws Invalid where this engine only predicts; require_alone also where others predict from its weights.
  void require_whole() const;
  void require_alone() const;
  void write(int parameter, int slot, int64_t offset, const float* values, int64_t count);
  void read(int parameter, int slot, int64_t offset, float* values, int64_t count);
  void set_optimizer(const Optimizer::Settings& settings);
  void set_rule(int parameter, int first_row, int row_count, double rate_scale, double l2);
  void reset_optimizer();
  int64_t step() const { return step_; }
  void set_step(int64_t step);
  void set_order(const Columns& columns, const int32_t* rows, int count);
  void train(int from, int count);
  void take_loss(double* sum, int64_t* rows);
  double gradients(const Columns& columns, const int32_t* rows, int count, bool dropout);
  void fix_dropout(int stream, const uint8_t* keep, int64_t count);
  void predict(const Columns& columns, int from, int count, float* logits, float* probabilities);
  // Does all updates that are due.
  void flush();

 private:
  // The threads of engines with the same weights, and what those beside the calling one work in.
  struct Team {
    explicit Team(int count) : threads(count) {}
    Threads threads;
    std::atomic<int> sharing{0};  // engines that only predict
    std::vector<Frame> frames;    // of predictions
    Array<float> scratch;
  };
  using Parameters = std::shared_ptr<std::vector<Parameter>>;
  static Parameters lay_out(const Network& network);
  Engine(const Network& network, const Options& options, std::shared_ptr<Team> team, Parameters parameters);

  Parameter& parameter(int index, int slot);
  std::unique_ptr<Op> make_op(int index, const OpShape& shape);
  TableGradient& table_gradient(int table);
  // Floats of a row of a frame that no op wants whole.
  int64_t row_floats(bool training) const;
  // Allocates a frame for the given rows; what holds a whole batch has whole_rows rows.
  void shape_frame(Frame& frame, int64_t rows, bool training, int64_t whole_rows) const;
  Plan make_plan(const Sink& sink) const;
  void check_fixed_dropout(int64_t count) const;
  // Forward, backward and gradients of batch_; gives the sum of the loss.
  double run_step(const Sink& sink, bool dropout);
  // Brings parameters of the domains whose runs begin in [first, end) up to the last step.
  void catch_up_domains(int64_t first, int64_t end);
  // Rows of a block of batch_.
  int64_t block_rows() const;
  void run_tables(const Sink& sink);
  // Tells ops of the runs that begin at positions [first, end), whose domains are up to date.
  void begin_runs(const Batch& batch, int64_t first, int64_t end, bool training);
  // Panels of a block, then gradients of parameters over it; place is where a run that crosses is summed.
  void run_block(const Panel& all, const Sink& sink, int64_t first, int64_t end, int* place);
  // Ends what needed the gradients of a whole batch: norms, and lookups that they read.
  void run_tasks(const Block& block);
  void finish_norms(const Panel& all, const Sink& sink);
  void run_panel(const Panel& panel, bool backward) noexcept;
  float* scratch(int thread) const {
    return thread == 0 ? scratch_.data() : team_->scratch.data() + (thread - 1) * scratch_size_;
  }
  Frame& predict_frame(int thread) { return thread == 0 ? predict_frame_ : team_->frames[thread - 1]; }
  void start_backward(const Panel& panel) noexcept;
  // What was made of weights for predictions holds no longer.
  void forget_made();
  void values_changed();
  // Lets updates of the rows that the parameter's rule trains begin with the next step.
  void stamp_trained(Parameter& p);

  const Network network_;
  const Options options_;
  const std::shared_ptr<Team> team_;
  Threads& threads_;
  const Parameters held_;  // by all engines that predict from them
  std::vector<Parameter>& parameters_;
  bool predicts_only_ = false;
  std::vector<std::unique_ptr<Op>> ops_;
  std::vector<Dense*> dense_;
  std::vector<PartitionedNorm*> norms_;
  std::vector<bool> read_by_norm_;  // by op
  int64_t scratch_size_ = 0;
  Array<float> scratch_;  // of the calling thread
  std::vector<TableGradient> tables_;
  Optimizer optimizer_;
  uint32_t step_ = 0;
  bool pending_ = false;  // rows wait for updates

  const Columns* order_columns_ = nullptr;
  std::vector<int32_t> order_;
  double loss_sum_ = 0;
  int64_t loss_rows_ = 0;

  Batch batch_;
  Frame frame_;
  int64_t frame_rows_ = 0, frame_whole_rows_ = 0;
  std::vector<bool> frame_whole_;
  Array<double> losses_;
  std::vector<Task> tasks_;
  struct Part {
    int64_t table, begin, end;
  };
  std::vector<Part> parts_;
  std::vector<Parameter*> lazy_;  // by domain, moved by steps without gradient

  Frame predict_frame_;  // of the calling thread
  Batch predict_batch_;
};

}  // namespace mlora
#endif
