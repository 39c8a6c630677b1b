// The compressed interaction network: out_m = relu(sum over i, j of W[i H + j, m] (x0_i * x_j) + b_m), for each
// of the k columns of the maps.
//
// Seen as products with a row for each column of each row of the batch, (C k, F H) by (F H, M): the left operand
// has (x0_i * x_j) and is never written down (it would be F H / (F + H) times the input), but made while a block
// stages it. The gradient of x is the same kind of product with W's axes exchanged:
//   dx_j  = sum over i, m of (x0_i * g_m) W[i H + j, m]
// so one kernel makes both: u and v count the two maps that are multiplied, n the sums, and three strides say where W
// has them. Fields are few, so that dx0 as such a product would make an operand of H M pairs for a few sums; instead
//   dx0_i = sum over j of x_j (sum over m of g_m W[i H + j, m])
// is a product of g as it is, a block for each 64 rows and field, whose sums are weighted and added up where they are.
// dW has the pairs' operand turned, (F H + 1, C k) by (C k, M), its last row being 1: that is db. The rows are cut
// into parts, as many as fill the device, whose sums update_whole adds in order.
//
// Operations: 2 C k F H M for each of the four; bytes are few beside them, and so must be what it costs to find an
// element: a thread stages one row, whose place it finds once, and divides by multiplications.
#include <algorithm>

#include "interactions.h"
#include "matrix.h"
#include "product.h"

namespace mlora::cuda {
namespace {

// Division by a number that is known before, of any number.
class Divisor {
 public:
  explicit Divisor(int by) : by_(static_cast<uint32_t>(by)), inverse_(0xFFFFFFFFu / static_cast<uint32_t>(by)) {}

  MLORA_DEVICE void divide(int number, int& quotient, int& rest) const {
    const uint32_t n = static_cast<uint32_t>(number), low = high_product(n, inverse_), over = n - low * by_;
    const bool more = over >= by_;  // low is the quotient, or one less
    quotient = static_cast<int>(more ? low + 1 : low);
    rest = static_cast<int>(more ? over - by_ : over);
  }

 private:
  uint32_t by_, inverse_;
};

// Rows of products from one on: the batch's row and the column that each is.
class Rows {
 public:
  MLORA_DEVICE Rows(const Batch& batch, int k, const Divisor& by_k, int64_t first)
      : by_k_(by_k), p_(first / k), column_(static_cast<int>(first % k)),
        left_(static_cast<int64_t>(batch.capacity) * k - first) {}

  MLORA_DEVICE bool has(int m) const { return m < left_; }
  // The first row's element of map 0 in a matrix.
  template <typename E>
  MLORA_DEVICE E* first(const Matrix& matrix) const {
    return row_of<E>(matrix, p_) + column_;
  }
  // How far the others are from it; 0 where there is no such row.
  MLORA_DEVICE int64_t offset(int m, int ld) const {
    int p, column;
    by_k_.divide(column_ + (has(m) ? m : 0), p, column);
    return static_cast<int64_t>(p) * ld + column - column_;
  }
  MLORA_DEVICE int64_t row(int m) const {
    int p, column;
    by_k_.divide(column_ + m, p, column);
    return p_ + p;
  }

 private:
  Divisor by_k_;
  int64_t p_;
  int column_;
  int64_t left_;
};

// A product over pairs of maps.
struct Pairs {
  Matrix left, right, out;
  const float* weight;
  const float* bias;  // forward: then relu follows
  int u_stride, v_stride, n_stride;
  int depth, n_count, k;
  Divisor by_v, by_k;
};

template <int Precision, int WM, int NT>
MLORA_KERNEL multiply_pairs(Batch batch, Pairs pairs) {
  using E = Element<Precision>;
  SharedMemory memory;
  BlockProduct<Precision, WM, NT> tile(memory);
  const int tiles = (pairs.n_count + tile.kColumns - 1) / tile.kColumns;
  const Rows rows(batch, pairs.k, pairs.by_k, block_index() / tiles * tile.kRows);
  const int n0 = static_cast<int>(block_index() % tiles) * tile.kColumns;
  const int depth = rows.has(tile.own_row()) ? pairs.depth : 0;  // of the thread's row
  const E* const left = rows.first<const E>(pairs.left) + rows.offset(tile.own_row(), pairs.left.ld);
  const E* const right = rows.first<const E>(pairs.right) + rows.offset(tile.own_row(), pairs.right.ld);
  tile.multiply(
      pairs.depth, Along::OUTER, pairs.n_stride == 1 ? Along::OUTER : Along::K,
      [&](int, int index) {
        const bool inside = index < depth;
        int u, v;
        pairs.by_v.divide(inside ? index : 0, u, v);
        const float product = load(left + u * pairs.k) * load(right + v * pairs.k);
        return inside ? product : 0.0f;
      },
      [&](int index, int n) {
        const bool inside = index < pairs.depth && n0 + n < pairs.n_count;
        int u, v;
        pairs.by_v.divide(inside ? index : 0, u, v);
        const float weight = pairs.weight[inside ? u * pairs.u_stride + v * pairs.v_stride + (n0 + n) * pairs.n_stride : 0];
        return inside ? weight : 0.0f;
      });
  tile.finish([&](int m, int n, float sum) {
    if (!rows.has(m) || n0 + n >= pairs.n_count) return;
    E* const to = rows.first<E>(pairs.out) + rows.offset(m, pairs.out.ld) + (n0 + n) * pairs.k;
    if (pairs.bias != nullptr) {
      const float value = sum + pairs.bias[n0 + n];
      // Leaves NaN as it is: a diverged run must show.
      store(to, value < 0 || batch.domain[rows.row(m)] == kRest ? 0.0f : value);
    } else {
      store(to, pairs.out.add != 0 ? load(to) + sum : sum);
    }
  });
}

template <int Precision>
MLORA_KERNEL fold_maps(Batch batch, mlora_cuda_cin cin, Divisor by_k, Matrix g, Matrix out) {
  using E = Element<Precision>;
  SharedMemory memory;
  BlockProduct<Precision, 4, 8> tile(memory);
  const int fields = cin.start.width / cin.k, maps = cin.in.width / cin.k, sums = cin.out.width / cin.k;
  const Rows rows(batch, cin.k, by_k, block_index() / fields * tile.kRows);
  const int field = static_cast<int>(block_index() % fields), depth = rows.has(tile.own_row()) ? sums : 0;
  const E* const left = rows.first<const E>(g) + rows.offset(tile.own_row(), g.ld);
  const float* const weight = pointer<const float>(cin.weight) + static_cast<int64_t>(field) * maps * sums;
  const E* in[2];
  bool there[2];
  MLORA_UNROLL
  for (int i = 0; i < 2; ++i) {
    there[i] = rows.has(tile.fold_row(i));
    in[i] = rows.first<const E>(cin.in) + rows.offset(tile.fold_row(i), cin.in.ld);
  }
  float totals[2] = {};
  for (int n0 = 0; n0 < maps; n0 += tile.kColumns) {
    tile.multiply(
        sums, Along::OUTER, Along::K, [&](int, int m) {
          const float slope = load(left + (m < depth ? m : 0) * cin.k);
          return m < depth ? slope : 0.0f;
        },
        [&](int m, int n) {
          const bool inside = m < sums && n0 + n < maps;
          const float value = weight[inside ? (n0 + n) * sums + m : 0];
          return inside ? value : 0.0f;
        });
    tile.fold(totals, [&](int i, int n) {
      const bool inside = there[i] && n0 + n < maps;
      const float value = load(in[i] + (inside ? n0 + n : 0) * cin.k);
      return inside ? value : 0.0f;
    });
  }
  MLORA_UNROLL
  for (int i = 0; i < 2; ++i) {
    float total = totals[i] + shuffle_xor(totals[i], 1);
    total += shuffle_xor(total, 2);
    if (!there[i] || lane() % 4 != 0) continue;
    E* const to = rows.first<E>(out) + rows.offset(tile.fold_row(i), out.ld) + field * cin.k;
    store(to, out.add != 0 ? load(to) + total : total);
  }
}

// Rows of the batch's columns that a part sums, a multiple of 32.
MLORA_DEVICE int64_t rows_of_part(int64_t rows, int parts) { return ((rows + parts - 1) / parts + 31) / 32 * 32; }

template <int Precision, int WM, int NT>
MLORA_KERNEL sum_pairs(Batch batch, mlora_cuda_cin cin, Divisor by_maps, Divisor by_k, Matrix g) {
  using E = Element<Precision>;
  SharedMemory memory;
  BlockProduct<Precision, WM, NT> tile(memory);
  const int maps = cin.in.width / cin.k, sums = cin.out.width / cin.k, pairs = cin.start.width / cin.k * maps;
  const int high = (pairs + 1 + tile.kRows - 1) / tile.kRows, wide = (sums + tile.kColumns - 1) / tile.kColumns;
  const int64_t part = block_index() / (high * wide), all = static_cast<int64_t>(batch.capacity) * cin.k;
  const int i0 = static_cast<int>(block_index() / wide % high) * tile.kRows;
  const int n0 = static_cast<int>(block_index() % wide) * tile.kColumns;
  const int64_t each = rows_of_part(all, cin.parts), begin = part * each;
  const int count = static_cast<int>(all - begin < each ? all - begin : each);
  const Rows rows(batch, cin.k, by_k, begin);
  const E* const start = rows.first<const E>(cin.start);
  const E* const in = rows.first<const E>(cin.in);
  const E* const from = rows.first<const E>(g);
  tile.multiply(
      count > 0 ? count : 0, Along::K, Along::K,
      [&](int m, int r) {
        const bool there = r < count, inside = there && i0 + m < pairs;
        const int row = there ? r : 0;
        int u, v;
        by_maps.divide(inside ? i0 + m : 0, u, v);
        const float product = load(start + rows.offset(row, cin.start.ld) + u * cin.k) *
                              load(in + rows.offset(row, cin.in.ld) + v * cin.k);
        return inside ? product : there && i0 + m == pairs ? 1.0f : 0.0f;
      },
      [&](int r, int n) {
        const bool inside = r < count && n0 + n < sums;
        const float slope = load(from + rows.offset(inside ? r : 0, g.ld) + (inside ? n0 + n : 0) * cin.k);
        return inside ? slope : 0.0f;
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
  require(static_cast<int64_t>(cin.start.width / cin.k) * (cin.in.width / cin.k) * (cin.out.width / cin.k) <= INT32_MAX,
          "a layer has up to 2^31 weights");
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
  constexpr int64_t kBlocks = 528;  // four for each SM of the largest devices
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
  run(batch, precision,
      {cin.start, cin.in, cin.out, pointer<const float>(cin.weight), pointer<const float>(cin.bias), sums * maps, sums, 1,
       fields * maps, sums, cin.k, Divisor(maps), Divisor(cin.k)},
      stream);
}

void cin_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_cin& cin, const Matrix& g,
                  const Matrix* dstart, const Matrix* din, Stream stream) {
  const Batch batch = view(source);
  check(cin);
  check_matrix(g, cin.out.width, false);
  const int fields = cin.start.width / cin.k, maps = cin.in.width / cin.k, sums = cin.out.width / cin.k;
  const float* const weight = pointer<const float>(cin.weight);
  if (dstart != nullptr) {
    check_matrix(*dstart, cin.start.width, false);
    with_precision(precision, [&](auto which) {
      using Tile = BlockProduct<decltype(which)::value, 4, 8>;
      const int64_t blocks = ceil_div(static_cast<int64_t>(batch.capacity) * cin.k, Tile::kRows) * fields;
      launch(fold_maps<decltype(which)::value>, blocks, Tile::kThreads, Tile::shared(), stream, batch, cin,
             Divisor(cin.k), g, *dstart);
    });
  }
  if (din != nullptr) {
    check_matrix(*din, cin.in.width, false);
    run(batch, precision,
        {cin.start, g, *din, weight, nullptr, sums * maps, 1, sums, fields * sums, maps, cin.k,
         Divisor(sums), Divisor(cin.k)},
        stream);
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
           cin, Divisor(cin.in.width / cin.k), Divisor(cin.k), g);
  });
}

}  // namespace mlora::cuda
