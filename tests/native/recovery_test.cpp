// What bad numbers and changed columns leave behind: nothing, once they are gone.
#include <cstring>
#include <limits>
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

std::vector<float> predict(const EngineHandle& engine, const Data& data) {
  std::vector<float> logits(data.rows);
  OK(mlora_engine_predict(engine.get(), data.columns.get(), 0, data.rows, logits.data(), nullptr));
  return logits;
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
      const std::vector<float> before = predict(engine, data);
      const int32_t good = std::exchange(data.domains[rows / 2], domain);
      CHECK(mlora_engine_train(engine.get(), 0, rows) == MLORA_INVALID, rows, " rows, domain ", domain);
      CHECK(std::strstr(mlora_last_error(), "domain") != nullptr, mlora_last_error());
      data.domains[rows / 2] = good;
      CHECK(same_bits(predict(engine, data), before), "a refused step moves nothing");
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
