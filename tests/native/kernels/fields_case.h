// Fields of random columns and tables, as lookups read them, and what of them belongs to a position.
#ifndef MLORA_TESTS_KERNELS_FIELDS_CASE_H
#define MLORA_TESTS_KERNELS_FIELDS_CASE_H

#include "material.h"

struct FieldCase {
  int kind, pooling, width, column;
};

class FieldsCase {
  static constexpr int kIds = 40;

 public:
  FieldsCase(const TestBatch& batch, const std::vector<FieldCase>& cases) : batch_(batch) {
    std::mt19937 random(22);
    for (const FieldCase& c : cases) fields_.emplace_back(c, batch, random);
  }

  // How the C API takes them.
  std::vector<mlora_cuda_field> describe(const Matrix& out) const {
    std::vector<mlora_cuda_field> all;
    for (const Field& f : fields_) {
      all.push_back({f.c.kind, f.c.pooling, f.device_ids.address(), f.device_offsets.address(), f.device_numbers.address(),
                     f.device_table.address(), f.rows, f.c.width, f.c.column, out.address(), out.ld, 0});
    }
    return all;
  }
  // Writes their columns of rows of a matrix of that width.
  void put(Doubles& rows, int width) const {
    for (const Field& f : fields_) {
      for (int p = 0; p < batch_.capacity; ++p) {
        for (int j = 0; j < f.c.width; ++j) {
          rows[size_t(p) * width + f.c.column + j] = p < batch_.count ? f.value(batch_.row[p], batch_.domain[p], j) : 0;
        }
      }
    }
  }

 private:
  struct Field {
    const FieldCase c;
    int rows;  // of the table
    std::vector<float> table, numbers;
    std::vector<int64_t> offsets;
    std::vector<int32_t> ids;
    device::Array<float> device_table, device_numbers;
    device::Array<int32_t> device_ids;
    device::Array<int64_t> device_offsets;

    Field(const FieldCase& shape, const TestBatch& batch, std::mt19937& random)
        : c(shape), rows(c.kind == MLORA_CUDA_FIELD_NUMBER ? 1 : c.kind == MLORA_CUDA_FIELD_DOMAIN ? batch.domain_count : kIds),
          table(random_floats(size_t(rows) * c.width, 23 + c.column)), numbers(random_floats(batch.domains.size(), 24)),
          offsets(1, 0) {
      for (size_t r = 0; r < batch.domains.size(); ++r) {
        const int n = c.kind == MLORA_CUDA_FIELD_BAG ? static_cast<int>(random() % 5) : 1;
        for (int k = 0; k < n; ++k) ids.push_back(static_cast<int32_t>(random() % (kIds + 5)) - 5);
        offsets.push_back(static_cast<int64_t>(ids.size()));
      }
      device_table = device::Array<float>(table);
      device_numbers = device::Array<float>(numbers);
      device_ids = device::Array<int32_t>(ids);
      device_offsets = device::Array<int64_t>(offsets);
    }

    double value(int row, int domain, int j) const {
      double sum = 0;
      const auto add = [&](int id, double weight) {
        if (id >= 0) sum += weight * table[size_t(id) * c.width + j];
      };
      if (c.kind == MLORA_CUDA_FIELD_DOMAIN) {
        add(domain, 1);
      } else if (c.kind == MLORA_CUDA_FIELD_NUMBER) {
        add(0, numbers[row]);
      } else {
        const auto size = static_cast<double>(offsets[row + 1] - offsets[row]);
        for (int64_t k = offsets[row]; k < offsets[row + 1]; ++k) {
          add(ids[k], c.kind == MLORA_CUDA_FIELD_BAG && c.pooling == MLORA_CUDA_MEAN ? 1 / size : 1);
        }
      }
      return sum;
    }
  };

  const TestBatch& batch_;
  std::vector<Field> fields_;
};

#endif
