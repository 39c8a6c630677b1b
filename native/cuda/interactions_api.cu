// The C API of mlora_cuda_interactions.h over its families of kernels (kernels/interactions.h).
#include "interactions.h"

#include "status.h"

using namespace mlora::cuda;

namespace {

Stream stream_of(void* stream) { return static_cast<Stream>(stream); }

// A gradient that may be left out.
const mlora_cuda_matrix* wanted(const mlora_cuda_matrix* gradient) {
  return gradient != nullptr && gradient->address != 0 ? gradient : nullptr;
}

}  // namespace

extern "C" {

mlora_cuda_status mlora_cuda_copy_columns(const mlora_cuda_batch* batch, int32_t precision,
                                          const mlora_cuda_copy* copies, int32_t count, void* stream) {
  return guard([&] { copy_columns(given(batch), precision, &given(copies), count, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_sum_groups(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* in,
                                        const mlora_cuda_matrix* out, void* stream) {
  return guard([&] { sum_groups(given(batch), precision, given(in), given(out), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_spread_groups(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* g,
                                           const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] { spread_groups(given(batch), precision, given(g), given(dx), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_multiply_add(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* a,
                                          const mlora_cuda_matrix* b, const mlora_cuda_matrix* c,
                                          const mlora_cuda_matrix* out, void* stream) {
  return guard([&] {
    multiply_add(given(batch), precision, given(a), given(b), given(c), given(out), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_multiply_add_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_matrix* a, const mlora_cuda_matrix* b,
                                                   const mlora_cuda_matrix* g, const mlora_cuda_matrix* da,
                                                   const mlora_cuda_matrix* db, const mlora_cuda_matrix* dc,
                                                   void* stream) {
  return guard([&] {
    multiply_add_backward(given(batch), precision, given(a), given(b), given(g), wanted(da), wanted(db), wanted(dc),
                          stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_relu_backward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_matrix* out, const mlora_cuda_matrix* g, void* stream) {
  return guard([&] { relu_backward(given(batch), precision, given(out), given(g), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_cross_forward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_cross* cross, void* stream) {
  return guard([&] { cross_forward(given(batch), precision, given(cross), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_cross_backward(const mlora_cuda_batch* batch, int32_t precision,
                                            const mlora_cuda_cross* cross, const mlora_cuda_matrix* g,
                                            const mlora_cuda_matrix* dstart, const mlora_cuda_matrix* din,
                                            void* stream) {
  return guard([&] {
    cross_backward(given(batch), precision, given(cross), given(g), wanted(dstart), wanted(din), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_bi_interaction(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                            const mlora_cuda_matrix* in, const mlora_cuda_matrix* out, void* stream) {
  return guard([&] { bi_interaction(given(batch), precision, fields, given(in), given(out), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_bi_interaction_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                                     const mlora_cuda_matrix* in, const mlora_cuda_matrix* g,
                                                     const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] {
    bi_interaction_backward(given(batch), precision, fields, given(in), given(g), given(dx), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_inner_products(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                            const mlora_cuda_matrix* in, const mlora_cuda_matrix* out, void* stream) {
  return guard([&] { inner_products(given(batch), precision, fields, given(in), given(out), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_inner_products_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                                     const mlora_cuda_matrix* in, const mlora_cuda_matrix* g,
                                                     const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] {
    inner_products_backward(given(batch), precision, fields, given(in), given(g), given(dx), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_bilinear(const mlora_cuda_batch* batch, int32_t precision, int32_t fields, int32_t by_pair,
                                      const mlora_cuda_matrix* in, const mlora_cuda_matrix* projected,
                                      const mlora_cuda_matrix* out, void* stream) {
  return guard([&] {
    bilinear(given(batch), precision, fields, by_pair != 0, given(in), given(projected), given(out), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_bilinear_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                               int32_t by_pair, const mlora_cuda_matrix* in,
                                               const mlora_cuda_matrix* projected, const mlora_cuda_matrix* g,
                                               const mlora_cuda_matrix* t, const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] {
    bilinear_backward(given(batch), precision, fields, by_pair != 0, given(in), given(projected), given(g), given(t),
                      wanted(dx), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_senet_forward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_senet* senet, void* stream) {
  return guard([&] { senet_forward(given(batch), precision, given(senet), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_senet_backward(const mlora_cuda_batch* batch, int32_t precision,
                                            const mlora_cuda_senet* senet, const mlora_cuda_matrix* g,
                                            const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] { senet_backward(given(batch), precision, given(senet), given(g), wanted(dx), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_cin_parts(int32_t capacity, const mlora_cuda_cin* cin, int32_t* parts) {
  return guard([&] {
    given(parts);
    *parts = cin_parts(capacity, given(cin));
  });
}
mlora_cuda_status mlora_cuda_cin_forward(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                         void* stream) {
  return guard([&] { cin_forward(given(batch), precision, given(cin), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_cin_backward(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                          const mlora_cuda_matrix* g, const mlora_cuda_matrix* dstart,
                                          const mlora_cuda_matrix* din, void* stream) {
  return guard([&] {
    cin_backward(given(batch), precision, given(cin), given(g), wanted(dstart), wanted(din), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_cin_gradient(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                          const mlora_cuda_matrix* g, void* stream) {
  return guard([&] { cin_gradient(given(batch), precision, given(cin), given(g), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_attention_forward(const mlora_cuda_batch* batch, int32_t precision,
                                               const mlora_cuda_attention* attention, void* stream) {
  return guard([&] { attention_forward(given(batch), precision, given(attention), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_attention_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                const mlora_cuda_attention* attention, const mlora_cuda_matrix* g,
                                                void* stream) {
  return guard([&] { attention_backward(given(batch), precision, given(attention), given(g), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_field_adapters_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                    const mlora_cuda_field_adapters* adapters, void* stream) {
  return guard([&] { field_adapters_forward(given(batch), precision, given(adapters), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_field_adapters_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                     const mlora_cuda_field_adapters* adapters, void* stream) {
  return guard([&] { field_adapters_backward(given(batch), precision, given(adapters), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_field_adapters_gradient(const mlora_cuda_batch* batch, int32_t precision,
                                                     const mlora_cuda_field_adapters* adapters, void* stream) {
  return guard([&] { field_adapters_gradient(given(batch), precision, given(adapters), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_split_fields(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                          const mlora_cuda_matrix* in, uint64_t split, int32_t ld, void* stream) {
  return guard([&] { split_fields(given(batch), precision, fields, given(in), split, ld, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_join_fields(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                         uint64_t split, int32_t ld, const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] { join_fields(given(batch), precision, fields, split, ld, given(dx), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_pack(int32_t precision, const mlora_cuda_piece* pieces, int32_t count, void* stream) {
  return guard([&] { pack(precision, &given(pieces), count, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_unpack(const mlora_cuda_piece* pieces, int32_t count, void* stream) {
  return guard([&] { unpack(&given(pieces), count, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_domain_dense_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                  const mlora_cuda_domain_dense* dense, void* stream) {
  return guard([&] { domain_dense_forward(given(batch), precision, given(dense), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_domain_dense_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_domain_dense* dense, const mlora_cuda_matrix* g,
                                                   const mlora_cuda_matrix* dx, void* stream) {
  return guard([&] {
    domain_dense_backward(given(batch), precision, given(dense), given(g), given(dx), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_domain_dense_gradient(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_domain_dense* dense, const mlora_cuda_matrix* g,
                                                   void* stream) {
  return guard([&] { domain_dense_gradient(given(batch), precision, given(dense), given(g), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_domain_dense_shared(const mlora_cuda_batch* batch, const mlora_cuda_domain_dense* dense,
                                                 void* stream) {
  return guard([&] { domain_dense_shared(given(batch), given(dense), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_gate_forward(const mlora_cuda_batch* batch, int32_t precision,
                                          const mlora_cuda_gate* gate, void* stream) {
  return guard([&] { gate_forward(given(batch), precision, given(gate), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_gate_backward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_gate* gate, const mlora_cuda_matrix* g,
                                           const mlora_cuda_matrix* din, const mlora_cuda_matrix* dgate,
                                           void* stream) {
  return guard([&] {
    gate_backward(given(batch), precision, given(gate), given(g), wanted(din), wanted(dgate), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_add(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* a,
                                 const mlora_cuda_matrix* b, int32_t activation, const mlora_cuda_matrix* out,
                                 void* stream) {
  return guard([&] { add(given(batch), precision, given(a), given(b), activation, given(out), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_mixture(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* experts,
                                     const mlora_cuda_matrix* gate, const mlora_cuda_matrix* out, void* stream) {
  return guard([&] { mixture(given(batch), precision, given(experts), given(gate), given(out), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_mixture_backward(const mlora_cuda_batch* batch, int32_t precision,
                                              const mlora_cuda_matrix* experts, const mlora_cuda_matrix* gate,
                                              const mlora_cuda_matrix* g, const mlora_cuda_matrix* dexperts,
                                              const mlora_cuda_matrix* dgate, void* stream) {
  return guard([&] {
    mixture_backward(given(batch), precision, given(experts), given(gate), given(g), wanted(dexperts), wanted(dgate),
                     stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_partitioned_norm_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                      const mlora_cuda_partitioned_norm* norm, int32_t training,
                                                      void* stream) {
  return guard([&] {
    partitioned_norm_forward(given(batch), precision, given(norm), training != 0, stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_partitioned_norm_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                       const mlora_cuda_partitioned_norm* norm,
                                                       const mlora_cuda_matrix* g, const mlora_cuda_matrix* dx,
                                                       void* stream) {
  return guard([&] {
    partitioned_norm_backward(given(batch), precision, given(norm), given(g), wanted(dx), stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_partitioned_norm_share(const mlora_cuda_batch* batch,
                                                    const mlora_cuda_partitioned_norm* norm, void* stream) {
  return guard([&] { partitioned_norm_share(given(batch), given(norm), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_partitioned_norm_move(const mlora_cuda_batch* batch,
                                                   const mlora_cuda_partitioned_norm* norm, int32_t shared,
                                                   int64_t first_row, int64_t row_count, void* stream) {
  return guard([&] {
    partitioned_norm_move(given(batch), given(norm), shared != 0, first_row, row_count, stream_of(stream));
  });
}

}  // extern "C"
