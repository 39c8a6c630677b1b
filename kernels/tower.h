// A tower: dense layers, each of which reads what the one before wrote, the lowest one perhaps fields, and a logit on
// top. What a launch gets of it, and how a block lays out its shared memory.
#ifndef MLORA_KERNELS_TOWER_H
#define MLORA_KERNELS_TOWER_H

#include "cross_entropy.h"
#include "tower_product.h"

namespace mlora::cuda {

// Rows of a block in sixteens, its warps, how many blocks fit on an SM, and how many sixteens a warp takes across W at once.
template <int Tiles, int Warps, int Blocks, int Across = 1>
struct TowerShape {
  static constexpr int kTiles = Tiles, kWarps = Warps, kBlocks = Blocks, kAcross = Across;
  static constexpr int kRows = 16 * Tiles, kThreads = 32 * Warps;
};
// Few rows for small batches, where a block has an SM to itself and waits for W and factors; many for large ones, whose
// rows share what W costs to read, where there is as much shared memory; else fewer and two blocks. Where every SM has
// several blocks to do, rows of a warp share it too, at the price of half the warps.
using SmallTower = TowerShape<1, 12, 1>;
using MiddleTower = TowerShape<2, 8, 2>;
using LargeTower = TowerShape<4, 16, 1>;
using HugeTower = TowerShape<8, 8, 1, 2>;

// Vectors of 8 from one row of values to the next: four more than a multiple of eight, so that rows lie in other banks.
MLORA_BOTH constexpr int tower_stride(int width) {
  const int vectors = round_up(width, kUnit) / 8;
  return vectors % 8 == 4 ? vectors : vectors + 4;
}
// Words of a row's bits.
MLORA_BOTH constexpr int tower_words(int width) { return (width + 31) / 32; }

// How the warps share out a product: tiles of the rows that a warp takes and 64 columns, and where there are fewer of them
// than warps, parts of k.
struct TowerSplit {
  int tiles, parts, part;  // part: values of k of each

  template <typename Shape>
  MLORA_BOTH static TowerSplit of(int depth, int width) {
    const int tiles = Shape::kTiles / Shape::kAcross * ((width + kGroup - 1) / kGroup), units = (depth + kUnit - 1) / kUnit;
    int parts = tiles > 0 ? Shape::kWarps / tiles : 1;
    if (parts > units) parts = units;
    if (parts < 1) parts = 1;
    return {tiles, parts, (units + parts - 1) / parts * kUnit};
  }
};

// Where a block keeps what in shared memory. Places come with the launch, so that they take no registers.
struct TowerPlan {
  template <typename T>
  struct Array {
    int place, count;  // place in bytes

    MLORA_DEVICE Shared<T> get() const { return shared_array<T>(place, count); }
  };
  // What a layer reads and what it writes, rows of bf16: by turns at the beginning and at the end, parts of products between.
  Array<Quad> values;
  Array<Quad> low_parts;    // parts of sums with ranks
  Array<uint32_t> low;      // rows of those sums, two ranks in a word
  Array<uint32_t> keep;     // rows of bits: units that dropout keeps
  Array<uint32_t> live;     // and those that have a gradient
  Array<int32_t> rows;      // domains, then numbers
  Array<float> slopes;      // of the loss by the logits
  Array<Pair> sources;      // what rows read of fields, by field
  Array<int32_t> field_of;  // vectors of the input
  int low_words, words;     // of a row of low, and of bits
  int first_word[MLORA_CUDA_TOWER];  // of a layer's bits
  int bytes;

  template <typename Shape>
  static TowerPlan of(const mlora_cuda_dense* layers, int count, int field_count) {
    TowerPlan plan = {};
    int values = 0, ranks = 0;
    const auto room = [](int& most, int wanted) { most = std::max(most, wanted); };
    const auto product = [&](int depth, int width) {
      const TowerSplit split = TowerSplit::of<Shape>(depth, width);
      room(values, Shape::kRows * (tower_stride(depth) + tower_stride(width)) +
                       split.tiles * (split.parts - 1) * Shape::kAcross * 8 * 32);
    };
    for (int l = 0; l < count; ++l) {
      product(layers[l].in, layers[l].out);
      product(layers[l].out, layers[l].in);
      room(ranks, round_up(layers[l].rank, kRanks));
      plan.first_word[l] = plan.words;
      plan.words += tower_words(layers[l].out);
    }
    plan.low_words = ranks / 2;
    plan.place(plan.values, values);
    plan.place(plan.low_parts, Shape::kWarps * ranks / kRanks * 64);
    plan.place(plan.low, plan.low_words * Shape::kRows);
    plan.place(plan.keep, plan.words * Shape::kRows);
    plan.place(plan.live, plan.words * Shape::kRows);
    plan.place(plan.rows, 2 * Shape::kRows);
    plan.place(plan.slopes, Shape::kRows);
    plan.place(plan.sources, field_count * Shape::kRows);
    plan.place(plan.field_of, field_count > 0 ? round_up(layers[0].in, kUnit) / 8 : 0);
    return plan;
  }

 private:
  template <typename T>
  void place(Array<T>& array, int count) {
    array = {bytes, count};
    bytes += static_cast<int>(shared_size<T>(count));
  }
};

struct Tower {
  mlora_cuda_dense layer[MLORA_CUDA_TOWER];
  Keep keep[MLORA_CUDA_TOWER];
  mlora_cuda_field field[MLORA_CUDA_TOWER_FIELDS];
  int count, field_count;
  const float *logit_weight, *logit_bias;
  float* logits;
  Predictions predictions;
  const float *labels, *weights;  // for training
  float* g;
  double* losses;
  TowerPlan plan;
};

}  // namespace mlora::cuda
#endif
