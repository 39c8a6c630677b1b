// SENET: fields weighted by a = relu(relu(z squeeze) excite), z the means of the fields.
//
// A warp takes a row. Teams of lanes sum fields; then lanes take one of the R squeezed numbers each, then one
// of the F weights; both matrices are small and stay in L1. What lanes tell each other goes through the row's
// place in global memory (kept forward, slopes backward), which the backward pass and the sums of gradients
// want anyway. Sums in float.
//
// Bytes: in twice (once from L1), out once, 4 (2 F + R) kept.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

// Calls put(f, sum of value(j) over the columns j of field f) for each field, on one lane.
template <typename Value, typename Put>
MLORA_DEVICE void sum_fields(int fields, int width, int team, const Value& value, const Put& put) {
  const int teams = 32 / team;
  for (int first = 0; first < fields; first += teams) {
    const int f = first + lane() / team;
    float sum = 0;
    for (int j = lane() % team; f < fields && j < width; j += team) sum += value(f * width + j);
    sum = sum_of_team(sum, team);
    if (f < fields && lane() % team == 0) put(f, sum);
  }
}

template <typename E>
MLORA_KERNEL forward(int capacity, mlora_cuda_senet s, int team) {
  const int64_t p = warp_in_grid();
  if (p >= capacity) return;
  const int fields = s.fields, reduced = s.reduced, width = s.in.width / fields;
  const E* const in = row_of<const E>(s.in, p);
  float* const z = pointer<float>(s.kept) + p * (2 * fields + reduced);
  float* const a = z + fields;
  float* const h = a + fields;
  const float* const squeeze = pointer<const float>(s.squeeze);
  const float* const excite = pointer<const float>(s.excite);
  sum_fields(
      fields, width, team, [&](int j) { return load(in + j); },
      [&](int f, float sum) { z[f] = divide(sum, static_cast<float>(width)); });
  warp_sync();
  for (int r = lane(); r < reduced; r += 32) {
    float sum = 0;
    for (int f = 0; f < fields; ++f) sum = fma(z[f], squeeze[f * reduced + r], sum);
    h[r] = sum < 0 ? 0.0f : sum;
  }
  warp_sync();
  for (int f = lane(); f < fields; f += 32) {
    float sum = 0;
    for (int r = 0; r < reduced; ++r) sum = fma(h[r], excite[r * fields + f], sum);
    a[f] = sum < 0 ? 0.0f : sum;
  }
  warp_sync();
  for (int j = lane(); j < s.in.width; j += 32) store(row_of<E>(s.out, p) + j, a[j / width] * load(in + j));
}

template <typename E>
MLORA_KERNEL backward(int capacity, mlora_cuda_senet s, Matrix g, Matrix dx, int team) {
  const int64_t p = warp_in_grid();
  if (p >= capacity) return;
  const int fields = s.fields, reduced = s.reduced, width = s.in.width / fields;
  const E* const in = row_of<const E>(s.in, p);
  const E* const slopes = row_of<const E>(g, p);
  const float* const a = pointer<const float>(s.kept) + p * (2 * fields + reduced) + fields;
  const float* const h = a + fields;
  float* const dz = pointer<float>(s.slopes) + p * (2 * fields + reduced);
  float* const da = dz + fields;
  float* const dh = da + fields;
  const float* const squeeze = pointer<const float>(s.squeeze);
  const float* const excite = pointer<const float>(s.excite);
  sum_fields(
      fields, width, team, [&](int j) { return load(slopes + j) * load(in + j); },
      [&](int f, float sum) { da[f] = a[f] > 0 ? sum : 0.0f; });
  warp_sync();
  for (int r = lane(); r < reduced; r += 32) {
    float sum = 0;
    for (int f = 0; f < fields; ++f) sum = fma(excite[r * fields + f], da[f], sum);
    dh[r] = h[r] > 0 ? sum : 0.0f;
  }
  warp_sync();
  if (dx.address == 0) return;
  for (int f = lane(); f < fields; f += 32) {
    float sum = 0;
    for (int r = 0; r < reduced; ++r) sum = fma(squeeze[f * reduced + r], dh[r], sum);
    dz[f] = divide(sum, static_cast<float>(width));
  }
  warp_sync();
  E* const to = row_of<E>(dx, p);
  for (int j = lane(); j < s.in.width; j += 32) {
    const float slope = fma(a[j / width], load(slopes + j), dz[j / width]);
    store(to + j, dx.add != 0 ? load(to + j) + slope : slope);
  }
}

void check(const mlora_cuda_senet& s) {
  check_matrix(s.in, 0, false);
  check_matrix(s.out, s.in.width, false);
  require(s.fields >= 1 && s.reduced >= 1 && s.in.width % s.fields == 0, "fields are of one width");
  require(s.squeeze != 0 && s.excite != 0 && s.kept != 0, "SENET has two matrices and a place for what it keeps");
}

}  // namespace

void senet_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_senet& senet, Stream stream) {
  const Batch batch = view(source);
  check(senet);
  with_element(precision, [&](auto element) {
    launch(forward<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream, batch.capacity,
           senet, team_for(senet.in.width / senet.fields));
  });
}

void senet_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_senet& senet, const Matrix& g,
                    const Matrix* dx, Stream stream) {
  const Batch batch = view(source);
  check(senet);
  check_matrix(g, senet.in.width, false);
  require(senet.slopes != 0, "SENET has a place for its slopes");
  if (dx != nullptr) check_matrix(*dx, senet.in.width, false);
  with_element(precision, [&](auto element) {
    launch(backward<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream, batch.capacity,
           senet, g, dx != nullptr ? *dx : Matrix{}, team_for(senet.in.width / senet.fields));
  });
}

}  // namespace mlora::cuda
