// Inputs: rows of tables, bags, numbers and the domain's own table, in any width and column.
#include "fields_case.h"

namespace {

void check_lookup(int precision, int capacity, int count, const std::vector<FieldCase>& cases, int width) {
  const TestBatch batch(capacity, count, 6, 21);
  const FieldsCase fields(batch, cases);
  Doubles want(size_t(capacity) * width, 5);
  const Matrix out(precision, capacity, width, std::vector<float>(want.begin(), want.end()));
  const std::vector<mlora_cuda_field> all = fields.describe(out);
  OK(mlora_cuda_lookup(&batch.batch, precision, all.data(), static_cast<int32_t>(all.size()), nullptr));
  fields.put(want, width);
  check_close("lookup", precision, out.read(), want, Doubles(want.size(), 4));
}

TEST(fields_of_all_kinds_fill_their_columns) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    check_lookup(precision, 300, 257,
                 {{MLORA_CUDA_FIELD_ID, 0, 8, 0},
                  {MLORA_CUDA_FIELD_BAG, MLORA_CUDA_MEAN, 8, 8},
                  {MLORA_CUDA_FIELD_NUMBER, 0, 8, 16},
                  {MLORA_CUDA_FIELD_DOMAIN, 0, 8, 24},
                  {MLORA_CUDA_FIELD_BAG, MLORA_CUDA_SUM, 128, 32}},
                 170);
  }
}

TEST(fields_of_any_width_fill_batches_of_any_size) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    for (const Shape& shape : shapes()) {
      const int capacity = shape.capacity, width = shape.width;
      check_lookup(precision, capacity, capacity - capacity / 7,
                   {{MLORA_CUDA_FIELD_ID, 0, width, 0},
                    {MLORA_CUDA_FIELD_BAG, MLORA_CUDA_MEAN, width, width},
                    {MLORA_CUDA_FIELD_DOMAIN, 0, 8, 2 * width}},
                   2 * width + 8);
    }
  }
}

TEST(large_batches_take_several_positions_a_warp) {
  const int capacity = quick() ? 2100 : 8200;
  for (int width : {8, 128}) {
    check_lookup(MLORA_CUDA_BF16, capacity, capacity - 100,
                 {{MLORA_CUDA_FIELD_ID, 0, width, 0}, {MLORA_CUDA_FIELD_BAG, MLORA_CUDA_MEAN, width, width}}, 2 * width);
  }
}

TEST(columns_need_no_alignment) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    check_lookup(precision, 65, 65,
                 {{MLORA_CUDA_FIELD_ID, 0, 1, 0},
                  {MLORA_CUDA_FIELD_ID, 0, 5, 1},
                  {MLORA_CUDA_FIELD_BAG, MLORA_CUDA_MEAN, 4, 6},
                  {MLORA_CUDA_FIELD_DOMAIN, 0, 133, 11}},
                 150);
  }
}

}  // namespace
