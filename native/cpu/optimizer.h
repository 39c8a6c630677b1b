// What an optimizer step does to rows of parameters, and how rows that had no gradient for a while are
// caught up to the same bits as if every step had been applied when it was due.
#ifndef MLORA_CPU_OPTIMIZER_H
#define MLORA_CPU_OPTIMIZER_H

#include <cstdint>
#include <vector>

#include "parameter.h"
#include "simd/kernels.h"

namespace mlora {

class Optimizer {
 public:
  struct Settings {
    int kind = MLORA_SGD;
    double rate = 0;
    double a = 0, b = 0;
    double epsilon = 1e-8;
    int epsilon_rule = MLORA_EPSILON_TENSORFLOW;
    int untouched = MLORA_UNTOUCHED_MOVE;
    int64_t seed = 0;
  };

  // Throws Invalid where a number makes no sense.
  static void check(const Settings& settings);
  void set(const Settings& settings);
  const Settings& settings() const { return settings_; }

  bool row_wise() const { return settings_.kind == MLORA_ROW_WISE_ADAGRAD; }
  // Where the optimizer's state starts.
  float initial() const;
  bool has_first() const { return settings_.kind != MLORA_SGD; }
  bool has_second() const { return settings_.kind == MLORA_ADAM; }

  // Whether a step changes rows of the parameter that have no gradient.
  bool moves_untouched(const Parameter& p) const;
  // Allocates the state of a trained parameter.
  void prepare(Parameter& p, uint32_t step) const;
  // Readies the numbers of steps up to this one for catch_up.
  void extend(uint32_t step);

  // Applies step t to values [offset, offset + n) of a row, in physical layout. Not for row-wise state.
  void apply(Parameter& p, int64_t row, int64_t offset, int64_t n, const float* g, uint32_t t) const;
  // Applies step t to a whole row.
  void apply_row(Parameter& p, int64_t row, const float* g, uint32_t t) const;
  // Applies the steps without gradient after the row's stamp, up to t.
  void catch_up(Parameter& p, int64_t row, uint32_t t) const;
  // The same for several rows, which must differ.
  void catch_up(Parameter& p, const int64_t* rows, int64_t count, uint32_t t) const;

 private:
  Step at(const Parameter& p, uint32_t t) const;
  // A row of any optimizer but Adam.
  void penalize(Parameter& p, int64_t row, uint32_t t) const;
  // Up to kTogether rows of Adam.
  void move_together(Parameter& p, const int64_t* rows, int count, uint32_t t) const;

  Settings settings_;
  // Bias corrections of step t at t - 1; later steps are as the last one once settled.
  struct Correction {
    double rate;  // factor of the learning rate
    float root;   // factor of u
  };
  Correction correction(uint32_t t) const;
  std::vector<Correction> corrections_;
  uint32_t settled_ = 0;  // from this step on corrections no longer change
};

}  // namespace mlora
#endif
