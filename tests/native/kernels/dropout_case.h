// Which units of a layer a test's batch keeps, drawn as Java draws them or given.
#ifndef MLORA_TESTS_KERNELS_DROPOUT_CASE_H
#define MLORA_TESTS_KERNELS_DROPOUT_CASE_H

#include "material.h"
#include "../philox_of_java.h"

struct DropoutCase {
  double probability;
  bool given;
  int stream;

  bool keeps(const TestBatch& batch, int p, int column) const {
    if (probability == 0) return true;
    if (given) return (batch.number[p] * 7 + column + stream) % 3 != 0;
    return ::keeps(TestBatch::kSeed, 5, stream, batch.number[p], column, probability);
  }
  // Of kept units.
  double scale() const { return probability == 0 ? 1 : 65536.0 / std::lround(65536 * (1 - probability)); }
  // As mlora_cuda_given_dropout takes them.
  std::vector<uint8_t> bytes(const TestBatch& batch, int out) const {
    std::vector<uint8_t> keep(size_t(batch.count) * out);
    for (int p = 0; p < batch.count; ++p) {
      for (int j = 0; j < out; ++j) keep[size_t(batch.number[p]) * out + j] = keeps(batch, p, j);
    }
    return keep;
  }
  int32_t way() const {
    return probability == 0 ? MLORA_CUDA_NO_DROPOUT : given ? MLORA_CUDA_GIVEN_DROPOUT : MLORA_CUDA_DRAW_DROPOUT;
  }
};

#endif
