// What an optimizer step does to a value, and how rows that had no gradient for a while catch up to the
// same bits as if every step had been applied when it was due. See org.mlora.train.Optimizer; the
// arithmetic is that of the CPU engine, operation by operation.
#ifndef MLORA_KERNELS_OPTIMIZER_H
#define MLORA_KERNELS_OPTIMIZER_H

#include "memory.h"

namespace mlora::cuda {

// An optimizer with its numbers in float.
struct Settings {
  int kind;
  bool untouched_move;
  double rate;
  float b1, b1_rest, b2, b2_rest, b2_root, epsilon;
  // Bounds the factor of all moves of Adam without gradient; 0: they have no such bound.
  float bound;
  const mlora_cuda_correction* corrections;
  uint32_t correction_count;

  MLORA_BOTH bool row_wise() const { return kind == MLORA_CUDA_ROW_WISE_ADAGRAD; }
  // What is kept for each value.
  MLORA_BOTH bool has_first() const { return kind == MLORA_CUDA_ADAM || kind == MLORA_CUDA_ADAGRAD; }
  MLORA_BOTH bool has_second() const { return kind == MLORA_CUDA_ADAM; }
};
Settings settings_of(const mlora_cuda_optimizer& optimizer);
// Whether steps change rows of the parameter that have no gradient.
bool moves_untouched(const Settings& settings, const mlora_cuda_parameter& parameter);
void check_parameter(const Settings& settings, const mlora_cuda_parameter& parameter);

// A parameter as kernels see it.
struct Parameter {
  float* value;
  float* first;
  float* second;
  uint32_t* stamp;
  Bf16* copy;
  float* gradient;
  int64_t rows, row_size, first_row, row_count;
  double rate_scale;
  float l2;  // 2 lambda

  MLORA_DEVICE bool trains(int64_t row) const { return row >= first_row && row - first_row < row_count; }
};
inline Parameter parameter_of(const mlora_cuda_parameter& p) {
  return {pointer<float>(p.value), pointer<float>(p.first), pointer<float>(p.second), pointer<uint32_t>(p.stamp),
          pointer<Bf16>(p.copy), pointer<float>(p.gradient), p.rows, p.row_size, p.first_row, p.row_count,
          p.rate_scale, static_cast<float>(2 * p.l2)};
}

// Step t of a parameter.
struct StepNumbers {
  float rate, correction;
};
MLORA_DEVICE StepNumbers numbers_at(const Settings& settings, double rate_scale, uint32_t t) {
  if (settings.kind != MLORA_CUDA_ADAM) return {static_cast<float>(settings.rate * rate_scale), 1.0f};
  const uint32_t last = settings.correction_count;
  const mlora_cuda_correction now = settings.corrections[(t < last ? t : last) - 1];
  return {static_cast<float>(settings.rate * rate_scale * now.rate), now.root};
}

MLORA_DEVICE float adam_move(float w, float m, float u, StepNumbers step, float epsilon) {
  return fma(-step.rate, divide(m, fma(u, step.correction, epsilon)), w);
}

// One step with gradient g; m and u are what the optimizer keeps. Row-wise: step.rate is divided already.
MLORA_DEVICE void apply(const Settings& settings, StepNumbers step, float l2, float g, float& w, float& m, float& u) {
  const float slope = fma(l2, w, g);
  if (settings.kind == MLORA_CUDA_ADAM) {
    m = fma(settings.b1, m, settings.b1_rest * slope);
    u = root(fma(settings.b2_rest * slope, slope, settings.b2 * (u * u)));
    w = adam_move(w, m, u, step, settings.epsilon);
  } else if (settings.kind == MLORA_CUDA_ADAGRAD) {
    m = fma(slope, slope, m);
    w = fma(-step.rate, divide(slope, root(m) + settings.epsilon), w);
  } else {
    w = fma(-step.rate, slope, w);
  }
}

// Values [i, i + n) of a parameter with what the optimizer keeps for them, n at most 4, in registers; zeros beyond.
struct Four {
  float w[4] = {}, m[4] = {}, u[4] = {};
};
// Whether they lie as a vector.
MLORA_DEVICE bool is_quad(int64_t i, int n) { return n == 4 && i % 4 == 0; }
MLORA_DEVICE void load_values(const float* from, int64_t i, int n, float (&values)[4]) {
  if (is_quad(i, n)) return load4(from + i, values);
  MLORA_UNROLL
  for (int k = 0; k < 4; ++k) values[k] = k < n ? from[i + k] : 0.0f;
}
template <typename E>
MLORA_DEVICE void store_values(E* to, int64_t i, int n, const float (&values)[4]) {
  if (is_quad(i, n)) return store4(to + i, values);
  MLORA_UNROLL
  for (int k = 0; k < 4; ++k) {
    if (k < n) store(to + i + k, values[k]);
  }
}
MLORA_DEVICE Four load_four(const Settings& settings, const Parameter& p, int64_t i, int n) {
  Four four;
  load_values(p.value, i, n, four.w);
  if (settings.has_first()) load_values(p.first, i, n, four.m);
  if (settings.has_second()) load_values(p.second, i, n, four.u);
  return four;
}
MLORA_DEVICE void store_four(const Settings& settings, const Parameter& p, int64_t i, int n, const Four& four) {
  store_values(p.value, i, n, four.w);
  if (settings.has_first()) store_values(p.first, i, n, four.m);
  if (settings.has_second()) store_values(p.second, i, n, four.u);
  if (p.copy != nullptr) store_values(p.copy, i, n, four.w);
}

// One step on value i of a parameter, in memory.
MLORA_DEVICE void apply_at(const Settings& settings, const Parameter& p, StepNumbers step, int64_t i, float g) {
  Four four = load_four(settings, p, i, 1);
  apply(settings, step, p.l2, g, four.w[0], four.m[0], four.u[0]);
  store_four(settings, p, i, 1, four);
}

// The same on values [i, i + n); one by one where they are no vector, which needs fewer registers.
MLORA_DEVICE void apply4_at(const Settings& settings, const Parameter& p, StepNumbers step, int64_t i, int n,
                            const float (&g)[4]) {
  if (!is_quad(i, n)) {
    MLORA_UNROLL
    for (int k = 0; k < 4; ++k) {
      if (k < n) apply_at(settings, p, step, i + k, g[k]);
    }
    return;
  }
  Four four = load_four(settings, p, i, 4);
  MLORA_UNROLL
  for (int k = 0; k < 4; ++k) apply(settings, step, p.l2, g[k], four.w[k], four.m[k], four.u[k]);
  store_four(settings, p, i, 4, four);
}

// Adam's steps after `done` up to t without gradient and L2.
MLORA_DEVICE void idle(const Settings& settings, const Parameter& p, uint32_t done, uint32_t t, Four& four) {
  constexpr uint32_t kLook = 8;
  const float bound = settings.bound * static_cast<float>(p.rate_scale);
  while (done < t) {
    // Worth divisions only where they may save many.
    if (bound > 0 && t - done > kLook) {
      // A move of at most a quarter of the spacing of floats at w leaves w as it is, and the moves that
      // follow are smaller: m shrinks faster than u.
      bool rest = true;
      MLORA_UNROLL
      for (int k = 0; k < 4; ++k) {
        rest = rest && bound * divide(absolute(four.m[k]), four.u[k] + settings.epsilon) <= absolute(four.w[k]) * 0x1p-27f;
      }
      if (rest) break;
    }
    const uint32_t stop = t - done > kLook ? done + kLook : t;
    while (done < stop) {
      const StepNumbers step = numbers_at(settings, p.rate_scale, ++done);
      MLORA_UNROLL
      for (int k = 0; k < 4; ++k) {
        four.m[k] *= settings.b1;
        four.u[k] *= settings.b2_root;
        four.w[k] = adam_move(four.w[k], four.m[k], four.u[k], step, settings.epsilon);
      }
    }
  }
  for (; done < t; ++done) {
    MLORA_UNROLL
    for (int k = 0; k < 4; ++k) {
      four.m[k] *= settings.b1;
      four.u[k] *= settings.b2_root;
    }
  }
}

// The steps after `done` up to t without gradient on values [i, i + n), each with numbers of its own: not row-wise.
MLORA_DEVICE void catch_up4_at(const Settings& settings, const Parameter& p, int64_t i, int n, uint32_t done,
                               uint32_t t) {
  Four four = load_four(settings, p, i, n);
  if (p.l2 == 0) {
    idle(settings, p, done, t, four);
  } else {
    while (done < t) {
      const StepNumbers step = numbers_at(settings, p.rate_scale, ++done);
      MLORA_UNROLL
      for (int k = 0; k < 4; ++k) apply(settings, step, p.l2, 0, four.w[k], four.m[k], four.u[k]);
    }
  }
  store_four(settings, p, i, n, four);
}

// Which rows of a batch catch up, and to which step: those of the step's own batch to the step before; ahead, those of
// the batch that follows to this step, but not where they are at the step before, as the rows of this batch are.
struct Target {
  uint32_t step, ahead;

  MLORA_DEVICE bool is_behind(uint32_t done) const { return done + ahead < step; }
};
MLORA_DEVICE Target target_of(const mlora_cuda_state* state, uint32_t ahead) { return {state->step - 1 + ahead, ahead}; }

// Threads that work on a row together.
struct WarpTeam {
  int lanes = 32;  // neighbours, a power of two; what they do together, all lanes of the warp come to

  MLORA_DEVICE int rank() const { return lane() % lanes; }
  MLORA_DEVICE int size() const { return lanes; }
  MLORA_DEVICE void sync() const { warp_sync(); }
  MLORA_DEVICE float sum(float value) const { return sum_of_team(value, lanes); }
};
// Lanes that take a row of so many values, four each, so that a warp moves several narrow rows at once.
inline int lanes_for(const Settings& settings, int64_t row_size) {
  return settings.row_wise() ? 32 : team_for(row_size);
}
struct BlockTeam {
  Shared<float> sums;  // one for each warp
  MLORA_DEVICE int rank() const { return thread_index(); }
  MLORA_DEVICE int size() const { return thread_count(); }
  MLORA_DEVICE void sync() const { block_sync(); }
  MLORA_DEVICE float sum(float value) const {
    value = WarpTeam().sum(value);
    if (lane() == 0) sums[warp_in_block()] = value;
    block_sync();
    float total = 0;
    for (int w = 0; w < thread_count() / 32; ++w) total += sums[w];
    block_sync();
    return total;
  }
};

// Row-wise Adagrad's step numbers for a row whose values have gradients g(i): adds the mean square to the
// row's state. All threads of the team call it.
template <typename Team, typename Gradient>
MLORA_DEVICE StepNumbers row_wise_numbers(const Settings& settings, const Parameter& p, int64_t row, float& state,
                                          const Team& team, const Gradient& g) {
  float sum = 0;
  for (int64_t i = team.rank(); i < p.row_size; i += team.size()) {
    const float slope = fma(p.l2, p.value[row * p.row_size + i], g(i));
    sum = fma(slope, slope, sum);
  }
  state += divide(team.sum(sum), static_cast<float>(p.row_size));
  StepNumbers step = numbers_at(settings, p.rate_scale, 1);
  step.rate = divide(step.rate, root(state) + settings.epsilon);
  return step;
}

// Row-wise Adagrad's steps after `done` up to t on a row without gradient. All threads of the team call it.
template <typename Team>
MLORA_DEVICE void catch_up_row_wise(const Settings& settings, const Parameter& p, int64_t row, uint32_t done,
                                    uint32_t t, const Team& team) {
  float state = p.first[row];
  while (done++ < t) {
    const StepNumbers step = row_wise_numbers(settings, p, row, state, team, [](int64_t) { return 0.0f; });
    for (int64_t i = team.rank(); i < p.row_size; i += team.size()) apply_at(settings, p, step, row * p.row_size + i, 0);
  }
  team.sync();
  if (team.rank() == 0) p.first[row] = state;
}

// Applies the steps without gradient after `done`, up to t; the row's stamp is the caller's. Row-wise, all threads
// of the team call it, else each may by itself.
template <typename Team>
MLORA_DEVICE void catch_up_row(const Settings& settings, const Parameter& p, int64_t row, uint32_t done, uint32_t t,
                               const Team& team) {
  if (settings.row_wise()) return catch_up_row_wise(settings, p, row, done, t, team);
  for (int64_t i = 4 * team.rank(); i < p.row_size; i += 4 * team.size()) {
    const int64_t left = p.row_size - i;
    catch_up4_at(settings, p, row * p.row_size + i, left < 4 ? static_cast<int>(left) : 4, done, t);
  }
}

}  // namespace mlora::cuda
#endif
