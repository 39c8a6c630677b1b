// A mixture of experts: out = sum over e of p_e expert_e, p = softmax(gate).
//
// A warp takes a row, lanes every 32nd column. Experts are few, so each lane takes the softmax for itself from
// the row's scores, which all lanes read at once. Backward, with d_e = g . expert_e and m = sum of p_e d_e,
// dgate_e = p_e (d_e - m): the experts are read twice, from memory and from L1. Sums in float.
//
// Bytes: experts and gate once, out once; backward experts, g and the gradients once.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

// Shares of experts by their scores.
template <typename E>
struct Softmax {
  const E* scores;
  float largest, scale;

  MLORA_DEVICE Softmax(const E* scores, int count) : scores(scores), largest(load(scores)), scale(0) {
    for (int e = 1; e < count; ++e) {
      const float score = load(scores + e);
      largest = score > largest ? score : largest;
    }
    for (int e = 0; e < count; ++e) scale += exponential(load(scores + e) - largest);
    scale = divide(1, scale);
  }
  MLORA_DEVICE float operator[](int e) const { return exponential(load(scores + e) - largest) * scale; }
};

template <typename E>
MLORA_KERNEL mix(int capacity, Matrix experts, Matrix gate, Matrix out) {
  const int64_t p = warp_in_grid();
  if (p >= capacity) return;
  const int count = gate.width, width = out.width;
  const E* const from = row_of<const E>(experts, p);
  const Softmax<E> shares(row_of<const E>(gate, p), count);
  for (int j = lane(); j < width; j += 32) {
    float sum = 0;
    for (int e = 0; e < count; ++e) sum = fma(shares[e], load(from + e * width + j), sum);
    store(row_of<E>(out, p) + j, sum);
  }
}

template <typename E>
MLORA_KERNEL mix_backward(int capacity, Matrix experts, Matrix gate, Matrix g, Matrix dexperts, Matrix dgate) {
  const int64_t p = warp_in_grid();
  if (p >= capacity) return;
  const int count = gate.width, width = g.width;
  const E* const from = row_of<const E>(experts, p);
  const E* const slopes = row_of<const E>(g, p);
  const Softmax<E> shares(row_of<const E>(gate, p), count);
  float mean = 0;
  for (int j = lane(); j < width; j += 32) {
    float sum = 0;
    for (int e = 0; e < count; ++e) sum = fma(shares[e], load(from + e * width + j), sum);
    mean = fma(load(slopes + j), sum, mean);
  }
  mean = sum_of_team(mean, 32);
  for (int e = 0; e < count; ++e) {
    const float share = shares[e];
    float product = 0;
    for (int j = lane(); j < width; j += 32) {
      const float slope = load(slopes + j);
      product = fma(slope, load(from + e * width + j), product);
      if (dexperts.address != 0) {
        E* const to = row_of<E>(dexperts, p) + e * width + j;
        store(to, dexperts.add != 0 ? fma(share, slope, load(to)) : share * slope);
      }
    }
    product = sum_of_team(product, 32);
    if (dgate.address == 0 || lane() != 0) continue;
    E* const to = row_of<E>(dgate, p) + e;
    const float slope = share * (product - mean);
    store(to, dgate.add != 0 ? load(to) + slope : slope);
  }
}

void check(const Matrix& experts, const Matrix& gate, const Matrix& out) {
  check_matrix(gate, 0, false);
  check_matrix(out, 0, false);
  require(experts.width == static_cast<int64_t>(gate.width) * out.width,
          "experts have the columns of the mixture each");
  check_matrix(experts, 0, false);
}

}  // namespace

void mixture(const mlora_cuda_batch& source, int precision, const Matrix& experts, const Matrix& gate,
             const Matrix& out, Stream stream) {
  const Batch batch = view(source);
  check(experts, gate, out);
  with_element(precision, [&](auto element) {
    launch(mix<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream, batch.capacity,
           experts, gate, out);
  });
}

void mixture_backward(const mlora_cuda_batch& source, int precision, const Matrix& experts, const Matrix& gate,
                      const Matrix& g, const Matrix* dexperts, const Matrix* dgate, Stream stream) {
  const Batch batch = view(source);
  check(experts, gate, g);
  if (dexperts != nullptr) check_matrix(*dexperts, experts.width, false);
  if (dgate != nullptr) check_matrix(*dgate, gate.width, false);
  with_element(precision, [&](auto element) {
    launch(mix_backward<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream,
           batch.capacity, experts, gate, g, dexperts != nullptr ? *dexperts : Matrix{},
           dgate != nullptr ? *dgate : Matrix{});
  });
}

}  // namespace mlora::cuda
