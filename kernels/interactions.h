// The host side of the families of mlora_cuda_interactions.h, as families.h is that of mlora_cuda.h.
#ifndef MLORA_KERNELS_INTERACTIONS_H
#define MLORA_KERNELS_INTERACTIONS_H

#include "families.h"
#include "mlora_cuda_interactions.h"

namespace mlora::cuda {

// elementwise.cu
void copy_columns(const mlora_cuda_batch& batch, int precision, const mlora_cuda_copy* copies, int count,
                  Stream stream);
void sum_groups(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& in,
                const mlora_cuda_matrix& out, Stream stream);
void spread_groups(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& g,
                   const mlora_cuda_matrix& dx, Stream stream);
void multiply_add(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& a,
                  const mlora_cuda_matrix& b, const mlora_cuda_matrix& c, const mlora_cuda_matrix& out, Stream stream);
void multiply_add_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& a,
                           const mlora_cuda_matrix& b, const mlora_cuda_matrix& g, const mlora_cuda_matrix* da,
                           const mlora_cuda_matrix* db, const mlora_cuda_matrix* dc, Stream stream);
void relu_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& out,
                   const mlora_cuda_matrix& g, Stream stream);

// cross.cu
void cross_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_cross& cross, Stream stream);
void cross_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_cross& cross,
                    const mlora_cuda_matrix& g, const mlora_cuda_matrix* dstart, const mlora_cuda_matrix* din,
                    Stream stream);

// pairs.cu
void bi_interaction(const mlora_cuda_batch& batch, int precision, int fields, const mlora_cuda_matrix& in,
                    const mlora_cuda_matrix& out, Stream stream);
void bi_interaction_backward(const mlora_cuda_batch& batch, int precision, int fields, const mlora_cuda_matrix& in,
                             const mlora_cuda_matrix& g, const mlora_cuda_matrix& dx, Stream stream);
void inner_products(const mlora_cuda_batch& batch, int precision, int fields, const mlora_cuda_matrix& in,
                    const mlora_cuda_matrix& out, Stream stream);
void inner_products_backward(const mlora_cuda_batch& batch, int precision, int fields, const mlora_cuda_matrix& in,
                             const mlora_cuda_matrix& g, const mlora_cuda_matrix& dx, Stream stream);

// bilinear.cu
void bilinear(const mlora_cuda_batch& batch, int precision, int fields, bool by_pair, const mlora_cuda_matrix& in,
              const mlora_cuda_matrix& projected, const mlora_cuda_matrix& out, Stream stream);
void bilinear_backward(const mlora_cuda_batch& batch, int precision, int fields, bool by_pair,
                       const mlora_cuda_matrix& in, const mlora_cuda_matrix& projected, const mlora_cuda_matrix& g,
                       const mlora_cuda_matrix& t, const mlora_cuda_matrix* dx, Stream stream);

// senet.cu
void senet_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_senet& senet, Stream stream);
void senet_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_senet& senet,
                    const mlora_cuda_matrix& g, const mlora_cuda_matrix* dx, Stream stream);

// cin.cu
int32_t cin_parts(int32_t capacity, const mlora_cuda_cin& cin);
void cin_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_cin& cin, Stream stream);
void cin_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_cin& cin, const mlora_cuda_matrix& g,
                  const mlora_cuda_matrix* dstart, const mlora_cuda_matrix* din, Stream stream);
void cin_gradient(const mlora_cuda_batch& batch, int precision, const mlora_cuda_cin& cin, const mlora_cuda_matrix& g,
                  Stream stream);

// attention.cu
void attention_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_attention& attention,
                       Stream stream);
void attention_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_attention& attention,
                        const mlora_cuda_matrix& g, Stream stream);

// field_adapters.cu
void field_adapters_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& adapters,
                            Stream stream);
void field_adapters_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& adapters,
                             Stream stream);
void field_adapters_gradient(const mlora_cuda_batch& batch, int precision, const mlora_cuda_field_adapters& adapters,
                             Stream stream);

// pack.cu
void split_fields(const mlora_cuda_batch& batch, int precision, int fields, const mlora_cuda_matrix& in,
                  uint64_t split, int ld, Stream stream);
void join_fields(const mlora_cuda_batch& batch, int precision, int fields, uint64_t split, int ld,
                 const mlora_cuda_matrix& dx, Stream stream);
void pack(int precision, const mlora_cuda_piece* pieces, int count, Stream stream);
void unpack(const mlora_cuda_piece* pieces, int count, Stream stream);

// domain_dense.cu, domain_gradient.cu
void domain_dense_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_domain_dense& dense,
                          Stream stream);
void domain_dense_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_domain_dense& dense,
                           const mlora_cuda_matrix& g, const mlora_cuda_matrix& dx, Stream stream);
void domain_dense_gradient(const mlora_cuda_batch& batch, int precision, const mlora_cuda_domain_dense& dense,
                           const mlora_cuda_matrix& g, Stream stream);
void domain_dense_shared(const mlora_cuda_batch& batch, const mlora_cuda_domain_dense& dense, Stream stream);

// partitioned_norm.cu, partitioned_norm_gradient.cu
void partitioned_norm_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_partitioned_norm& norm,
                              bool training, Stream stream);
void partitioned_norm_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_partitioned_norm& norm,
                               const mlora_cuda_matrix& g, const mlora_cuda_matrix* dx, Stream stream);
void partitioned_norm_share(const mlora_cuda_batch& batch, const mlora_cuda_partitioned_norm& norm, Stream stream);
void partitioned_norm_move(const mlora_cuda_batch& batch, const mlora_cuda_partitioned_norm& norm, bool shared,
                           int64_t first_row, int64_t row_count, Stream stream);

// gate.cu
void gate_forward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_gate& gate, Stream stream);
void gate_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_gate& gate,
                   const mlora_cuda_matrix& g, const mlora_cuda_matrix* din, const mlora_cuda_matrix* dgate,
                   Stream stream);
void add(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& a, const mlora_cuda_matrix& b,
         int activation, const mlora_cuda_matrix& out, Stream stream);

// mixture.cu
void mixture(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& experts,
             const mlora_cuda_matrix& gate, const mlora_cuda_matrix& out, Stream stream);
void mixture_backward(const mlora_cuda_batch& batch, int precision, const mlora_cuda_matrix& experts,
                      const mlora_cuda_matrix& gate, const mlora_cuda_matrix& g, const mlora_cuda_matrix* dexperts,
                      const mlora_cuda_matrix* dgate, Stream stream);

}  // namespace mlora::cuda
#endif
