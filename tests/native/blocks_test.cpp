// How a step cuts its batch into blocks and panels changes no bit.
#include <cstring>

#include "check.h"
#include "engine.h"
#include "model.h"

namespace {

std::vector<std::vector<float>> train(const Model& model, const Data& data, const mlora::Engine::Options& options) {
  mlora::Engine engine(model.network.get()->network, options);
  const std::vector<std::vector<float>> values = model.values(3);
  engine.set_optimizer({MLORA_ADAM, 0.01, 0.9, 0.999, 1e-8, MLORA_EPSILON_TENSORFLOW, MLORA_UNTOUCHED_MOVE, 42});
  for (size_t i = 0; i < values.size(); ++i) {
    const int parameter = static_cast<int>(i);
    engine.write(parameter, MLORA_SLOT_VALUE, 0, values[i].data(), static_cast<int64_t>(values[i].size()));
    engine.set_rule(parameter, 0, model.parameters[i].rows, 1, 0);
  }
  const std::vector<int32_t> order = data.all();
  engine.set_order(data.columns.get()->columns, order.data(), data.rows);
  for (int step = 0; step < 6; ++step) engine.train(step % 2 * (data.rows / 2), data.rows / 2);
  std::vector<std::vector<float>> out;
  for (int slot : {MLORA_SLOT_VALUE, MLORA_SLOT_FIRST_MOMENT, MLORA_SLOT_SECOND_MOMENT_ROOT}) {
    for (size_t i = 0; i < values.size(); ++i) {
      out.emplace_back(values[i].size());
      engine.read(static_cast<int>(i), slot, 0, out.back().data(), static_cast<int64_t>(out.back().size()));
    }
  }
  return out;
}

}  // namespace

TEST(training_gives_the_same_bits_however_a_batch_is_cut) {
  // With 300 domains of 60 KB each, a step makes its blocks smaller by itself.
  for (int domains : {1, 5, 300}) {
    Model::Shape shape;
    shape.domains = domains;
    shape.hidden = {256, 16};
    shape.ranks = {16, 2};
    shape.dropout = 0.5;
    shape.bag = shape.number = true;
    shape.norm = domains == 5;
    shape.attention = domains == 5;
    const Model model(shape);
    const Data data(model, 1600, 11);
    mlora::Engine::Options options;
    const std::vector<std::vector<float>> expected = train(model, data, options);
    for (int64_t block_rows : {1600, 96, 31}) {
      options.block_rows = block_rows;
      options.panel_rows = block_rows == 31 ? 13 : 48;
      options.threads = block_rows == 96 ? 2 : 1;
      const std::vector<std::vector<float>> other = train(model, data, options);
      for (size_t i = 0; i < expected.size(); ++i) {
        CHECK(std::memcmp(expected[i].data(), other[i].data(), expected[i].size() * sizeof(float)) == 0, "array ", i,
              " with ", domains, " domains and blocks of ", block_rows);
      }
    }
  }
}
