// Inputs: rows of tables, bags, numbers and the domain's own table, in any width and column.
#include "material.h"

namespace {

struct Field {
  int kind, pooling, width, column;
};

void check_lookup(int precision, int capacity, int count, const std::vector<Field>& fields, int width) {
  const TestBatch batch(capacity, count, 6, 21);
  const int rows = static_cast<int>(batch.domains.size()), ids = 40;
  std::mt19937 random(22);
  Matrix out(precision, capacity, width, std::vector<float>(size_t(capacity) * width, 5));
  std::vector<device::Array<float>> tables, numbers;
  std::vector<device::Array<int32_t>> id_columns;
  std::vector<device::Array<int64_t>> offset_columns;
  std::vector<mlora_cuda_field> all;
  Doubles want(size_t(capacity) * width, 5);
  for (const Field& f : fields) {
    const int table_rows = f.kind == MLORA_CUDA_FIELD_NUMBER ? 1 : f.kind == MLORA_CUDA_FIELD_DOMAIN ? 6 : ids;
    const std::vector<float> table = random_floats(size_t(table_rows) * f.width, 23 + f.column);
    std::vector<int64_t> offsets(1, 0);
    std::vector<int32_t> column;
    std::vector<float> values = random_floats(rows, 24);
    for (int r = 0; r < rows; ++r) {
      const int n = f.kind == MLORA_CUDA_FIELD_BAG ? static_cast<int>(random() % 5) : 1;
      for (int k = 0; k < n; ++k) column.push_back(static_cast<int32_t>(random() % (ids + 5)) - 5);
      offsets.push_back(static_cast<int64_t>(column.size()));
    }
    for (int p = 0; p < capacity; ++p) {
      const int r = batch.row[p];
      for (int j = 0; j < f.width; ++j) {
        double sum = 0;
        const auto add = [&](int id, double weight) {
          if (id >= 0) sum += weight * table[size_t(id) * f.width + j];
        };
        if (p >= count) {
        } else if (f.kind == MLORA_CUDA_FIELD_DOMAIN) {
          add(batch.domain[p], 1);
        } else if (f.kind == MLORA_CUDA_FIELD_NUMBER) {
          add(0, values[r]);
        } else {
          const double size = static_cast<double>(offsets[r + 1] - offsets[r]);
          for (int64_t k = offsets[r]; k < offsets[r + 1]; ++k) {
            add(column[k], f.kind == MLORA_CUDA_FIELD_BAG && f.pooling == MLORA_CUDA_MEAN ? 1 / size : 1);
          }
        }
        want[size_t(p) * width + f.column + j] = sum;
      }
    }
    tables.emplace_back(table);
    numbers.emplace_back(values);
    id_columns.emplace_back(column);
    offset_columns.emplace_back(offsets);
    all.push_back({f.kind, f.pooling, id_columns.back().address(), offset_columns.back().address(),
                   numbers.back().address(), tables.back().address(), table_rows, f.width, f.column, out.address(),
                   out.ld, 0});
  }
  OK(mlora_cuda_lookup(&batch.batch, precision, all.data(), static_cast<int32_t>(all.size()), nullptr));
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
