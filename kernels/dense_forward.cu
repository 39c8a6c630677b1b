// lora_shrink, lora_expand and the end of a dense layer, in one launch:
//   s = scale x A_d;  h = act(dropout(z + bias) + s B_d + c_d), h in place of z.
//
// x (C, in) and z (C, out) in elements, A (D, in, r) or (in, r), B (D, r, out), c (D, out) in float. A block takes a
// chunk (see dense.h), stages A_d, B_d, c_d and the bias, and goes over x, then over z, in pieces of 32 columns.
// Dropout bits (one Philox call for 8 of them, ballots make words) go through the mask in memory, as backward needs
// them anyway. Shared memory for 384 -> 256 at rank 16 in bf16: 8 KB of sums, 12 KB of A, 8 KB of B, 2 KB of shifts;
// with 64 registers a thread, 4 blocks fit on an SM.
//
// Bytes: x and z once, h once, A, B and c once for each chunk (L2). s and the bits for backward.
#include "dense.h"

#include <algorithm>
#include <cmath>

#include "families.h"
#include "product.h"

namespace mlora::cuda {
namespace {

// Bits of the granule's rows: a warp takes two rows and 128 columns, lane i counter i % 16 of row i / 16.
MLORA_DEVICE void draw(const Batch& batch, const mlora_cuda_dense& dense, const Place& at, uint32_t threshold) {
  const int words = (dense.out + 31) / 32, tasks = at.used() ? 8 * ((words + 3) / 4) : 0;
  const int first = 16 * at.granule;
  const int mine = first + lane() % 16 < at.rows ? batch.number[at.begin + first + lane() % 16] : 0;
  const Drawing drawing(batch, dense, threshold);
  MLORA_ROLLED
  for (int task = at.share; task < tasks; task += at.sharers) {
    const int block = task / 8, row = task % 8 * 2 + lane() / 16, word_at = 4 * block + lane() % 16;
    if (first + task % 8 * 2 >= at.rows) continue;
    const uint32_t word = drawing.word(block, static_cast<uint32_t>(shuffle(mine, row)));
    if (lane() % 16 < 4 && word_at < words && first + row < at.rows) {
      *ChunkRows<uint32_t>(dense.mask, words, at).at(first + row, word_at) = word;
    }
  }
}

// Columns [begin, begin + 32 pieces) of the bias and of c, a quad of each in turn, zeros where there are none.
MLORA_DEVICE void stage_shift(const mlora_cuda_dense& dense, const float* c, int begin, int pieces,
                              const Shared<Quad>& shift) {
  MLORA_ROLLED
  for (int i = thread_index(); i < 16 * pieces; i += kDenseThreads) {
    const float* const from = i % 2 == 0 ? pointer<const float>(dense.bias) : c;
    const int first = begin + i / 2 * 4;
    Quad quad;
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) quad.words[j] = from != nullptr && first + j < dense.out ? bits_of(from[first + j]) : 0;
    shift[i] = quad;
  }
}

// Rows of x on their way to the sums.
template <int Precision>
class Input {
 public:
  using E = Element<Precision>;
  static constexpr int kAhead = Precision == MLORA_CUDA_BF16 ? 2 : 1;
  bool again = false;

  MLORA_DEVICE Input(const mlora_cuda_dense& dense, const Place& at)
      : at_(at), in_(dense.in), x_(dense.x, dense.x_ld, at) {}
  MLORA_DEVICE void load(int column) {
    MLORA_UNROLL
    for (int p = 0; p < kAhead; ++p) {
      const int first = own_column(column + p * at_.step());
      MLORA_UNROLL
      for (int r = 0; r < 2; ++r) {
        values_[p][r] = Octet<E>();
        if (first < in_ && at_.valid(r)) values_[p][r] = load_octet(x_.at(at_, r, first));
      }
    }
  }
  MLORA_DEVICE void wait(int) {}
  MLORA_DEVICE const Octet<E> (&open(int p, int column))[2] {
    const int left = in_ - own_column(column);
    if (left < 8) {
      for (int r = 0; r < 2; ++r) keep_first(values_[p][r], left);
    }
    return values_[p];
  }

 private:
  const Place& at_;
  const int in_;
  const ChunkRows<const E> x_;
  Octet<E> values_[kAhead][2];
};

// Rows of z on their way to h.
template <int Precision>
class Output {
 public:
  using E = Element<Precision>;
  static constexpr int kAhead = 1;

  MLORA_DEVICE Output(const mlora_cuda_dense& dense, const Place& at, bool drops, float scale)
      : dense_(dense), at_(at), out_(dense.out), relu_(dense.activation == MLORA_CUDA_RELU), drops_(drops),
        scale_(scale), h_(dense.h, dense.out_ld, at) {}
  MLORA_DEVICE void load(int column) {
    const int first = own_column(column);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      if (first < out_ && at_.valid(r)) values_[r] = load_octet(h_.at(at_, r, first));
    }
  }
  // The bits come later than z, after they were drawn.
  MLORA_DEVICE void wait(int column) {
    const int first = own_column(column);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      if (drops_ && first < out_ && at_.valid(r)) bits_[r] = load_bits(dense_, at_, r, first);
    }
  }
  // Puts half of h in place of z.
  MLORA_DEVICE void close(int half, const float (&low)[2][4], const Quad& bias, const Quad& c) {
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      float values[4];
      unpack(values_[r], half, values);
      MLORA_UNROLL
      for (int j = 0; j < 4; ++j) {
        float value = values[j] + float_of(bias.words[j]);
        if (drops_) value = (bits_[r] >> (4 * half + j) & 1) != 0 ? value * scale_ : 0.0f;
        value += low[r][j] + float_of(c.words[j]);
        // Leaves NaN as it is: a diverged run must show.
        values[j] = relu_ && value < 0 ? 0.0f : value;
      }
      pack(values, half, values_[r]);
    }
  }
  MLORA_DEVICE void store(int column) const { store_rows(h_, at_, own_column(column), out_, values_); }

 private:
  const mlora_cuda_dense& dense_;
  const Place& at_;
  const int out_;
  const bool relu_, drops_;
  const float scale_;
  const ChunkRows<E> h_;
  Octet<E> values_[2];
  uint32_t bits_[2];
};

template <int Precision>
MLORA_KERNEL MLORA_BOUNDS(kDenseThreads, kBlocks<Precision>)
    forward(Batch batch, mlora_cuda_dense dense, Panels<Precision> panels, int split, int dropout, Keep keep) {
  SharedMemory memory;
  const LowRank<Precision> low_rank(memory, panels);
  const Shared<Quad> shift = memory.array<Quad>(16 * panels.up_pieces);
  const Chunk chunk = piece_of(batch, split);
  if (chunk.rows <= 0) return;
  if (chunk.domain == kRest) {
    clear_rows(chunk, pointer<Element<Precision>>(dense.h), dense.out_ld);
    return;
  }
  const Place at = place_in(chunk);
  const bool adapted = dense.rank > 0 && chunk.domain >= 0;
  // Asked for again wherever it is needed: a register that lives through the kernel costs more.
  const auto domain = [&] { return batch.chunks[chunk_of(split)].domain; };
  const auto stage = [&](int begin) {
    const int64_t own = domain();
    if (adapted) low_rank.stage(factor_b(dense, own), begin);
    const float* const c = adapted ? pointer<const float>(dense.c) + own * dense.out : nullptr;
    stage_shift(dense, c, begin, panels.up_pieces, shift);
  };
  const bool draws = dropout == MLORA_CUDA_DRAW_DROPOUT;
  // Half the warps draw before they sum and half after it, so that arithmetic and memory meet.
  const bool early = draws && warp_in_block() % 2 == 0;
  if (adapted) {
    Input<Precision> input(dense, at);
    low_rank.shrink(at, [&] { return factor_a(dense, domain()); }, input, [&] { stage(0); }, [&] {
      if (early) draw(batch, dense, at, keep.threshold);
    });
  } else {
    stage(0);
    block_sync();
  }
  if (draws && !(early && adapted)) draw(batch, dense, at, keep.threshold);
  Output<Precision> output(dense, at, dropout != MLORA_CUDA_NO_DROPOUT, keep.scale);
  output.load(32 * at.share);
  if (adapted) {
    low_rank.add(at, static_cast<float>(dense.adapter_scale), dense.s);
  } else {
    granule_sync(at);
  }
  MLORA_ROLLED
  for (int begin = 0, end; begin < dense.out; begin = end) {
    end = begin + 32 * panels.up_pieces;
    if (end > dense.out) end = dense.out;
    if (begin > 0) {
      output.load(begin + 32 * at.share);
      block_sync();
      stage(begin);
      block_sync();
    }
    over(at, begin, end, output, [&](int, int column) {
      MLORA_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int own = (column - begin) / 2 + 4 * (lane() % 4) + 2 * half;
        float low[2][4] = {};
        if (adapted) low_rank.expand(at, column - begin, half, low);
        output.close(half, low, shift[own], shift[own + 1]);
      }
      output.store(column);
    });
  }
}

}  // namespace

int split_of(const Batch& batch) {
  int rows = batch.chunk_rows, split = 0;
  while (rows > 32 && rows / 2 * 512 >= batch.capacity) {
    rows /= 2;
    ++split;
  }
  return split;
}

void check_dense(const mlora_cuda_dense& dense, bool backward) {
  require(dense.precision >= MLORA_CUDA_FP32 && dense.precision <= MLORA_CUDA_BF16, "the precision is not known");
  require(dense.in >= 1 && dense.out >= 1, "a dense layer has at least one column in and out");
  require(dense.rank >= 0 && dense.rank <= MLORA_CUDA_HIGHEST_RANK, "the rank of an adapter is at most 128");
  require(dense.dropout >= 0 && dense.dropout < 1, "the probability of dropping is in [0, 1)");
  require(dense.x_ld >= dense.in && dense.out_ld >= dense.out && dense.x_ld % 8 == 0 && dense.out_ld % 8 == 0,
          "rows of matrices are as long as their columns, in multiples of 8 elements");
  require((dense.x | dense.h | dense.g | dense.g_shared | dense.dx) % 16 == 0, "matrices lie at multiples of 16 bytes");
  require(dense.h != 0, "a dense layer has an output");
  require(dense.rank == 0 || (dense.x != 0 && dense.a != 0 && dense.b != 0 && dense.c != 0),
          "an adapter has x, a, b and c");
  if (!backward) return;
  require(dense.g != 0, "a gradient is needed");
  require(dense.rank == 0 || dense.t != 0, "an adapter has t");
  require(dense.dx == 0 || (dense.dx_ld >= dense.in && dense.dx_ld % 8 == 0),
          "rows of dx are as long as those of x, in multiples of 8 elements");
}

void dense_forward(const mlora_cuda_batch& source, const mlora_cuda_dense& dense, int dropout, Stream stream) {
  const Batch batch = view(source);
  check_dense(dense, false);
  require(dropout >= MLORA_CUDA_NO_DROPOUT && dropout <= MLORA_CUDA_GIVEN_DROPOUT, "the way of dropout is not known");
  require(dense.bias != 0, "a dense layer has a bias");
  require(dropout == MLORA_CUDA_NO_DROPOUT || dense.mask != 0, "dropout needs a mask");
  const int split = split_of(batch);
  const int64_t blocks = int64_t{lay_out(source.capacity, source.domain_count).max_chunks} << split;
  with_precision(dense.precision, [&](auto precision) {
    const Panels<precision> panels(dense.rank, dense.in, dense.out);
    const size_t shared = panels.shared() + shared_size<Quad>(16 * panels.up_pieces);
    launch(forward<precision>, blocks, kDenseThreads, shared, stream, batch, dense, panels, split, dropout,
           keep_of(dense.dropout));
  });
}

}  // namespace mlora::cuda
