// Bilinear interactions (e_f W) * e_h around the products with W, which a library does for all pairs of a
// first field at once: forward what comes after them, backward what comes before.
//
// A thread takes four columns of a field of a row and goes over the fields it is paired with, so that a
// projection or a sum of gradients that pairs share is read or written once. Backward a field is first of its
// pairs (t = g * e_h) and second of others (de_h = g * projected) in one thread, which reads each of the
// row's gradients twice.
//
// Bytes: in once from memory, projected, out, g and t once; g and projected twice backward.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

// Where a thread is: four columns of a field of a row.
struct Spot {
  int64_t p;
  int width, field, column, left;
  bool whole;
};

MLORA_DEVICE Spot spot_of(int width, int fields) {
  const int pieces = (width + 3) / 4;
  const int item = static_cast<int>(thread_in_grid() % (fields * pieces)), column = item % pieces * 4;
  return {thread_in_grid() / (fields * pieces), width, item / pieces, column, width - column, width % 4 == 0};
}

// The spot's columns of the block of that number of a matrix of blocks.
template <typename E>
MLORA_DEVICE void read_block(const Matrix& matrix, const Spot& at, int block, float (&values)[4]) {
  read4(row_of<const E>(matrix, at.p) + block * at.width + at.column, at.left, at.whole, values);
}
template <typename E>
MLORA_DEVICE void write_block(const Matrix& matrix, const Spot& at, int block, bool add, float (&values)[4]) {
  write4(row_of<E>(matrix, at.p) + block * at.width + at.column, at.left, at.whole, add, values);
}

template <typename E>
MLORA_KERNEL interact(int capacity, int width, int fields, bool by_pair, Matrix in, Matrix projected, Matrix out) {
  const Spot at = spot_of(width, fields - 1);
  if (at.p >= capacity) return;
  float left[4];
  if (!by_pair) read_block<E>(projected, at, at.field, left);
  for (int h = at.field + 1; h < fields; ++h) {
    const int pair = pair_of(fields, at.field, h);
    float right[4];
    if (by_pair) read_block<E>(projected, at, pair, left);
    read_block<E>(in, at, h, right);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) right[i] *= left[i];
    write_block<E>(out, at, pair, false, right);
  }
}

// t of the field as the first of its pairs.
template <typename E>
MLORA_DEVICE void sum_first(const Spot& at, int fields, bool by_pair, const Matrix& in, const Matrix& g,
                            const Matrix& t) {
  float sum[4] = {};
  for (int h = at.field + 1; h < fields; ++h) {
    const int pair = pair_of(fields, at.field, h);
    float slope[4], right[4];
    read_block<E>(g, at, pair, slope);
    read_block<E>(in, at, h, right);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      sum[i] = fma(slope[i], right[i], sum[i]);
      right[i] *= slope[i];
    }
    if (by_pair) write_block<E>(t, at, pair, false, right);
  }
  if (!by_pair) write_block<E>(t, at, at.field, false, sum);
}

template <typename E>
MLORA_KERNEL interact_backward(int capacity, int width, int fields, bool by_pair, Matrix in, Matrix projected,
                               Matrix g, Matrix t, Matrix dx) {
  const Spot at = spot_of(width, fields);
  if (at.p >= capacity) return;
  if (at.field < fields - 1) sum_first<E>(at, fields, by_pair, in, g, t);
  if (dx.address == 0) return;
  float sum[4] = {};
  for (int f = 0; f < at.field; ++f) {
    const int pair = pair_of(fields, f, at.field);
    float slope[4], left[4];
    read_block<E>(g, at, pair, slope);
    read_block<E>(projected, at, by_pair ? pair : f, left);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sum[i] = fma(slope[i], left[i], sum[i]);
  }
  write_block<E>(dx, at, at.field, dx.add != 0, sum);
}

int check(int fields, bool by_pair, const Matrix& in, const Matrix& projected, const Matrix& out) {
  check_matrix(in, 0, false);
  require(fields >= 2 && in.width % fields == 0, "pairs are of at least two fields of one width");
  const int width = in.width / fields, pairs = fields * (fields - 1) / 2;
  check_matrix(projected, width * (by_pair ? pairs : fields - 1), false);
  check_matrix(out, width * pairs, false);
  return width;
}

int64_t blocks_of(int capacity, int fields, int width) {
  return ceil_div(static_cast<int64_t>(capacity) * fields * ceil_div(width, 4), kThreads);
}

}  // namespace

void bilinear(const mlora_cuda_batch& source, int precision, int fields, bool by_pair, const Matrix& in,
              const Matrix& projected, const Matrix& out, Stream stream) {
  const Batch batch = view(source);
  const int width = check(fields, by_pair, in, projected, out);
  with_element(precision, [&](auto element) {
    launch(interact<decltype(element)>, blocks_of(batch.capacity, fields - 1, width), kThreads, 0, stream,
           batch.capacity, width, fields, by_pair, in, projected, out);
  });
}

void bilinear_backward(const mlora_cuda_batch& source, int precision, int fields, bool by_pair, const Matrix& in,
                       const Matrix& projected, const Matrix& g, const Matrix& t, const Matrix* dx, Stream stream) {
  const Batch batch = view(source);
  const int width = check(fields, by_pair, in, projected, g);
  check_matrix(t, projected.width, false);
  if (dx != nullptr) check_matrix(*dx, in.width, false);
  with_element(precision, [&](auto element) {
    launch(interact_backward<decltype(element)>, blocks_of(batch.capacity, fields, width), kThreads, 0, stream,
           batch.capacity, width, fields, by_pair, in, projected, g, t, dx != nullptr ? *dx : Matrix{});
  });
}

}  // namespace mlora::cuda
