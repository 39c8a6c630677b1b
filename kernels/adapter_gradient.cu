// Gradients of adapters: for each chunk dA_d = x^T t (in, r), dB_d = s^T g (r, out) and dc_d = sum of g
// (out), partial sums that update_domains adds in the order of the chunks.
//
// Both products have a wide factor (x or g, elements) and a narrow one (t or s, float, rank columns) and run over
// the rows of the chunk (across.h); s has one more column, of ones, whose sums are dc. A block of up to 4 warps takes a
// chunk and up to 256 columns of x or of g: it stages t or s in shared memory, and each warp takes 64 of the
// columns, whose elements come straight from memory to registers, 4 KB a warp at a time. Ranks go in rounds of 24,
// so that 16 and the ones fit in one, and the registers of four blocks on an SM.
//
// Where domains share A, a second launch adds the chunks' dA: a block takes 32 values, each of its warps every 16th
// group of 4 chunks; what they have is added in order.
//
// Bytes: x, g, t and s once, the partial sums once; those of a shared A twice.
#include <algorithm>

#include "across.h"
#include "batch.h"
#include "dense.h"
#include "families.h"
#include "product.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 4;  // at most

// Columns of s or t from one on, then one of ones behind those of s, then zeros.
template <typename Product>
MLORA_DEVICE void stage(const Chunk& chunk, const float* matrix, int rank, int from, bool ones,
                        const Shared<uint32_t>& to) {
  const int ld = round_up(rank, 8);
  Product::stage(chunk, to, [&](int row, int column, float (&values)[4]) {
    const int n = from + column;
    const bool there = row < chunk.rows;
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) values[j] = 0;
    if (there && n < rank) load4(matrix + static_cast<int64_t>(chunk.begin + row) * ld + n, values);
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) {
      if (n + j >= rank) values[j] = there && ones && n + j == rank ? 1.0f : 0.0f;
    }
  });
}

// The warp's sums as rows [first, first + 64) and columns from one on of dA, (in, rank).
template <typename Product>
MLORA_DEVICE void write_rows(const Product& sums, int first, int in, int from, int rank, float* to) {
  const int m = first + lane() / 4 * 8;
  const bool pairs = rank % 2 == 0 && reinterpret_cast<uint64_t>(to) % 8 == 0;
  MLORA_UNROLL
  for (int t = 0; t < Product::kTiles; ++t) {
    const int n = from + 8 * t + lane() % 4 * 2;
    float* const at = to + static_cast<int64_t>(m) * rank + n;
    MLORA_UNROLL
    for (int j = 0; j < 8; ++j) {
      if (m + j >= in || n >= rank) continue;
      if (pairs) {
        *reinterpret_cast<Pair*>(at + j * rank) = {bits_of(sums.sum(j, t, 0)), bits_of(sums.sum(j, t, 1))};
      } else {
        at[j * rank] = sums.sum(j, t, 0);
        if (n + 1 < rank) at[j * rank + 1] = sums.sum(j, t, 1);
      }
    }
  }
}

// The same turned, as rows of dB and dc, (rank + 1, out).
template <typename Product>
MLORA_DEVICE void write_columns(const Product& sums, int first, int out, int from, int rank, float* to) {
  const int m = first + lane() / 4 * 8;
  const bool vectors = out % 4 == 0 && reinterpret_cast<uint64_t>(to) % 16 == 0;
  MLORA_UNROLL
  for (int t = 0; t < Product::kTiles; ++t) {
    MLORA_UNROLL
    for (int i = 0; i < 2; ++i) {
      const int n = from + 8 * t + lane() % 4 * 2 + i;
      if (n > rank) continue;
      float* const at = to + static_cast<int64_t>(n) * out + m;
      MLORA_UNROLL
      for (int j = 0; j < 8; j += 4) {
        const float values[4] = {sums.sum(j, t, i), sums.sum(j + 1, t, i), sums.sum(j + 2, t, i), sums.sum(j + 3, t, i)};
        if (vectors) {
          if (m + j < out) store4(at + j, values);
        } else {
          MLORA_UNROLL
          for (int k = 0; k < 4; ++k) {
            if (m + j + k < out) at[j + k] = values[k];
          }
        }
      }
    }
  }
}

// How the slices of a width, 64 columns each, are shared out among blocks: evenly.
struct Share {
  int slices, blocks;

  MLORA_BOTH explicit Share(int width) : slices((width + 63) / 64), blocks((slices + kWarps - 1) / kWarps) {}
  MLORA_BOTH int first(int block) const { return slices * block / blocks; }
  // Slices of the block that has most.
  int most() const { return (slices + blocks - 1) / blocks; }
};

struct Layers {
  mlora_cuda_dense layer[MLORA_CUDA_TOWER];
  int first[MLORA_CUDA_TOWER + 1];  // of a chunk's blocks
  int count;
};

template <int Precision>
MLORA_KERNEL MLORA_BOUNDS(32 * kWarps, 4) gradient(Batch batch, Layers layers) {
  using E = Element<Precision>;
  using Product = Across<Precision>;
  SharedMemory memory;
  const Shared<uint32_t> narrow = memory.array<uint32_t>(Product::words(batch.chunk_rows));
  const int each = layers.first[layers.count];
  const int64_t items = static_cast<int64_t>(batch.chunk_count()) * each;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const int at = static_cast<int>(item / each);
    const Chunk chunk = batch.chunks[at];
    if (chunk.domain < 0) continue;
    int l = 0;
    while (static_cast<int>(item % each) >= layers.first[l + 1]) ++l;
    const mlora_cuda_dense& dense = layers.layer[l];
    const int block = static_cast<int>(item % each) - layers.first[l], rank = dense.rank;
    const Share share_of_x(dense.in), share_of_g(dense.out);
    const int64_t size = static_cast<int64_t>(rank) * (dense.in + dense.out) + dense.out;
    float* const parts = pointer<float>(dense.adapter_parts) + at * size;
    if (block < share_of_x.blocks) {
      const int slice = share_of_x.first(block) + warp_in_block();
      for (int from = 0; from < rank; from += Product::kNarrow) {
        stage<Product>(chunk, pointer<const float>(dense.t), rank, from, false, narrow);
        block_sync();
        if (slice < share_of_x.first(block + 1)) {
          Product sums;
          sums.multiply(pointer<const E>(dense.x), chunk, dense.x_ld, dense.in, 64 * slice, narrow, rank - from);
          write_rows(sums, 64 * slice, dense.in, from, rank, parts);
        }
        block_sync();
      }
    } else {
      const int slice = share_of_g.first(block - share_of_x.blocks) + warp_in_block();
      for (int from = 0; from < rank + 1; from += Product::kNarrow) {
        stage<Product>(chunk, pointer<const float>(dense.s), rank, from, true, narrow);
        block_sync();
        if (slice < share_of_g.first(block - share_of_x.blocks + 1)) {
          Product sums;
          sums.multiply(pointer<const E>(dense.g), chunk, dense.out_ld, dense.out, 64 * slice, narrow, rank + 1 - from);
          write_columns(sums, 64 * slice, dense.out, from, rank, parts + static_cast<int64_t>(rank) * dense.in);
        }
        block_sync();
      }
    }
  }
}

constexpr int kSharedWarps = 16;

MLORA_KERNEL MLORA_BOUNDS(32 * kSharedWarps, 1) add_shared(Batch batch, mlora_cuda_dense dense) {
  constexpr int kAtOnce = 4;
  SharedMemory memory;
  const Shared<float> sums = memory.array<float>(32 * kSharedWarps);
  const int64_t size = static_cast<int64_t>(dense.rank) * (dense.in + dense.out) + dense.out;
  const int64_t i = block_index() * 32 + lane();
  const bool inside = i < static_cast<int64_t>(dense.in) * dense.rank;
  const float* const parts = pointer<const float>(dense.adapter_parts) + i;
  const int chunks = batch.chunk_count();
  float sum = 0;
  for (int c = warp_in_block() * kAtOnce; c < chunks; c += kSharedWarps * kAtOnce) {
    float values[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const bool adapted = inside && c + k < chunks && batch.chunks[c + k].domain >= 0;
      values[k] = adapted ? parts[(c + k) * size] : 0.0f;
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) sum += values[k];
  }
  sums[thread_index()] = sum;
  block_sync();
  if (warp_in_block() != 0 || !inside) return;
  float total = 0;
  for (int w = 0; w < kSharedWarps; ++w) total += sums[32 * w + lane()];
  pointer<float>(dense.shared_a_sum)[i] = total;
}

MLORA_KERNEL give_mask(Batch batch, const uint8_t* keep, int width, uint32_t* mask) {
  const int words = (width + 31) / 32;
  const int64_t i = thread_in_grid(), p = i / words;
  if (p >= batch.capacity) return;
  const int first = static_cast<int>(i % words) * 32;
  uint32_t word = 0;
  if (batch.domain[p] != kRest) {
    const uint8_t* const row = keep + static_cast<int64_t>(batch.number[p]) * width;
    for (int j = 0; j < 32 && first + j < width; ++j) word |= static_cast<uint32_t>(row[first + j] != 0) << j;
  }
  mask[i] = word;
}

}  // namespace

void adapter_gradient(const mlora_cuda_batch& source, const mlora_cuda_dense* layers, int count, Stream stream) {
  const Batch batch = view(source);
  require(count >= 1 && count <= MLORA_CUDA_TOWER, "gradients of adapters of 1 to 8 layers go in a launch");
  Layers all = {};
  int warps = 0;
  for (int l = 0; l < count; ++l) {
    const mlora_cuda_dense& dense = layers[l];
    if (dense.adapter_parts == 0) continue;
    check_dense(dense, true);
    require(dense.rank > 0 && dense.s != 0, "the gradient of an adapter needs one, and s");
    require(dense.shares_a == 0 || dense.shared_a_sum != 0, "the gradient of a shared A has a place");
    require(dense.precision == layers[0].precision, "layers have one precision");
    const Share share_of_x(dense.in), share_of_g(dense.out);
    all.layer[all.count] = dense;
    all.first[all.count + 1] = all.first[all.count] + share_of_x.blocks + share_of_g.blocks;
    ++all.count;
    warps = std::max({warps, share_of_x.most(), share_of_g.most()});
  }
  if (all.count == 0) return;
  const int64_t blocks = blocks_for(lay_out(source.capacity, source.domain_count).max_chunks * int64_t{all.first[all.count]});
  with_precision(layers[0].precision, [&](auto which) {
    launch(gradient<decltype(which)::value>, blocks, 32 * warps,
           shared_size<uint32_t>(Across<decltype(which)::value>::words(batch.chunk_rows)), stream, batch, all);
  });
  for (int l = 0; l < all.count; ++l) {
    const mlora_cuda_dense& dense = all.layer[l];
    if (dense.shares_a == 0) continue;
    launch(add_shared, ceil_div(static_cast<int64_t>(dense.in) * dense.rank, 32), 32 * kSharedWarps,
           shared_size<float>(32 * kSharedWarps), stream, batch, dense);
  }
}

void given_dropout(const mlora_cuda_batch& source, uint64_t keep, int width, uint64_t mask, Stream stream) {
  const Batch batch = view(source);
  require(keep != 0 && mask != 0 && width >= 1, "masks have columns, and come from somewhere and go somewhere");
  launch(give_mask, ceil_div(static_cast<int64_t>(batch.capacity) * round_up(width, 32) / 32, 256), 256, 0, stream,
         batch, pointer<const uint8_t>(keep), width, pointer<uint32_t>(mask));
}

}  // namespace mlora::cuda
