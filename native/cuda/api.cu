// The C API over the families of kernels (kernels/families.h), and the tables of Adam's corrections.
#include <algorithm>
#include <cmath>

#include "families.h"
#include "mlora_cuda.h"
#include "status.h"

#if !defined(MLORA_CUDA_BUILD)
#define MLORA_CUDA_BUILD "emulated"
#endif

namespace mlora::cuda {
namespace {

constexpr int kMessage = 512;
constexpr int kMostCorrections = 1 << 22;

// A fixed buffer: reporting that memory is gone must not need any.
char* message() {
  static thread_local char buffer[kMessage] = "";
  return buffer;
}

Stream stream_of(void* stream) { return static_cast<Stream>(stream); }

}  // namespace

mlora_cuda_status fail(mlora_cuda_status status, const char* what) noexcept {
  char* const to = message();
  int i = 0;
  for (; what[i] != '\0' && i < kMessage - 1; ++i) to[i] = what[i];
  to[i] = '\0';
  return status;
}

}  // namespace mlora::cuda

using namespace mlora::cuda;

extern "C" {

const char* mlora_cuda_last_error(void) { return message(); }
const char* mlora_cuda_build(void) { return MLORA_CUDA_BUILD; }

mlora_cuda_status mlora_cuda_state_set(uint64_t state, int64_t step, int64_t seed, int32_t next, int32_t end,
                                       void* stream) {
  return guard([&] { state_set(state, step, seed, next, end, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_state_seek(uint64_t state, int32_t next, int32_t end, void* stream) {
  return guard([&] { state_seek(state, next, end, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_state_take_loss(uint64_t state, void* stream) {
  return guard([&] { state_take_loss(state, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_state_advance(uint64_t state, int32_t capacity, int32_t of_training, void* stream) {
  return guard([&] { state_advance(state, capacity, of_training != 0, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_shuffle(uint64_t order, int32_t rows, int64_t key, int32_t epoch, void* stream) {
  return guard([&] { shuffle_rows(order, rows, key, epoch, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_batch_lay_out(int32_t capacity, int32_t domain_count, mlora_cuda_batch_layout* layout) {
  return guard([&] {
    given(layout);
    *layout = lay_out(capacity, domain_count);
  });
}
mlora_cuda_status mlora_cuda_batch_group(const mlora_cuda_batch* batch, void* stream) {
  return guard([&] { group(given(batch), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_lookup(const mlora_cuda_batch* batch, int32_t precision, const mlora_cuda_field* fields,
                                    int32_t field_count, void* stream) {
  return guard([&] { lookup(given(batch), precision, &given(fields), field_count, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_dense_forward(const mlora_cuda_batch* batch, const mlora_cuda_dense* dense,
                                           int32_t dropout, void* stream) {
  return guard([&] { dense_forward(given(batch), given(dense), dropout, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_dense_backward(const mlora_cuda_batch* batch, const mlora_cuda_dense* dense,
                                            int32_t has_dropout, void* stream) {
  return guard([&] { dense_backward(given(batch), given(dense), has_dropout != 0, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_adapter_gradient(const mlora_cuda_batch* batch, const mlora_cuda_dense* layers,
                                              int32_t count, void* stream) {
  return guard([&] { adapter_gradient(given(batch), &given(layers), count, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_given_dropout(const mlora_cuda_batch* batch, uint64_t keep, int32_t width, uint64_t mask,
                                           void* stream) {
  return guard([&] { given_dropout(given(batch), keep, width, mask, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_narrow_forward(const mlora_cuda_batch* batch, int32_t precision, int32_t in, int32_t out,
                                            uint64_t x, int32_t x_ld, uint64_t w, uint64_t bias, uint64_t z,
                                            void* stream) {
  return guard([&] { narrow_forward(given(batch), precision, in, out, x, x_ld, w, bias, z, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_narrow_backward(const mlora_cuda_batch* batch, int32_t precision, int32_t in, int32_t out,
                                             uint64_t g, uint64_t w, uint64_t dx, int32_t dx_ld, int32_t dx_add,
                                             void* stream) {
  return guard(
      [&] { narrow_backward(given(batch), precision, in, out, g, w, dx, dx_ld, dx_add != 0, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_tower_fits(const mlora_cuda_tower* tower, int32_t capacity, int32_t* fits) {
  return guard([&] {
    given(fits);
    *fits = tower_fits(given(tower), capacity) ? 1 : 0;
  });
}
mlora_cuda_status mlora_cuda_tower_forward(const mlora_cuda_batch* batch, const mlora_cuda_tower* tower, void* stream) {
  return guard([&] { tower_forward(given(batch), given(tower), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_tower_train(const mlora_cuda_batch* batch, const mlora_cuda_tower* tower, void* stream) {
  return guard([&] { tower_train(given(batch), given(tower), stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_weight_parts(const mlora_cuda_dense* layers, int32_t count, int32_t capacity,
                                          int32_t* parts) {
  return guard([&] {
    given(parts);
    *parts = weight_parts(&given(layers), count, capacity);
  });
}
mlora_cuda_status mlora_cuda_weight_gradient(const mlora_cuda_batch* batch, const mlora_cuda_dense* layers,
                                             int32_t count, void* stream) {
  return guard([&] { weight_gradient(given(batch), &given(layers), count, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_column_sums(const mlora_cuda_batch* batch, int32_t precision,
                                         const mlora_cuda_columns* columns, int32_t count, void* stream) {
  return guard([&] { column_sums(given(batch), precision, &given(columns), count, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_loss(const mlora_cuda_batch* batch, uint64_t logits, uint64_t labels, uint64_t weights,
                                  uint64_t g, uint64_t losses, void* stream) {
  return guard([&] { loss(given(batch), logits, labels, weights, g, losses, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_sum_losses(const mlora_cuda_batch* batch, uint64_t losses, void* stream) {
  return guard([&] { sum_losses(given(batch), losses, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_predict(const mlora_cuda_batch* batch, uint64_t logits, uint64_t out_logits,
                                     uint64_t out_probabilities, void* stream) {
  return guard([&] { predict(given(batch), logits, out_logits, out_probabilities, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_to_bf16(uint64_t from, int32_t from_ld, uint64_t to, int32_t to_ld, int32_t rows,
                                     int32_t width, void* stream) {
  return guard([&] { convert(true, from, from_ld, to, to_ld, rows, width, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_from_bf16(uint64_t from, int32_t from_ld, uint64_t to, int32_t to_ld, int32_t rows,
                                       int32_t width, void* stream) {
  return guard([&] { convert(false, from, from_ld, to, to_ld, rows, width, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_correction_count(double beta1, double beta2, int32_t* count) {
  return guard([&] {
    given(count);
    require(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1, "beta1 and beta2 are in [0, 1)");
    // beta^t below 2^-60 no longer changes 1 - beta^t.
    const double slowest = std::max(beta1, beta2);
    const double steps = slowest == 0 ? 1 : std::ceil(-60 * std::log(2.0) / std::log(slowest));
    *count = static_cast<int32_t>(std::clamp(steps, 1.0, static_cast<double>(kMostCorrections)));
  });
}
mlora_cuda_status mlora_cuda_correction_table(double beta1, double beta2, int32_t epsilon_rule,
                                              mlora_cuda_correction* table, int32_t count) {
  return guard([&] {
    given(table);
    require(epsilon_rule == MLORA_CUDA_EPSILON_TENSORFLOW || epsilon_rule == MLORA_CUDA_EPSILON_PYTORCH,
            "the rule of epsilon is not known");
    for (int32_t t = 1; t <= count; ++t) {
      const double first = 1 - std::pow(beta1, t);
      const double second = std::sqrt(1 - std::pow(beta2, t));
      if (epsilon_rule == MLORA_CUDA_EPSILON_TENSORFLOW) {
        table[t - 1] = {second / first, 1.0f, 0.0f};
      } else {
        table[t - 1] = {1 / first, static_cast<float>(1 / second), 0.0f};
      }
    }
  });
}
mlora_cuda_status mlora_cuda_update_whole(uint64_t state, const mlora_cuda_optimizer* optimizer,
                                          const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts,
                                          int32_t n, uint64_t work, void* stream) {
  return guard(
      [&] { update_whole(state, given(optimizer), &given(parameters), &given(parts), n, work, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_update_domains(const mlora_cuda_batch* batch, const mlora_cuda_optimizer* optimizer,
                                            const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts,
                                            int32_t n, void* stream) {
  return guard([&] {
    update_domains(given(batch), given(optimizer), &given(parameters), &given(parts), n, stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_catch_up_domains(const mlora_cuda_batch* batch, const mlora_cuda_optimizer* optimizer,
                                              const mlora_cuda_parameter* parameters, int32_t n, int32_t ahead,
                                              void* stream) {
  return guard([&] {
    catch_up_domains(given(batch), given(optimizer), &given(parameters), n, ahead != 0, stream_of(stream));
  });
}
mlora_cuda_status mlora_cuda_catch_up_all(uint64_t state, const mlora_cuda_optimizer* optimizer,
                                          const mlora_cuda_parameter* parameters, int32_t n, void* stream) {
  return guard([&] { catch_up_all(state, given(optimizer), &given(parameters), n, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_add_l2(const mlora_cuda_parameter* parameters, int32_t n, void* stream) {
  return guard([&] { add_l2(&given(parameters), n, stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_tables_bytes(int32_t capacity, const mlora_cuda_tables* tables, int64_t* bytes) {
  return guard([&] {
    given(bytes);
    *bytes = tables_bytes(capacity, given(tables));
  });
}
mlora_cuda_status mlora_cuda_tables_collect(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                            void* stream) {
  return guard([&] { tables_collect(given(batch), given(tables), stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_tables_catch_up(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                             const mlora_cuda_optimizer* optimizer, int32_t ahead, void* stream) {
  return guard([&] { tables_catch_up(given(batch), given(tables), given(optimizer), ahead != 0, stream_of(stream)); });
}
mlora_cuda_status mlora_cuda_tables_update(const mlora_cuda_batch* batch, const mlora_cuda_tables* tables,
                                           const mlora_cuda_optimizer* optimizer, void* stream) {
  return guard([&] { tables_update(given(batch), given(tables), given(optimizer), stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_multiply(const mlora_cuda_product* product, void* stream) {
  return guard([&] { multiply(given(product), stream_of(stream)); });
}

mlora_cuda_status mlora_cuda_auc_bytes(int32_t n, int32_t domain_count, int64_t* bytes) {
  return guard([&] {
    given(bytes);
    *bytes = auc_bytes(n, domain_count);
  });
}
mlora_cuda_status mlora_cuda_auc(uint64_t scores, uint64_t labels, uint64_t domains, int32_t n, int32_t domain_count,
                                 uint64_t pairs, uint64_t memory, void* stream) {
  return guard([&] { auc(scores, labels, domains, n, domain_count, pairs, memory, stream_of(stream)); });
}

}  // extern "C"
