// Layers of up to 8 outputs, in practice the logit: z = x W + bias forward, dx = g W^T backward.
//
// Too narrow for tensor cores and for a matrix library: the time is that of reading x, so a warp takes a row,
// lanes four columns each, 128 at a time, and adds up the lanes' sums by shuffles. W (in, out) stays in L1.
// Backward a thread writes 8 columns of a row. All sums in float, whatever the elements are.
#include "batch.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

template <typename E>
MLORA_KERNEL forward(Batch batch, int in, int out, const E* x, int x_ld, const float* w, const float* bias, float* z) {
  const int64_t p = warp_in_grid();
  if (p >= batch.capacity) return;
  float sum[MLORA_CUDA_NARROW] = {};
  for (int column = 4 * lane(); column < in; column += 128) {
    float values[4];
    load4(x + p * x_ld + column, values);
    for (int i = 0; i < 4; ++i) {
      if (column + i >= in) continue;
      for (int o = 0; o < MLORA_CUDA_NARROW; ++o) {
        if (o < out) sum[o] = fma(values[i], w[static_cast<int64_t>(column + i) * out + o], sum[o]);
      }
    }
  }
  const bool rest = batch.domain[p] == kRest;
  for (int o = 0; o < MLORA_CUDA_NARROW; ++o) {
    if (o >= out) continue;
    for (int mask = 16; mask > 0; mask /= 2) sum[o] += shuffle_xor(sum[o], mask);
    if (lane() == 0) z[p * out + o] = rest ? 0.0f : sum[o] + bias[o];
  }
}

template <typename E>
MLORA_KERNEL backward(Batch batch, int in, int out, const float* g, const float* w, E* dx, int dx_ld, bool add) {
  const int pieces = (in + 7) / 8;
  const int64_t i = thread_in_grid(), p = i / pieces;
  if (p >= batch.capacity) return;
  const int column = static_cast<int>(i % pieces) * 8;
  float values[8] = {};
  if (add) load_columns(dx + p * dx_ld, column, in, values);
  for (int o = 0; o < out; ++o) {
    const float slope = g[p * out + o];
    for (int j = 0; j < 8; ++j) {
      if (column + j < in) values[j] = fma(slope, w[static_cast<int64_t>(column + j) * out + o], values[j]);
    }
  }
  store8(dx + p * dx_ld + column, values);
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
  const int64_t blocks = ceil_div(batch.capacity, kThreads / 32);
  const auto run = [&](auto kernel, auto matrix) {
    launch(kernel, blocks, kThreads, 0, stream, batch, in, out, matrix, x_ld, pointer<const float>(w),
           pointer<const float>(bias), pointer<float>(z));
  };
  if (precision == MLORA_CUDA_BF16) {
    run(forward<Bf16>, pointer<const Bf16>(x));
  } else {
    run(forward<float>, pointer<const float>(x));
  }
}

void narrow_backward(const mlora_cuda_batch& source, int precision, int in, int out, uint64_t g, uint64_t w,
                     uint64_t dx, int dx_ld, bool dx_add, Stream stream) {
  const Batch batch = view(source);
  check(in, out, dx, dx_ld);
  const int64_t blocks = ceil_div(static_cast<int64_t>(batch.capacity) * round_up(in, 8) / 8, kThreads);
  const auto run = [&](auto kernel, auto matrix) {
    launch(kernel, blocks, kThreads, 0, stream, batch, in, out, pointer<const float>(g), pointer<const float>(w),
           matrix, dx_ld, dx_add);
  };
  if (precision == MLORA_CUDA_BF16) {
    run(backward<Bf16>, pointer<Bf16>(dx));
  } else {
    run(backward<float>, pointer<float>(dx));
  }
}

}  // namespace mlora::cuda
