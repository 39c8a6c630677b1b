// A layer of a cross network: out = start (in . w) + bias + in.
//
// A warp takes a row, lanes four columns each, 128 at a time, and reads it twice: once for the sum, which
// all lanes then have, once (from L1) for what it multiplies. Sums in float. Rows [count, C) stay zeros.
//
// Bytes: start and in once, out once; backward start, g and the gradients once.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

// a . b of a row; all lanes have it. b is a vector where b_float is given, else row p of a matrix.
template <typename E>
MLORA_DEVICE float product(const E* a, const float* vector, const E* row, int width) {
  float sum = 0;
  for (int column = 4 * lane(); column < width; column += 128) {
    float left[4], right[4];
    read4(a + column, width - column, column + 4 <= width, left);
    if (vector != nullptr) {
      read4(vector + column, width - column, column + 4 <= width, right);
    } else {
      read4(row + column, width - column, column + 4 <= width, right);
    }
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sum = fma(left[i], right[i], sum);
  }
  return sum_of_team(sum, 32);
}

template <typename E>
MLORA_KERNEL forward(Batch batch, mlora_cuda_cross cross) {
  const int64_t p = warp_in_grid();
  if (p >= batch.capacity) return;
  const int width = cross.in.width;
  const E* const in = row_of<const E>(cross.in, p);
  const E* const start = row_of<const E>(cross.start, p);
  const float* const bias = pointer<const float>(cross.bias);
  const float s = product(in, pointer<const float>(cross.w), in, width);
  const bool rest = batch.domain[p] == kRest;
  if (lane() == 0) pointer<float>(cross.products)[p] = s;
  for (int column = 4 * lane(); column < width; column += 128) {
    const int left = width - column;
    float values[4], x[4], b[4];
    read4(start + column, left, left >= 4, values);
    read4(in + column, left, left >= 4, x);
    read4(bias + column, left, left >= 4, b);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) values[i] = rest ? 0.0f : fma(values[i], s, b[i]) + x[i];
    write4(row_of<E>(cross.out, p) + column, left, left >= 4, false, values);
  }
}

template <typename E>
MLORA_KERNEL backward(Batch batch, mlora_cuda_cross cross, Matrix g, Matrix dstart, Matrix din) {
  const int64_t p = warp_in_grid();
  if (p >= batch.capacity) return;
  const int width = g.width;
  const E* const slopes = row_of<const E>(g, p);
  const float* const w = pointer<const float>(cross.w);
  const float s = pointer<const float>(cross.products)[p];
  const float ds = product(slopes, static_cast<const float*>(nullptr), row_of<const E>(cross.start, p), width);
  if (lane() == 0) pointer<float>(cross.slopes)[p] = ds;
  for (int column = 4 * lane(); column < width; column += 128) {
    const int left = width - column;
    float slope[4], values[4], weights[4];
    read4(slopes + column, left, left >= 4, slope);
    if (dstart.address != 0) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) values[i] = slope[i] * s;
      write4(row_of<E>(dstart, p) + column, left, left >= 4, dstart.add != 0, values);
    }
    if (din.address != 0) {
      read4(w + column, left, left >= 4, weights);
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) values[i] = fma(ds, weights[i], slope[i]);
      write4(row_of<E>(din, p) + column, left, left >= 4, din.add != 0, values);
    }
  }
}

void check(const mlora_cuda_cross& cross) {
  for (const Matrix* matrix : {&cross.start, &cross.in, &cross.out}) check_matrix(*matrix, cross.in.width, false);
  require(cross.w != 0 && cross.w % 16 == 0 && cross.bias != 0 && cross.bias % 16 == 0 && cross.products != 0,
          "a cross layer has w and bias, at multiples of 16 bytes, and a place for its products");
}

}  // namespace

void cross_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_cross& cross, Stream stream) {
  const Batch batch = view(source);
  check(cross);
  with_element(precision, [&](auto element) {
    launch(forward<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream, batch, cross);
  });
}

void cross_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_cross& cross, const Matrix& g,
                    const Matrix* dstart, const Matrix* din, Stream stream) {
  const Batch batch = view(source);
  check(cross);
  require(cross.slopes != 0, "a cross layer has a place for its slopes");
  for (const Matrix* matrix : {&g, dstart, din}) {
    if (matrix != nullptr) check_matrix(*matrix, cross.in.width, false);
  }
  with_element(precision, [&](auto element) {
    launch(backward<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream, batch, cross, g,
           dstart != nullptr ? *dstart : Matrix{}, din != nullptr ? *din : Matrix{});
  });
}

}  // namespace mlora::cuda
