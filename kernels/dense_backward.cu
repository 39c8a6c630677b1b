// A dense layer backward, up to the products that cuBLAS does:
//   g = g where h > 0;  g_shared = g * keep / keep probability;  t = scale g B_d^T;  dx = t A_d^T (+ dx).
//
// The forward kernel's plan with other matrices (see dense_forward.cu and dense.h): warps go over columns of
// g, 32 at a time; what they load they mask, store and multiply at once. t rests in shared memory, then the
// warps share the columns of dx.
//
// Bytes: g and h once, g and g_shared and dx written once, t for adapter_gradient; A and B once for each chunk (L2).
// The product g_shared W^T is added to dx by the library's beta, which costs one more read of dx and no launch.
#include "dense.h"
#include "families.h"
#include "product.h"

namespace mlora::cuda {
namespace {

// Rows of g, which become the layer's own gradient on their way to the sums.
template <int Precision>
class Gradient {
 public:
  using E = Element<Precision>;
  static constexpr int kAhead = 1;
  // More ranks than fit at once find g as the first ones left it.
  bool again = false;

  MLORA_DEVICE Gradient(const mlora_cuda_dense& dense, const Place& at, bool drops, float scale)
      : dense_(dense), at_(at), out_(dense.out), relu_(dense.activation == MLORA_CUDA_RELU), drops_(drops),
        scale_(scale), g_(dense.g, dense.out_ld, at), shared_(dense.g_shared, dense.out_ld, at),
        h_(dense.h, dense.out_ld, at) {}
  MLORA_DEVICE void wait(int) {}
  MLORA_DEVICE void load(int column) {
    const int first = own_column(column);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      values_[r] = Octet<E>();
      if (first < out_ && at_.valid(r)) values_[r] = load_octet(g_.at(at_, r, first));
      if (relu_ && first < out_ && at_.valid(r)) outputs_[r] = load_octet(h_.at(at_, r, first));
      if (drops_ && first < out_ && at_.valid(r)) bits_[r] = load_bits(dense_, at_, r, first);
    }
  }
  MLORA_DEVICE const Octet<E> (&open(int, int column))[2] {
    const int first = own_column(column);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      if (first + 8 > out_) keep_first(values_[r], out_ - first);
      if (again || first >= out_ || !at_.valid(r)) continue;
      Octet<E> shared;
      MLORA_UNROLL
      for (int half = 0; half < 2; ++half) {
        float values[4];
        unpack(values_[r], half, values);
        if (relu_) {
          float h[4];
          unpack(outputs_[r], half, h);
          MLORA_UNROLL
          for (int j = 0; j < 4; ++j) values[j] = h[j] > 0 ? values[j] : 0.0f;
          pack(values, half, values_[r]);
        }
        if (drops_) {
          MLORA_UNROLL
          for (int j = 0; j < 4; ++j) values[j] = (bits_[r] >> (4 * half + j) & 1) != 0 ? values[j] * scale_ : 0.0f;
          pack(values, half, shared);
        }
      }
      if (relu_) store_octet(g_.at(at_, r, first), values_[r]);
      if (drops_) store_octet(shared_.at(at_, r, first), shared);
    }
    return values_;
  }

 private:
  const mlora_cuda_dense& dense_;
  const Place& at_;
  const int out_;
  const bool relu_, drops_;
  const float scale_;
  const ChunkRows<E> g_, shared_;
  const ChunkRows<const E> h_;
  Octet<E> values_[2], outputs_[2];
  uint32_t bits_[2];
};

// Rows of dx.
template <int Precision>
class Below {
 public:
  using E = Element<Precision>;
  static constexpr int kAhead = 1;

  MLORA_DEVICE Below(const mlora_cuda_dense& dense, const Place& at)
      : at_(at), in_(dense.in), adds_(dense.dx_add != 0), dx_(dense.dx, dense.dx_ld, at) {}
  MLORA_DEVICE void wait(int) {}
  MLORA_DEVICE void load(int column) {
    const int first = own_column(column);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      if (adds_ && first < in_ && at_.valid(r)) values_[r] = load_octet(dx_.at(at_, r, first));
    }
  }
  MLORA_DEVICE void close(int half, float (&low)[2][4]) {
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      float values[4] = {};
      if (adds_) unpack(values_[r], half, values);
      MLORA_UNROLL
      for (int j = 0; j < 4; ++j) values[j] += low[r][j];
      pack(values, half, values_[r]);
    }
  }
  MLORA_DEVICE void store(int column) const { store_rows(dx_, at_, own_column(column), in_, values_); }

 private:
  const Place& at_;
  const int in_;
  const bool adds_;
  const ChunkRows<E> dx_;
  Octet<E> values_[2];
};

template <int Precision>
MLORA_KERNEL MLORA_BOUNDS(kDenseThreads, kBlocks<Precision>)
    backward(Batch batch, mlora_cuda_dense dense, Panels<Precision> panels, int split, bool drops, float scale) {
  using E = Element<Precision>;
  SharedMemory memory;
  const LowRank<Precision> low_rank(memory, panels);
  const Chunk chunk = piece_of(batch, split);
  if (chunk.rows <= 0) return;
  if (chunk.domain == kRest) {
    clear_rows(chunk, pointer<E>(dense.g), dense.out_ld);
    if (drops) clear_rows(chunk, pointer<E>(dense.g_shared), dense.out_ld);
    if (dense.rank > 0 && dense.dx != 0) clear_rows(chunk, pointer<E>(dense.dx), dense.dx_ld);
    return;
  }
  const Place at = place_in(chunk);
  const bool adapted = dense.rank > 0 && chunk.domain >= 0;
  const bool expands = dense.rank > 0 && dense.dx != 0 && (adapted || dense.dx_add == 0);
  // Asked for again wherever it is needed: a register that lives through the kernel costs more.
  const auto domain = [&] { return batch.chunks[chunk_of(split)].domain; };
  const auto stage = [&](int begin) {
    if (adapted && expands) low_rank.stage(factor_a(dense, domain()), begin);
  };
  Gradient<Precision> gradient(dense, at, drops, scale);
  if (adapted) {
    low_rank.shrink(at, [&] { return factor_b(dense, domain()); }, gradient, [&] { stage(0); }, [] {});
    low_rank.add(at, static_cast<float>(dense.adapter_scale), dense.t);
  } else {
    gradient.load(32 * at.share);
    over(at, 0, dense.out, gradient, [&](int piece, int column) { gradient.open(piece, column); });
  }
  Below<Precision> below(dense, at);
  MLORA_ROLLED
  for (int begin = 0, end; expands && begin < dense.in; begin = end) {
    end = begin + 32 * panels.up_pieces;
    if (end > dense.in) end = dense.in;
    below.load(begin + 32 * at.share);
    if (begin > 0) {
      block_sync();
      stage(begin);
      block_sync();
    }
    over(at, begin, end, below, [&](int, int column) {
      MLORA_UNROLL
      for (int half = 0; half < 2; ++half) {
        float low[2][4] = {};
        if (adapted) low_rank.expand(at, column - begin, half, low);
        below.close(half, low);
      }
      below.store(column);
    });
  }
}

}  // namespace

void dense_backward(const mlora_cuda_batch& source, const mlora_cuda_dense& dense, bool dropout, Stream stream) {
  const Batch batch = view(source);
  check_dense(dense, true);
  require(!dropout || (dense.mask != 0 && dense.g_shared != 0), "dropout needs a mask and g_shared");
  const int split = split_of(batch);
  const int64_t blocks = int64_t{lay_out(source.capacity, source.domain_count).max_chunks} << split;
  with_precision(dense.precision, [&](auto precision) {
    const Panels<precision> panels(dense.rank, dense.out, dense.in);
    launch(backward<precision>, blocks, kDenseThreads, panels.shared(), stream, batch, dense, panels, split, dropout,
           keep_of(dense.dropout).scale);
  });
}

}  // namespace mlora::cuda
