// Low-rank parts of the four matrices of attention: for each field of a row of domain d
//   s = scale x A_d,  products += s B_d;   backward  t = scale slopes B_d^T,  dx += t A_d^T;
// and for each chunk dA_d = x^T t and dB_d = s^T slopes, over its rows and all of their fields, partial sums that
// update_domains adds in the order of the chunks. B_d is (rank, 4 out), the four of query, key, value and residual
// side by side, which stay where they are.
//
// Fields are rows, so a chunk of n rows is n F of them, of one domain. Four products by rows and two by chunks, in
// blocks of product.h, each of the shape that suits it: 8 columns where they are ranks, else 64; dB 16 rows, which
// are ranks. Operands are bf16, or floats multiplied as floats in all other precisions: next to the projections
// themselves these products are few.
//
// Bytes: x, products and slopes once (products twice), s and t once for each 64 columns, 4 rank (in + 4 out) for
// each chunk.
#include "chunk_items.h"
#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

template <typename E, int WM, int NT>
using Product = BlockProduct<sizeof(E) == 2 ? MLORA_CUDA_BF16 : MLORA_CUDA_FP32, WM, NT>;

// Numbers of the adapters, by the row of fields and by the domain.
template <typename E>
struct Numbers {
  mlora_cuda_field_adapters a;

  MLORA_DEVICE E* x(int64_t row) const { return pointer<E>(a.x) + row * a.x_ld; }
  MLORA_DEVICE E* dx(int64_t row) const { return pointer<E>(a.dx) + row * a.x_ld; }
  MLORA_DEVICE E* products(int64_t row) const { return pointer<E>(a.products) + row * a.ld; }
  MLORA_DEVICE E* slopes(int64_t row) const { return pointer<E>(a.slopes) + row * a.ld; }
  MLORA_DEVICE float* s(int64_t row) const { return pointer<float>(a.s) + row * a.rank; }
  MLORA_DEVICE float* t(int64_t row) const { return pointer<float>(a.t) + row * a.rank; }
  MLORA_DEVICE float a_at(int domain, int k, int r) const {
    return pointer<const float>(a.a)[(static_cast<int64_t>(domain) * a.in + k) * a.rank + r];
  }
  MLORA_DEVICE float b_at(int domain, int r, int n) const {
    // Chosen one by one: an array that is indexed would be copied to the stack.
    const int m = n / a.out;
    const uint64_t b = m == 0 ? a.b[0] : m == 1 ? a.b[1] : m == 2 ? a.b[2] : a.b[3];
    return pointer<const float>(b)[(static_cast<int64_t>(domain) * a.rank + r) * a.out + n % a.out];
  }
  MLORA_DEVICE float scale() const { return static_cast<float>(a.scale); }
};

// The products by rows: what is on the left of a row, on the right of a domain, and what becomes of a sum.
template <typename E>
struct Shrink : Numbers<E> {
  using Tile = Product<E, 4, 1>;
  static constexpr Along kRight = Along::K;
  MLORA_BOTH int depth() const { return this->a.in; }
  MLORA_BOTH int columns() const { return this->a.rank; }
  MLORA_DEVICE float left(int64_t row, int k) const { return load(this->x(row) + k); }
  MLORA_DEVICE float right(int domain, int k, int n) const { return this->a_at(domain, k, n); }
  MLORA_DEVICE void put(int64_t row, int n, float sum) const { this->s(row)[n] = this->scale() * sum; }
};
template <typename E>
struct Expand : Numbers<E> {
  using Tile = Product<E, 4, 8>;
  static constexpr Along kRight = Along::OUTER;
  MLORA_BOTH int depth() const { return this->a.rank; }
  MLORA_BOTH int columns() const { return 4 * this->a.out; }
  MLORA_DEVICE float left(int64_t row, int k) const { return this->s(row)[k]; }
  MLORA_DEVICE float right(int domain, int k, int n) const { return this->b_at(domain, k, n); }
  MLORA_DEVICE void put(int64_t row, int n, float sum) const {
    E* const to = this->products(row) + n;
    store(to, load(to) + sum);
  }
};
template <typename E>
struct ShrinkBack : Numbers<E> {
  using Tile = Product<E, 4, 1>;
  static constexpr Along kRight = Along::K;
  MLORA_BOTH int depth() const { return 4 * this->a.out; }
  MLORA_BOTH int columns() const { return this->a.rank; }
  MLORA_DEVICE float left(int64_t row, int k) const { return load(this->slopes(row) + k); }
  MLORA_DEVICE float right(int domain, int k, int n) const { return this->b_at(domain, n, k); }
  MLORA_DEVICE void put(int64_t row, int n, float sum) const { this->t(row)[n] = this->scale() * sum; }
};
template <typename E>
struct ExpandBack : Numbers<E> {
  using Tile = Product<E, 4, 8>;
  static constexpr Along kRight = Along::K;
  MLORA_BOTH int depth() const { return this->a.rank; }
  MLORA_BOTH int columns() const { return this->a.in; }
  MLORA_DEVICE float left(int64_t row, int k) const { return this->t(row)[k]; }
  MLORA_DEVICE float right(int domain, int k, int n) const { return this->a_at(domain, n, k); }
  MLORA_DEVICE void put(int64_t row, int n, float sum) const {
    E* const to = this->dx(row) + n;
    store(to, load(to) + sum);
  }
};

template <typename ByRows>
MLORA_KERNEL by_rows(Batch batch, ByRows product) {
  using Tile = typename ByRows::Tile;
  SharedMemory memory;
  Tile tile(memory);
  const int fields = product.a.fields, depth = product.depth(), columns = product.columns();
  const int64_t items = items_of<Tile>(batch.chunk_count(), batch.chunk_rows, fields, columns);
  for (int64_t i = block_index(); i < items; i += block_count()) {
    const Item item = item_of<Tile>(batch, i, fields, columns);
    const int domain = item.chunk.domain, rows = item.chunk.rows * fields - item.row;
    if (domain < 0 || rows <= 0) continue;
    const int64_t first = static_cast<int64_t>(item.chunk.begin) * fields + item.row;
    tile.multiply(
        depth, Along::K, ByRows::kRight,
        [&](int m, int k) { return m < rows && k < depth ? product.left(first + m, k) : 0.0f; },
        [&](int k, int n) {
          return k < depth && item.column + n < columns ? product.right(domain, k, item.column + n) : 0.0f;
        });
    tile.finish([&](int m, int n, float sum) {
      if (m < rows && item.column + n < columns) product.put(first + m, item.column + n, sum);
    });
  }
}

// The products by chunks: dA and dB, over rows of fields.
template <typename E>
struct GradientA : Numbers<E> {
  using Tile = Product<E, 4, 1>;
  MLORA_BOTH int rows() const { return this->a.in; }
  MLORA_BOTH int columns() const { return this->a.rank; }
  MLORA_DEVICE float left(int64_t row, int m) const { return load(this->x(row) + m); }
  MLORA_DEVICE float right(int64_t row, int n) const { return this->t(row)[n]; }
  MLORA_DEVICE int64_t place(int m, int n) const { return static_cast<int64_t>(m) * this->a.rank + n; }
};
template <typename E>
struct GradientB : Numbers<E> {
  using Tile = Product<E, 1, 2>;
  MLORA_BOTH int rows() const { return this->a.rank; }
  MLORA_BOTH int columns() const { return 4 * this->a.out; }
  MLORA_DEVICE float left(int64_t row, int m) const { return this->s(row)[m]; }
  MLORA_DEVICE float right(int64_t row, int n) const { return load(this->slopes(row) + n); }
  // After dA, one matrix after the other.
  MLORA_DEVICE int64_t place(int m, int n) const {
    const int64_t rank = this->a.rank, out = this->a.out;
    return rank * this->a.in + n / out * rank * out + m * out + n % out;
  }
};

MLORA_BOTH int64_t part_size(const mlora_cuda_field_adapters& a) {
  return static_cast<int64_t>(a.rank) * (a.in + 4 * a.out);
}

template <typename ByChunks>
MLORA_KERNEL by_chunks(Batch batch, ByChunks product) {
  using Tile = typename ByChunks::Tile;
  SharedMemory memory;
  Tile tile(memory);
  const int fields = product.a.fields, rows = product.rows(), columns = product.columns();
  const int high = (rows + Tile::kRows - 1) / Tile::kRows, wide = (columns + Tile::kColumns - 1) / Tile::kColumns;
  const int64_t items = static_cast<int64_t>(batch.chunk_count()) * high * wide;
  for (int64_t i = block_index(); i < items; i += block_count()) {
    const int64_t c = i / (high * wide);
    const Chunk chunk = batch.chunks[c];
    if (chunk.domain < 0) continue;
    const int m0 = static_cast<int>(i / wide % high) * Tile::kRows, n0 = static_cast<int>(i % wide) * Tile::kColumns;
    const int64_t first = static_cast<int64_t>(chunk.begin) * fields;
    const int depth = chunk.rows * fields;
    tile.multiply(
        depth, Along::OUTER, Along::OUTER,
        [&](int m, int k) { return k < depth && m0 + m < rows ? product.left(first + k, m0 + m) : 0.0f; },
        [&](int k, int n) { return k < depth && n0 + n < columns ? product.right(first + k, n0 + n) : 0.0f; });
    float* const to = pointer<float>(product.a.parts) + c * part_size(product.a);
    tile.finish([&](int m, int n, float sum) {
      if (m0 + m < rows && n0 + n < columns) to[product.place(m0 + m, n0 + n)] = sum;
    });
  }
}

int64_t chunks_of(const mlora_cuda_batch& batch) { return lay_out(batch.capacity, batch.domain_count).max_chunks; }

template <typename ByRows>
void multiply_rows(const mlora_cuda_batch& source, const ByRows& product, Stream stream) {
  using Tile = typename ByRows::Tile;
  const Batch batch = view(source);
  const int64_t items = items_of<Tile>(chunks_of(source), batch.chunk_rows, product.a.fields, product.columns());
  launch(by_rows<ByRows>, blocks_for(items), Tile::kThreads, Tile::shared(), stream, batch, product);
}

template <typename ByChunks>
void multiply_chunks(const mlora_cuda_batch& source, const ByChunks& product, Stream stream) {
  using Tile = typename ByChunks::Tile;
  const int64_t tiles = ceil_div(product.rows(), Tile::kRows) * ceil_div(product.columns(), Tile::kColumns);
  launch(by_chunks<ByChunks>, blocks_for(chunks_of(source) * tiles), Tile::kThreads, Tile::shared(), stream,
         view(source), product);
}

void check(const mlora_cuda_field_adapters& a) {
  require(a.fields >= 1 && a.rank >= 1 && a.in >= 1 && a.out >= 1 && a.x_ld >= a.in && a.ld >= 4 * a.out,
          "adapters of fields have fields, a rank, and columns that rows have room for");
  require(a.a != 0 && a.b[0] != 0 && a.b[1] != 0 && a.b[2] != 0 && a.b[3] != 0 && a.s != 0,
          "adapters of fields have an A, four B and a place for x A");
}

}  // namespace

void field_adapters_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& a,
                            Stream stream) {
  check(a);
  require(a.x != 0 && a.products != 0, "adapters of fields have inputs and products");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    multiply_rows(batch, Shrink<E>{{a}}, stream);
    multiply_rows(batch, Expand<E>{{a}}, stream);
  });
}

void field_adapters_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& a,
                             Stream stream) {
  check(a);
  require(a.slopes != 0 && a.t != 0, "adapters of fields have slopes and a place for slopes B^T");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    multiply_rows(batch, ShrinkBack<E>{{a}}, stream);
    if (a.dx != 0) multiply_rows(batch, ExpandBack<E>{{a}}, stream);
  });
}

void field_adapters_gradient(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& a,
                             Stream stream) {
  check(a);
  require(a.x != 0 && a.slopes != 0 && a.t != 0 && a.parts != 0, "gradients of adapters of fields have a place");
  with_element(precision, [&](auto element) {
    using E = decltype(element);
    multiply_chunks(batch, GradientA<E>{{a}}, stream);
    multiply_chunks(batch, GradientB<E>{{a}}, stream);
  });
}

}  // namespace mlora::cuda
