// Optimizers on the device and in double, for tests of updates.
#ifndef MLORA_TESTS_KERNELS_OPTIMIZER_CASE_H
#define MLORA_TESTS_KERNELS_OPTIMIZER_CASE_H

#include "material.h"

constexpr int kKinds[] = {MLORA_CUDA_SGD, MLORA_CUDA_ADAGRAD, MLORA_CUDA_ROW_WISE_ADAGRAD, MLORA_CUDA_ADAM};

// When rows without gradient move: in every step, when they are needed, or when the batch that needs them is the next
// one, before this step's update or after it.
enum class Moves { EAGERLY, LAZILY, AHEAD_BEFORE, AHEAD_AFTER };
constexpr Moves kLazyMoves[] = {Moves::LAZILY, Moves::AHEAD_BEFORE, Moves::AHEAD_AFTER};

// An optimizer and its table of corrections.
struct TestOptimizer {
  mlora_cuda_optimizer optimizer = {};
  int epsilon_rule;
  device::Array<mlora_cuda_correction> corrections;

  explicit TestOptimizer(int kind, int untouched = MLORA_CUDA_UNTOUCHED_MOVE, int epsilon_rule = MLORA_CUDA_EPSILON_TENSORFLOW,
                         double beta1 = 0.9)
      : epsilon_rule(epsilon_rule) {
    optimizer.kind = kind;
    optimizer.untouched = untouched;
    optimizer.rate = 0.01;
    optimizer.a = kind == MLORA_CUDA_ADAM ? beta1 : 0.1;
    optimizer.b = 0.999;
    optimizer.epsilon = 1e-8;
    if (kind != MLORA_CUDA_ADAM) return;
    OK(mlora_cuda_correction_count(optimizer.a, optimizer.b, &optimizer.correction_count));
    std::vector<mlora_cuda_correction> table(optimizer.correction_count);
    OK(mlora_cuda_correction_table(optimizer.a, optimizer.b, epsilon_rule, table.data(), optimizer.correction_count));
    corrections = device::Array<mlora_cuda_correction>(table);
    optimizer.corrections = corrections.address();
  }

  // Step t in double on a row of n values.
  void apply(double* w, double* m, double* u, const double* g, int n, int t, double scale, double l2) const {
    const double rate = optimizer.rate * scale;
    double mean = 0;
    for (int i = 0; i < n; ++i) mean += (g[i] + 2 * l2 * w[i]) * (g[i] + 2 * l2 * w[i]) / n;
    if (optimizer.kind == MLORA_CUDA_ROW_WISE_ADAGRAD) m[0] += mean;
    for (int i = 0; i < n; ++i) {
      const double slope = g[i] + 2 * l2 * w[i];
      if (optimizer.kind == MLORA_CUDA_SGD) {
        w[i] -= rate * slope;
      } else if (optimizer.kind == MLORA_CUDA_ADAGRAD) {
        m[i] += slope * slope;
        w[i] -= rate * slope / (std::sqrt(m[i]) + optimizer.epsilon);
      } else if (optimizer.kind == MLORA_CUDA_ROW_WISE_ADAGRAD) {
        w[i] -= rate * slope / (std::sqrt(m[0]) + optimizer.epsilon);
      } else {
        m[i] = optimizer.a * m[i] + (1 - optimizer.a) * slope;
        u[i] = std::sqrt(0.999 * u[i] * u[i] + 0.001 * slope * slope);
        const double first = 1 - std::pow(optimizer.a, t), second = std::sqrt(1 - std::pow(0.999, t));
        w[i] -= epsilon_rule == MLORA_CUDA_EPSILON_TENSORFLOW
                    ? rate * second / first * m[i] / (u[i] + optimizer.epsilon)
                    : rate / first * m[i] / (u[i] / second + optimizer.epsilon);
      }
    }
  }
};

// A parameter with its state on the device, and the same in double.
struct TestParameter {
  int rows, row_size;
  std::vector<float> initial;
  device::Array<float> value, first, second;
  device::Array<uint32_t> stamp;
  mlora_cuda_parameter parameter = {};
  Doubles w, m, u;

  TestParameter(int rows, int row_size, const TestOptimizer& o, unsigned seed, double l2 = 0)
      : rows(rows), row_size(row_size), initial(random_floats(size_t(rows) * row_size, seed)), value(initial),
        first(std::vector<float>(initial.size(), start(o))), second(std::vector<float>(initial.size(), 0)),
        stamp(std::vector<uint32_t>(rows, 0)), w(initial.begin(), initial.end()), m(initial.size(), start(o)),
        u(initial.size(), 0) {
    parameter.value = value.address();
    parameter.first = first.address();
    parameter.second = second.address();
    parameter.stamp = stamp.address();
    parameter.rows = rows;
    parameter.row_size = row_size;
    parameter.row_count = rows;
    parameter.rate_scale = 0.5;
    parameter.l2 = l2;
  }
  static float start(const TestOptimizer& o) {
    return o.optimizer.kind == MLORA_CUDA_ADAGRAD || o.optimizer.kind == MLORA_CUDA_ROW_WISE_ADAGRAD ? 0.1f : 0.0f;
  }
  bool row_wise(const TestOptimizer& o) const { return o.optimizer.kind == MLORA_CUDA_ROW_WISE_ADAGRAD; }

  void apply(const TestOptimizer& o, int row, const double* g, int t) {
    const size_t at = size_t(row) * row_size;
    o.apply(&w[at], row_wise(o) ? &m[row] : &m[at], &u[at], g, row_size, t, parameter.rate_scale, parameter.l2);
  }
  void check_values(const std::string& what) const {
    check_close(what, MLORA_CUDA_FP32, value.read(), w, Doubles(w.size(), 4));
  }
  bool same_bits(const TestParameter& other, int kind) const {
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
    };
    return same(value.read(), other.value.read()) && same(first.read(), other.first.read()) &&
           (kind != MLORA_CUDA_ADAM || same(second.read(), other.second.read()));
  }
};

#endif
