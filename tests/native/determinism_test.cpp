// The same bits whatever the number of threads, the batch around a row and the time of lazy updates.
#include <cstring>

#include "check.h"
#include "handles.h"
#include "model.h"

namespace {

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

Model::Shape shape(int domains, double dropout) {
  Model::Shape s;
  s.domains = domains;
  s.hidden = {70, 48};
  s.ranks = {5, 3};
  s.dropout = dropout;
  s.bag = s.number = true;
  s.norm = domains > 2;
  s.attention = domains > 2;
  return s;
}

using Values = std::vector<std::vector<float>>;

void check_same(const Values& a, const Values& b, const char* what) {
  for (size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]), what, " parameter ", i);
}

// All values and moments after steps of a batch size; flushed in every step where asked.
struct Outcome {
  Values values, first, second;
};
Outcome train(const Model& model, const Data& data, int threads, int batch, int optimizer, double l2, bool flush,
              int epsilon_rule = MLORA_EPSILON_TENSORFLOW) {
  const EngineHandle engine = model.engine(model.values(3), threads);
  OK(mlora_engine_optimizer(engine.get(), optimizer, 0.01, optimizer == MLORA_ADAM ? 0.9 : 0.1, 0.999, 1e-8,
                            epsilon_rule, MLORA_UNTOUCHED_MOVE, 42));
  for (size_t i = 0; i < model.parameters.size(); ++i) {
    OK(mlora_engine_rule(engine.get(), static_cast<int>(i), 0, model.parameters[i].rows, i % 2 == 0 ? 1 : 0.5, l2));
  }
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
  for (int from = 0; from < data.rows; from += batch) {
    OK(mlora_engine_train(engine.get(), from, std::min(batch, data.rows - from)));
    float ignored;
    if (flush) OK(mlora_engine_read(engine.get(), 0, MLORA_SLOT_VALUE, 0, &ignored, 1));
  }
  return {model.read_all(engine), model.read_all(engine, MLORA_SLOT_FIRST_MOMENT),
          model.read_all(engine, MLORA_SLOT_SECOND_MOMENT_ROOT)};
}

void check_same(const Outcome& a, const Outcome& b, const char* what) {
  check_same(a.values, b.values, what);
  check_same(a.first, b.first, what);
  check_same(a.second, b.second, what);
}

}  // namespace

TEST(a_row_has_the_same_logit_in_any_batch) {
  for (int domains : {1, 2, 40}) {
    const Model model(shape(domains, 0.5));
    const Data data(model, 333, 5);
    const EngineHandle engine = model.engine(model.values(1), 2);
    const std::vector<float> whole = predict(engine, data, 0, data.rows);
    for (int count : {1, 2, 3, 5, 7, 12, 13, 24, 49, 100}) {
      for (int from = 0; from + count <= data.rows; from += count + 11) {
        const std::vector<float> part = predict(engine, data, from, count);
        CHECK(std::memcmp(part.data(), whole.data() + from, count * sizeof(float)) == 0, count, " rows from ", from);
      }
    }
  }
}

TEST(training_gives_the_same_bits_for_any_number_of_threads) {
  for (int domains : {1, 7, 300}) {
    const Model model(shape(domains, 0.5));
    const Data data(model, 4000, 6);
    const Outcome one = train(model, data, 1, 1500, MLORA_ADAM, 0, false);
    for (int threads : {2, 3, 4}) {
      check_same(one, train(model, data, threads, 1500, MLORA_ADAM, 0, false), "threads");
    }
  }
}

TEST(bilinear_matrices_get_the_same_bits_for_any_number_of_threads) {
  for (int sharing : {MLORA_BILINEAR_ALL, MLORA_BILINEAR_EACH, MLORA_BILINEAR_INTERACTION}) {
    Model::Shape s = shape(2, 0.5);
    s.bilinear = sharing;
    const Model model(s);
    const Data data(model, 6000, 13);
    const Outcome one = train(model, data, 1, 3000, MLORA_ADAM, 0, false);
    for (int threads : {2, 4}) {
      check_same(one, train(model, data, threads, 3000, MLORA_ADAM, 0, false), "threads");
    }
  }
}

TEST(lazy_updates_give_the_same_bits_as_updates_in_every_step) {
  for (int rule : {MLORA_EPSILON_TENSORFLOW, MLORA_EPSILON_PYTORCH}) {
    const Model model(shape(30, 0));
    // Batches of 3 rows: most rows wait long enough for their moves to vanish.
    const Data data(model, 3000, 7);
    check_same(train(model, data, 1, 3, MLORA_ADAM, 0, false, rule), train(model, data, 2, 3, MLORA_ADAM, 0, true, rule),
               "lazy");
  }
  const Model model(shape(30, 0));
  const Data data(model, 300, 7);
  for (int optimizer : {MLORA_SGD, MLORA_ADAGRAD, MLORA_ROW_WISE_ADAGRAD, MLORA_ADAM}) {
    check_same(train(model, data, 1, 3, optimizer, 1e-3, false), train(model, data, 2, 3, optimizer, 1e-3, true),
               "lazy with L2");
  }
}

TEST(rows_that_wait_for_hundreds_of_steps_catch_up_to_the_same_bits) {
  const Model model(shape(7, 0));
  const Data data(model, 1200, 23);
  const Outcome lazy = train(model, data, 1, 2, MLORA_ADAM, 0.003, false);
  check_same(lazy, train(model, data, 1, 2, MLORA_ADAM, 0.003, true), "penalised");
}

TEST(a_restored_state_continues_with_the_same_bits) {
  const Model model(shape(9, 0.3));
  const Data data(model, 1200, 8);
  const std::vector<int32_t> order = data.all();
  const auto fresh = [&] {
    EngineHandle engine = model.engine(model.values(3), 1);
    OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW,
                              MLORA_UNTOUCHED_MOVE, 42));
    OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
    return engine;
  };
  const EngineHandle whole = fresh(), half = fresh(), rest = fresh();
  for (int from = 0; from < 1200; from += 100) OK(mlora_engine_train(whole.get(), from, 100));
  for (int from = 0; from < 600; from += 100) OK(mlora_engine_train(half.get(), from, 100));
  for (int slot : {MLORA_SLOT_VALUE, MLORA_SLOT_FIRST_MOMENT, MLORA_SLOT_SECOND_MOMENT_ROOT}) {
    const Values values = model.read_all(half, slot);
    for (size_t i = 0; i < values.size(); ++i) write(rest, static_cast<int>(i), values[i], slot);
  }
  OK(mlora_engine_set_step(rest.get(), 6));
  for (int from = 600; from < 1200; from += 100) OK(mlora_engine_train(rest.get(), from, 100));
  check_same(model.read_all(whole), model.read_all(rest), "restored");
}

TEST(a_frozen_row_keeps_its_bits_and_its_predictions) {
  const Model model(shape(5, 0));
  const Data data(model, 500, 9);
  const Values before = model.values(3);
  const EngineHandle engine = model.engine(before, 2);
  OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW,
                            MLORA_UNTOUCHED_MOVE, 42));
  for (size_t i = 0; i < model.parameters.size(); ++i) {
    const bool by_domain = model.parameters[i].row_kind == MLORA_ROWS_BY_DOMAIN;
    OK(mlora_engine_rule(engine.get(), static_cast<int>(i), by_domain ? 3 : 0, by_domain ? 1 : 0, 1, 0));
  }
  const std::vector<float> logits = predict(engine, data, 0, data.rows);
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
  for (int step = 0; step < 5; ++step) OK(mlora_engine_train(engine.get(), 0, 500));
  const Values after = model.read_all(engine);
  for (size_t i = 0; i < after.size(); ++i) {
    for (size_t k = 0; k < after[i].size(); ++k) {
      const bool trained = model.parameters[i].row_kind == MLORA_ROWS_BY_DOMAIN &&
                           static_cast<int>(k) / model.parameters[i].row_size == 3;
      CHECK(trained || after[i][k] == before[i][k], "parameter ", i, " value ", k);
    }
  }
  const std::vector<float> now = predict(engine, data, 0, data.rows);
  bool moved = false;
  for (int r = 0; r < data.rows; ++r) {
    CHECK(data.domains[r] == 3 || now[r] == logits[r], "row ", r);
    moved = moved || now[r] != logits[r];
  }
  CHECK(moved);
}
