// What bad numbers and changed columns leave behind: nothing, once they are gone.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <utility>

#include "check.h"
#include "handles.h"
#include "model.h"

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Model::Shape shape() {
  Model::Shape s;
  s.embedding = 5;
  s.hidden = {20, 7};
  s.bag = s.number = true;
  return s;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void order_all(const EngineHandle& engine, const Data& data) {
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
}

}  // namespace

TEST(a_domain_that_changed_after_the_order_is_refused) {
  const Model model(shape());
  const EngineHandle engine = model.engine(model.values(3), 1);
  for (int rows : {1, 60}) {
    for (int domain : {3, 400000, -2, std::numeric_limits<int32_t>::max()}) {
      Data data(model, rows, 5);
      order_all(engine, data);
      const std::vector<float> before = predict(engine, data, 0, data.rows);
      const int32_t good = std::exchange(data.domains[rows / 2], domain);
      CHECK(mlora_engine_train(engine.get(), 0, rows) == MLORA_INVALID, rows, " rows, domain ", domain);
      CHECK(std::strstr(mlora_last_error(), "domain") != nullptr, mlora_last_error());
      data.domains[rows / 2] = good;
      CHECK(same_bits(predict(engine, data, 0, data.rows), before), "a refused step moves nothing");
    }
  }
  int64_t step = -1;
  OK(mlora_engine_step(engine.get(), &step));
  CHECK(step == 0, step);
}

TEST(bag_offsets_that_changed_after_the_order_are_refused) {
  const Model model(shape());
  const EngineHandle engine = model.engine(model.values(3), 1);
  Data data(model, 60, 5);
  order_all(engine, data);
  for (int64_t offset : {int64_t{-7}, int64_t{1} << 40}) {
    const int64_t good = std::exchange(data.offsets[30], offset);
    CHECK(mlora_engine_train(engine.get(), 0, data.rows) == MLORA_INVALID, offset);
    CHECK(std::strstr(mlora_last_error(), "offsets") != nullptr, mlora_last_error());
    data.offsets[30] = good;
  }
  OK(mlora_engine_train(engine.get(), 0, data.rows));
}

TEST(bag_offsets_that_changed_after_a_prediction_are_refused) {
  const Model model(shape());
  const EngineHandle engine = model.engine(model.values(3), 1);
  Data data(model, 60, 5);
  const std::vector<float> before = predict(engine, data, 0, data.rows);
  const int64_t ids = static_cast<int64_t>(data.bag.size());
  float logit;
  for (int64_t reach : {int64_t{1}, int64_t{1} << 40}) {
    // Both ends ascend, so that only the number of ids tells that they are wrong.
    const int64_t end = std::exchange(data.offsets[60], ids + reach);
    const int64_t begin = std::exchange(data.offsets[59], ids + reach - 1);
    CHECK(mlora_engine_predict(engine.get(), data.columns.get(), 59, 1, &logit, nullptr) == MLORA_INVALID, reach);
    CHECK(std::strstr(mlora_last_error(), "at most") != nullptr, mlora_last_error());
    data.offsets[60] = end;
    data.offsets[59] = begin;
  }
  CHECK(same_bits(predict(engine, data, 0, data.rows), before));
}

TEST(bags_that_change_while_they_are_read_stay_inside_their_ids) {
  const Model model(shape());
  const EngineHandle engine = model.engine(model.values(3), 2);
  Data data(model, 400, 5);
  order_all(engine, data);
  const std::vector<int64_t> good = data.offsets;
  std::atomic<bool> done = false;
  std::thread owner([&] {
    for (int round = 0; !done; ++round) {
      for (int i = 0; i <= data.rows; ++i) {
        const int64_t value = round % 2 == 0 ? int64_t{1} << 40 : good[i];
        __atomic_store_n(&data.offsets[i], value, __ATOMIC_RELAXED);
      }
    }
  });
  std::vector<float> logits(data.rows);
  for (int i = 0; i < 300; ++i) {
    mlora_engine_predict(engine.get(), data.columns.get(), 0, data.rows, logits.data(), nullptr);
    mlora_engine_train(engine.get(), 0, data.rows);
  }
  done = true;
  owner.join();
  data.offsets = good;
  data.bind(model);
  OK(mlora_engine_train(engine.get(), 0, data.rows));
}

TEST(numbers_that_are_not_finite_are_refused) {
  const Model model(shape());
  const EngineHandle engine = model.engine(model.values(3), 1);
  Data data(model, 60, 5);
  float logit;
  for (float bad : {kNaN, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    const float good = std::exchange(data.numbers[7], bad);
    CHECK(mlora_engine_predict(engine.get(), data.columns.get(), 7, 1, &logit, nullptr) == MLORA_INVALID, bad);
    CHECK(std::strstr(mlora_last_error(), "row 7") != nullptr, mlora_last_error());
    data.numbers[7] = good;
  }
}

TEST(gradients_of_a_row_that_is_not_a_number_leave_nothing_behind) {
  // An adapted layer whose output a copy and another layer read: both add to one gradient, the copy first.
  const NetworkHandle network = new_network(1);
  mlora_network* n = network.get();
  OK(mlora_network_input(n, MLORA_INPUT_NUMBER, 0));
  const std::vector<int> sizes = {5, 5 * 20, 20, 5 * 2, 2 * 20, 20, 20, 1};
  for (size_t i = 0; i < sizes.size(); ++i) {
    OK(mlora_network_parameter(n, i >= 3 && i < 6 ? MLORA_ROWS_BY_DOMAIN : MLORA_ROWS_WHOLE, 1, sizes[i]));
  }
  for (int width : {5, 20, 1, 1, 1}) OK(mlora_network_value(n, width));
  OK(mlora_network_scale(n, 0, 0, 0, 0));
  OK(mlora_network_dense(n, 0, 1, 2, 3, 4, 5, 2, 1, MLORA_ACTIVATION_NONE, 0, 0, 1));
  OK(mlora_network_dense(n, 1, 6, 7, MLORA_NONE, MLORA_NONE, MLORA_NONE, 0, 1, MLORA_ACTIVATION_NONE, 0, 1, 2));
  OK(mlora_network_copy(n, 1, 0, 1, 3, 0));
  OK(mlora_network_add(n, 2, 3, MLORA_ACTIVATION_NONE, 4));
  OK(mlora_network_logit(n, 4));
  const EngineHandle engine = new_engine(network, 1);
  for (size_t i = 0; i < sizes.size(); ++i) {
    write(engine, static_cast<int>(i), std::vector<float>(sizes[i], 0.1f));
    OK(mlora_engine_rule(engine.get(), static_cast<int>(i), 0, 1, 1, 0));
  }
  const float number = 1;
  const float label = 1;
  const int32_t domain = 0, row = 0;
  const ColumnsHandle columns = new_columns(network, 1);
  OK(mlora_columns_numbers(columns.get(), 0, &number));
  OK(mlora_columns_domains(columns.get(), &domain));
  OK(mlora_columns_labels(columns.get(), &label));
  const auto gradients = [&] {
    double loss;
    OK(mlora_engine_gradients(engine.get(), columns.get(), &row, 1, 0, &loss));
    std::vector<float> all;
    for (size_t i = 0; i < sizes.size(); ++i) {
      const std::vector<float> one = read(engine, static_cast<int>(i), sizes[i], MLORA_SLOT_GRADIENT);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  };
  const std::vector<float> before = gradients();
  write(engine, 0, std::vector<float>(sizes[0], kNaN));
  gradients();
  write(engine, 0, std::vector<float>(sizes[0], 0.1f));
  CHECK(same_bits(gradients(), before));
}

TEST(values_written_in_pieces_after_a_diverged_step_predict_as_before) {
  const Model model(shape());
  const std::vector<std::vector<float>> values = model.values(3);
  const EngineHandle engine = model.engine(values, 1);
  Data data(model, 60, 5);
  const std::vector<float> before = predict(engine, data, 0, data.rows);
  OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW,
                            MLORA_UNTOUCHED_MOVE, 42));
  order_all(engine, data);
  const float good = std::exchange(data.numbers[5], kNaN);
  OK(mlora_engine_train(engine.get(), 0, data.rows));
  data.numbers[5] = good;
  OK(mlora_engine_reset_optimizer(engine.get()));
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t size = static_cast<int64_t>(values[i].size()), piece = size / 3 + 1;
    for (int64_t at = 0; at < size; at += piece) {
      OK(mlora_engine_write(engine.get(), static_cast<int>(i), MLORA_SLOT_VALUE, at, values[i].data() + at,
                            std::min(piece, size - at)));
    }
  }
  CHECK(same_bits(predict(engine, data, 0, data.rows), before));
}

TEST(rows_that_stayed_do_not_make_up_for_steps_once_rows_move) {
  Model::Shape s;
  s.bag = false;
  const Model model(s);
  const EngineHandle engine = model.engine(model.values(3), 1);
  const auto adam = [&](int untouched) {
    OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW, untouched, 42));
  };
  Data data(model, 60, 5, false);
  for (int32_t& id : data.ids[0]) id = 1;
  data.ids[0][0] = 7;  // has moments from the first step on, and stays
  order_all(engine, data);
  adam(MLORA_UNTOUCHED_STAY);
  for (int from = 0; from < data.rows; ++from) OK(mlora_engine_train(engine.get(), from, 1));
  const std::vector<float> before = read(engine, model.tables[0], model.parameters[model.tables[0]].size());
  adam(MLORA_UNTOUCHED_MOVE);
  CHECK(same_bits(read(engine, model.tables[0], before.size()), before), "nothing is due");
  OK(mlora_engine_train(engine.get(), 1, 1));
  const std::vector<float> after = read(engine, model.tables[0], before.size());
  const int width = s.embedding;
  for (int i = 7 * width; i < 8 * width; ++i) {
    // Moments are those of one gradient, 60 steps ago for the correction: m / u is at most 0.1 / sqrt(0.001).
    CHECK(std::fabs(after[i] - before[i]) < 0.01, "value ", i, " moved ", after[i] - before[i]);
  }
}
