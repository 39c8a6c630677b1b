// dW = x^T g and db = sum of g over the rows of a batch, of all layers of a tower in one launch, where rows are few.
//
// g is the gradient of the shared branch. A block takes 64 x 64 of a dW and a part of the rows; each of its 8 warps every
// eighth 16 rows of the part, of which it loads 64 columns of x and of g straight to the registers that mma.sync wants:
// with g = lane / 4 and q = lane % 4 a lane has columns 8 g .. 8 g + 7 of rows 4 q .. 4 q + 3, whose halves it puts
// together, while those of its next 16 rows are on their way. Sums then lie so that a lane has 16 neighbours of eight
// rows of dW:
//   d[i][t][2 r + e] is row 8 g + 2 i + r, column 16 q + 8 e + t.
// The warps' sums meet in shared memory in two halves, where every thread adds eight of them in order. There are as many
// parts of rows as make a block for each SM of a large device; update_whole adds them.
//
// Bytes: x once for each 64 columns of g, g once for each 64 of x, from L2: 9 MB at 1024 rows of 384-256-128-64.
#include <algorithm>

#include "families.h"
#include "tower_product.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 8, kThreads = 32 * kWarps;
constexpr int kTile = 64;
constexpr int kRows = 16;  // of a warp at a time
constexpr int kBlocksWanted = 132, kShortestPart = 256;
constexpr int kSlot = 16 * 32;  // vectors of a warp's half

struct Layers {
  mlora_cuda_dense layer[MLORA_CUDA_TOWER];
  int first_tile[MLORA_CUDA_TOWER + 1];
  int count, parts, part_rows;
};

int tiles_of(const mlora_cuda_dense& layer) {
  return static_cast<int>(ceil_div(layer.in, kTile) * ceil_div(layer.out, kTile));
}

// Eight columns of four of sixteen rows from one on; zeros from end on, and beyond the width.
MLORA_DEVICE void load_rows(uint64_t matrix, int ld, int column, int width, int row, int end, Quad (&quads)[4]) {
  const int own = row + lane() % 4 * 4, left = column < width ? end - own : 0;
  const Bf16* const from = pointer<const Bf16>(matrix) + own * ld + column;
  MLORA_UNROLL
  for (int j = 0; j < 4; ++j) quads[j] = j < left ? *reinterpret_cast<const Quad*>(from + j * ld) : Quad();
}

MLORA_DEVICE void multiply_rows(float (&d)[4][8][4], const Quad (&x)[4], const Quad (&g)[4]) {
  uint32_t left[4][4];
  MLORA_UNROLL
  for (int i = 0; i < 16; ++i) {
    const int k = i % 4 / 2 * 2;
    left[i / 4][i % 4] = halves(x[k].words[i / 4], x[k + 1].words[i / 4], i % 2);
  }
  MLORA_UNROLL
  for (int t = 0; t < 8; ++t) {
    const uint32_t right[2] = {halves(g[0].words[t / 2], g[1].words[t / 2], t % 2),
                               halves(g[2].words[t / 2], g[3].words[t / 2], t % 2)};
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) mma_bf16(d[i][t], left[i], right);
  }
}

MLORA_KERNEL MLORA_BOUNDS(kThreads, 1) gradient(Batch batch, Layers layers) {
  SharedMemory memory;
  const Shared<Quad> slots = memory.array<Quad>(kWarps * kSlot);
  const Shared<float> biases = memory.array<float>(kWarps * kTile);
  const int at = static_cast<int>(block_index()) / layers.parts, part = static_cast<int>(block_index()) % layers.parts;
  int l = 0;
  while (at >= layers.first_tile[l + 1]) ++l;
  const mlora_cuda_dense& layer = layers.layer[l];
  const int wide = (layer.out + kTile - 1) / kTile, tile = at - layers.first_tile[l];
  const int m0 = tile / wide * kTile, n0 = tile % wide * kTile;
  const uint64_t g_at = layer.g_shared != 0 ? layer.g_shared : layer.g;
  const int begin = part * layers.part_rows, stop = begin + layers.part_rows;
  const int end = stop < batch.capacity ? stop : batch.capacity, own = lane() / 4 * 8;
  const bool biased = m0 == 0 && layer.bias_parts != 0;
  float d[4][8][4] = {}, bias[8] = {};
  Quad next_x[4], next_g[4];
  const auto load = [&](int row) {
    load_rows(layer.x, layer.x_ld, m0 + own, layer.in, row, end, next_x);
    load_rows(g_at, layer.out_ld, n0 + own, layer.out, row, end, next_g);
  };
  const int first = begin + kRows * warp_in_block();
  load(first);
  MLORA_ROLLED
  for (int row = first; row < end; row += kRows * kWarps) {
    Quad x[4], g[4];
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) {
      x[j] = next_x[j];
      g[j] = next_g[j];
    }
    load(row + kRows * kWarps);
    multiply_rows(d, x, g);
    if (!biased) continue;
    MLORA_UNROLL
    for (int j = 0; j < 4; ++j) {
      float values[8];
      unpack8(g[j], values);
      MLORA_UNROLL
      for (int i = 0; i < 8; ++i) bias[i] += values[i];
    }
  }
  if (biased) {
    MLORA_UNROLL
    for (int i = 0; i < 8; ++i) {
      bias[i] += shuffle_xor(bias[i], 1);
      bias[i] += shuffle_xor(bias[i], 2);
      if (lane() % 4 == 0) biases[warp_in_block() * kTile + own + i] = bias[i];
    }
  }
  float* const dw = pointer<float>(layer.weight_parts) + static_cast<int64_t>(part) * layer.in * layer.out;
  MLORA_UNROLL
  for (int half = 0; half < 2; ++half) {
    if (half > 0) block_sync();
    // Four neighbours in a vector: of i, r, e and the half of t.
    MLORA_UNROLL
    for (int v = 0; v < 16; ++v) {
      Quad quad;
      MLORA_UNROLL
      for (int j = 0; j < 4; ++j) quad.words[j] = bits_of(d[2 * half + v / 8][v % 2 * 4 + j][v / 2 % 4]);
      slots[warp_in_block() * kSlot + 32 * v + lane()] = quad;
    }
    block_sync();
    MLORA_UNROLL
    for (int i = thread_index(); i < kSlot; i += kThreads) {
      float sum[4] = {};
      MLORA_UNROLL
      for (int w = 0; w < kWarps; ++w) {
        const Quad quad = slots[w * kSlot + i];
        MLORA_UNROLL
        for (int j = 0; j < 4; ++j) sum[j] += float_of(quad.words[j]);
      }
      const int v = i / 32, m = m0 + own + 2 * (2 * half + v / 8) + v / 4 % 2;
      const int n = n0 + lane() % 4 * 16 + v / 2 % 2 * 8 + v % 2 * 4;
      if (m < layer.in && n < layer.out) store4(dw + m * layer.out + n, sum);
    }
  }
  // The warps' biases came before the barriers above.
  if (biased && thread_index() < kTile && n0 + thread_index() < layer.out) {
    float sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += biases[w * kTile + thread_index()];
    pointer<float>(layer.bias_parts)[part * layer.out + n0 + thread_index()] = sum;
  }
}

void check(const mlora_cuda_dense& layer) {
  check_dense(layer, true);
  require(layer.precision == MLORA_CUDA_BF16 && layer.out % 8 == 0,
          "gradients of W in one launch are for bf16 and outputs that are multiples of 8");
  require(layer.x != 0 && layer.weight_parts % 16 == 0, "a gradient of W needs x, and a place at a multiple of 16 bytes");
  require(layer.x_ld <= kMostTowerWidth && layer.out_ld <= kMostTowerWidth, "rows of a tower have at most 8192 elements");
}

}  // namespace

int weight_parts(const mlora_cuda_dense* layers, int count, int capacity) {
  require(count >= 1 && count <= MLORA_CUDA_TOWER && capacity >= 1, "a tower has layers, a batch has rows");
  int tiles = 0;
  for (int l = 0; l < count; ++l) {
    require(layers[l].in >= 1 && layers[l].in <= kMostTowerWidth && layers[l].out >= 1 && layers[l].out <= kMostTowerWidth,
            "layers of a tower have 1 to 8192 columns in and out");
    tiles += tiles_of(layers[l]);
  }
  return std::max(1, std::min(kBlocksWanted / tiles, static_cast<int>(ceil_div(capacity, kShortestPart))));
}

void weight_gradient(const mlora_cuda_batch& source, const mlora_cuda_dense* layers, int count, Stream stream) {
  const Batch batch = view(source);
  require(source.capacity <= kMostTowerRows, "gradients of W in one launch are of at most 2^17 rows");
  Layers all = {};
  all.parts = weight_parts(layers, count, source.capacity);
  all.part_rows = round_up(static_cast<int>(ceil_div(source.capacity, all.parts)), kRows);
  for (int l = 0; l < count; ++l) {
    if (layers[l].weight_parts == 0) continue;
    check(layers[l]);
    all.layer[all.count] = layers[l];
    all.first_tile[all.count + 1] = all.first_tile[all.count] + tiles_of(layers[l]);
    ++all.count;
  }
  launch(gradient, int64_t{all.first_tile[all.count]} * all.parts, kThreads,
         shared_size<Quad>(kWarps * kSlot) + shared_size<float>(kWarps * kTile), stream, batch, all);
}

}  // namespace mlora::cuda
