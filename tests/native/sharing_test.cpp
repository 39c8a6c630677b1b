// Engines that predict from the weights of another one.
#include <atomic>
#include <cstring>
#include <thread>

#include "check.h"
#include "handles.h"
#include "model.h"

namespace {

EngineHandle share(const EngineHandle& engine) {
  mlora_engine* sharing = nullptr;
  OK(mlora_engine_share(engine.get(), &sharing));
  return EngineHandle(sharing);
}

Model::Shape shape(int domains) {
  Model::Shape s;
  s.domains = domains;
  s.hidden = {70, 48};
  s.ranks = {5, 3};
  s.bag = s.number = true;
  s.norm = s.attention = domains > 2;
  return s;
}

bool same_bits(const std::vector<float>& whole, int from, const std::vector<float>& part) {
  return std::memcmp(whole.data() + from, part.data(), part.size() * sizeof(float)) == 0;
}

#define REFUSED(call, reason)                                                                       \
  do {                                                                                              \
    CHECK((call) == MLORA_INVALID);                                                                 \
    CHECK(std::string(mlora_last_error()).find(reason) != std::string::npos, mlora_last_error()); \
  } while (false)

}  // namespace

TEST(engines_that_share_weights_predict_at_the_same_time_to_the_same_bits) {
  for (int domains : {1, 40}) {
    const Model model(shape(domains));
    const Data data(model, 500, 5);
    const EngineHandle engine = model.engine(model.values(1), 2);
    const std::vector<float> whole = predict(engine, data, 0, data.rows);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t, sharing = share(engine)] {
        // Single rows, one panel, and several, for which the engines' common threads are wanted.
        for (int count : {1, 7, 48, 200}) {
          for (int from = 3 * t; from + count <= data.rows; from += count + 29) {
            if (!same_bits(whole, from, predict(sharing, data, from, count))) ++wrong;
          }
        }
      });
    }
    for (int from = 0; from + 100 <= data.rows; from += 50) {
      CHECK(same_bits(whole, from, predict(engine, data, from, 100)), "rows from ", from);
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0, wrong.load(), " predictions of engines that share");
  }
}

TEST(shared_weights_outlive_the_engine_that_they_came_from) {
  const Model model(shape(5));
  const Data data(model, 300, 6);
  EngineHandle engine = model.engine(model.values(2), 2);
  const std::vector<float> whole = predict(engine, data, 0, data.rows);
  const EngineHandle sharing = share(engine);
  engine.reset();
  CHECK(same_bits(whole, 0, predict(sharing, data, 0, data.rows)));
}

TEST(an_engine_shares_the_weights_of_its_last_step) {
  const Model model(shape(30));
  const Data data(model, 400, 7);
  const EngineHandle engine = model.engine(model.values(3), 2);
  OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW,
                            MLORA_UNTOUCHED_MOVE, 42));
  const std::vector<int32_t> order = data.all();
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
  for (int from = 0; from < data.rows; from += 50) OK(mlora_engine_train(engine.get(), from, 50));
  const EngineHandle sharing = share(engine);
  const std::vector<float> shared = predict(sharing, data, 0, data.rows);
  CHECK(same_bits(predict(engine, data, 0, data.rows), 0, shared));
}

TEST(weights_change_only_while_no_other_engine_predicts_from_them) {
  const Model model(shape(5));
  const Data data(model, 50, 8);
  const EngineHandle engine = model.engine(model.values(4), 1);
  const std::vector<int32_t> order = data.all();
  const float one = 1;
  float value = 0;
  OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), data.rows));
  {
    const EngineHandle sharing = share(engine);
    REFUSED(mlora_engine_train(engine.get(), 0, 50), "1 engines predict from the weights");
    REFUSED(mlora_engine_write(engine.get(), 0, MLORA_SLOT_VALUE, 0, &one, 1), "close them first");
    OK(mlora_engine_read(engine.get(), 0, MLORA_SLOT_VALUE, 0, &value, 1));
    mlora_engine* another = nullptr;
    REFUSED(mlora_engine_share(sharing.get(), &another), "only predicts");
    REFUSED(mlora_engine_train(sharing.get(), 0, 50), "only predicts");
    REFUSED(mlora_engine_write(sharing.get(), 0, MLORA_SLOT_VALUE, 0, &one, 1), "only predicts");
    REFUSED(mlora_engine_read(sharing.get(), 0, MLORA_SLOT_VALUE, 0, &value, 1), "only predicts");
  }
  OK(mlora_engine_write(engine.get(), 0, MLORA_SLOT_VALUE, 0, &one, 1));
  OK(mlora_engine_train(engine.get(), 0, 50));
}

TEST(a_handle_without_a_place_is_refused_and_none_is_made) {
  const Model model(shape(3));
  EngineHandle engine = model.engine(model.values(1), 1);
  const int64_t live = mlora_live_handles();
  REFUSED(mlora_network_create(3, nullptr), "place of the handle");
  REFUSED(mlora_columns_create(model.network.get(), 3, nullptr), "place of the handle");
  REFUSED(mlora_engine_create(model.network.get(), 1, nullptr), "place of the handle");
  REFUSED(mlora_engine_share(engine.get(), nullptr), "place of the handle");
  CHECK(mlora_live_handles() == live);
  // Nothing shares it, so that its weights may change.
  write(engine, 0, {1});
}

TEST(nothing_is_read_into_no_place) {
  const Model model(shape(3));
  EngineHandle engine = model.engine(model.values(1), 1);
  OK(mlora_engine_read(engine.get(), 0, MLORA_SLOT_GRADIENT, 0, nullptr, 0));
}
