// A tower in one launch: fields, all products, adapters, dropout, activations and the logit; in training the loss and
// all gradients of values too, down to that of the input.
//
// At a few thousand rows, a step of separate kernels and library products is what its launches and their waits cost:
// each layer takes two launches forward and two backward, of 3 to 6 us whatever they do. Here a block takes 16 to 128
// neighbouring rows of the sorted batch through the whole tower. Values and gradients stay in shared memory, as bf16,
// and go to memory only for what comes later: h, g and g_shared for gradients of parameters, s and t for those of
// adapters, x where it comes out of fields, dx for tables. W is read by every block, from L2, straight to registers
// (tower_product.h), forward and backward; dropout and the slope of ReLU are bits in shared memory.
//
// Rows are cut without regard to domains: a block has as many of them as its rows have, and takes their adapters one
// after the other, rows of others masked with zeros. So 10 domains and 1000 differ in what adapters cost, not in W; but
// factors that are no numbers reach up to 15 rows of other domains, which kernels that work by chunk keep apart.
//
// A pass through a layer, forward or backward, has three steps with a barrier after each:
//   1  warps sum rows with the factor that goes down to the ranks, 32 values of k each
//   2  those parts are added, in order, scaled, and written to memory; warps make tiles of 16 or 32 rows and 64 columns
//      of the product with W, or parts of k of them where there are fewer tiles than warps
//   3  a warp adds the parts of its tile, in order, and what the other factor makes of the ranks, and closes the values:
//      bias, dropout, activation; backward, slope and dropout of the layer below
//
// Bytes, for input 384, hidden 256-128-64 and ranks 16-8-4: 278 KB of W, twice for each block, from L2; that is 36 MB
// at 1024 rows (64 blocks of 16) and 71 MB at 8192 (128 of 64), 285 at 65536 (512 of 128). Shared memory: 70 KB, 58 for
// 32 rows, 116 for 64, 208 for 128.
#include <algorithm>

#include "families.h"
#include "tower_block.h"

namespace mlora::cuda {
namespace {

// Rows up to which blocks of 16 and of 32 have one of 132 SMs each to themselves, and up to which blocks of 64 are two
// for each.
constexpr int kSmall = 16 * 132, kMiddle = 32 * 132, kLarge = 2 * 64 * 132;
constexpr int kMostRank = 32;

template <typename Shape, bool Training>
MLORA_KERNEL MLORA_BOUNDS(Shape::kThreads, Shape::kBlocks) run(Batch batch, Tower tower) {
  TowerBlock<Shape> block(batch, tower);
  block.template open<Training>();
  if (block.is_rest()) {
    block.template clear<Training>();
    return;
  }
  if constexpr (Training) block.drop();
  MLORA_ROLLED
  for (int l = 0; l < tower.count; ++l) block.template forward<Training>(l);
  block.template head<Training>();
  if constexpr (Training) {
    MLORA_ROLLED
    for (int l = tower.count - 1; l >= 0; --l) block.backward(l, l > 0 || tower.layer[0].dx != 0);
  }
}

// Runs body with the shape of blocks for a batch, and the plan of their shared memory.
template <typename Body>
void with_plan(const mlora_cuda_dense* layers, int count, int field_count, int capacity, const Body& body) {
  const auto plan_of = [&](auto shape) { return TowerPlan::of<decltype(shape)>(layers, count, field_count); };
  const auto run = [&](auto shape) { body(shape, plan_of(shape)); };
  const auto fits = [&](auto shape) { return plan_of(shape).bytes <= most_shared_memory(); };
  if (capacity <= kSmall) {
    run(SmallTower());
  } else if (capacity > kLarge && fits(HugeTower())) {
    run(HugeTower());
  } else if (capacity > kMiddle && fits(LargeTower())) {
    run(LargeTower());
  } else {
    run(MiddleTower());
  }
}

constexpr const char* kNoInput = "the input of a tower lies at a multiple of 16 bytes, its rows at multiples of 8 elements";
bool has_input(const mlora_cuda_dense& layer) {
  return layer.x != 0 && layer.x % 16 == 0 && layer.x_ld >= layer.in && layer.x_ld <= kMostTowerWidth && layer.x_ld % 8 == 0;
}

bool takes(const mlora_cuda_dense& layer) {
  return layer.precision == MLORA_CUDA_BF16 && layer.in >= 1 && layer.in <= kMostTowerWidth && layer.out >= 8 &&
         layer.out <= kMostTowerWidth && layer.out % 8 == 0 && layer.rank >= 0 && layer.rank <= kMostRank;
}

// Whether the fields can be read by a tower, and make up so many columns.
bool makes(const mlora_cuda_field* fields, int count, int width) {
  int columns = 0;
  for (int f = 0; f < count; ++f) {
    const mlora_cuda_field& field = fields[f];
    const bool has_one_value =
        field.kind == MLORA_CUDA_FIELD_ID || field.kind == MLORA_CUDA_FIELD_NUMBER || field.kind == MLORA_CUDA_FIELD_DOMAIN;
    if (!has_one_value || field.column != columns) return false;
    if (field.width < 8 || field.width % 8 != 0 || field.width > kMostTowerWidth) return false;
    columns += field.width;
  }
  return columns == width;
}

// A tower as predictions need it.
Tower tower_of(const mlora_cuda_batch& source, const mlora_cuda_tower& from) {
  require(tower_fits(from, source.capacity), "the layers and fields do not make a tower, see mlora_cuda_tower_fits");
  require(from.logit_weight != 0 && from.logit_bias != 0 && from.logits != 0 && from.logit_weight % 16 == 0,
          "the logit of a tower has a weight, at a multiple of 16 bytes, a bias and a place");
  Tower tower = {};
  tower.count = from.count;
  tower.logit_weight = pointer<const float>(from.logit_weight);
  tower.logit_bias = pointer<const float>(from.logit_bias);
  tower.logits = pointer<float>(from.logits);
  tower.predictions = {pointer<float>(from.out_logits), pointer<float>(from.out_probabilities)};
  tower.field_count = from.field_count;
  for (int f = 0; f < from.field_count; ++f) {
    const mlora_cuda_field& field = from.fields[f];
    require(field.table != 0 && field.table % 16 == 0, "tables lie at multiples of 16 bytes");
    require(field.kind != MLORA_CUDA_FIELD_ID || field.ids != 0, "a field of ids needs them");
    require(field.kind != MLORA_CUDA_FIELD_NUMBER || field.numbers != 0, "a field of numbers needs them");
    tower.field[f] = field;
    if (field.kind == MLORA_CUDA_FIELD_NUMBER) tower.field[f].table_rows = 1;
  }
  for (int l = 0; l < from.count; ++l) {
    const mlora_cuda_dense& layer = from.layers[l];
    require(l > 0 || from.field_count > 0 || has_input(layer), kNoInput);
    require(layer.w != 0 && layer.bias != 0 && (layer.w | layer.bias) % 16 == 0,
            "a layer of a tower has W and a bias, at multiples of 16 bytes");
    require(layer.rank == 0 || (layer.a != 0 && layer.b != 0 && layer.c != 0 && (layer.a | layer.b | layer.c) % 16 == 0),
            "an adapter has A, B and c, at multiples of 16 bytes");
    tower.layer[l] = layer;
    tower.layer[l].drops = MLORA_CUDA_NO_DROPOUT;
    tower.layer[l].s = 0;
  }
  return tower;
}

void check_training(const mlora_cuda_tower& from) {
  require(has_input(from.layers[0]), kNoInput);
  require(from.labels != 0 && from.g != 0 && from.losses != 0, "a loss needs labels, g and work space");
  for (int l = 0; l < from.count; ++l) {
    const mlora_cuda_dense& layer = from.layers[l];
    check_dense(layer, true);
    require(layer.out_ld <= kMostTowerWidth && layer.dx_ld <= kMostTowerWidth, "rows of a tower have at most 8192 elements");
    require(layer.drops >= MLORA_CUDA_NO_DROPOUT && layer.drops <= MLORA_CUDA_GIVEN_DROPOUT,
            "the way of dropout is not known");
    require(layer.drops == MLORA_CUDA_NO_DROPOUT || layer.g_shared != 0, "dropout needs g_shared");
    require(layer.drops != MLORA_CUDA_GIVEN_DROPOUT || layer.mask != 0, "given dropout needs a mask");
    require(layer.rank == 0 || (layer.s != 0 && (layer.s | layer.t) % 16 == 0),
            "an adapter has s and t, at multiples of 16 bytes");
    require(layer.dx_add == 0, "a tower does not add to dx");
  }
}

template <bool Training>
void run_tower(const mlora_cuda_batch& source, Tower tower, Stream stream) {
  const Batch batch = view(source);
  with_plan(tower.layer, tower.count, tower.field_count, source.capacity, [&](auto shape, const TowerPlan& plan) {
    using Shape = decltype(shape);
    tower.plan = plan;
    launch(run<Shape, Training>, ceil_div(source.capacity, Shape::kRows), Shape::kThreads, tower.plan.bytes,
           stream, batch, tower);
  });
}

}  // namespace

bool tower_fits(const mlora_cuda_tower& tower, int capacity) {
  const mlora_cuda_dense* const layers = tower.layers;
  const int count = tower.count, field_count = tower.field_count;
  if (layers == nullptr || count < 1 || count > MLORA_CUDA_TOWER || capacity < 1 || capacity > kMostTowerRows) return false;
  if (field_count < 0 || field_count > MLORA_CUDA_TOWER_FIELDS || (field_count > 0 && tower.fields == nullptr)) return false;
  for (int l = 0; l < count; ++l) {
    if (!takes(layers[l]) || (l > 0 && layers[l].in != layers[l - 1].out)) return false;
  }
  if (field_count > 0 && !makes(tower.fields, field_count, layers[0].in)) return false;
  bool fits = false;
  with_plan(layers, count, field_count, capacity, [&](auto, const TowerPlan& plan) { fits = plan.bytes <= most_shared_memory(); });
  return fits;
}

void tower_forward(const mlora_cuda_batch& source, const mlora_cuda_tower& from, Stream stream) {
  run_tower<false>(source, tower_of(source, from), stream);
}

void tower_train(const mlora_cuda_batch& source, const mlora_cuda_tower& from, Stream stream) {
  Tower tower = tower_of(source, from);
  check_training(from);
  for (int l = 0; l < from.count; ++l) {
    tower.layer[l].drops = from.layers[l].drops;
    tower.layer[l].s = from.layers[l].s;
    tower.keep[l] = keep_of(from.layers[l].dropout);
  }
  tower.labels = pointer<const float>(from.labels);
  tower.weights = pointer<const float>(from.row_weights);
  tower.g = pointer<float>(from.g);
  tower.losses = pointer<double>(from.losses);
  run_tower<true>(source, tower, stream);
}

}  // namespace mlora::cuda
