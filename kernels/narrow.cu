// Layers of up to 8 outputs, in practice the logit: z = x W + bias forward, dx = g W^T backward.
//
// Too narrow for tensor cores and for a matrix library: the time is that of reading x. A team of up to 32 lanes, as
// many as a row has vectors of 8 elements, takes two rows, so that both are on their way at once, and adds up its
// lanes' sums by shuffles. W (in, out) stays in L1. Backward a team writes a row. All sums in float, whatever the
// elements are.
#include "batch.h"
#include "families.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

constexpr int kRows = 2;  // of a team

// Most: outputs that registers are kept for.
template <typename E, int Most>
MLORA_KERNEL forward(Batch batch, int team, int in, int outputs, const E* x, int x_ld, const float* w,
                     const float* bias, float* z) {
  const int out = Most == 1 ? 1 : outputs;
  const int64_t first = (warp_in_grid() * (32 / team) + lane() / team) * kRows;
  const int own = lane() % team;
  bool there[kRows], rest[kRows];
  MLORA_UNROLL
  for (int r = 0; r < kRows; ++r) {
    there[r] = first + r < batch.capacity;
    rest[r] = there[r] && batch.domain[first + r] == kRest;
  }
  float sum[kRows][Most] = {};
  for (int column = 8 * own; column < in; column += 8 * team) {
    float values[kRows][8];
    MLORA_UNROLL
    for (int r = 0; r < kRows; ++r) {
      load8_where(there[r], x + (first + r) * x_ld + column, values[r]);
      MLORA_UNROLL
      for (int j = 0; j < 8; ++j) values[r][j] = column + j < in ? values[r][j] : 0.0f;
    }
    MLORA_UNROLL
    for (int o = 0; o < Most; ++o) {
      if (o >= out) continue;
      MLORA_UNROLL
      for (int j = 0; j < 8; ++j) {
        const float weight = column + j < in ? w[(column + j) * out + o] : 0.0f;
        MLORA_UNROLL
        for (int r = 0; r < kRows; ++r) sum[r][o] = fma(values[r][j], weight, sum[r][o]);
      }
    }
  }
  MLORA_UNROLL
  for (int o = 0; o < Most; ++o) {
    if (o >= out) continue;
    const float shift = bias[o];
    MLORA_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const float total = sum_of_team(sum[r][o], team);
      if (own == 0 && there[r]) z[(first + r) * out + o] = rest[r] ? 0.0f : total + shift;
    }
  }
}

// A logit needs half of the registers, so that twice as many blocks have their rows on the way.
template <typename E>
auto forward_of(int out) {
  return out == 1 ? forward<E, 1> : forward<E, MLORA_CUDA_NARROW>;
}

template <typename E>
MLORA_KERNEL backward(Batch batch, int team, int in, int out, const float* g, const float* w, E* dx, int dx_ld,
                      bool add) {
  const int64_t p = warp_in_grid() * (32 / team) + lane() / team;
  if (p >= batch.capacity) return;
  for (int column = lane() % team * 8; column < in; column += 8 * team) {
    float values[8] = {};
    if (add) load_columns(dx + p * dx_ld, column, in, values);
    for (int o = 0; o < out; ++o) {
      const float slope = g[p * out + o];
      MLORA_UNROLL
      for (int j = 0; j < 8; ++j) {
        const float weight = column + j < in ? w[(column + j) * out + o] : 0.0f;
        values[j] = fma(slope, weight, values[j]);
      }
    }
    store8(dx + p * dx_ld + column, values);
  }
}

void check(int in, int out, uint64_t matrix, int ld) {
  require(in >= 1 && out >= 1 && out <= MLORA_CUDA_NARROW, "a narrow layer has 1 to 8 outputs");
  require(ld >= in && ld % 8 == 0 && matrix % 16 == 0,
          "matrices lie at multiples of 16 bytes, their rows at multiples of 8 elements");
}

}  // namespace

void narrow_forward(const mlora_cuda_batch& source, int precision, int in, int out, uint64_t x, int x_ld, uint64_t w,
                    uint64_t bias, uint64_t z, Stream stream) {
  const Batch batch = view(source);
  check(in, out, x, x_ld);
  const int team = team_for((in + 1) / 2);
  const int64_t blocks = ceil_div(ceil_div(batch.capacity, kRows) * team, kThreads);
  const auto run = [&](auto kernel, auto matrix) {
    launch(kernel, blocks, kThreads, 0, stream, batch, team, in, out, matrix, x_ld, pointer<const float>(w),
           pointer<const float>(bias), pointer<float>(z));
  };
  if (precision == MLORA_CUDA_BF16) {
    run(forward_of<Bf16>(out), pointer<const Bf16>(x));
  } else {
    run(forward_of<float>(out), pointer<const float>(x));
  }
}

void narrow_backward(const mlora_cuda_batch& source, int precision, int in, int out, uint64_t g, uint64_t w,
                     uint64_t dx, int dx_ld, bool dx_add, Stream stream) {
  const Batch batch = view(source);
  check(in, out, dx, dx_ld);
  const int team = team_for((in + 1) / 2);
  const int64_t blocks = ceil_div(static_cast<int64_t>(batch.capacity) * team, kThreads);
  const auto run = [&](auto kernel, auto matrix) {
    launch(kernel, blocks, kThreads, 0, stream, batch, team, in, out, pointer<const float>(g), pointer<const float>(w),
           matrix, dx_ld, dx_add);
  };
  if (precision == MLORA_CUDA_BF16) {
    run(backward<Bf16>, pointer<Bf16>(dx));
  } else {
    run(backward<float>, pointer<float>(dx));
  }
}

}  // namespace mlora::cuda
