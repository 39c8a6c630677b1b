// Partitioned normalization: out = (gamma gamma_d) (x - mean_d) / sqrt(variance_d + epsilon) + beta + beta_d, in
// training over the batch's rows of domain d, in predictions by moving statistics.
//
// Statistics need all rows of a domain before its first panel, and gradients all of them after its last one. So a
// step has two phases more: survey runs the lookups of the whole batch and takes statistics of chunks of rows,
// which are put together run by run; finish does the same for the gradient's sums, and then gives the gradient of
// x. Chunks are cut by runs alone and summed in order, so that the number of threads changes no bit.
#ifndef MLORA_CPU_PARTITIONED_NORM_H
#define MLORA_CPU_PARTITIONED_NORM_H

#include <memory>
#include <vector>

#include "interaction.h"
#include "threads.h"

namespace mlora {

class PartitionedNorm final : public Interaction {
 public:
  PartitionedNorm(int index, const PartitionedNormOp& shape, const Network& network,
                  std::vector<Parameter>& parameters);

  int input() const { return shape_.in; }
  int output() const { return shape_.out; }
  // Ops that write parts of x.
  void add_lookup(Op* lookup) { lookups_.push_back(lookup); }

  void allocate() override;
  void make() noexcept override;
  void forget() override { made_ = false; }
  void share(const Op& other) override;
  void begin(const Batch& batch, int64_t run, bool training) noexcept override;
  void forward(const Panel& panel) noexcept override;
  // Left to finish.
  void backward(const Panel&) noexcept override {}

  // Makes room for a batch; may throw OutOfMemory.
  void reserve(const Batch& batch, int threads);
  // Before the first panel of a step; all is the whole batch.
  void survey(const Panel& all, Threads& threads) noexcept;
  // After its last one: gradients of x and of parameters, and moved statistics.
  void finish(const Panel& all, const Sink& sink, Threads& threads) noexcept;

 private:
  struct Chunk {
    int64_t run, begin, end;
    int64_t rows() const { return end - begin; }
  };
  // Mean, slope and shift of the rows of a domain, -1 for unknown: out = slope (x - mean) + shift.
  float* mean(int domain) const { return affine_->data() + (domain + 1) * 3 * width(); }
  float* slope(int domain) const { return mean(domain) + width(); }
  float* shift(int domain) const { return mean(domain) + 2 * width(); }
  // Two arrays of a column each, of a chunk or a run.
  double* of_chunk(int64_t chunk) const { return chunk_sums_.data() + chunk * 2 * width(); }
  double* moments(int64_t run) const { return moments_.data() + run * 2 * width(); }
  double* sums(int64_t run) const { return sums_.data() + run * 2 * width(); }
  float* space(int thread) const { return space_.data() + thread * 4 * width(); }
  template <typename Number>
  void fill(int domain, const Number* means, const Number* variances) noexcept;
  void fill_moving(int domain) noexcept;
  template <typename Body>
  void each_chunk(int64_t run, const Body& body) const;

  void survey_chunk(const Panel& panel, int64_t chunk, int thread) noexcept;
  void put_together(int64_t run) noexcept;
  void sum_chunk(const Panel& all, int64_t chunk, int thread) noexcept;
  void sum_run(const Batch& batch, int64_t run) noexcept;
  void give_chunk(const Panel& all, int64_t chunk, int thread) noexcept;
  void give_parameters(const Batch& batch, const Sink& sink) noexcept;
  void move_statistics(const Batch& batch) noexcept;
  void decay(Parameter& moving, int64_t row) noexcept;
  void take_in(Parameter& moving, int64_t row, const Run& rows, const double* moments) noexcept;

  const PartitionedNormOp shape_;
  Parameter& gamma_;
  Parameter& beta_;
  Parameter& moving_;
  Parameter& own_gamma_;
  Parameter& own_beta_;
  Parameter& own_moving_;
  std::vector<Op*> lookups_;

  std::shared_ptr<Array<float>> affine_;
  bool made_ = false;  // affine_ of all domains, by moving statistics
  std::vector<Chunk> chunks_;
  std::vector<int64_t> first_chunk_;  // by run, and the end
  Array<double> chunk_sums_;          // means and squares, then sums of g and of g (x - mean)
  Array<double> moments_;             // means and variances of the batch's runs
  Array<double> sums_;                // of g, and of g times the normalized x
  Array<float> corrections_;          // by run: what the gradient of x has beside slope g, constant and of x - mean
  Array<float> space_;                // by thread
};

}  // namespace mlora
#endif
