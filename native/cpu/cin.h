// One layer of a compressed interaction network: out_m = relu(sum of W[i H + j, m] (x0_i * x_j) + b_m).
#ifndef MLORA_CPU_CIN_H
#define MLORA_CPU_CIN_H

#include "interaction.h"
#include "simd/interactions.h"

namespace mlora {

class Cin final : public Interaction {
 public:
  Cin(int index, const CinOp& shape, const Network& network, std::vector<Parameter>& parameters);
  int64_t work_columns(bool training) const override { return training ? k_ * kept_ld_ : 0; }
  int64_t scratch_size() const override;
  void forward(const Panel& panel) noexcept override;
  void backward(const Panel& panel) noexcept override;
  void prepare(const Sink& sink, const Plan& plan) override;
  void add_tasks(const Block& block, std::vector<Task>& tasks) override;
  void run(const Block& block, const Task& task, float* scratch) noexcept override;
  void finish_whole(const Sink& sink) override;

 private:
  enum TaskKind { WEIGHT, BIAS };
  // Maps of a few rows side by side, panel_ columns each, in a thread's scratch.
  struct Scratch {
    float* start;
    float* in;
    float* start_gradient;
    float* in_gradient;
    float* out;       // sums, or their gradients
    float* products;  // of kPairs pairs, or their gradients
  };
  Scratch scratch(const Panel& panel) const;
  // The scratch with the maps of x0 and x in it.
  Scratch gather(const Panel& panel, int64_t p, const MapPanel& at) const noexcept;
  // Calls body(p, at) for the columns of the panel's rows, as many side by side as a panel takes; p is the first row.
  template <typename Body>
  void each_map_panel(const Panel& panel, const Body& body) const;
  // Calls body(i, j, count, place) for the pairs of map i of x0 and maps [j, j + count) of x that are pairs
  // [first, end); place counts from first on.
  template <typename Body>
  void each_start(int64_t first, int64_t end, const Body& body) const;
  void forward(const Panel& panel, int64_t p, const MapPanel& at) const noexcept;
  void slopes(const Panel& panel, int64_t p, const MapPanel& at) const noexcept;
  void backward(const Panel& panel, int64_t p, const MapPanel& at) const noexcept;
  void run_weight(const Block& block, int64_t start, float* z) noexcept;
  void run_bias(const Block& block) noexcept;
  // x0_i[t] * x_j[t] at (t, j).
  void products(const float* start, const float* in, float* to) const noexcept;

  const int64_t k_;            // width of a map
  const int64_t starts_;       // maps of x0
  const int64_t ins_;          // maps of x
  const int64_t pairs_;        // of one of each
  const int64_t maps_;         // maps written
  const int64_t columns_;      // maps padded
  const int64_t kept_ld_;      // from one column's gradients in the work space to the next
  const int64_t products_ld_;  // from one column's products in a gradient task to the next
  const int64_t panel_;        // columns of a panel
  const int64_t rows_;         // rows that a gradient task takes at once
  Parameter& weight_;
  Parameter& bias_;
  Array<float> weight_sum_;
  Array<float> bias_sum_;  // and that of one row
};

}  // namespace mlora
#endif
