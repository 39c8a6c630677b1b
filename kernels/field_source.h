// What a position of a batch reads of a field.
#ifndef MLORA_KERNELS_FIELD_SOURCE_H
#define MLORA_KERNELS_FIELD_SOURCE_H

#include "batch.h"

namespace mlora::cuda {

// A row of the field's table, or of a bag's column, and its weight; row -1 where it reads none.
struct FieldSource {
  int32_t row;
  float weight;
};
MLORA_DEVICE FieldSource source_of(const Batch& batch, const mlora_cuda_field& field, int64_t p) {
  const int32_t domain = batch.domain[p], row = batch.row[p];
  if (domain == kRest) return {-1, 1};
  if (field.kind == MLORA_CUDA_FIELD_DOMAIN) return {domain, 1};
  if (field.kind == MLORA_CUDA_FIELD_ID) return {pointer<const int32_t>(field.ids)[row], 1};
  if (field.kind == MLORA_CUDA_FIELD_NUMBER) return {0, pointer<const float>(field.numbers)[row]};
  return {row, 1};
}

}  // namespace mlora::cuda
#endif
