// SENET: fields weighted by a = relu(relu(z squeeze) excite), z the means of the fields.
//
// A warp takes a row. Teams of lanes, four columns each, sum fields, several of them in flight; then lanes take one of
// the R squeezed numbers each, then one of the F weights; both matrices are small and stay in L1. What lanes tell each
// other goes through shared memory, and from there to the row's place in global memory (kept forward, slopes
// backward), which the backward pass and the sums of gradients want. Sums in float.
//
// Bytes: in twice (once from L1), out once, 4 (2 F + R) kept.
#include <type_traits>

#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
// Fields of a team that are in flight together.
constexpr int kFlight = 4;

// Whole: fields have a multiple of four columns. Calls put(f, sum) on one lane for each field of the row: the sum of
// its columns or, with products, of their products with those of the other row.
template <bool Whole, bool Products, typename E, typename Put>
MLORA_DEVICE void sum_fields(int fields, int width, int team, const E* row, const E* other, const Put& put) {
  const int teams = 32 / team;
  for (int first = 0; first < fields; first += kFlight * teams) {
    float sums[kFlight] = {};
    for (int column = 4 * (lane() % team); column < width; column += 4 * team) {
      float values[kFlight][4] = {}, others[kFlight][4] = {};
      MLORA_UNROLL
      for (int k = 0; k < kFlight; ++k) {
        const int f = first + k * teams + lane() / team;
        if (f < fields) read4(row + f * width + column, width - column, Whole, values[k]);
        if (Products && f < fields) read4(other + f * width + column, width - column, Whole, others[k]);
      }
      MLORA_UNROLL
      for (int k = 0; k < kFlight; ++k) {
        for (int i = 0; i < 4; ++i) sums[k] = fma(values[k][i], Products ? others[k][i] : 1.0f, sums[k]);
      }
    }
    for (int mask = team / 2; mask > 0; mask /= 2) {
      MLORA_UNROLL
      for (int k = 0; k < kFlight; ++k) sums[k] += shuffle_xor(sums[k], mask);
    }
    MLORA_UNROLL
    for (int k = 0; k < kFlight; ++k) {
      const int f = first + k * teams + lane() / team;
      if (f < fields && lane() % team == 0) put(f, sums[k]);
    }
  }
}

// to = make(f, from) for all columns of all fields.
template <bool Whole, typename E, typename Make>
MLORA_DEVICE void map_fields(int fields, int width, int team, const E* from, E* to, bool add, const Make& make) {
  const int teams = 32 / team;
  for (int first = lane() / team; first < fields; first += kFlight * teams) {
    for (int column = 4 * (lane() % team); column < width; column += 4 * team) {
      float values[kFlight][4] = {};
      MLORA_UNROLL
      for (int k = 0; k < kFlight; ++k) {
        const int f = first + k * teams;
        if (f < fields) read4(from + f * width + column, width - column, Whole, values[k]);
      }
      MLORA_UNROLL
      for (int k = 0; k < kFlight; ++k) {
        const int f = first + k * teams;
        if (f >= fields) continue;
        for (int i = 0; i < 4; ++i) values[k][i] = make(f, values[k][i]);
        write4(to + f * width + column, width - column, Whole, add, values[k]);
      }
    }
  }
}

template <typename E, bool Whole>
MLORA_KERNEL forward(int capacity, mlora_cuda_senet s, int team) {
  SharedMemory memory;
  const int64_t p = warp_in_grid();
  const int fields = s.fields, reduced = s.reduced, width = s.in.width / fields, count = 2 * fields + reduced;
  // What is kept of the warp's row.
  const Shared<float> row = memory.array<float>(kWarps * count);
  const int z = warp_in_block() * count, a = z + fields, h = a + fields;
  if (p >= capacity) return;
  const E* const in = row_of<const E>(s.in, p);
  const float* const squeeze = pointer<const float>(s.squeeze);
  const float* const excite = pointer<const float>(s.excite);
  sum_fields<Whole, false>(fields, width, team, in, in,
                           [&](int f, float sum) { row[z + f] = divide(sum, static_cast<float>(width)); });
  warp_sync();
  for (int r = lane(); r < reduced; r += 32) {
    float sum = 0;
    for (int f = 0; f < fields; ++f) sum = fma(row[z + f], squeeze[f * reduced + r], sum);
    row[h + r] = sum < 0 ? 0.0f : sum;
  }
  warp_sync();
  for (int f = lane(); f < fields; f += 32) {
    float sum = 0;
    for (int r = 0; r < reduced; ++r) sum = fma(row[h + r], excite[r * fields + f], sum);
    row[a + f] = sum < 0 ? 0.0f : sum;
  }
  warp_sync();
  map_fields<Whole>(fields, width, team, in, row_of<E>(s.out, p), false,
                    [&](int f, float value) { return row[a + f] * value; });
  float* const kept = pointer<float>(s.kept) + p * count;
  for (int i = lane(); i < count; i += 32) kept[i] = row[z + i];
}

template <typename E, bool Whole>
MLORA_KERNEL backward(int capacity, mlora_cuda_senet s, Matrix g, Matrix dx, int team) {
  SharedMemory memory;
  const int64_t p = warp_in_grid();
  const int fields = s.fields, reduced = s.reduced, width = s.in.width / fields, count = 2 * fields + reduced;
  // The slopes of the warp's row, and its a and h.
  const Shared<float> row = memory.array<float>(kWarps * (count + fields + reduced));
  const int dz = warp_in_block() * (count + fields + reduced), da = dz + fields, dh = da + fields;
  const int a = dz + count, h = a + fields;
  if (p >= capacity) return;
  const E* const slopes = row_of<const E>(g, p);
  const float* const kept = pointer<const float>(s.kept) + p * count + fields;
  const float* const squeeze = pointer<const float>(s.squeeze);
  const float* const excite = pointer<const float>(s.excite);
  float* const out = pointer<float>(s.slopes) + p * count;
  for (int i = lane(); i < fields + reduced; i += 32) row[a + i] = kept[i];
  warp_sync();
  sum_fields<Whole, true>(fields, width, team, row_of<const E>(s.in, p), slopes,
                          [&](int f, float sum) { row[da + f] = row[a + f] > 0 ? sum : 0.0f; });
  warp_sync();
  for (int r = lane(); r < reduced; r += 32) {
    float sum = 0;
    for (int f = 0; f < fields; ++f) sum = fma(excite[r * fields + f], row[da + f], sum);
    row[dh + r] = row[h + r] > 0 ? sum : 0.0f;
  }
  warp_sync();
  for (int i = lane(); i < fields + reduced; i += 32) out[fields + i] = row[da + i];
  if (dx.address == 0) return;
  for (int f = lane(); f < fields; f += 32) {
    float sum = 0;
    for (int r = 0; r < reduced; ++r) sum = fma(squeeze[f * reduced + r], row[dh + r], sum);
    row[dz + f] = divide(sum, static_cast<float>(width));
    out[f] = row[dz + f];
  }
  warp_sync();
  map_fields<Whole>(fields, width, team, slopes, row_of<E>(dx, p), dx.add != 0,
                    [&](int f, float slope) { return fma(row[a + f], slope, row[dz + f]); });
}

// Calls launch with the kernel for these elements, and whether fields are of a multiple of four columns.
template <typename Launch>
void with_kind(int precision, const mlora_cuda_senet& s, const Launch& body) {
  with_element(precision, [&](auto element) {
    if (s.in.width / s.fields % 4 == 0) {
      body(element, std::true_type());
    } else {
      body(element, std::false_type());
    }
  });
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
  const size_t shared = shared_size<float>(kWarps * (2 * senet.fields + senet.reduced));
  with_kind(precision, senet, [&](auto element, auto whole) {
    launch(forward<decltype(element), decltype(whole)::value>, ceil_div(batch.capacity, kWarps), kThreads, shared,
           stream, batch.capacity, senet, team_for(senet.in.width / senet.fields));
  });
}

void senet_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_senet& senet, const Matrix& g,
                    const Matrix* dx, Stream stream) {
  const Batch batch = view(source);
  check(senet);
  check_matrix(g, senet.in.width, false);
  require(senet.slopes != 0, "SENET has a place for its slopes");
  if (dx != nullptr) check_matrix(*dx, senet.in.width, false);
  const size_t shared = shared_size<float>(kWarps * (3 * senet.fields + 2 * senet.reduced));
  with_kind(precision, senet, [&](auto element, auto whole) {
    launch(backward<decltype(element), decltype(whole)::value>, ceil_div(batch.capacity, kWarps), kThreads, shared,
           stream, batch.capacity, senet, g, dx != nullptr ? *dx : Matrix{},
           team_for(senet.in.width / senet.fields));
  });
}

}  // namespace mlora::cuda
