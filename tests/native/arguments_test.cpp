// Wrong arguments and wrong data are refused with a message that names them, and change nothing; memory
// that is refused leaves the engine usable.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "check.h"
#include "handles.h"
#include "model.h"

namespace {

#define REFUSED(call, part)                                                                       \
  do {                                                                                            \
    CHECK((call) == MLORA_INVALID, mlora_last_error());                                           \
    CHECK(std::strstr(mlora_last_error(), part) != nullptr, "the message is: ", mlora_last_error()); \
  } while (false)

Model small() {
  Model::Shape shape;
  shape.bag = shape.number = true;
  return Model(shape);
}

}  // namespace

TEST(null_handles_are_refused) {
  REFUSED(mlora_network_create(1, nullptr), "null");
  REFUSED(mlora_network_input(nullptr, MLORA_INPUT_ID, 1), "network is null");
  REFUSED(mlora_engine_train(nullptr, 0, 1), "engine is null");
  REFUSED(mlora_columns_rows(nullptr, 1), "columns is null");
  mlora_engine* engine = nullptr;
  REFUSED(mlora_engine_create(nullptr, 1, &engine), "network is null");
  CHECK(engine == nullptr);
  mlora_engine_destroy(nullptr);
  mlora_network_destroy(nullptr);
  mlora_columns_destroy(nullptr);
}

TEST(networks_that_make_no_sense_are_refused) {
  mlora_network* none = nullptr;
  REFUSED(mlora_network_create(0, &none), "domain");
  const NetworkHandle n = new_network(3);
  mlora_network* p = n.get();
  REFUSED(mlora_network_input(p, 9, 1), "kind 9");
  REFUSED(mlora_network_input(p, MLORA_INPUT_ID, 0), "id count 0");
  REFUSED(mlora_network_parameter(p, MLORA_ROWS_BY_ID, 0, 4), "0 rows");
  REFUSED(mlora_network_parameter(p, MLORA_ROWS_BY_DOMAIN, 4, 4), "3 domains");
  REFUSED(mlora_network_value(p, 0), "width 0");
  OK(mlora_network_input(p, MLORA_INPUT_ID, 10));
  OK(mlora_network_parameter(p, MLORA_ROWS_BY_ID, 9, 4));   // 0: a row short
  OK(mlora_network_parameter(p, MLORA_ROWS_BY_ID, 10, 4));  // 1
  OK(mlora_network_parameter(p, MLORA_ROWS_WHOLE, 1, 4));   // 2: weight 4 x 1
  OK(mlora_network_parameter(p, MLORA_ROWS_WHOLE, 1, 1));   // 3: bias
  OK(mlora_network_value(p, 4));
  OK(mlora_network_value(p, 1));
  REFUSED(mlora_network_lookup(p, 0, 0, 0, 0), "9 rows for 10 ids");
  REFUSED(mlora_network_lookup(p, 1, 1, 0, 0), "input 1");
  REFUSED(mlora_network_lookup(p, 0, 7, 0, 0), "table 7");
  REFUSED(mlora_network_lookup(p, 0, 1, 0, 1), "columns [1");
  REFUSED(mlora_network_lookup(p, 0, 2, 0, 0), "WHOLE");
  REFUSED(mlora_network_bag_lookup(p, 0, 1, 0, 0, 0), "kind");
  REFUSED(mlora_network_dense(p, 0, 2, 3, -1, -1, -1, 0, 1, 0, 0, 1), "before its column 0 is written");
  OK(mlora_network_lookup(p, 0, 1, 0, 0));
  REFUSED(mlora_network_lookup(p, 0, 1, 0, 0), "written twice");
  REFUSED(mlora_network_dense(p, 0, 3, 2, -1, -1, -1, 0, 1, 0, 0, 1), "weight: parameter 3");
  REFUSED(mlora_network_dense(p, 0, 2, 3, 2, -1, -1, 0, 1, 0, 0, 1), "needs all of a, b and c");
  REFUSED(mlora_network_dense(p, 0, 2, 3, -1, -1, -1, 0, 5, 0, 0, 1), "activation 5");
  REFUSED(mlora_network_dense(p, 0, 2, 3, -1, -1, -1, 0, 1, 1.0, 0, 1), "dropout 1");
  REFUSED(mlora_network_dense(p, 0, 2, 3, -1, -1, -1, 0, 1, std::nan(""), 0, 1), "dropout nan");
  REFUSED(mlora_network_logit(p, 0), "width 4");
  mlora_engine* engine = nullptr;
  REFUSED(mlora_engine_create(p, 1, &engine), "no logit");
  OK(mlora_network_dense(p, 0, 2, 3, -1, -1, -1, 0, 1, 0, 0, 1));
  OK(mlora_network_logit(p, 1));
  REFUSED(mlora_engine_create(p, 0, &engine), "0 threads");
  REFUSED(mlora_engine_create(p, 1 << 20, &engine), "threads");
  OK(mlora_network_value(p, 5));
  REFUSED(mlora_engine_create(p, 1, &engine), "value 2 does not lead to the logit");
}

TEST(rows_that_make_no_sense_are_named) {
  const Model model = small();
  Data data(model, 10, 1, false);
  const EngineHandle engine = model.engine(model.values(1), 1);
  const std::vector<int32_t> order = data.all();
  const auto order_all = [&] { return mlora_engine_order(engine.get(), data.columns.get(), order.data(), 10); };
  const auto predict_all = [&] {
    float out[10];
    return mlora_engine_predict(engine.get(), data.columns.get(), 0, 10, out, nullptr);
  };
  data.ids[1][4] = 30;
  REFUSED(order_all(), "row 4, input 1: id 30 is not below 30");
  REFUSED(predict_all(), "row 4, input 1");
  data.ids[1][4] = 0;
  data.domains[7] = 3;
  REFUSED(order_all(), "row 7: domain 3");
  REFUSED(predict_all(), "row 7: domain 3");
  data.domains[7] = -2;
  REFUSED(predict_all(), "row 7: domain -2");
  data.domains[7] = -1;
  data.labels[2] = std::numeric_limits<float>::quiet_NaN();
  REFUSED(order_all(), "row 2: label nan");
  data.labels[2] = 2;
  REFUSED(order_all(), "row 2: label 2");
  data.labels[2] = 1;
  std::swap(data.offsets[3], data.offsets[10]);
  REFUSED(order_all(), "offsets");
  std::swap(data.offsets[3], data.offsets[10]);
  OK(order_all());
  OK(predict_all());
  const int32_t outside = 10;
  REFUSED(mlora_engine_order(engine.get(), data.columns.get(), &outside, 1), "is 10, not in [0, 10)");
  REFUSED(mlora_engine_train(engine.get(), 5, 6), "rows [5, 5 + 6)");
  REFUSED(mlora_engine_train(engine.get(), 0, 0), "rows [0, 0 + 0)");
  REFUSED(mlora_engine_train(engine.get(), -1, 2), "rows [-1");
  float out[1];
  REFUSED(mlora_engine_predict(engine.get(), data.columns.get(), 10, 1, out, nullptr), "rows [10");
  REFUSED(mlora_engine_predict(engine.get(), data.columns.get(), 0, -1, out, nullptr), "rows [0");
  const ColumnsHandle empty = new_columns(model.network, 3);
  REFUSED(mlora_engine_predict(engine.get(), empty.get(), 0, 1, out, nullptr), "input 0 has no column");
  const ColumnsHandle unlabelled = new_columns(model.network, 10);
  OK(mlora_columns_ids(unlabelled.get(), 0, data.ids[0].data()));
  OK(mlora_columns_ids(unlabelled.get(), 1, data.ids[1].data()));
  OK(mlora_columns_bags(unlabelled.get(), 2, data.offsets.data(), data.bag.data()));
  OK(mlora_columns_numbers(unlabelled.get(), 3, data.numbers.data()));
  OK(mlora_columns_domains(unlabelled.get(), data.domains.data()));
  OK(mlora_engine_predict(engine.get(), unlabelled.get(), 0, 1, out, nullptr));
  REFUSED(mlora_engine_order(engine.get(), unlabelled.get(), order.data(), 10), "no labels");
}

TEST(engine_settings_that_make_no_sense_are_refused) {
  const Model model = small();
  const EngineHandle e = model.engine(model.values(1), 1);
  mlora_engine* p = e.get();
  float value = 0;
  REFUSED(mlora_engine_write(p, 99, MLORA_SLOT_VALUE, 0, &value, 1), "parameter 99");
  REFUSED(mlora_engine_write(p, 0, 9, 0, &value, 1), "slot 9");
  REFUSED(mlora_engine_write(p, 0, MLORA_SLOT_VALUE, 400, &value, 1), "values [400");
  REFUSED(mlora_engine_write(p, 0, MLORA_SLOT_VALUE, INT64_MAX, &value, 2), "values [");
  REFUSED(mlora_engine_read(p, 0, MLORA_SLOT_VALUE, -1, &value, 1), "values [-1");
  REFUSED(mlora_engine_read(p, 0, MLORA_SLOT_VALUE, 0, nullptr, 1), "no place");
  REFUSED(mlora_engine_optimizer(p, 7, 0.1, 0, 0, 0, 0, 0, 0), "kind 7");
  REFUSED(mlora_engine_optimizer(p, MLORA_SGD, -1, 0, 0, 0, 0, 0, 0), "learning rate -1");
  REFUSED(mlora_engine_optimizer(p, MLORA_ADAM, 0.1, 1, 0.9, 1e-8, 0, 0, 0), "beta1 1");
  REFUSED(mlora_engine_optimizer(p, MLORA_ADAM, 0.1, 0.9, std::nan(""), 1e-8, 0, 0, 0), "beta2 nan");
  REFUSED(mlora_engine_optimizer(p, MLORA_ADAM, 0.1, 0.9, 0.9, -1, 0, 0, 0), "epsilon -1");
  REFUSED(mlora_engine_optimizer(p, MLORA_ADAM, 0.1, 0.9, 0.9, 1e-8, 5, 0, 0), "epsilon rule 5");
  REFUSED(mlora_engine_rule(p, 0, 0, 51, 1, 0), "rows [0, 0 + 51)");
  REFUSED(mlora_engine_rule(p, 0, 0, 50, -1, 0), "scale -1");
  REFUSED(mlora_engine_rule(p, 0, 0, 50, 1, -1), "l2 -1");
  REFUSED(mlora_engine_set_step(p, -1), "step -1");
  REFUSED(mlora_engine_merge(p, 3), "merge mode 3");
  const uint8_t keep[64] = {};
  REFUSED(mlora_engine_fix_dropout(p, 1234, keep, 64), "stream 1234");
  REFUSED(mlora_engine_fix_dropout(p, 7, keep, 33), "rows of 32");
  OK(mlora_engine_fix_dropout(p, 7, keep, 64));
  const Data data(model, 10, 1);
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(p, data.columns.get(), order.data(), 10));
  REFUSED(mlora_engine_train(p, 0, 10), "masks for 2 rows, not 10");
  int64_t step = 1;
  OK(mlora_engine_step(p, &step));
  CHECK(step == 0, "a refused step counted");
}

TEST(refused_memory_leaves_the_engine_usable) {
  const NetworkHandle n = new_network(2);
  OK(mlora_network_input(n.get(), MLORA_INPUT_ID, 10));
  OK(mlora_network_parameter(n.get(), MLORA_ROWS_BY_ID, INT32_MAX, 1 << 16));
  OK(mlora_network_parameter(n.get(), MLORA_ROWS_WHOLE, 1, 1 << 16));
  OK(mlora_network_parameter(n.get(), MLORA_ROWS_WHOLE, 1, 1));
  OK(mlora_network_value(n.get(), 1 << 16));
  OK(mlora_network_value(n.get(), 1));
  OK(mlora_network_lookup(n.get(), 0, 0, 0, 0));
  OK(mlora_network_dense(n.get(), 0, 1, 2, -1, -1, -1, 0, 0, 0, 0, 1));
  OK(mlora_network_logit(n.get(), 1));
  mlora_engine* engine = nullptr;
  CHECK(mlora_engine_create(n.get(), 1, &engine) == MLORA_OUT_OF_MEMORY, mlora_last_error());
  CHECK(std::strstr(mlora_last_error(), "parameter 0") != nullptr, mlora_last_error());
  CHECK(engine == nullptr);
  const Model model = small();
  const EngineHandle usable = model.engine(model.values(1), 1);
}

TEST(empty_batches_and_empty_columns_are_fine) {
  const Model model = small();
  const Data data(model, 4, 1);
  const EngineHandle engine = model.engine(model.values(1), 1);
  OK(mlora_engine_predict(engine.get(), data.columns.get(), 2, 0, nullptr, nullptr));
  OK(mlora_engine_order(engine.get(), data.columns.get(), nullptr, 0));
  OK(mlora_columns_rows(data.columns.get(), 0));
  float out = 0;
  REFUSED(mlora_engine_predict(engine.get(), data.columns.get(), 0, 1, &out, nullptr), "of 0");
  double sum = 1;
  int64_t rows = 1;
  OK(mlora_engine_take_loss(engine.get(), &sum, &rows));
  CHECK(sum == 0 && rows == 0);
}

TEST(a_diverged_run_shows_and_can_be_written_over) {
  const Model model = small();
  const Data data(model, 100, 1, false);
  const auto values = model.values(1);
  const EngineHandle engine = model.engine(values, 2);
  std::vector<float> before(100), after(100);
  OK(mlora_engine_predict(engine.get(), data.columns.get(), 0, 100, before.data(), nullptr));
  OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 1e30, 0.9, 0.999, 1e-8, 0, 0, 0));
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), 100));
  for (int i = 0; i < 4; ++i) OK(mlora_engine_train(engine.get(), 0, 100));
  double sum = 0;
  int64_t rows = 0;
  OK(mlora_engine_take_loss(engine.get(), &sum, &rows));
  CHECK(!(std::fabs(sum) < 1e6), "the run did not diverge: ", sum);
  OK(mlora_engine_reset_optimizer(engine.get()));
  OK(mlora_engine_optimizer(engine.get(), MLORA_SGD, 0, 0, 0, 0, 0, 0, 0));
  model.fill(engine, values);
  OK(mlora_engine_predict(engine.get(), data.columns.get(), 0, 100, after.data(), nullptr));
  CHECK(std::memcmp(before.data(), after.data(), 400) == 0);
  OK(mlora_engine_train(engine.get(), 0, 100));
  OK(mlora_engine_take_loss(engine.get(), &sum, &rows));
  CHECK(std::isfinite(sum), sum);
}
