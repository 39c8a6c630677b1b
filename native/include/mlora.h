/*
 * The C API of the native library: a network is described op by op, compiled into an engine, and
 * trained or asked for predictions on columns that the caller owns. Java binds this header and
 * nothing else.
 *
 * Every call returns a status; the message of the last failure on this thread is mlora_last_error().
 * No C++ exception crosses it. Each handle is used by one thread at a time. Indices of inputs,
 * parameters and values count from 0 in the order of creation. See org.mlora.network.Op and
 * org.mlora.backend.Engine for the meaning of ops and of engine calls.
 */
#ifndef MLORA_H
#define MLORA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mlora_network mlora_network;
typedef struct mlora_columns mlora_columns;
typedef struct mlora_engine mlora_engine;

typedef enum mlora_status {
  MLORA_OK = 0,
  MLORA_INVALID = 1,       /* an argument or the data is wrong; nothing changed */
  MLORA_OUT_OF_MEMORY = 2, /* the engine stays usable */
  MLORA_UNSUPPORTED = 3,   /* this processor or device cannot do it */
  MLORA_FATAL = 4          /* the process must restart */
} mlora_status;

enum { MLORA_DOMAIN = -1, MLORA_NONE = -1 };
enum { MLORA_INPUT_ID = 0, MLORA_INPUT_BAG = 1, MLORA_INPUT_NUMBER = 2 };
enum { MLORA_ROWS_WHOLE = 0, MLORA_ROWS_BY_ID = 1, MLORA_ROWS_BY_DOMAIN = 2 };
enum { MLORA_POOLING_MEAN = 0, MLORA_POOLING_SUM = 1 };
/* Which pairs of fields share a matrix: all, those with the same first field, none. */
enum { MLORA_BILINEAR_ALL = 0, MLORA_BILINEAR_EACH = 1, MLORA_BILINEAR_INTERACTION = 2 };
enum { MLORA_ACTIVATION_NONE = 0, MLORA_ACTIVATION_RELU = 1 };
enum { MLORA_SLOT_VALUE = 0, MLORA_SLOT_FIRST_MOMENT = 1, MLORA_SLOT_SECOND_MOMENT_ROOT = 2, MLORA_SLOT_GRADIENT = 3 };
enum { MLORA_SGD = 0, MLORA_ADAGRAD = 1, MLORA_ROW_WISE_ADAGRAD = 2, MLORA_ADAM = 3 };
enum { MLORA_EPSILON_TENSORFLOW = 0, MLORA_EPSILON_PYTORCH = 1 };
enum { MLORA_UNTOUCHED_MOVE = 0, MLORA_UNTOUCHED_STAY = 1 };

/* Stands for all that this header declares: a hash, which BindingsTest keeps. */
#define MLORA_API "62fcab3cfc4d3dd6"
/* The MLORA_API that the library was built with. With another one than the caller's it must not be called further. */
const char* mlora_api(void);

/* Message of the last failure on this thread, "" if none. */
const char* mlora_last_error(void);

/* Instruction set chosen for this processor: "avx512", "avx2", "neon" or "baseline". MLORA_CPU overrides. */
const char* mlora_cpu_instruction_set(void);

/* Engines, networks and columns that were created and not destroyed, for leak checks. */
int64_t mlora_live_handles(void);

/* ---- network ---- */
mlora_status mlora_network_create(int32_t domains, mlora_network** network);
void mlora_network_destroy(mlora_network* network);
/* id_count: ids are in [0, id_count); 0 for numbers. */
mlora_status mlora_network_input(mlora_network* network, int32_t kind, int32_t id_count);
mlora_status mlora_network_parameter(mlora_network* network, int32_t row_kind, int32_t rows, int32_t row_size);
mlora_status mlora_network_value(mlora_network* network, int32_t width);
/* input: an index or MLORA_DOMAIN. table: (ids, width). Writes columns [column, column + width). */
mlora_status mlora_network_lookup(mlora_network* network, int32_t input, int32_t table, int32_t out, int32_t column);
mlora_status mlora_network_bag_lookup(mlora_network* network, int32_t input, int32_t table, int32_t pooling, int32_t out,
                                      int32_t column);
mlora_status mlora_network_scale(mlora_network* network, int32_t input, int32_t vector, int32_t out, int32_t column);
/* weight (in, out), bias (out), a (domains, in, rank) or, shared by all domains, (in, rank), b (domains, rank, out),
   c (domains, out); adapter_scale multiplies the product of a and b. a, b and c are all MLORA_NONE where the layer
   has no adapter. */
mlora_status mlora_network_dense(mlora_network* network, int32_t in, int32_t weight, int32_t bias, int32_t a, int32_t b,
                                 int32_t c, int32_t rank, double adapter_scale, int32_t activation, double dropout,
                                 int32_t stream, int32_t out);
/* ---- interactions among the columns of a row; see org.mlora.network.Op for what each computes ---- */
/* out[:, column + j] = in[:, from + j] for j < width. */
mlora_status mlora_network_copy(mlora_network* network, int32_t in, int32_t from, int32_t width, int32_t out,
                                int32_t column);
/* Sums of neighbouring columns, as many of them to a group as make the width of out. */
mlora_status mlora_network_sum_groups(mlora_network* network, int32_t in, int32_t out);
/* out = a * b + c */
mlora_status mlora_network_multiply_add(mlora_network* network, int32_t a, int32_t b, int32_t c, int32_t out);
/* out = activation(a + b) */
mlora_status mlora_network_add(mlora_network* network, int32_t a, int32_t b, int32_t activation, int32_t out);
/* out = in, through which no gradient flows back. */
mlora_status mlora_network_detach(mlora_network* network, int32_t in, int32_t out);
/* out = w * in, w = factor sigmoid(steepness gate), 0 where it is below threshold; gate has a column for each column
   of in or for each group of neighbours. */
mlora_status mlora_network_gate(mlora_network* network, int32_t in, int32_t gate, double factor, double steepness,
                                double threshold, int32_t out);
/* out = start (in . weight) + bias + in; weight and bias have the width of in. */
mlora_status mlora_network_cross(mlora_network* network, int32_t start, int32_t in, int32_t weight, int32_t bias,
                                 int32_t out);
/* Below, in is made of fields of one width k; pairs of fields are (0, 1), (0, 2), .., (1, 2), .. */
/* out (k) = sum over pairs of e_i * e_j. */
mlora_status mlora_network_bi_interaction(mlora_network* network, int32_t in, int32_t fields, int32_t out);
/* out (pairs) = e_i . e_j. */
mlora_status mlora_network_inner_products(mlora_network* network, int32_t in, int32_t fields, int32_t out);
/* out (pairs, k) = (e_i W) * e_j; weights are 1, fields - 1 or pairs matrices (k, k). */
mlora_status mlora_network_bilinear(mlora_network* network, int32_t in, int32_t fields, int32_t sharing,
                                    const int32_t* weights, int32_t count, int32_t out);
/* out (fields, k) = a_f e_f; squeeze (fields, reduced), excite (reduced, fields). */
mlora_status mlora_network_senet(mlora_network* network, int32_t in, int32_t fields, int32_t squeeze, int32_t excite,
                                 int32_t out);
/* start, in and out are made of maps of that width; weight (maps of start, maps of in, maps of out), bias (maps of
   out). */
mlora_status mlora_network_cin(mlora_network* network, int32_t start, int32_t in, int32_t width, int32_t weight,
                               int32_t bias, int32_t out);
/* query, key, value and residual (k, width of out / fields); heads take neighbouring columns. */
mlora_status mlora_network_attention(mlora_network* network, int32_t in, int32_t fields, int32_t heads, double scale,
                                     int32_t query, int32_t key, int32_t value, int32_t residual, int32_t out);
/* The same with low-rank parts of each domain's own, adapter_scale a_d b_d, added to the matrices; the a, BY_DOMAIN
   (in / fields, rank), is the same for the four, b_query and the others are BY_DOMAIN (rank, out / fields). */
mlora_status mlora_network_adapted_attention(mlora_network* network, int32_t in, int32_t fields, int32_t heads,
                                             double scale, int32_t query, int32_t key, int32_t value, int32_t residual,
                                             int32_t a, int32_t b_query, int32_t b_key, int32_t b_value,
                                             int32_t b_residual, int32_t rank, double adapter_scale, int32_t out);
/* ---- layers of each domain's own; rows go through those of their domain alone ---- */
/* weight (domains, in, out), bias (domains, out); shared_weight (in, out) and shared_bias (out) multiply and add to
   them, or are both MLORA_NONE. */
mlora_status mlora_network_domain_dense(mlora_network* network, int32_t in, int32_t weight, int32_t bias,
                                        int32_t shared_weight, int32_t shared_bias, int32_t activation, int32_t out);
/* out = sum of experts weighted by the softmax of gate, which has a column for each. */
mlora_status mlora_network_mixture(mlora_network* network, int32_t experts, int32_t gate, int32_t out);
/* out = (gamma own_gamma_d) (in - mean_d) / sqrt(variance_d + epsilon) + beta + own_beta_d: in training over the rows of
   domain d in the batch, in predictions by moving statistics, whose rows are n, means, variances (1 + 2 width). in is
   made of lookups alone. gamma, beta and moving are WHOLE, the others BY_DOMAIN. */
mlora_status mlora_network_partitioned_norm(mlora_network* network, int32_t in, int32_t gamma, int32_t beta,
                                            int32_t moving, int32_t own_gamma, int32_t own_beta, int32_t own_moving,
                                            double momentum, double epsilon, int32_t out);
/* The value of width 1 whose sigmoid is the prediction; said last, as every value must lead to it, and not through
   detached ones only. */
mlora_status mlora_network_logit(mlora_network* network, int32_t value);

/* ---- columns: borrowed pointers, which must outlive the handle ---- */
/* Columns for the inputs of the network; ids are checked when an engine first reads them. */
mlora_status mlora_columns_create(const mlora_network* network, int32_t rows, mlora_columns** columns);
void mlora_columns_destroy(mlora_columns* columns);
/* Fewer or more rows behind the same pointers (batches of changing size). */
mlora_status mlora_columns_rows(mlora_columns* columns, int32_t rows);
mlora_status mlora_columns_ids(mlora_columns* columns, int32_t input, const int32_t* ids);
/* count: of the ids of all rows together, beyond which no offset may reach. */
mlora_status mlora_columns_bags(mlora_columns* columns, int32_t input, const int64_t* offsets, const int32_t* ids,
                                int64_t count);
mlora_status mlora_columns_numbers(mlora_columns* columns, int32_t input, const float* numbers);
mlora_status mlora_columns_domains(mlora_columns* columns, const int32_t* domains);
mlora_status mlora_columns_labels(mlora_columns* columns, const float* labels);
/* How much each row counts in the loss, 0 or more; without, every row counts 1. */
mlora_status mlora_columns_weights(mlora_columns* columns, const float* weights);

/* ---- engine ---- */
/* threads: 1 or more, the calling thread among them. The network is copied. Parameters start at 0. */
mlora_status mlora_engine_create(const mlora_network* network, int32_t threads, mlora_engine** engine);
/* Another engine, for predictions from the same weights at the same time: it has work space of its own, takes the threads
   of the first where these are idle, and can do nothing but predict. The weights stay until all of these engines are
   destroyed; while there is more than one, the first refuses what could change them (MLORA_INVALID). */
mlora_status mlora_engine_share(mlora_engine* engine, mlora_engine** sharing);
void mlora_engine_destroy(mlora_engine* engine);
mlora_status mlora_engine_write(mlora_engine* engine, int32_t parameter, int32_t slot, int64_t offset,
                                const float* values, int64_t count);
mlora_status mlora_engine_read(mlora_engine* engine, int32_t parameter, int32_t slot, int64_t offset, float* values,
                               int64_t count);

/* a and b are beta1 and beta2 for Adam, the initial accumulator and unused for Adagrad. */
mlora_status mlora_engine_optimizer(mlora_engine* engine, int32_t kind, double learning_rate, double a, double b,
                                    double epsilon, int32_t epsilon_rule, int32_t untouched_rows, int64_t seed);
/* Trains rows [first_row, first_row + row_count) of a parameter; row_count 0 freezes it. Of moving statistics these are
   the rows that move. */
mlora_status mlora_engine_rule(mlora_engine* engine, int32_t parameter, int32_t first_row, int32_t row_count,
                               double learning_rate_scale, double l2);
mlora_status mlora_engine_reset_optimizer(mlora_engine* engine);
mlora_status mlora_engine_step(mlora_engine* engine, int64_t* step);
mlora_status mlora_engine_set_step(mlora_engine* engine, int64_t step);

/* The order that train indexes; rows is copied. The columns must outlive their use here. */
mlora_status mlora_engine_order(mlora_engine* engine, const mlora_columns* columns, const int32_t* rows, int32_t count);
mlora_status mlora_engine_train(mlora_engine* engine, int32_t from, int32_t count);
/* Sum of the loss over rows, and number of rows, since the last call. */
mlora_status mlora_engine_take_loss(mlora_engine* engine, double* sum, int64_t* rows);
/* Mean loss without L2; gradients with L2 go to MLORA_SLOT_GRADIENT. */
mlora_status mlora_engine_gradients(mlora_engine* engine, const mlora_columns* columns, const int32_t* rows,
                                    int32_t count, int32_t dropout, double* loss);
/* keep: (rows of the batch, width) of 0 and 1, copied; count 0 returns to drawn masks. */
mlora_status mlora_engine_fix_dropout(mlora_engine* engine, int32_t stream, const uint8_t* keep, int64_t count);

/* logits or probabilities may be NULL. */
mlora_status mlora_engine_predict(mlora_engine* engine, const mlora_columns* columns, int32_t from, int32_t count,
                                  float* logits, float* probabilities);

#ifdef __cplusplus
}
#endif
#endif
