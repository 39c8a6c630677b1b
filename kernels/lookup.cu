// Inputs: rows of tables, pooled bags and scaled vectors into the columns of the input matrix.
//
// One launch for all fields. A row of a field is copied by a team of lanes, four columns each: a warp
// takes 32 / team positions, so that embeddings of 8 floats do not leave 30 lanes idle, and consecutive
// positions lie in one warp. Rows [count, C) and negative ids give zeros.
//
// Bytes: each table row once, each element of the input once.
#include "batch.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

struct Fields {
  mlora_cuda_field field[MLORA_CUDA_MOST];
  int64_t first_warp[MLORA_CUDA_MOST + 1];
  int team[MLORA_CUDA_MOST];
  int count;
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

template <typename E>
MLORA_KERNEL look_up(Batch batch, Fields fields) {
  const int64_t warp = warp_in_grid();
  int f = 0;
  while (f < fields.count && warp >= fields.first_warp[f + 1]) ++f;
  if (f == fields.count) return;
  const mlora_cuda_field& field = fields.field[f];
  const int team = fields.team[f];
  const int64_t p = (warp - fields.first_warp[f]) * (32 / team) + lane() / team;
  if (p >= batch.capacity) return;
  const int domain = batch.domain[p];
  const int64_t row = batch.row[p];
  E* const out = pointer<E>(field.out) + p * field.out_ld + field.column;
  for (int column = 4 * (lane() % team); column < field.width; column += 4 * team) {
    float sum[4] = {};
    if (field.kind == MLORA_CUDA_FIELD_DOMAIN || domain == kRest) {
      add_row(field, domain, column, 1, sum);
    } else if (field.kind == MLORA_CUDA_FIELD_ID) {
      add_row(field, pointer<const int32_t>(field.ids)[row], column, 1, sum);
    } else if (field.kind == MLORA_CUDA_FIELD_BAG) {
      const int64_t begin = pointer<const int64_t>(field.offsets)[row], end = pointer<const int64_t>(field.offsets)[row + 1];
      const float weight = field.pooling == MLORA_CUDA_MEAN ? divide(1, static_cast<float>(end - begin)) : 1;
      for (int64_t k = begin; k < end; ++k) {
        add_row(field, pointer<const int32_t>(field.ids)[k], column, weight, sum);
      }
    } else {
      add_row(field, 0, column, pointer<const float>(field.numbers)[row], sum);
    }
    if ((field.width | field.column) % 4 == 0) {
      store4(out + column, sum);
    } else {
      for (int i = 0; i < 4 && column + i < field.width; ++i) store(out + column + i, sum[i]);
    }
  }
}

}  // namespace

void lookup(const mlora_cuda_batch& source, int precision, const mlora_cuda_field* fields, int count, Stream stream) {
  require(count >= 1 && count <= MLORA_CUDA_MOST, "a lookup has 1 to 32 fields");
  const Batch batch = view(source);
  Fields all = {};
  all.count = count;
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
    all.first_warp[f + 1] = all.first_warp[f] + ceil_div(batch.capacity, 32 / team);
  }
  const int64_t blocks = ceil_div(all.first_warp[count], kThreads / 32);
  if (precision == MLORA_CUDA_BF16) {
    launch(look_up<Bf16>, blocks, kThreads, 0, stream, batch, all);
  } else {
    launch(look_up<float>, blocks, kThreads, 0, stream, batch, all);
  }
}

}  // namespace mlora::cuda
