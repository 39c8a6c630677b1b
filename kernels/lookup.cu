// Inputs: rows of tables, pooled bags and scaled vectors into the columns of the input matrix.
//
// One launch for all fields. A row of a field is copied by a team of lanes, four columns each, so that embeddings of 8
// floats do not leave 30 lanes idle. A warp takes up to 32 positions of a field, 8 for each of its teams, in small
// batches fewer: lanes look up a position each, which costs three loads one after the other, and then the rows of all
// are in flight together. Bags are pooled position by position. Rows [count, C) and negative ids give zeros.
//
// Bytes: each table row once, each element of the input once.
#include <algorithm>

#include "families.h"
#include "field_source.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 128;
// The most positions that a team takes.
constexpr int kSteps = 8;

// Positions of a warp whose teams take so many.
MLORA_BOTH int positions_of(int team, int steps) { return team < steps ? 32 : 32 / team * steps; }

struct Fields {
  mlora_cuda_field field[MLORA_CUDA_MOST];
  int64_t first_warp[MLORA_CUDA_MOST + 1];
  int team[MLORA_CUDA_MOST];
  int count, steps;
};

// sum += weight * row, for columns [column, column + 4) of those there are.
MLORA_DEVICE void add_row(const mlora_cuda_field& field, int64_t id, int column, float weight, float (&sum)[4]) {
  if (id < 0 || id >= field.table_rows) return;
  const float* row = pointer<const float>(field.table) + id * field.width + column;
  float values[4] = {};
  if (field.width % 4 == 0) {
    load4(row, values);
  } else {
    for (int i = 0; i < 4; ++i) values[i] = column + i < field.width ? row[i] : 0.0f;
  }
  for (int i = 0; i < 4; ++i) sum[i] = fma(weight, values[i], sum[i]);
}

// The mean or sum of the rows of a bag, columns [column, column + 4).
MLORA_DEVICE void pool(const mlora_cuda_field& field, int64_t row, int column, float (&sum)[4]) {
  const int64_t* const offsets = pointer<const int64_t>(field.offsets) + row;
  const int64_t begin = offsets[0], end = offsets[1];
  const float weight = field.pooling == MLORA_CUDA_MEAN ? divide(1, static_cast<float>(end - begin)) : 1;
  for (int64_t k = begin; k < end; ++k) {
    add_row(field, pointer<const int32_t>(field.ids)[k], column, weight, sum);
  }
}

template <typename E>
MLORA_DEVICE void write_row(const mlora_cuda_field& field, int64_t p, int column, const float (&sum)[4]) {
  E* const out = pointer<E>(field.out) + p * field.out_ld + field.column + column;
  if ((field.width | field.column) % 4 == 0) {
    store4(out, sum);
  } else {
    for (int i = 0; i < 4 && column + i < field.width; ++i) store(out + i, sum[i]);
  }
}

template <typename E>
MLORA_KERNEL look_up(Batch batch, Fields fields) {
  const int64_t warp = warp_in_grid();
  int f = 0;
  while (f < fields.count && warp >= fields.first_warp[f + 1]) ++f;
  if (f == fields.count) return;
  const mlora_cuda_field& field = fields.field[f];
  const int team = fields.team[f], teams = 32 / team, positions = positions_of(team, fields.steps);
  const int64_t first = (warp - fields.first_warp[f]) * positions;
  FieldSource own = {-1, 1};
  if (lane() < positions && first + lane() < batch.capacity) own = source_of(batch, field, first + lane());
  const int64_t p = first + lane() / team;
  const auto is_there = [&](int step) { return step * teams < positions && p + step * teams < batch.capacity; };
  if (field.kind == MLORA_CUDA_FIELD_BAG || field.width % 4 != 0) {
    for (int step = 0; step * teams < positions; ++step) {
      const int32_t row = shuffle(own.row, step * teams + lane() / team);
      const float weight = shuffle(own.weight, step * teams + lane() / team);
      for (int column = 4 * (lane() % team); is_there(step) && column < field.width; column += 4 * team) {
        float sum[4] = {};
        if (field.kind != MLORA_CUDA_FIELD_BAG) {
          add_row(field, row, column, weight, sum);
        } else if (row >= 0) {
          pool(field, row, column, sum);
        }
        write_row<E>(field, p + step * teams, column, sum);
      }
    }
    return;
  }
  FieldSource sources[kSteps];
  MLORA_UNROLL
  for (int step = 0; step < kSteps; ++step) {
    const int from = (step * teams + lane() / team) % 32;
    sources[step] = {shuffle(own.row, from), shuffle(own.weight, from)};
  }
  for (int column = 4 * (lane() % team); column < field.width; column += 4 * team) {
    float sums[kSteps][4] = {};
    MLORA_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      const int64_t row = sources[step].row;
      if (is_there(step) && row >= 0 && row < field.table_rows) {
        load4(pointer<const float>(field.table) + row * field.width + column, sums[step]);
      }
    }
    MLORA_UNROLL
    for (int step = 0; step < kSteps; ++step) {
      if (!is_there(step)) continue;
      for (int i = 0; i < 4; ++i) sums[step][i] = fma(sources[step].weight, sums[step][i], 0.0f);
      write_row<E>(field, p + step * teams, column, sums[step]);
    }
  }
}

}  // namespace

void lookup(const mlora_cuda_batch& source, int precision, const mlora_cuda_field* fields, int count, Stream stream) {
  require(count >= 1 && count <= MLORA_CUDA_MOST, "a lookup has 1 to 32 fields");
  const Batch batch = view(source);
  Fields all = {};
  all.count = count;
  all.steps = std::clamp(batch.capacity / 1024, 1, kSteps);
  for (int f = 0; f < count; ++f) {
    const mlora_cuda_field& field = fields[f];
    require(field.kind >= MLORA_CUDA_FIELD_ID && field.kind <= MLORA_CUDA_FIELD_DOMAIN, "the kind of a field is not known");
    require(field.width >= 1 && field.column >= 0 && field.column + field.width <= field.out_ld,
            "columns of a field lie within its matrix");
    require(field.out_ld % 8 == 0 && field.out % 16 == 0 && field.table % 16 == 0,
            "matrices and tables lie at multiples of 16 bytes, rows of matrices at multiples of 8 elements");
    all.field[f] = field;
    if (field.kind == MLORA_CUDA_FIELD_NUMBER) all.field[f].table_rows = 1;
    int team = 1;
    while (team < 32 && team * 4 < field.width) team *= 2;
    all.team[f] = team;
    all.first_warp[f + 1] = all.first_warp[f] + ceil_div(batch.capacity, positions_of(team, all.steps));
  }
  const int64_t blocks = ceil_div(all.first_warp[count], kThreads / 32);
  if (precision == MLORA_CUDA_BF16) {
    launch(look_up<Bf16>, blocks, kThreads, 0, stream, batch, all);
  } else {
    launch(look_up<float>, blocks, kThreads, 0, stream, batch, all);
  }
}

}  // namespace mlora::cuda
