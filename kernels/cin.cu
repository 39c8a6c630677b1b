// The compressed interaction network: out_m = relu(sum over i, j of W[i H + j, m] (x0_i * x_j) + b_m), for each
// of the k columns of the maps.
//
// Seen as products with a row for each column of each row of the batch, (C k, F H) by (F H, M): the left operand
// has (x0_i * x_j) and is never written down (it would be F H / (F + H) times the input), but made while a block
// stages it. The gradients of the inputs are the same kind of product with W's axes exchanged:
//   dx_j  = sum over i, m of (x0_i * g_m) W[i H + j, m],      dx0_i = sum over j, m of (x_j * g_m) W[i H + j, m]
// so one kernel makes all three: u and v count the two maps that are multiplied, n the sums, and three strides say
// where W has them. Fields are few, so x0 takes blocks of 8 sums.
// dW has the same operand turned, (F H + 1, C k) by (C k, M), its last row being 1: that is db. The rows are cut
// into parts, as many as fill the device, whose sums update_whole adds in order.
//
// Operations: 2 C k F H M for each of the four; bytes are few beside them.
#include <algorithm>

#include "interactions.h"
#include "matrix.h"
#include "product.h"

namespace mlora::cuda {
namespace {

// A product over pairs of maps.
struct Pairs {
  Matrix left, right, out;
  const float* weight;
  const float* bias;  // forward: then relu follows
  int64_t u_stride, v_stride, n_stride;
  int v_count, depth, n_count, k;
};

template <int Precision, int WM, int NT>
MLORA_KERNEL multiply_pairs(Batch batch, Pairs pairs) {
  using E = Element<Precision>;
  SharedMemory memory;
  BlockProduct<Precision, WM, NT> tile(memory);
  const int tiles = (pairs.n_count + tile.kColumns - 1) / tile.kColumns;
  const int64_t r0 = block_index() / tiles * tile.kRows, rows = static_cast<int64_t>(batch.capacity) * pairs.k;
  const int n0 = static_cast<int>(block_index() % tiles) * tile.kColumns;
  tile.multiply(
      pairs.depth, Along::OUTER, pairs.n_stride == 1 ? Along::OUTER : Along::K,
      [&](int m, int index) {
        if (r0 + m >= rows || index >= pairs.depth) return 0.0f;
        const int64_t p = (r0 + m) / pairs.k;
        const int column = static_cast<int>((r0 + m) % pairs.k), u = index / pairs.v_count, v = index % pairs.v_count;
        return load(row_of<const E>(pairs.left, p) + u * pairs.k + column) *
               load(row_of<const E>(pairs.right, p) + v * pairs.k + column);
      },
      [&](int index, int n) {
        if (index >= pairs.depth || n0 + n >= pairs.n_count) return 0.0f;
        return pairs.weight[index / pairs.v_count * pairs.u_stride + index % pairs.v_count * pairs.v_stride +
                            (n0 + n) * pairs.n_stride];
      });
  tile.finish([&](int m, int n, float sum) {
    if (r0 + m >= rows || n0 + n >= pairs.n_count) return;
    const int64_t p = (r0 + m) / pairs.k;
    E* const to = row_of<E>(pairs.out, p) + (n0 + n) * pairs.k + (r0 + m) % pairs.k;
    if (pairs.bias != nullptr) {
      const float value = sum + pairs.bias[n0 + n];
      // Leaves NaN as it is: a diverged run must show.
      store(to, value < 0 || batch.domain[p] == kRest ? 0.0f : value);
    } else {
      store(to, pairs.out.add != 0 ? load(to) + sum : sum);
    }
  });
}

// Rows of the batch's columns that a part sums, a multiple of 32.
MLORA_DEVICE int64_t rows_of_part(int64_t rows, int parts) { return ((rows + parts - 1) / parts + 31) / 32 * 32; }

template <int Precision, int WM, int NT>
MLORA_KERNEL sum_pairs(Batch batch, mlora_cuda_cin cin, Matrix g) {
  using E = Element<Precision>;
  SharedMemory memory;
  BlockProduct<Precision, WM, NT> tile(memory);
  const int maps = cin.in.width / cin.k, sums = cin.out.width / cin.k, pairs = cin.start.width / cin.k * maps;
  const int high = (pairs + 1 + tile.kRows - 1) / tile.kRows, wide = (sums + tile.kColumns - 1) / tile.kColumns;
  const int64_t part = block_index() / (high * wide), rows = static_cast<int64_t>(batch.capacity) * cin.k;
  const int i0 = static_cast<int>(block_index() / wide % high) * tile.kRows;
  const int n0 = static_cast<int>(block_index() % wide) * tile.kColumns;
  const int64_t each = rows_of_part(rows, cin.parts), begin = part * each;
  const int64_t count = rows - begin < each ? rows - begin : each;
  tile.multiply(
      count > 0 ? static_cast<int>(count) : 0, Along::K, Along::K,
      [&](int m, int r) {
        if (r >= count || i0 + m > pairs) return 0.0f;
        if (i0 + m == pairs) return 1.0f;
        const int64_t p = (begin + r) / cin.k;
        const int column = static_cast<int>((begin + r) % cin.k);
        return load(row_of<const E>(cin.start, p) + (i0 + m) / maps * cin.k + column) *
               load(row_of<const E>(cin.in, p) + (i0 + m) % maps * cin.k + column);
      },
      [&](int r, int n) {
        if (r >= count || n0 + n >= sums) return 0.0f;
        return load(row_of<const E>(g, (begin + r) / cin.k) + (n0 + n) * cin.k + (begin + r) % cin.k);
      });
  float* const to = pointer<float>(cin.sums) + part * (static_cast<int64_t>(pairs + 1) * sums);
  tile.finish([&](int m, int n, float sum) {
    if (i0 + m <= pairs && n0 + n < sums) to[static_cast<int64_t>(i0 + m) * sums + n0 + n] = sum;
  });
}

void check(const mlora_cuda_cin& cin) {
  for (const Matrix* matrix : {&cin.start, &cin.in, &cin.out}) {
    check_matrix(*matrix, 0, false);
    require(cin.k >= 1 && matrix->width % cin.k == 0, "maps are of one width");
  }
  require(cin.weight != 0 && cin.bias != 0, "a layer has weights and a bias");
}

void run(const Batch& batch, int precision, const Pairs& pairs, Stream stream) {
  const auto shaped = [&](auto shape) {
    with_precision(precision, [&](auto which) {
      using Tile = BlockProduct<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>;
      const int64_t rows = static_cast<int64_t>(batch.capacity) * pairs.k;
      const int64_t blocks = ceil_div(rows, Tile::kRows) * ceil_div(pairs.n_count, Tile::kColumns);
      launch(multiply_pairs<decltype(which)::value, decltype(shape)::kWM, decltype(shape)::kNT>, blocks,
             Tile::kThreads, Tile::shared(), stream, batch, pairs);
    });
  };
  if (pairs.n_count <= 8) {
    shaped(Shape<4, 1>());
  } else {
    shaped(Shape<4, 8>());
  }
}

}  // namespace

int32_t cin_parts(int32_t capacity, const mlora_cuda_cin& cin) {
  require(capacity >= 1 && cin.k >= 1 && cin.start.width >= cin.k && cin.in.width >= cin.k && cin.out.width >= cin.k,
          "maps have columns");
  constexpr int64_t kBlocks = 264;  // two for each SM of the largest devices
  constexpr int64_t kFewest = 256;  // rows of a part, or its sums would be most of the work
  const int64_t rows = static_cast<int64_t>(capacity) * cin.k;
  const int64_t maps = static_cast<int64_t>(cin.start.width / cin.k) * (cin.in.width / cin.k);
  const int64_t tiles = ceil_div(maps + 1, 64) * ceil_div(cin.out.width / cin.k, 64);
  return static_cast<int32_t>(std::clamp(ceil_div(kBlocks, tiles), int64_t{1}, ceil_div(rows, kFewest)));
}

void cin_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_cin& cin, Stream stream) {
  const Batch batch = view(source);
  check(cin);
  const int fields = cin.start.width / cin.k, maps = cin.in.width / cin.k, sums = cin.out.width / cin.k;
  const int64_t row = sums;
  run(batch, precision,
      {cin.start, cin.in, cin.out, pointer<const float>(cin.weight), pointer<const float>(cin.bias), row * maps, row, 1,
       maps, fields * maps, sums, cin.k},
      stream);
}

void cin_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_cin& cin, const Matrix& g,
                  const Matrix* dstart, const Matrix* din, Stream stream) {
  const Batch batch = view(source);
  check(cin);
  check_matrix(g, cin.out.width, false);
  const int fields = cin.start.width / cin.k, maps = cin.in.width / cin.k, sums = cin.out.width / cin.k;
  const int64_t row = sums;
  const float* const weight = pointer<const float>(cin.weight);
  if (dstart != nullptr) {
    check_matrix(*dstart, cin.start.width, false);
    run(batch, precision,
        {cin.in, g, *dstart, weight, nullptr, row, 1, row * maps, sums, maps * sums, fields, cin.k}, stream);
  }
  if (din != nullptr) {
    check_matrix(*din, cin.in.width, false);
    run(batch, precision,
        {cin.start, g, *din, weight, nullptr, row * maps, 1, row, sums, fields * sums, maps, cin.k}, stream);
  }
}

void cin_gradient(const mlora_cuda_batch& source, int precision, const mlora_cuda_cin& cin, const Matrix& g,
                  Stream stream) {
  const Batch batch = view(source);
  check(cin);
  check_matrix(g, cin.out.width, false);
  require(cin.sums != 0 && cin.parts >= 1, "gradients have a place, in parts");
  const int pairs = cin.start.width / cin.k * (cin.in.width / cin.k), sums = cin.out.width / cin.k;
  with_precision(precision, [&](auto which) {
    using Tile = BlockProduct<decltype(which)::value, 4, 8>;
    const int64_t tiles = ceil_div(pairs + 1, Tile::kRows) * ceil_div(sums, Tile::kColumns);
    launch(sum_pairs<decltype(which)::value, 4, 8>, cin.parts * tiles, Tile::kThreads, Tile::shared(), stream, batch,
           cin, g);
  });
}

}  // namespace mlora::cuda
