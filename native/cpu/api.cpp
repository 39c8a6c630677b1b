// The C API: argument checks, and exceptions turned into status codes and messages.
#include <atomic>
#include <cmath>
#include <memory>
#include <new>
#include <string>

#include "columns.h"
#include "engine.h"
#include "error.h"
#include "guard.h"
#include "mlora.h"
#include "network.h"
#include "simd/kernels.h"

struct mlora_engine {
  mlora::Engine engine;
};

namespace {

using mlora::guard;
using mlora::message;
using mlora::need;

std::atomic<int64_t> live{0};

constexpr int kMostThreads = 1024;

template <typename T>
T* created(T* handle) {
  ++live;
  return handle;
}

template <typename T>
void destroy(T* handle) {
  if (handle == nullptr) return;
  delete handle;
  --live;
}

// An engine that a call may change.
mlora::Engine& own(mlora_engine* engine) {
  mlora::Engine& e = need(engine, "engine").engine;
  e.require_alone();
  return e;
}

mlora::Columns::Data& data(mlora_columns* columns, int32_t input, int kind) {
  mlora::Columns& c = need(columns, "columns").columns;
  MLORA_REQUIRE(input >= 0 && input < static_cast<int32_t>(c.inputs.size()), "input %d of %zu", input, c.inputs.size());
  MLORA_REQUIRE(c.inputs[input].kind == kind, "input %d has kind %d, not %d", input, c.inputs[input].kind, kind);
  return c.data[input];
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

const char* mlora_api(void) { return MLORA_API; }

const char* mlora_last_error(void) { return message(); }

const char* mlora_cpu_instruction_set(void) { return mlora::kernels().name; }

int64_t mlora_live_handles(void) { return live; }

mlora_status mlora_network_create(int32_t domains, mlora_network** network) {
  return guard([&] {
    mlora_network*& place = need(network, "place of the handle");
    place = created(new mlora_network{mlora::Network(domains)});
  });
}

void mlora_network_destroy(mlora_network* network) { destroy(network); }

mlora_status mlora_network_input(mlora_network* network, int32_t kind, int32_t id_count) {
  return guard([&] { need(network, "network").network.add_input(kind, id_count); });
}

mlora_status mlora_network_parameter(mlora_network* network, int32_t row_kind, int32_t rows, int32_t row_size) {
  return guard([&] { need(network, "network").network.add_parameter(row_kind, rows, row_size); });
}

mlora_status mlora_network_value(mlora_network* network, int32_t width) {
  return guard([&] { need(network, "network").network.add_value(width); });
}

mlora_status mlora_network_lookup(mlora_network* network, int32_t input, int32_t table, int32_t out, int32_t column) {
  return guard([&] { need(network, "network").network.add(mlora::LookupOp{input, table, out, column}); });
}

mlora_status mlora_network_bag_lookup(mlora_network* network, int32_t input, int32_t table, int32_t pooling, int32_t out,
                                      int32_t column) {
  return guard([&] { need(network, "network").network.add(mlora::BagLookupOp{input, table, pooling, out, column}); });
}

mlora_status mlora_network_scale(mlora_network* network, int32_t input, int32_t vector, int32_t out, int32_t column) {
  return guard([&] { need(network, "network").network.add(mlora::ScaleOp{input, vector, out, column}); });
}

mlora_status mlora_network_dense(mlora_network* network, int32_t in, int32_t weight, int32_t bias, int32_t a, int32_t b,
                                 int32_t c, int32_t rank, double adapter_scale, int32_t activation, double dropout,
                                 int32_t stream, int32_t out) {
  return guard([&] {
    need(network, "network")
        .network.add(mlora::DenseOp{in, weight, bias, a, b, c, rank, adapter_scale, activation, dropout, stream, out});
  });
}

mlora_status mlora_network_logit(mlora_network* network, int32_t value) {
  return guard([&] {
    mlora::Network& whole = need(network, "network").network;
    whole.set_logit(value);
    whole.check_complete();
  });
}

mlora_status mlora_columns_create(const mlora_network* network, int32_t rows, mlora_columns** columns) {
  return guard([&] {
    MLORA_REQUIRE(rows >= 0, "%d rows", rows);
    mlora_columns*& place = need(columns, "place of the handle");
    place = created(new mlora_columns{mlora::Columns(need(network, "network").network, rows)});
  });
}

void mlora_columns_destroy(mlora_columns* columns) { destroy(columns); }

mlora_status mlora_columns_rows(mlora_columns* columns, int32_t rows) {
  return guard([&] {
    MLORA_REQUIRE(rows >= 0, "%d rows", rows);
    need(columns, "columns").columns.rows = rows;
  });
}

mlora_status mlora_columns_ids(mlora_columns* columns, int32_t input, const int32_t* ids) {
  return guard([&] { data(columns, input, MLORA_INPUT_ID).ids = &need(ids, "column of ids"); });
}

mlora_status mlora_columns_bags(mlora_columns* columns, int32_t input, const int64_t* offsets, const int32_t* ids,
                                int64_t count) {
  return guard([&] {
    mlora::Columns::Data& to = data(columns, input, MLORA_INPUT_BAG);
    MLORA_REQUIRE(count >= 0 && (ids != nullptr || count == 0), "%lld ids in bags", static_cast<long long>(count));
    to.offsets = &need(offsets, "column of offsets");
    to.ids = ids;
    to.id_count = count;
  });
}

mlora_status mlora_columns_numbers(mlora_columns* columns, int32_t input, const float* numbers) {
  return guard([&] { data(columns, input, MLORA_INPUT_NUMBER).numbers = &need(numbers, "column of numbers"); });
}

mlora_status mlora_columns_domains(mlora_columns* columns, const int32_t* domains) {
  return guard([&] { need(columns, "columns").columns.domains = &need(domains, "column of domains"); });
}

mlora_status mlora_columns_labels(mlora_columns* columns, const float* labels) {
  return guard([&] { need(columns, "columns").columns.labels = &need(labels, "column of labels"); });
}

mlora_status mlora_columns_weights(mlora_columns* columns, const float* weights) {
  return guard([&] { need(columns, "columns").columns.weights = &need(weights, "column of weights"); });
}

mlora_status mlora_engine_create(const mlora_network* network, int32_t threads, mlora_engine** engine) {
  return guard([&] {
    mlora::check_instruction_set();
    MLORA_REQUIRE(threads >= 1 && threads <= kMostThreads, "%d threads, not 1 to %d", threads, kMostThreads);
    mlora_engine*& place = need(engine, "place of the handle");
    mlora::Engine::Options options;
    options.threads = threads;
    place = created(new mlora_engine{mlora::Engine(need(network, "network").network, options)});
  });
}

mlora_status mlora_engine_share(mlora_engine* engine, mlora_engine** sharing) {
  return guard([&] {
    mlora_engine*& place = need(sharing, "place of the handle");
    const mlora::Engine::Sharing of = {need(engine, "engine").engine};
    place = created(new mlora_engine{mlora::Engine(of)});
  });
}

void mlora_engine_destroy(mlora_engine* engine) { destroy(engine); }

mlora_status mlora_engine_write(mlora_engine* engine, int32_t parameter, int32_t slot, int64_t offset,
                                const float* values, int64_t count) {
  return guard([&] { own(engine).write(parameter, slot, offset, values, count); });
}

mlora_status mlora_engine_read(mlora_engine* engine, int32_t parameter, int32_t slot, int64_t offset, float* values,
                               int64_t count) {
  return guard([&] { need(engine, "engine").engine.read(parameter, slot, offset, values, count); });
}

mlora_status mlora_engine_optimizer(mlora_engine* engine, int32_t kind, double learning_rate, double a, double b,
                                    double epsilon, int32_t epsilon_rule, int32_t untouched_rows, int64_t seed) {
  return guard([&] {
    own(engine).set_optimizer({kind, learning_rate, a, b, epsilon, epsilon_rule, untouched_rows, seed});
  });
}

mlora_status mlora_engine_rule(mlora_engine* engine, int32_t parameter, int32_t first_row, int32_t row_count,
                               double learning_rate_scale, double l2) {
  return guard([&] { own(engine).set_rule(parameter, first_row, row_count, learning_rate_scale, l2); });
}

mlora_status mlora_engine_reset_optimizer(mlora_engine* engine) {
  return guard([&] { own(engine).reset_optimizer(); });
}

mlora_status mlora_engine_step(mlora_engine* engine, int64_t* step) {
  return guard([&] { need(step, "place of the step") = need(engine, "engine").engine.step(); });
}

mlora_status mlora_engine_set_step(mlora_engine* engine, int64_t step) {
  return guard([&] { own(engine).set_step(step); });
}

mlora_status mlora_engine_order(mlora_engine* engine, const mlora_columns* columns, const int32_t* rows, int32_t count) {
  return guard([&] { own(engine).set_order(need(columns, "columns").columns, rows, count); });
}

mlora_status mlora_engine_train(mlora_engine* engine, int32_t from, int32_t count) {
  return guard([&] { own(engine).train(from, count); });
}

mlora_status mlora_engine_take_loss(mlora_engine* engine, double* sum, int64_t* rows) {
  return guard([&] {
    double& to = need(sum, "place of the sum");
    own(engine).take_loss(&to, &need(rows, "place of the rows"));
  });
}

mlora_status mlora_engine_gradients(mlora_engine* engine, const mlora_columns* columns, const int32_t* rows,
                                    int32_t count, int32_t dropout, double* loss) {
  return guard([&] {
    double& to = need(loss, "place of the loss");
    to = own(engine).gradients(need(columns, "columns").columns, rows, count, dropout != 0);
  });
}

mlora_status mlora_engine_fix_dropout(mlora_engine* engine, int32_t stream, const uint8_t* keep, int64_t count) {
  return guard([&] { own(engine).fix_dropout(stream, keep, count); });
}

mlora_status mlora_engine_predict(mlora_engine* engine, const mlora_columns* columns, int32_t from, int32_t count,
                                  float* logits, float* probabilities) {
  return guard([&] {
    need(engine, "engine").engine.predict(need(columns, "columns").columns, from, count, logits, probabilities);
  });
}

}  // extern "C"
#pragma GCC visibility pop
