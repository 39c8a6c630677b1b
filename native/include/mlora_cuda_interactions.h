/*
 * The part of the C API of libmlora_cuda with the kernels between embeddings and logits: interactions
 * among fields, cross networks, attention, layers of domains, mixtures. The terms and promises are those
 * of mlora_cuda.h, which is read first.
 *
 * "Fields" stand side by side in a row: field f of width k has columns [f k, (f + 1) k). Pairs of fields go
 * (0, 1), (0, 2), .., (1, 2), ..; there are F (F - 1) / 2.
 * Where the gradient of an input is marked add, it is added to, else it is written. Gradients of inputs that are
 * said to be left out where they are not wanted are NULL then, or have address 0.
 */
#ifndef MLORA_CUDA_INTERACTIONS_H
#define MLORA_CUDA_INTERACTIONS_H

#include "mlora_cuda.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* C rows of width columns, ld apart. */
typedef struct mlora_cuda_matrix {
  uint64_t address;
  int32_t width;
  int32_t ld;       /* as the terms say; any from width on where is_float */
  int32_t is_float; /* floats whatever the precision */
  int32_t add;
} mlora_cuda_matrix;

/* ---- columns ---- */
/* to[:, to_column + j] = from[:, from_column + j] for j < width. to.add adds there; without it, and with
   alone, all other columns of to become zeros. */
typedef struct mlora_cuda_copy {
  mlora_cuda_matrix from, to;
  int32_t from_column, to_column;
  int32_t width;
  int32_t alone;
} mlora_cuda_copy;
/* One launch for up to MLORA_CUDA_MOST copies, none of which writes what another one reads or writes. */
mlora_cuda_status mlora_cuda_copy_columns(const mlora_cuda_batch* batch, int32_t precision,
                                          const mlora_cuda_copy* copies, int32_t count, void* stream);
/* out[:, g] = the sum of the g-th of the out.width groups of neighbouring columns of in; backward
   dx[:, j] = g[:, group of j]. */
mlora_cuda_status mlora_cuda_sum_groups(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* in,
                                        const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_spread_groups(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_matrix* g, const mlora_cuda_matrix* dx, void* stream);
/* out = a * b + c, column by column; da = g b, db = g a, dc = g. Gradients are
   left out where not wanted, and written one after the other, so that two of them may be the same matrix, the
   later one marked add. Elements only. */
mlora_cuda_status mlora_cuda_multiply_add(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* a,
                                          const mlora_cuda_matrix* b, const mlora_cuda_matrix* c,
                                          const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_multiply_add_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_matrix* a, const mlora_cuda_matrix* b,
                                                   const mlora_cuda_matrix* g, const mlora_cuda_matrix* da,
                                                   const mlora_cuda_matrix* db, const mlora_cuda_matrix* dc,
                                                   void* stream);
/* g := g where out > 0, else 0: what relu lets through. Elements, or floats with is_float. */
mlora_cuda_status mlora_cuda_relu_backward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_matrix* out, const mlora_cuda_matrix* g, void* stream);

/* One layer of a cross network: out = start s + bias + in with s = in . w; w, bias: float (width); products:
   float (C), s. Backward: slopes, float (C), are g . start; dstart = g s, din = g + slopes w (left out
   where not wanted; may be one matrix, din marked add). dw: column_sums of in weighted by slopes, db: column_sums of g.
   Elements only. */
typedef struct mlora_cuda_cross {
  mlora_cuda_matrix start, in, out;
  uint64_t w, bias, products, slopes;
} mlora_cuda_cross;
mlora_cuda_status mlora_cuda_cross_forward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_cross* cross, void* stream);
mlora_cuda_status mlora_cuda_cross_backward(const mlora_cuda_batch* batch, int32_t precision,
                                            const mlora_cuda_cross* cross, const mlora_cuda_matrix* g,
                                            const mlora_cuda_matrix* dstart, const mlora_cuda_matrix* din,
                                            void* stream);

/* ---- pairs of fields ---- */
/* out (C, k) = ((sum of e_f)^2 - sum of e_f^2) / 2, column by column; de_f = g (sum e - e_f). */
mlora_cuda_status mlora_cuda_bi_interaction(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                            const mlora_cuda_matrix* in, const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_bi_interaction_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                                     const mlora_cuda_matrix* in, const mlora_cuda_matrix* g,
                                                     const mlora_cuda_matrix* dx, void* stream);
/* out (C, pairs): e_f . e_h; de_f = sum over h of g e_h. */
mlora_cuda_status mlora_cuda_inner_products(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                            const mlora_cuda_matrix* in, const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_inner_products_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                                     const mlora_cuda_matrix* in, const mlora_cuda_matrix* g,
                                                     const mlora_cuda_matrix* dx, void* stream);
/* Bilinear interactions: out[pair] = projected * e_h. The caller makes projected, with blocks of k columns:
   e_f W_f for each field but the last, or with by_pair e_f W_fh for each pair. Backward: t, as projected:
   g e_h, summed over h without by_pair; de_h = the sum over f of g projected (0 for the first field), to which
   the caller adds t W^T; dW = e^T t. dx is left out where not wanted. Elements only. */
mlora_cuda_status mlora_cuda_bilinear(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                      int32_t by_pair, const mlora_cuda_matrix* in,
                                      const mlora_cuda_matrix* projected, const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_bilinear_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                               int32_t by_pair, const mlora_cuda_matrix* in,
                                               const mlora_cuda_matrix* projected, const mlora_cuda_matrix* g,
                                               const mlora_cuda_matrix* t, const mlora_cuda_matrix* dx, void* stream);
/* SENET: z_f = mean of e_f, h = relu(z squeeze), a = relu(h excite), out_f = a_f e_f; squeeze: float (F, R),
   excite: float (R, F), kept: float (C, 2 F + R): z, a, h. Backward: slopes, float (C, 2 F + R): the gradients of
   z (divided by k), of a and of h before relu. dx is left out where not wanted. dsqueeze and dexcite: column_sums of z
   weighted by each slope of h, and of the slopes of a weighted by each h. Elements only. */
typedef struct mlora_cuda_senet {
  mlora_cuda_matrix in, out;
  int32_t fields, reduced;
  uint64_t squeeze, excite, kept, slopes;
} mlora_cuda_senet;
mlora_cuda_status mlora_cuda_senet_forward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_senet* senet, void* stream);
mlora_cuda_status mlora_cuda_senet_backward(const mlora_cuda_batch* batch, int32_t precision,
                                            const mlora_cuda_senet* senet, const mlora_cuda_matrix* g,
                                            const mlora_cuda_matrix* dx, void* stream);

/* ---- compressed interaction network ---- */
/* out_m = relu(sum over i, j of weight[i H + j, m] (start_i * in_j) + bias_m): F, H and M maps of k columns each,
   column by column. weight: float (F H, M), bias: float (M). Backward, for g opened by relu_backward:
   dstart, din (left out where not wanted; may be one matrix, din marked add), and, in parts parts,
   float (F H + 1, M) each: dweight and, as its last row, dbias. Elements only. */
typedef struct mlora_cuda_cin {
  mlora_cuda_matrix start, in, out;
  int32_t k;
  int32_t parts; /* of mlora_cuda_cin_parts */
  uint64_t weight, bias;
  uint64_t sums;
} mlora_cuda_cin;
/* Host only; addresses are not read. */
mlora_cuda_status mlora_cuda_cin_parts(int32_t capacity, const mlora_cuda_cin* cin, int32_t* parts);
mlora_cuda_status mlora_cuda_cin_forward(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                         void* stream);
mlora_cuda_status mlora_cuda_cin_backward(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                          const mlora_cuda_matrix* g, const mlora_cuda_matrix* dstart,
                                          const mlora_cuda_matrix* din, void* stream);
mlora_cuda_status mlora_cuda_cin_gradient(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_cin* cin,
                                          const mlora_cuda_matrix* g, void* stream);

/* ---- attention ---- */
/* Self-attention among the fields of a row: out_f = relu(sum over g of softmax_g(scale q_f . k_g) v_g + r_f), head
   by head. projections: element (C F, ld), row p F + f: q, k, v and r of field f, h w columns each, head by
   head. out: element (C, F h w). Backward: slopes, as projections, their gradients; g needs not be opened.
   A warp keeps a head of a row in shared memory: 6 F (w + 1) + 2 F floats are at most
   MLORA_CUDA_ATTENTION_FLOATS. */
enum { MLORA_CUDA_ATTENTION_FLOATS = 24 * 1024 };
typedef struct mlora_cuda_attention {
  mlora_cuda_matrix out;
  int32_t fields, heads, width;
  int32_t ld;
  double scale;
  uint64_t projections, slopes;
} mlora_cuda_attention;
mlora_cuda_status mlora_cuda_attention_forward(const mlora_cuda_batch* batch, int32_t precision,
                                               const mlora_cuda_attention* attention, void* stream);
mlora_cuda_status mlora_cuda_attention_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                const mlora_cuda_attention* attention, const mlora_cuda_matrix* g,
                                                void* stream);
/* What a row's domain adds to the four matrices, scale A_d B_d with one A; a row of unknown domain gets nothing.
   Fields are rows, row p F + f. forward: s, and into products what it adds. backward: t, and into dx what it adds; dx
   0: it is not wanted. gradient, after both: for every chunk into parts, float (max_chunks, rank (in + 4 out)), dA_d
   and then dB_d of query, key, value and residual. */
typedef struct mlora_cuda_field_adapters {
  int32_t fields, rank;
  int32_t in, out;           /* columns of a field, and of its product with one matrix */
  int32_t x_ld, ld;
  double scale;
  uint64_t a;                /* float (D, in, rank) */
  uint64_t b[4];             /* float (D, rank, out) each */
  uint64_t x, dx;            /* element (C F, x_ld) */
  uint64_t products, slopes; /* element (C F, ld), 4 out columns */
  uint64_t s, t;             /* float (C F, rank) */
  uint64_t parts;
} mlora_cuda_field_adapters;
mlora_cuda_status mlora_cuda_field_adapters_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                    const mlora_cuda_field_adapters* adapters, void* stream);
mlora_cuda_status mlora_cuda_field_adapters_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                     const mlora_cuda_field_adapters* adapters, void* stream);
mlora_cuda_status mlora_cuda_field_adapters_gradient(const mlora_cuda_batch* batch, int32_t precision,
                                                     const mlora_cuda_field_adapters* adapters, void* stream);
/* Fields as rows: split (C F, ld), row p F + f, is field f of row p of in; and back, into dx. Elements. */
mlora_cuda_status mlora_cuda_split_fields(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                          const mlora_cuda_matrix* in, uint64_t split, int32_t ld, void* stream);
mlora_cuda_status mlora_cuda_join_fields(const mlora_cuda_batch* batch, int32_t precision, int32_t fields,
                                         uint64_t split, int32_t ld, const mlora_cuda_matrix* dx, void* stream);

/* Matrices of one parameter each, float (rows, columns) without padding, and the same as columns of a packed
   one, rows ld apart: so that one product serves several. */
typedef struct mlora_cuda_piece {
  uint64_t matrix;
  uint64_t packed; /* of its first element */
  int32_t rows, columns;
  int32_t ld;
  int32_t reserved;
} mlora_cuda_piece;
/* packed: elements of the precision. Up to MLORA_CUDA_MOST pieces. */
mlora_cuda_status mlora_cuda_pack(int32_t precision, const mlora_cuda_piece* pieces, int32_t count, void* stream);
/* packed: float. */
mlora_cuda_status mlora_cuda_unpack(const mlora_cuda_piece* pieces, int32_t count, void* stream);

/* ---- layers of domains ---- */
/* h = act(x W_d + b_d), d the row's domain; with shared ones act(x (W * W_d) + b + b_d). A row of unknown domain
   has the shared ones alone, or zeros. Backward, for g opened by relu_backward: dx, and for every chunk into
   sums, float (max_chunks, in out + out), dW_d and db_d. With shared ones, domain_dense_shared then makes dW,
   float (in, out) at shared_sums, of them, and of them the gradients of W_d; db: column_sums of g. */
typedef struct mlora_cuda_domain_dense {
  mlora_cuda_matrix x, h;
  int32_t activation;
  int32_t reserved;
  uint64_t weight, bias;               /* float (D, in, out), (D, out) */
  uint64_t shared_weight, shared_bias; /* float (in, out), (out); 0: none */
  uint64_t sums, shared_sums;
} mlora_cuda_domain_dense;
mlora_cuda_status mlora_cuda_domain_dense_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                  const mlora_cuda_domain_dense* dense, void* stream);
mlora_cuda_status mlora_cuda_domain_dense_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_domain_dense* dense, const mlora_cuda_matrix* g,
                                                   const mlora_cuda_matrix* dx, void* stream);
mlora_cuda_status mlora_cuda_domain_dense_gradient(const mlora_cuda_batch* batch, int32_t precision,
                                                   const mlora_cuda_domain_dense* dense, const mlora_cuda_matrix* g,
                                                   void* stream);
mlora_cuda_status mlora_cuda_domain_dense_shared(const mlora_cuda_batch* batch, const mlora_cuda_domain_dense* dense,
                                                 void* stream);

/* ---- gates and sums ---- */
/* out = w in with w = factor sigmoid(steepness gate), and w = 0 where it is below threshold; gate column j serves
   the j-th of the gate.width groups of neighbouring columns of in. Backward: din, dgate, left out where not wanted.
   Elements only. */
typedef struct mlora_cuda_gate {
  mlora_cuda_matrix in, gate, out;
  double factor, steepness, threshold;
} mlora_cuda_gate;
mlora_cuda_status mlora_cuda_gate_forward(const mlora_cuda_batch* batch, int32_t precision,
                                          const mlora_cuda_gate* gate, void* stream);
mlora_cuda_status mlora_cuda_gate_backward(const mlora_cuda_batch* batch, int32_t precision,
                                           const mlora_cuda_gate* gate, const mlora_cuda_matrix* g,
                                           const mlora_cuda_matrix* din, const mlora_cuda_matrix* dgate,
                                           void* stream);
/* out = activation(a + b), column by column; the gradient of both is that of out, opened by relu_backward where
   there is an activation. Elements only. */
mlora_cuda_status mlora_cuda_add(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* a,
                                 const mlora_cuda_matrix* b, int32_t activation, const mlora_cuda_matrix* out,
                                 void* stream);

/* ---- mixtures ---- */
/* out = sum over e of softmax(gate)_e expert_e; experts (C, E width) side by side. Backward: dexperts, dgate,
   left out where not wanted. Elements only. */
mlora_cuda_status mlora_cuda_mixture(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_matrix* experts,
                                     const mlora_cuda_matrix* gate, const mlora_cuda_matrix* out, void* stream);
mlora_cuda_status mlora_cuda_mixture_backward(const mlora_cuda_batch* batch, int32_t precision,
                                              const mlora_cuda_matrix* experts, const mlora_cuda_matrix* gate,
                                              const mlora_cuda_matrix* g, const mlora_cuda_matrix* dexperts,
                                              const mlora_cuda_matrix* dgate, void* stream);

/* ---- partitioned normalization ---- */
/* out = slope (in - mean) + shift with slope = gamma own_gamma_d / sqrt(variance + epsilon), shift = beta + own_beta_d,
   d the row's domain; mean and variance are, with training, those of the batch's rows of d, else moving statistics:
   those of d, or the shared ones where d is unknown or its n is 0. Rows of unknown domain have neither own_gamma nor
   own_beta. A row of moving statistics: n, means, variances.
   Backward, after forward with training: for every chunk into sums the gradients of own_gamma (times gamma after
   partitioned_norm_share, which also makes those of gamma and beta, float (2, W) at shared_sums) and of own_beta;
   dx, left out where not wanted. partitioned_norm_move, after forward with training: takes the runs' statistics into
   the shared moving ones and into rows [first_row, first_row + row_count) of the domains'. Elements only. */
typedef struct mlora_cuda_partitioned_norm {
  mlora_cuda_matrix in, out;
  uint64_t gamma, beta;         /* float (W) */
  uint64_t own_gamma, own_beta; /* float (D, W) */
  uint64_t moving, own_moving;  /* float (1 + 2 W), (D, 1 + 2 W) */
  double momentum, epsilon;
  uint64_t runs;        /* float (max_runs, 6, W): what forward leaves for the others */
  uint64_t sums;        /* float (max_chunks, 2, W); 0 without training */
  uint64_t shared_sums; /* float (2, W) */
} mlora_cuda_partitioned_norm;
mlora_cuda_status mlora_cuda_partitioned_norm_forward(const mlora_cuda_batch* batch, int32_t precision,
                                                      const mlora_cuda_partitioned_norm* norm, int32_t training,
                                                      void* stream);
mlora_cuda_status mlora_cuda_partitioned_norm_backward(const mlora_cuda_batch* batch, int32_t precision,
                                                       const mlora_cuda_partitioned_norm* norm,
                                                       const mlora_cuda_matrix* g, const mlora_cuda_matrix* dx,
                                                       void* stream);
mlora_cuda_status mlora_cuda_partitioned_norm_share(const mlora_cuda_batch* batch,
                                                    const mlora_cuda_partitioned_norm* norm, void* stream);
mlora_cuda_status mlora_cuda_partitioned_norm_move(const mlora_cuda_batch* batch,
                                                   const mlora_cuda_partitioned_norm* norm, int32_t shared,
                                                   int64_t first_row, int64_t row_count, void* stream);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
