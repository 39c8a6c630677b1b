// Interactions of pairs of fields that have no weights: bi-interaction pooling and inner products.
//
// Bi-interaction: a thread takes four columns of a row and goes over the fields, twice backward.
// Inner products: a warp takes a row and its teams of lanes (four columns a lane) the pairs in turn; a row is
// read from memory once and from L1 for each pair. Backward a thread takes four columns of a field and sums
// over the other fields. F (F - 1) / 2 pairs of k columns cost F^2 k additions a row, forward and backward.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

template <typename E>
MLORA_KERNEL pool(int capacity, int fields, Matrix in, Matrix out) {
  const int width = out.width, pieces = (width + 3) / 4;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = width - column;
  const E* const row = row_of<const E>(in, p) + column;
  float sum[4] = {}, squares[4] = {};
  for (int f = 0; f < fields; ++f) {
    float e[4];
    read4(row + f * width, left, width % 4 == 0, e);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      sum[i] += e[i];
      squares[i] = fma(e[i], e[i], squares[i]);
    }
  }
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) sum[i] = 0.5f * (sum[i] * sum[i] - squares[i]);
  write4(row_of<E>(out, p) + column, left, width % 4 == 0, false, sum);
}

template <typename E>
MLORA_KERNEL pool_backward(int capacity, int fields, Matrix in, Matrix g, Matrix dx) {
  const int width = g.width, pieces = (width + 3) / 4;
  const int64_t p = thread_in_grid() / pieces;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = width - column;
  const bool whole = width % 4 == 0;
  const E* const row = row_of<const E>(in, p) + column;
  float sum[4] = {}, slope[4];
  for (int f = 0; f < fields; ++f) {
    float e[4];
    read4(row + f * width, left, whole, e);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sum[i] += e[i];
  }
  read4(row_of<const E>(g, p) + column, left, whole, slope);
  for (int f = 0; f < fields; ++f) {
    float e[4];
    read4(row + f * width, left, whole, e);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) e[i] = slope[i] * (sum[i] - e[i]);
    write4(row_of<E>(dx, p) + f * width + column, left, whole, dx.add != 0, e);
  }
}

template <typename E>
MLORA_KERNEL multiply_pairs(int capacity, int fields, Matrix in, Matrix out, int team) {
  const int64_t p = warp_in_grid();
  if (p >= capacity) return;
  const int width = in.width / fields, teams = 32 / team;
  const E* const row = row_of<const E>(in, p);
  // Pairs in order, each team every teams-th: f and h go along.
  int f = 0, h = 1;
  int ahead = lane() / team;
  for (int first = 0; first < out.width; first += teams) {
    while (ahead > 0 && f < fields - 1) {
      if (++h == fields) h = ++f + 1;
      --ahead;
    }
    const int pair = first + lane() / team;
    float sum = 0;
    for (int column = 4 * (lane() % team); pair < out.width && column < width; column += 4 * team) {
      float a[4], b[4];
      read4(row + f * width + column, width - column, width % 4 == 0, a);
      read4(row + h * width + column, width - column, width % 4 == 0, b);
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) sum = fma(a[i], b[i], sum);
    }
    sum = sum_of_team(sum, team);
    if (pair < out.width && lane() % team == 0) store(row_of<E>(out, p) + pair, sum);
    ahead = teams;
  }
}

template <typename E>
MLORA_KERNEL multiply_backward(int capacity, int fields, Matrix in, Matrix g, Matrix dx) {
  const int width = in.width / fields, pieces = (width + 3) / 4;
  const int64_t p = thread_in_grid() / (fields * pieces);
  if (p >= capacity) return;
  const int item = static_cast<int>(thread_in_grid() % (fields * pieces));
  const int own = item / pieces, column = item % pieces * 4, left = width - column;
  const bool whole = width % 4 == 0;
  const E* const row = row_of<const E>(in, p) + column;
  const E* const slopes = row_of<const E>(g, p);
  float sum[4] = {};
  for (int other = 0; other < fields; ++other) {
    if (other == own) continue;
    const float slope = load(slopes + (own < other ? pair_of(fields, own, other) : pair_of(fields, other, own)));
    float e[4];
    read4(row + other * width, left, whole, e);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sum[i] = fma(slope, e[i], sum[i]);
  }
  write4(row_of<E>(dx, p) + own * width + column, left, whole, dx.add != 0, sum);
}

void check_fields(const Matrix& in, int fields) {
  check_matrix(in, 0, false);
  require(fields >= 1 && in.width % fields == 0, "fields are of one width");
}

}  // namespace

void bi_interaction(const mlora_cuda_batch& source, int precision, int fields, const Matrix& in, const Matrix& out,
                    Stream stream) {
  const Batch batch = view(source);
  check_fields(in, fields);
  check_matrix(out, in.width / fields, false);
  const int64_t blocks = ceil_div(batch.capacity * ceil_div(out.width, 4), kThreads);
  with_element(precision, [&](auto element) {
    launch(pool<decltype(element)>, blocks, kThreads, 0, stream, batch.capacity, fields, in, out);
  });
}

void bi_interaction_backward(const mlora_cuda_batch& source, int precision, int fields, const Matrix& in,
                             const Matrix& g, const Matrix& dx, Stream stream) {
  const Batch batch = view(source);
  check_fields(in, fields);
  check_matrix(g, in.width / fields, false);
  check_matrix(dx, in.width, false);
  const int64_t blocks = ceil_div(batch.capacity * ceil_div(g.width, 4), kThreads);
  with_element(precision, [&](auto element) {
    launch(pool_backward<decltype(element)>, blocks, kThreads, 0, stream, batch.capacity, fields, in, g, dx);
  });
}

void inner_products(const mlora_cuda_batch& source, int precision, int fields, const Matrix& in, const Matrix& out,
                    Stream stream) {
  const Batch batch = view(source);
  check_fields(in, fields);
  require(fields >= 2, "pairs are of at least two fields");
  check_matrix(out, fields * (fields - 1) / 2, false);
  with_element(precision, [&](auto element) {
    launch(multiply_pairs<decltype(element)>, ceil_div(batch.capacity, kThreads / 32), kThreads, 0, stream,
           batch.capacity, fields, in, out, team_for(in.width / fields));
  });
}

void inner_products_backward(const mlora_cuda_batch& source, int precision, int fields, const Matrix& in,
                             const Matrix& g, const Matrix& dx, Stream stream) {
  const Batch batch = view(source);
  check_fields(in, fields);
  require(fields >= 2, "pairs are of at least two fields");
  check_matrix(g, fields * (fields - 1) / 2, false);
  check_matrix(dx, in.width, false);
  const int64_t items = static_cast<int64_t>(batch.capacity) * fields * ceil_div(in.width / fields, 4);
  with_element(precision, [&](auto element) {
    launch(multiply_backward<decltype(element)>, ceil_div(items, kThreads), kThreads, 0, stream, batch.capacity,
           fields, in, g, dx);
  });
}

}  // namespace mlora::cuda
