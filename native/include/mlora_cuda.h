/*
 * The C API of libmlora_cuda: the kernels of the CUDA backend. It owns nothing: memory, streams and
 * graphs are the caller's, addresses are raw device addresses, and a stream is a CUstream (NULL: the
 * default stream). The context they belong to must be current on the calling thread.
 *
 * Every function only enqueues work on the stream (where nothing else is said), never waits, and can be
 * captured in a graph: what changes from step to step is read from device memory, from the step state.
 * A graph captured for a batch size serves every batch of up to that many rows, whatever its domains.
 * Structs are copied during the call. Each call returns a status; mlora_cuda_last_error() gives the
 * message of the last failure on this thread. No C++ exception crosses this header.
 *
 * Terms
 *   capacity C  rows a batch has room for; matrices of activations have C rows
 *   count       rows of this batch, at most C, in the step state. Rows [count, C) of everything that the
 *               kernels write are zeros, so that matrix products over C rows need not know count
 *   position    place in the batch sorted by domain; row p of every matrix belongs to position p
 *   number      place of a row in the order of the caller: row of the dropout streams
 *   chunk       up to chunk_rows positions of one domain: what a thread block works on. Their number
 *               depends on the batch; grids do not
 *   element     float, or bf16 where precision is MLORA_CUDA_BF16: activations, their gradients and the
 *               copies of backbone weights. Parameters, their gradients and optimizer state, S, T and
 *               logits of narrow layers are float
 *
 * Matrices are row-major with a leading dimension ld (in elements) that is a multiple of 8, at addresses
 * that are multiples of 16; columns [width, ld) are never taken into account and may hold anything.
 * Parameters lie as org.mlora.network describes them, without padding, at multiples of 16.
 *
 * Results do not depend on how threads run: sums are taken in a fixed order, with no atomic additions of
 * floats, so that the same calls give the same bits. Ids and domains must have been checked: a negative
 * id reads as a zero vector, domain -1 has no adapter; anything else out of range is undefined.
 */
#ifndef MLORA_CUDA_H
#define MLORA_CUDA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef enum mlora_cuda_status {
  MLORA_CUDA_OK = 0,
  MLORA_CUDA_INVALID = 1,       /* an argument is wrong; nothing was enqueued */
  MLORA_CUDA_OUT_OF_MEMORY = 2, /* the device stays usable */
  MLORA_CUDA_UNSUPPORTED = 3,   /* this device or machine cannot do it, see the message */
  MLORA_CUDA_FATAL = 4          /* the device's context is lost: the process must restart */
} mlora_cuda_status;

/* FP32: products by fused multiply-adds. TF32 and TF32X3 (three products of split operands, about the
   accuracy of FP32) and BF16: on tensor cores, added up in float. */
enum { MLORA_CUDA_FP32 = 0, MLORA_CUDA_TF32X3 = 1, MLORA_CUDA_TF32 = 2, MLORA_CUDA_BF16 = 3 };
enum { MLORA_CUDA_FIELD_ID = 0, MLORA_CUDA_FIELD_BAG = 1, MLORA_CUDA_FIELD_NUMBER = 2, MLORA_CUDA_FIELD_DOMAIN = 3 };
enum { MLORA_CUDA_MEAN = 0, MLORA_CUDA_SUM = 1 };
enum { MLORA_CUDA_NO_ACTIVATION = 0, MLORA_CUDA_RELU = 1 };
enum { MLORA_CUDA_NO_DROPOUT = 0, MLORA_CUDA_DRAW_DROPOUT = 1, MLORA_CUDA_GIVEN_DROPOUT = 2 };
/* As in mlora.h. */
enum { MLORA_CUDA_SGD = 0, MLORA_CUDA_ADAGRAD = 1, MLORA_CUDA_ROW_WISE_ADAGRAD = 2, MLORA_CUDA_ADAM = 3 };
enum { MLORA_CUDA_EPSILON_TENSORFLOW = 0, MLORA_CUDA_EPSILON_PYTORCH = 1 };
enum { MLORA_CUDA_UNTOUCHED_MOVE = 0, MLORA_CUDA_UNTOUCHED_STAY = 1 };
/* Widest output of narrow layers; highest rank; most entries of the arrays that a call takes; most layers of a tower, and
   most fields that it reads. */
enum {
  MLORA_CUDA_NARROW = 8,
  MLORA_CUDA_HIGHEST_RANK = 128,
  MLORA_CUDA_MOST = 32,
  MLORA_CUDA_TOWER = 8,
  MLORA_CUDA_TOWER_FIELDS = 16
};

/* Message of the last failure on this thread, "" if none. */
const char* mlora_cuda_last_error(void);
/* What the kernels were built for: "CUDA 13.0: sm_80 sm_90 ..." or "emulated". */
const char* mlora_cuda_build(void);

/* ---- step state ---- */
/* In device memory, 48 bytes, zeroed by its owner before first use. */
typedef struct mlora_cuda_state {
  uint64_t seed;     /* of dropout */
  double loss_sum;   /* of the rows since the owner last set it to 0 */
  int64_t loss_rows;
  uint32_t step;     /* within a step its number t, from 1; between steps the steps done */
  int32_t from;      /* this batch is order[from, from + count) */
  int32_t count;
  int32_t next, end; /* the next batch is the next C rows of order[next, end), or what is left */
  int32_t reserved;
} mlora_cuda_state;

/* Places what follows, outside of graphs: steps done, dropout seed, and range of the order. */
mlora_cuda_status mlora_cuda_state_set(uint64_t state, int64_t step, int64_t seed, int32_t next, int32_t end,
                                       void* stream);
/* The range alone: [next, end) of the order follows. */
mlora_cuda_status mlora_cuda_state_seek(uint64_t state, int32_t next, int32_t end, void* stream);
/* Sets loss_sum and loss_rows to 0. */
mlora_cuda_status mlora_cuda_state_take_loss(uint64_t state, void* stream);
/* First node of a training step: step += 1, from = next, count = min(C, end - next), next += count.
   of_training 0 (predictions, gradients without update keep the number): step stays. */
mlora_cuda_status mlora_cuda_state_advance(uint64_t state, int32_t capacity, int32_t of_training, void* stream);

/* ---- order ---- */
/* order[i], int32 (rows), is the row at place i of the shuffle of [0, rows) by this key and epoch; see
   org.mlora.random.Shuffle. */
mlora_cuda_status mlora_cuda_shuffle(uint64_t order, int32_t rows, int64_t key, int32_t epoch, void* stream);

/* ---- batch ---- */
/* A batch sorted by domain (stable: equal domains in the order of numbers; unknown domain -1 first). */
typedef struct mlora_cuda_batch {
  uint64_t state;       /* mlora_cuda_state */
  uint64_t order;       /* int32: rows of the columns in the order of the epoch; 0: row i is i */
  uint64_t domains;     /* int32 column */
  uint64_t memory;      /* bytes of mlora_cuda_batch_layout: the sorted batch and work space */
  int32_t capacity;     /* C, at least 1, at most 2^22 */
  int32_t domain_count; /* D, at least 1, at most 2^20 */
} mlora_cuda_batch;

typedef struct mlora_cuda_batch_layout {
  int64_t bytes;
  int32_t chunk_rows;   /* 16 to 128, by capacity */
  int32_t max_chunks;   /* at most ceil(C / chunk_rows) + min(D + 2, C) */
  int32_t max_runs;     /* domains that a batch can have, the unknown one and the rest [count, C) too */
  int32_t column_parts; /* parts of mlora_cuda_column_sums */
  /* Offsets into memory, in bytes: int32 row[C], number[C], domain[C] by position; */
  int64_t row, number, domain;
  /* int32 counts[2]: runs, chunks; int32 run[max_runs][4]: domain (-2 for the rest), begin, first chunk,
     chunks; int32 chunk[max_chunks][4]: domain, begin, rows, run. */
  int64_t counts, run, chunk;
} mlora_cuda_batch_layout;

/* Host only. */
mlora_cuda_status mlora_cuda_batch_lay_out(int32_t capacity, int32_t domain_count, mlora_cuda_batch_layout* layout);
/* Sorts the batch that the state tells: row, number, domain, runs and chunks. */
mlora_cuda_status mlora_cuda_batch_group(const mlora_cuda_batch* batch, void* stream);

/* ---- inputs ---- */
/* Writes columns [column, column + width) of out (C, ld), elements: a row of a table, the mean or sum of
   the rows of a bag, or number * vector. */
typedef struct mlora_cuda_field {
  int32_t kind;
  int32_t pooling;
  uint64_t ids;       /* int32 column (ID), or the bags' ids one after the other (BAG); unused for DOMAIN */
  uint64_t offsets;   /* BAG: int64, rows + 1 */
  uint64_t numbers;   /* NUMBER: float column */
  uint64_t table;     /* float (table_rows, width), or vector (width) for NUMBER */
  int64_t table_rows;
  int32_t width;
  int32_t column;
  uint64_t out;
  int32_t out_ld;
  int32_t reserved;
} mlora_cuda_field;

/* One launch for up to MLORA_CUDA_MOST fields. */
mlora_cuda_status mlora_cuda_lookup(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_field* fields,
                                    int32_t field_count, void* stream);

/* ---- dense layers ---- */
/*
 * h = act(dropout(z + bias) + s B_d + c_d), s = scale x A_d, where z = x W is a product that the caller enqueues
 * before (mlora_cuda_gemm, or any other). Backward, for the gradient g of h:
 *   g        := g where h > 0 (RELU), else g;         g_shared := g * keep / keep probability
 *   t         = scale g B_d^T;                        dx := t A_d^T (+ dx with dx_add)
 * after which the caller enqueues dx := g_shared W^T + dx (with adapter; without it dx is not written here,
 * and the product is not to add, or to add with dx_add), dW = x^T g_shared and, for db,
 * mlora_cuda_column_sums of g_shared. Without dropout g is the gradient of the shared branch.
 */
typedef struct mlora_cuda_dense {
  int32_t precision;
  int32_t in, out;
  int32_t rank;          /* 0: no adapter; a, b, c, s, t, adapter_parts are then unused */
  int32_t activation;
  int32_t dropout_stream; /* number of the layer's Philox stream */
  double dropout;        /* probability of dropping, [0, 1) */
  double adapter_scale;  /* of x A_d B_d, 1 in the paper; s and t come out scaled */
  int32_t shares_a;      /* 1: all domains have the A that a is, float (in, rank) */
  int32_t drops;         /* of a layer in a tower: NO_DROPOUT, DRAW_DROPOUT, GIVEN_DROPOUT */
  uint64_t x;            /* element (C, x_ld) */
  uint64_t h;            /* element (C, out_ld): z before forward, h after it */
  uint64_t bias;         /* float (out) */
  uint64_t a, b, c;      /* float (D, in, rank), (D, rank, out), (D, out) */
  uint64_t s, t;         /* float (C, round_up(rank, 8)) */
  uint64_t mask;         /* uint32 (C, ceil(out / 32)): bit j of word w keeps column 32 w + j; 0 without dropout */
  uint64_t g;            /* element (C, out_ld): gradient of h */
  uint64_t g_shared;     /* element (C, out_ld); 0 without dropout */
  uint64_t dx;           /* element (C, dx_ld); 0 where no gradient of x is wanted */
  uint64_t adapter_parts; /* float (max_chunks, in * rank + rank * out + out): dA, dB and dc of each chunk */
  uint64_t shared_a_sum; /* float (in, rank): dA of all chunks, where domains share A */
  int32_t x_ld, out_ld, dx_ld;
  int32_t dx_add;
  uint64_t w;            /* of a layer in a tower: element (in, out), without padding */
  uint64_t weight_parts, bias_parts; /* float (parts, in, out), (parts, out): see mlora_cuda_weight_gradient */
} mlora_cuda_dense;

/* dropout: NO_DROPOUT, DRAW_DROPOUT (writes mask), GIVEN_DROPOUT (reads mask). s may be 0 where no
   backward pass follows. */
mlora_cuda_status mlora_cuda_dense_forward(const mlora_cuda_batch* batch, const mlora_cuda_dense* dense,
                                           int32_t dropout, void* stream);
/* has_dropout: whether forward had any. */
mlora_cuda_status mlora_cuda_dense_backward(const mlora_cuda_batch* batch, const mlora_cuda_dense* dense,
                                            int32_t has_dropout, void* stream);
/* dA_d = x_d^T t_d, dB_d = s_d^T g_d, dc_d = sum of g_d for every chunk, into adapter_parts; where domains share A,
   the sum of all dA_d into shared_a_sum. Of up to MLORA_CUDA_TOWER layers of a precision, but for those whose
   adapter_parts is 0; in one launch, and one for each shared A. */
mlora_cuda_status mlora_cuda_adapter_gradient(const mlora_cuda_batch* batch, const mlora_cuda_dense* layers,
                                              int32_t count, void* stream);
/* mask (C, ceil(width / 32)) from keep, uint8 (count, width) of 0 and 1 by number. */
mlora_cuda_status mlora_cuda_given_dropout(const mlora_cuda_batch* batch, uint64_t keep, int32_t width, uint64_t mask,
                                           void* stream);

/* Layers of up to MLORA_CUDA_NARROW outputs without adapter, dropout and activation (the logit):
   z = x W + bias; x element (C, x_ld), W float (in, out), z float (C, out) without padding. */
mlora_cuda_status mlora_cuda_narrow_forward(const mlora_cuda_batch* batch, int32_t precision, int32_t in, int32_t out,
                                            uint64_t x, int32_t x_ld, uint64_t w, uint64_t bias, uint64_t z,
                                            void* stream);
/* dx (C, dx_ld) = g W^T, or += with dx_add; g float (C, out). dW: column_sums of x weighted by each column
   of g; db: column_sums of g. */
mlora_cuda_status mlora_cuda_narrow_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t in, int32_t out,
                                             uint64_t g, uint64_t w, uint64_t dx, int32_t dx_ld, int32_t dx_add,
                                             void* stream);

/*
 * A tower: dense layers, each of which reads the h of the one before, and a logit on top,
 * logits = h W + bias; in one launch, with the products x W that dense layers leave to the caller. In training it is
 * also mlora_cuda_loss without the sum of losses, and all of the backward pass but gradients of parameters, with the
 * products that go down: g, g_shared, s and t of all layers are written, and dx of the first one where it is not 0
 * (not added to). Layers are described as for mlora_cuda_dense_backward, but of x only that of the first one is read;
 * mask is read where dropout is given and not written. Without training nothing is written but logits and predictions.
 *
 * Where there are fields, x of the first layer is not read, but looked up of them, as mlora_cuda_lookup does, in the same
 * launch; training writes it, for gradients of parameters. Fields lie in the order of their columns, without gaps; out
 * and out_ld are not read.
 */
typedef struct mlora_cuda_tower {
  const mlora_cuda_dense* layers; /* the lowest one first */
  const mlora_cuda_field* fields; /* of the first one's input, or NULL */
  int32_t count, field_count;
  uint64_t logit_weight; /* float (out of the last layer) */
  uint64_t logit_bias;   /* float (1) */
  uint64_t logits;       /* float (C) */
  uint64_t labels, row_weights, g, losses; /* for training, as mlora_cuda_loss takes them */
  uint64_t out_logits, out_probabilities;  /* without training, as mlora_cuda_predict takes them */
} mlora_cuda_tower;

/* Enqueues nothing. Whether there are kernels for these layers (in, out, rank, precision) and fields (kind, width, column)
   as a tower, for batches of that capacity on the current device: bf16, up to MLORA_CUDA_TOWER layers, outputs that are
   multiples of 8, ranks up to 32, up to MLORA_CUDA_TOWER_FIELDS fields, none of them a bag, widths that are multiples of
   8, rows that fit in its shared memory, up to 2^17 of them. */
mlora_cuda_status mlora_cuda_tower_fits(const mlora_cuda_tower* tower, int32_t capacity, int32_t* fits);
mlora_cuda_status mlora_cuda_tower_forward(const mlora_cuda_batch* batch, const mlora_cuda_tower* tower, void* stream);
mlora_cuda_status mlora_cuda_tower_train(const mlora_cuda_batch* batch, const mlora_cuda_tower* tower, void* stream);

/* Host only. Parts of the rows that weight_gradient sums one by one. */
mlora_cuda_status mlora_cuda_weight_parts(const mlora_cuda_dense* layers, int32_t count, int32_t capacity,
                                          int32_t* parts);
/* weight_parts = x^T g_shared and, where that is not 0, bias_parts = sum of g_shared of every part of the rows (of g
   where there is no g_shared), of all layers of a tower in one launch, but for those whose weight_parts is 0. bf16,
   outputs that are multiples of 8. */
mlora_cuda_status mlora_cuda_weight_gradient(const mlora_cuda_batch* batch, const mlora_cuda_dense* layers,
                                             int32_t count, void* stream);

/* parts[part][j * part_stride] = sum over the part's positions p of weight_p * matrix[p][j], j < width,
   for column_parts parts, part_ld floats apart. Weights, one of:
     weights 0               1
     weights, numbers 0      float at weights[p * weight_stride]
     numbers 1               float column at weights[row of position p]
   is_float 1: the matrix is float whatever the precision (narrow layers). */
typedef struct mlora_cuda_columns {
  uint64_t matrix;
  int32_t is_float;
  int32_t width, ld;
  int32_t weight_stride;
  uint64_t weights;
  int32_t numbers;
  int32_t part_stride; /* 1, or the outputs of a narrow layer whose W (in, out) it makes */
  uint64_t parts;
  int64_t part_ld;
} mlora_cuda_columns;
mlora_cuda_status mlora_cuda_column_sums(const mlora_cuda_batch* batch, int32_t precision,
                                         const mlora_cuda_columns* columns, int32_t count, void* stream);

/* ---- loss and predictions ---- */
/* Mean binary cross-entropy over count rows: g[p] = weight (sigmoid(z) - label) / count. logits and g: float (C);
   labels: float column; weights: float column, or 0: every row counts 1; losses: double (C), that of each row. */
mlora_cuda_status mlora_cuda_loss(const mlora_cuda_batch* batch, uint64_t logits, uint64_t labels, uint64_t weights,
                                  uint64_t g, uint64_t losses, void* stream);
/* Adds the sum of the losses and the number of rows to the state, before the step ends. */
mlora_cuda_status mlora_cuda_sum_losses(const mlora_cuda_batch* batch, uint64_t losses, void* stream);
/* out_logits[from + number] and out_probabilities[from + number]; either may be 0. */
mlora_cuda_status mlora_cuda_predict(const mlora_cuda_batch* batch, uint64_t logits, uint64_t out_logits,
                                     uint64_t out_probabilities, void* stream);
/* float (rows, from_ld) to bf16 (rows, to_ld), or back. */
mlora_cuda_status mlora_cuda_to_bf16(uint64_t from, int32_t from_ld, uint64_t to, int32_t to_ld, int32_t rows,
                                     int32_t width, void* stream);
mlora_cuda_status mlora_cuda_from_bf16(uint64_t from, int32_t from_ld, uint64_t to, int32_t to_ld, int32_t rows,
                                       int32_t width, void* stream);

/* ---- optimizer ---- */
/* A correction of step t, entry t - 1 of a table in device memory; later steps are as the last entry. */
typedef struct mlora_cuda_correction {
  double rate; /* factor of the learning rate */
  float root;  /* factor of u */
  float reserved;
} mlora_cuda_correction;

typedef struct mlora_cuda_optimizer {
  int32_t kind;
  int32_t untouched;        /* ADAM: whether rows without gradient move */
  double rate;
  double a, b;              /* ADAM: beta1, beta2; ADAGRAD: initial accumulator (not read here) */
  double epsilon;
  uint64_t corrections;     /* ADAM: mlora_cuda_correction (correction_count) */
  int32_t correction_count;
  int32_t reserved;
} mlora_cuda_optimizer;

/* Host only. Entries needed for the table, at most 2^22 (reached by beta2 above 0.99999), and the table,
   in host memory, to be copied to the device. */
mlora_cuda_status mlora_cuda_correction_count(double beta1, double beta2, int32_t* count);
mlora_cuda_status mlora_cuda_correction_table(double beta1, double beta2, int32_t epsilon_rule,
                                              mlora_cuda_correction* table, int32_t count);

/* A trained parameter: rows x row_size floats. */
typedef struct mlora_cuda_parameter {
  uint64_t value;
  uint64_t first;       /* as value; (rows) for ROW_WISE_ADAGRAD; 0 for SGD */
  uint64_t second;      /* ADAM: as value */
  uint64_t stamp;       /* uint32 (rows): step up to which a row is updated; 0 for WHOLE parameters */
  uint64_t copy;        /* bf16 copy of value, kept up to date where not 0 (WHOLE only) */
  uint64_t gradient;    /* not 0: the gradient goes there, as value, and nothing is updated */
  int64_t rows, row_size;
  int64_t first_row, row_count; /* the rows that are trained */
  double rate_scale;
  double l2;            /* lambda: adds 2 lambda w to the gradient */
} mlora_cuda_parameter;

/* The gradient of a WHOLE parameter (rows 1): the sum of count arrays of row_size floats, ld apart. */
typedef struct mlora_cuda_parts {
  uint64_t address;
  int64_t ld;
  int32_t count;
  int32_t reserved;
} mlora_cuda_parts;

/* Step t on WHOLE parameters, one launch (two for ROW_WISE_ADAGRAD, which writes work: float (n)). */
mlora_cuda_status mlora_cuda_update_whole(uint64_t state, const mlora_cuda_optimizer* optimizer,
                                          const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts,
                                          int32_t n, uint64_t work, void* stream);
/* Step t on the rows (domains) of the batch. parts[i]: address of the parameter's floats in the parts of
   chunk 0, ld from one chunk's to the next one's (see adapter_parts); count is not read. */
mlora_cuda_status mlora_cuda_update_domains(const mlora_cuda_batch* batch, const mlora_cuda_optimizer* optimizer,
                                            const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts,
                                            int32_t n, void* stream);
/* Brings the batch's domains to step t - 1, before forward. Only where the optimizer moves rows without
   gradient: ADAM with UNTOUCHED_MOVE, or l2 not 0; else nothing is enqueued for a parameter.
   ahead 1: the batch is the one that follows, with the state of this step. Its rows go to step t, but not those at
   step t - 1, which this step may touch. Queued after this step's own call, it may run beside all else of the step. */
mlora_cuda_status mlora_cuda_catch_up_domains(const mlora_cuda_batch* batch, const mlora_cuda_optimizer* optimizer,
                                              const mlora_cuda_parameter* parameters, int32_t n, int32_t ahead,
                                              void* stream);
/* Between steps: brings all trained rows to the steps done, before values are read or rules change. */
mlora_cuda_status mlora_cuda_catch_up_all(uint64_t state, const mlora_cuda_optimizer* optimizer,
                                          const mlora_cuda_parameter* parameters, int32_t n, void* stream);
/* gradient += 2 lambda w for the trained rows, for gradients without an update: update_* with gradient set
   leave L2 out. */
mlora_cuda_status mlora_cuda_add_l2(const mlora_cuda_parameter* parameters, int32_t n, void* stream);

/* ---- tables: gradients of embeddings ---- */
/* One lookup or bag lookup of a trained table. Tables by id and tables by domain (kind DOMAIN) alike. */
typedef struct mlora_cuda_use {
  int32_t table;     /* index into the tables of the call */
  int32_t kind;      /* ID, BAG, DOMAIN */
  int32_t pooling;
  int32_t column;
  uint64_t ids, offsets;
  uint64_t gradient; /* element (C, gradient_ld): gradient of the value it writes */
  int32_t gradient_ld;
  int32_t reserved;
} mlora_cuda_use;

typedef struct mlora_cuda_tables {
  const mlora_cuda_parameter* tables; /* row_size at most 1024 */
  const mlora_cuda_use* uses;
  int32_t table_count, use_count;     /* at most MLORA_CUDA_MOST each */
  int32_t bag_entries; /* most ids that the bags of all uses have in a batch of C rows; more are dropped and
                          counted in memory */
  int32_t precision;
  uint64_t memory;     /* bytes of mlora_cuda_tables_bytes; the first 4 are an int32: entries dropped */
} mlora_cuda_tables;

/* Host only. Work space for these tables and uses (memory is not read). */
mlora_cuda_status mlora_cuda_tables_bytes(int32_t capacity, const mlora_cuda_tables* tables, int64_t* bytes);
/* Lists the (row, position) pairs of the batch and sorts them by row, for the two calls below. */
mlora_cuda_status mlora_cuda_tables_collect(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                            void* stream);
/* Brings the batch's rows to step t - 1, before lookup; see catch_up_domains. */
mlora_cuda_status mlora_cuda_tables_catch_up(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                             const mlora_cuda_optimizer* optimizer, int32_t ahead, void* stream);
/* Sums the gradients of each row and applies step t. */
mlora_cuda_status mlora_cuda_tables_update(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                           const mlora_cuda_optimizer* optimizer, void* stream);

/* ---- matrix products ---- */
/* c (m, n) = op(a) op(b) + beta c, row-major; op(a) is (m, k), op(b) (k, n). a and b are elements of the
   precision; c is element, or float with c_float. beta is 0 or 1. */
typedef struct mlora_cuda_product {
  int32_t precision;
  int32_t m, n, k;
  int32_t transpose_a, transpose_b;
  uint64_t a, b, c;
  int32_t lda, ldb, ldc;
  int32_t c_float;
  float beta;
  int32_t reserved;
  uint64_t work;      /* of own kernels: room for the products of pieces that a long k is cut into; 0: none */
  int64_t work_bytes;
} mlora_cuda_product;

/* Own kernels, which need no other library. Any ld and alignment of elements. */
mlora_cuda_status mlora_cuda_multiply(const mlora_cuda_product* product, void* stream);

/* cuBLAS, found at run time: libcublas.so.13 or .12, or the file given (NULL: these two). workspace:
   device memory of at least 32 MiB, given to cuBLAS for the one stream that the handle is used with, so
   that results have the same bits in every run. TF32X3 is done by mlora_cuda_multiply. */
typedef struct mlora_cuda_gemm mlora_cuda_gemm;
mlora_cuda_status mlora_cuda_gemm_create(const char* library, uint64_t workspace, int64_t workspace_bytes,
                                         void* stream, mlora_cuda_gemm** gemm);
void mlora_cuda_gemm_destroy(mlora_cuda_gemm* gemm);
/* Name of the library and its version. */
const char* mlora_cuda_gemm_library(const mlora_cuda_gemm* gemm);
mlora_cuda_status mlora_cuda_gemm_run(mlora_cuda_gemm* gemm, const mlora_cuda_product* product);

/* ---- metrics ---- */
/* Exact AUC by domain. scores and labels: float (n), domains: int32 (n) in [-1, D). pairs: uint64 (D + 1, 3):
   for domain d at d + 1, positives P, negatives N (label above 0.5 or not) and twice the pairs in which the positive scores
   higher, ties once: AUC = pairs[2] / (2 P N). memory: bytes of mlora_cuda_auc_bytes. */
mlora_cuda_status mlora_cuda_auc_bytes(int32_t n, int32_t domain_count, int64_t* bytes);
mlora_cuda_status mlora_cuda_auc(uint64_t scores, uint64_t labels, uint64_t domains, int32_t n, int32_t domain_count,
                                 uint64_t pairs, uint64_t memory, void* stream);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
