// Layouts that let one product serve many: matrices of one parameter each side by side, and fields as rows.
//
// Packed weights are small; fields are copied only where the width of one is not a multiple of 8, as else a
// row of fields is already so many rows. A thread takes one element of a weight, or four columns of a field.
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

struct Pieces {
  mlora_cuda_piece piece[MLORA_CUDA_MOST];
  int64_t first[MLORA_CUDA_MOST + 1];  // in elements
  int count;
};

// Calls body(piece, row, column) for the thread's element.
template <typename Body>
MLORA_DEVICE void each_element(const Pieces& pieces, const Body& body) {
  const int64_t i = thread_in_grid();
  int n = 0;
  while (n < pieces.count && i >= pieces.first[n + 1]) ++n;
  if (n == pieces.count) return;
  const mlora_cuda_piece& piece = pieces.piece[n];
  const int64_t at = i - pieces.first[n];
  body(piece, at, at / piece.columns * piece.ld + at % piece.columns);
}

template <typename E>
MLORA_KERNEL put_together(Pieces pieces) {
  each_element(pieces, [&](const mlora_cuda_piece& piece, int64_t own, int64_t packed) {
    store(pointer<E>(piece.packed) + packed, pointer<const float>(piece.matrix)[own]);
  });
}

MLORA_KERNEL take_apart(Pieces pieces) {
  each_element(pieces, [&](const mlora_cuda_piece& piece, int64_t own, int64_t packed) {
    pointer<float>(piece.matrix)[own] = pointer<const float>(piece.packed)[packed];
  });
}

Pieces all_of(const mlora_cuda_piece* pieces, int count) {
  require(count >= 1 && count <= MLORA_CUDA_MOST, "1 to 32 pieces go in a launch");
  Pieces all = {};
  all.count = count;
  for (int n = 0; n < count; ++n) {
    const mlora_cuda_piece& piece = pieces[n];
    require(piece.matrix != 0 && piece.packed != 0, "a piece has a matrix and a place");
    require(piece.rows >= 1 && piece.columns >= 1 && piece.ld >= piece.columns, "rows of a piece do not overlap");
    all.piece[n] = piece;
    all.first[n + 1] = all.first[n] + static_cast<int64_t>(piece.rows) * piece.columns;
  }
  return all;
}

template <typename E>
MLORA_KERNEL split(int capacity, int fields, int width, Matrix in, E* rows, int ld) {
  const int pieces = (width + 3) / 4;
  const int64_t row = thread_in_grid() / pieces, p = row / fields;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = width - column;
  const int field = static_cast<int>(row % fields);
  float values[4];
  read4(row_of<const E>(in, p) + field * width + column, left, width % 4 == 0, values);
  write4(rows + row * ld + column, left, width % 4 == 0, false, values);
}

template <typename E>
MLORA_KERNEL join(int capacity, int fields, int width, const E* rows, int ld, Matrix dx) {
  const int pieces = (width + 3) / 4;
  const int64_t row = thread_in_grid() / pieces, p = row / fields;
  if (p >= capacity) return;
  const int column = static_cast<int>(thread_in_grid() % pieces) * 4, left = width - column;
  const int field = static_cast<int>(row % fields);
  float values[4];
  read4(rows + row * ld + column, left, width % 4 == 0, values);
  write4(row_of<E>(dx, p) + field * width + column, left, width % 4 == 0, dx.add != 0, values);
}

int check_split(int fields, const Matrix& matrix, uint64_t split, int ld) {
  check_matrix(matrix, 0, false);
  require(fields >= 1 && matrix.width % fields == 0, "fields are of one width");
  const int width = matrix.width / fields;
  require(split != 0 && split % 16 == 0 && ld >= width && ld % 8 == 0,
          "matrices lie at multiples of 16 bytes, their rows at multiples of 8 elements");
  return width;
}

}  // namespace

void split_fields(const mlora_cuda_batch& source, int precision, int fields, const Matrix& in, uint64_t split_at,
                  int ld, Stream stream) {
  const Batch batch = view(source);
  const int width = check_split(fields, in, split_at, ld);
  const int64_t threads = static_cast<int64_t>(batch.capacity) * fields * ceil_div(width, 4);
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    launch(split<E>, ceil_div(threads, kThreads), kThreads, 0, stream, batch.capacity, fields, width, in,
           pointer<E>(split_at), ld);
  });
}

void join_fields(const mlora_cuda_batch& source, int precision, int fields, uint64_t split_at, int ld,
                 const Matrix& dx, Stream stream) {
  const Batch batch = view(source);
  const int width = check_split(fields, dx, split_at, ld);
  const int64_t threads = static_cast<int64_t>(batch.capacity) * fields * ceil_div(width, 4);
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    launch(join<E>, ceil_div(threads, kThreads), kThreads, 0, stream, batch.capacity, fields, width,
           pointer<const E>(split_at), ld, dx);
  });
}

void pack(int precision, const mlora_cuda_piece* pieces, int count, Stream stream) {
  const Pieces all = all_of(pieces, count);
  with_element(precision, [&](auto element) {
    launch(put_together<decltype(element)>, ceil_div(all.first[count], kThreads), kThreads, 0, stream, all);
  });
}

void unpack(const mlora_cuda_piece* pieces, int count, Stream stream) {
  const Pieces all = all_of(pieces, count);
  launch(take_apart, ceil_div(all.first[count], kThreads), kThreads, 0, stream, all);
}

}  // namespace mlora::cuda
