// Ops that move columns or combine them one by one: copies, sums of groups, a * b + c, relu backward.
//
// Each is as fast as memory: a thread takes four columns of a row, as one vector where they lie at a
// multiple of four. A group of columns is summed by a team of lanes, so that neighbouring lanes read
// neighbouring columns, and their sums meet by shuffles in a fixed order.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

struct Copies {
  mlora_cuda_copy copy[MLORA_CUDA_MOST];
  int64_t first[MLORA_CUDA_MOST + 1];  // in threads
  bool whole[MLORA_CUDA_MOST];
  int count;
};

// Columns that a copy writes: its own, or all of the row.
MLORA_BOTH int first_column(const mlora_cuda_copy& c) { return c.alone != 0 ? 0 : c.to_column; }
MLORA_BOTH int column_count(const mlora_cuda_copy& c) { return c.alone != 0 ? c.to.width : c.width; }

template <typename E>
MLORA_KERNEL move_columns(Copies all) {
  const int64_t i = thread_in_grid();
  int n = 0;
  while (n < all.count && i >= all.first[n + 1]) ++n;
  if (n == all.count) return;
  const mlora_cuda_copy& c = all.copy[n];
  const int columns = column_count(c), pieces = (columns + 3) / 4;
  const int64_t p = (i - all.first[n]) / pieces;
  const int offset = static_cast<int>((i - all.first[n]) % pieces) * 4, column = first_column(c) + offset;
  const int place = column - c.to_column;  // among the columns copied; outside of them where alone
  float values[4];
  if (place >= 0 && place + 4 <= c.width) {
    read4<E>(c.from, p, c.from_column + place, 4, all.whole[n], values);
  } else {
    MLORA_UNROLL
    for (int k = 0; k < 4; ++k) {
      const bool inside = place + k >= 0 && place + k < c.width;
      values[k] = inside ? read<E>(c.from, p, c.from_column + place + k) : 0.0f;
    }
  }
  write4<E>(c.to, p, column, columns - offset, all.whole[n] && offset + 4 <= columns, c.to.add != 0, values);
}

template <typename E>
MLORA_KERNEL add_up(int capacity, Matrix in, Matrix out, int team) {
  const int64_t item = warp_in_grid() * (32 / team) + lane() / team;
  const bool valid = item < static_cast<int64_t>(capacity) * out.width;
  const int64_t p = item / out.width;
  const int group = static_cast<int>(item % out.width), size = in.width / out.width;
  float sum = 0;
  for (int j = lane() % team; valid && j < size; j += team) sum += read<E>(in, p, group * size + j);
  sum = sum_of_team(sum, team);
  if (!valid || lane() % team != 0) return;
  write<E>(out, p, group, sum);
}

template <typename E>
MLORA_KERNEL spread(int capacity, Matrix g, Matrix dx) {
  const int pieces = (dx.width + 3) / 4, size = dx.width / g.width;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = dx.width - column;
  float values[4];
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) values[i] = i < left ? read<E>(g, p, (column + i) / size) : 0.0f;
  write4<E>(dx, p, column, left, left >= 4 && dx.ld % 4 == 0, dx.add != 0, values);
}

template <typename E>
MLORA_KERNEL combine(int capacity, Matrix a, Matrix b, Matrix c, Matrix out) {
  const int pieces = (out.width + 7) / 8;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 8;
  float left[8], right[8], rest[8];
  load8(row_of<const E>(a, p) + column, left);
  load8(row_of<const E>(b, p) + column, right);
  load8(row_of<const E>(c, p) + column, rest);
  MLORA_UNROLL
  for (int i = 0; i < 8; ++i) rest[i] = fma(left[i], right[i], rest[i]);
  store8(row_of<E>(out, p) + column, rest);
}

// to = by * g, or += ; to without an address is not wanted, by without one is 1.
template <typename E>
MLORA_DEVICE void put_product(const Matrix& to, const Matrix& by, int64_t p, int column, const float (&g)[8]) {
  if (to.address == 0) return;
  float values[8], before[8];
  MLORA_UNROLL
  for (int i = 0; i < 8; ++i) values[i] = 1;
  if (by.address != 0) load8(row_of<const E>(by, p) + column, values);
  MLORA_UNROLL
  for (int i = 0; i < 8; ++i) values[i] *= g[i];
  if (to.add != 0) {
    load8(row_of<const E>(to, p) + column, before);
    MLORA_UNROLL
    for (int i = 0; i < 8; ++i) values[i] += before[i];
  }
  store8(row_of<E>(to, p) + column, values);
}

template <typename E>
MLORA_KERNEL combine_backward(int capacity, Matrix a, Matrix b, Matrix g, Matrix da, Matrix db, Matrix dc) {
  const int pieces = (g.width + 7) / 8;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 8;
  float slope[8];
  load8(row_of<const E>(g, p) + column, slope);
  put_product<E>(da, b, p, column, slope);
  put_product<E>(db, a, p, column, slope);
  put_product<E>(dc, Matrix{}, p, column, slope);
}

template <typename E>
MLORA_KERNEL open(int capacity, Matrix out, Matrix g) {
  const int pieces = (g.width + 3) / 4;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = g.width - column;
  const bool whole = left >= 4 && out.ld % 4 == 0 && g.ld % 4 == 0;
  float values[4], slopes[4];
  read4<E>(out, p, column, left, whole, values);
  read4<E>(g, p, column, left, whole, slopes);
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) slopes[i] = values[i] > 0 ? slopes[i] : 0.0f;
  write4<E>(g, p, column, left, whole, false, slopes);
}

int64_t blocks_of(int capacity, int width, int columns) {
  return ceil_div(static_cast<int64_t>(capacity) * ceil_div(width, columns), kThreads);
}

bool multiple_of_4(const Matrix& matrix, int column) { return matrix.ld % 4 == 0 && column % 4 == 0; }

Matrix wanted(const Matrix* matrix, int width) {
  if (matrix == nullptr) return {};
  check_matrix(*matrix, width, false);
  return *matrix;
}

}  // namespace

void check_matrix(const Matrix& matrix, int width, bool may_be_float) {
  require(matrix.address % 16 == 0 && matrix.address != 0, "matrices lie at multiples of 16 bytes");
  require(matrix.width >= 1 && (width == 0 || matrix.width == width), "a matrix has the columns that its op says");
  require(matrix.ld >= matrix.width, "rows of a matrix do not overlap");
  if (matrix.is_float != 0) {
    require(may_be_float, "the matrix of this op is of elements");
  } else {
    require(matrix.ld % 8 == 0, "rows of a matrix lie at multiples of 8 elements");
  }
}

void copy_columns(const mlora_cuda_batch& source, int precision, const mlora_cuda_copy* copies, int count,
                  Stream stream) {
  require(count >= 1 && count <= MLORA_CUDA_MOST, "1 to 32 copies go in a launch");
  const Batch batch = view(source);
  Copies all = {};
  all.count = count;
  for (int n = 0; n < count; ++n) {
    const mlora_cuda_copy& c = copies[n];
    check_matrix(c.from, 0, true);
    check_matrix(c.to, 0, true);
    require(c.width >= 1 && c.from_column >= 0 && c.to_column >= 0 && c.from_column + c.width <= c.from.width &&
                c.to_column + c.width <= c.to.width,
            "columns that are copied lie within both matrices");
    require(c.to.add == 0 || c.alone == 0, "a copy that adds leaves other columns alone");
    all.copy[n] = c;
    all.whole[n] = multiple_of_4(c.from, c.from_column) && multiple_of_4(c.to, c.to_column);
    all.first[n + 1] = all.first[n] + static_cast<int64_t>(batch.capacity) * ceil_div(column_count(c), 4);
  }
  with_element(precision, [&](auto element) {
    launch(move_columns<decltype(element)>, ceil_div(all.first[count], kThreads), kThreads, 0, stream, all);
  });
}

void sum_groups(const mlora_cuda_batch& source, int precision, const Matrix& in, const Matrix& out, Stream stream) {
  const Batch batch = view(source);
  check_matrix(in, 0, true);
  check_matrix(out, 0, true);
  require(in.width % out.width == 0, "groups of columns are of one size");
  const int team = team_for(in.width / out.width);
  const int64_t warps = ceil_div(static_cast<int64_t>(batch.capacity) * out.width, 32 / team);
  with_element(precision, [&](auto element) {
    launch(add_up<decltype(element)>, ceil_div(warps, kThreads / 32), kThreads, 0, stream, batch.capacity, in, out,
           team);
  });
}

void spread_groups(const mlora_cuda_batch& source, int precision, const Matrix& g, const Matrix& dx, Stream stream) {
  const Batch batch = view(source);
  check_matrix(g, 0, true);
  check_matrix(dx, 0, true);
  require(dx.width % g.width == 0, "groups of columns are of one size");
  with_element(precision, [&](auto element) {
    launch(spread<decltype(element)>, blocks_of(batch.capacity, dx.width, 4), kThreads, 0, stream,
           batch.capacity, g, dx);
  });
}

void multiply_add(const mlora_cuda_batch& source, int precision, const Matrix& a, const Matrix& b, const Matrix& c,
                  const Matrix& out, Stream stream) {
  const Batch batch = view(source);
  for (const Matrix* matrix : {&a, &b, &c, &out}) check_matrix(*matrix, out.width, false);
  with_element(precision, [&](auto element) {
    launch(combine<decltype(element)>, blocks_of(batch.capacity, out.width, 8), kThreads, 0, stream,
           batch.capacity, a, b, c, out);
  });
}

void multiply_add_backward(const mlora_cuda_batch& source, int precision, const Matrix& a, const Matrix& b,
                           const Matrix& g, const Matrix* da, const Matrix* db, const Matrix* dc, Stream stream) {
  const Batch batch = view(source);
  for (const Matrix* matrix : {&a, &b, &g}) check_matrix(*matrix, g.width, false);
  const Matrix to_a = wanted(da, g.width), to_b = wanted(db, g.width), to_c = wanted(dc, g.width);
  with_element(precision, [&](auto element) {
    launch(combine_backward<decltype(element)>, blocks_of(batch.capacity, g.width, 8), kThreads, 0, stream,
           batch.capacity, a, b, g, to_a, to_b, to_c);
  });
}

void relu_backward(const mlora_cuda_batch& source, int precision, const Matrix& out, const Matrix& g, Stream stream) {
  const Batch batch = view(source);
  check_matrix(g, 0, true);
  check_matrix(out, g.width, true);
  with_element(precision, [&](auto element) {
    launch(open<decltype(element)>, blocks_of(batch.capacity, g.width, 4), kThreads, 0, stream,
           batch.capacity, out, g);
  });
}

}  // namespace mlora::cuda
