// Gates and sums of two values: out = w * in with w = factor sigmoid(steepness gate), 0 below a threshold, and
// out = activation(a + b).
//
// A gate serves a group of neighbouring columns. Forward a thread takes four columns; backward a team of lanes
// takes a group, as the gate's gradient is a sum over it. Both are as fast as memory.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

struct Curve {
  float factor, steepness, threshold;

  MLORA_DEVICE float weight(float gate) const {
    const float w = divide(factor, 1 + exponential(-steepness * gate));
    return w < threshold ? 0.0f : w;
  }
};

template <typename E>
MLORA_KERNEL open_gate(int capacity, Curve curve, Matrix in, Matrix gate, Matrix out) {
  const int pieces = (in.width + 3) / 4, size = in.width / gate.width;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = in.width - column;
  const E* const gates = row_of<const E>(gate, p);
  float values[4];
  read4(row_of<const E>(in, p) + column, left, left >= 4, values);
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (i < left) values[i] *= curve.weight(load(gates + (column + i) / size));
  }
  write4(row_of<E>(out, p) + column, left, left >= 4, false, values);
}

template <typename E>
MLORA_KERNEL open_gate_backward(int capacity, Curve curve, Matrix in, Matrix gate, Matrix g, Matrix din, Matrix dgate,
                                int team) {
  const int64_t item = warp_in_grid() * (32 / team) + lane() / team, p = item / gate.width;
  const bool valid = p < capacity;
  const int group = static_cast<int>(item % gate.width), size = in.width / gate.width;
  float w = 0, sum = 0;
  if (valid) w = curve.weight(load(row_of<const E>(gate, p) + group));
  for (int j = lane() % team; valid && j < size; j += team) {
    const int column = group * size + j;
    const float slope = load(row_of<const E>(g, p) + column);
    sum = fma(slope, load(row_of<const E>(in, p) + column), sum);
    if (din.address == 0) continue;
    E* const to = row_of<E>(din, p) + column;
    store(to, din.add != 0 ? fma(w, slope, load(to)) : w * slope);
  }
  sum = sum_of_team(sum, team);
  if (!valid || dgate.address == 0 || lane() % team != 0) return;
  E* const to = row_of<E>(dgate, p) + group;
  const float slope = sum * curve.steepness * w * (1 - divide(w, curve.factor));
  store(to, dgate.add != 0 ? load(to) + slope : slope);
}

template <typename E>
MLORA_KERNEL add_values(int capacity, Matrix a, Matrix b, bool relu, Matrix out) {
  const int pieces = (out.width + 7) / 8;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 8;
  float left[8], right[8];
  load8(row_of<const E>(a, p) + column, left);
  load8(row_of<const E>(b, p) + column, right);
  MLORA_UNROLL
  for (int i = 0; i < 8; ++i) {
    const float sum = left[i] + right[i];
    left[i] = relu && sum < 0 ? 0.0f : sum;
  }
  store8(row_of<E>(out, p) + column, left);
}

Curve curve_of(double factor, double steepness, double threshold) {
  require(factor > 0, "the largest weight of a gate is above 0");
  return {static_cast<float>(factor), static_cast<float>(steepness), static_cast<float>(threshold)};
}

void check(const Matrix& in, const Matrix& gate, const Matrix& out) {
  check_matrix(in, 0, false);
  check_matrix(gate, 0, false);
  check_matrix(out, in.width, false);
  require(in.width % gate.width == 0, "gates serve groups of columns of one size");
}

}  // namespace

void gate_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_gate& gate, Stream stream) {
  const Batch batch = view(source);
  check(gate.in, gate.gate, gate.out);
  const Curve curve = curve_of(gate.factor, gate.steepness, gate.threshold);
  const int64_t threads = static_cast<int64_t>(batch.capacity) * ceil_div(gate.in.width, 4);
  with_element(precision, [&](auto element) {
    launch(open_gate<decltype(element)>, ceil_div(threads, kThreads), kThreads, 0, stream, batch.capacity, curve,
           gate.in, gate.gate, gate.out);
  });
}

void gate_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_gate& gate, const Matrix& g,
                   const Matrix* din, const Matrix* dgate, Stream stream) {
  const Batch batch = view(source);
  check(gate.in, gate.gate, g);
  if (din != nullptr) check_matrix(*din, gate.in.width, false);
  if (dgate != nullptr) check_matrix(*dgate, gate.gate.width, false);
  const Curve curve = curve_of(gate.factor, gate.steepness, gate.threshold);
  const int team = team_for(gate.in.width / gate.gate.width);
  const int64_t warps = ceil_div(static_cast<int64_t>(batch.capacity) * gate.gate.width, 32 / team);
  with_element(precision, [&](auto element) {
    launch(open_gate_backward<decltype(element)>, ceil_div(warps, kThreads / 32), kThreads, 0, stream, batch.capacity,
           curve, gate.in, gate.gate, g, din != nullptr ? *din : Matrix{}, dgate != nullptr ? *dgate : Matrix{}, team);
  });
}

void add(const mlora_cuda_batch& source, int precision, const Matrix& a, const Matrix& b, int activation,
         const Matrix& out, Stream stream) {
  const Batch batch = view(source);
  for (const Matrix* matrix : {&a, &b, &out}) check_matrix(*matrix, out.width, false);
  require(activation == MLORA_CUDA_NO_ACTIVATION || activation == MLORA_CUDA_RELU, "the activation is not known");
  const int64_t threads = static_cast<int64_t>(batch.capacity) * ceil_div(out.width, 8);
  with_element(precision, [&](auto element) {
    launch(add_values<decltype(element)>, ceil_div(threads, kThreads), kThreads, 0, stream, batch.capacity, a, b,
           activation == MLORA_CUDA_RELU, out);
  });
}

}  // namespace mlora::cuda
