// The host side of each family of kernels: checks what it is given, throws Invalid or Failure, launches.
// native/cuda turns these into the C API; mlora_cuda.h says what they do.
#ifndef MLORA_KERNELS_FAMILIES_H
#define MLORA_KERNELS_FAMILIES_H

#include "hardware.h"
#include "mlora_cuda.h"

namespace mlora::cuda {

// state.cu
void state_set(uint64_t state, int64_t step, int64_t seed, int32_t next, int32_t end, Stream stream);
void state_seek(uint64_t state, int32_t next, int32_t end, Stream stream);
void state_take_loss(uint64_t state, Stream stream);
void state_advance(uint64_t state, int32_t capacity, bool of_training, Stream stream);

// shuffle.cu
void shuffle_rows(uint64_t order, int32_t rows, int64_t key, int32_t epoch, Stream stream);

// batch.cu, group.cu
mlora_cuda_batch_layout lay_out(int32_t capacity, int32_t domain_count);
void group(const mlora_cuda_batch& batch, Stream stream);

// lookup.cu
void lookup(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field* fields, int count, Stream stream);

// dense_forward.cu, dense_backward.cu, adapter_gradient.cu
void dense_forward(const mlora_cuda_batch& batch, const mlora_cuda_dense& dense, int dropout, Stream stream);
void dense_backward(const mlora_cuda_batch& batch, const mlora_cuda_dense& dense, bool dropout, Stream stream);
void adapter_gradient(const mlora_cuda_batch& batch, const mlora_cuda_dense* layers, int count, Stream stream);
void given_dropout(const mlora_cuda_batch& batch, uint64_t keep, int width, uint64_t mask, Stream stream);

// narrow.cu
void narrow_forward(const mlora_cuda_batch& batch, int precision, int in, int out, uint64_t x, int x_ld, uint64_t w,
                    uint64_t bias, uint64_t z, Stream stream);
void narrow_backward(const mlora_cuda_batch& batch, int precision, int in, int out, uint64_t g, uint64_t w,
                     uint64_t dx, int dx_ld, bool dx_add, Stream stream);

// tower.cu, weight_gradient.cu
bool tower_fits(const mlora_cuda_tower& tower, int capacity);
void tower_forward(const mlora_cuda_batch& batch, const mlora_cuda_tower& tower, Stream stream);
void tower_train(const mlora_cuda_batch& batch, const mlora_cuda_tower& tower, Stream stream);
int weight_parts(const mlora_cuda_dense* layers, int count, int capacity);
void weight_gradient(const mlora_cuda_batch& batch, const mlora_cuda_dense* layers, int count, Stream stream);

// columns.cu
void column_sums(const mlora_cuda_batch& batch, int precision, const mlora_cuda_columns* columns, int count,
                 Stream stream);

// loss.cu
void loss(const mlora_cuda_batch& batch, uint64_t logits, uint64_t labels, uint64_t weights, uint64_t g,
          uint64_t losses, Stream stream);
void sum_losses(const mlora_cuda_batch& batch, uint64_t losses, Stream stream);
void predict(const mlora_cuda_batch& batch, uint64_t logits, uint64_t out_logits, uint64_t out_probabilities,
             Stream stream);

// convert.cu
void convert(bool to_bf16, uint64_t from, int from_ld, uint64_t to, int to_ld, int rows, int width, Stream stream);

// update.cu, catch_up.cu
void update_whole(uint64_t state, const mlora_cuda_optimizer& optimizer, const mlora_cuda_parameter* parameters,
                  const mlora_cuda_parts* parts, int n, uint64_t work, Stream stream);
void update_domains(const mlora_cuda_batch& batch, const mlora_cuda_optimizer& optimizer,
                    const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts, int n, Stream stream);
void add_l2(const mlora_cuda_parameter* parameters, int n, Stream stream);
void catch_up_domains(const mlora_cuda_batch& batch, const mlora_cuda_optimizer& optimizer,
                      const mlora_cuda_parameter* parameters, int n, bool ahead, Stream stream);
void catch_up_all(uint64_t state, const mlora_cuda_optimizer& optimizer, const mlora_cuda_parameter* parameters,
                  int n, Stream stream);

// tables.cu, table_update.cu
int64_t tables_bytes(int32_t capacity, const mlora_cuda_tables& tables);
void tables_collect(const mlora_cuda_batch& batch, const mlora_cuda_tables& tables, Stream stream);
void tables_catch_up(const mlora_cuda_batch& batch, const mlora_cuda_tables& tables,
                     const mlora_cuda_optimizer& optimizer, bool ahead, Stream stream);
void tables_update(const mlora_cuda_batch& batch, const mlora_cuda_tables& tables,
                   const mlora_cuda_optimizer& optimizer, Stream stream);

// multiply.cu
void check_product(const mlora_cuda_product& product);
void multiply(const mlora_cuda_product& product, Stream stream);

// auc.cu
int64_t auc_bytes(int32_t n, int32_t domain_count);
void auc(uint64_t scores, uint64_t labels, uint64_t domains, int32_t n, int32_t domain_count, uint64_t pairs,
         uint64_t memory, Stream stream);

}  // namespace mlora::cuda
#endif
