// Logits, loss and gradients of random networks against plain loops in double precision.
#include <numeric>

#include "check.h"
#include "reference.h"
#include "simd/kernels.h"

namespace {

const Reference::Keep kKeepAll = [](const Model::Layer&, int, int) { return 1.0; };

// Philox4x32-10 as org.mlora.random.Philox documents it, straight from its definition.
void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const uint64_t p0 = uint64_t{0xD2511F53u} * c[0], p1 = uint64_t{0xCD9E8D57u} * c[2];
    const uint32_t n0 = static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, n2 = static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1;
    c[1] = static_cast<uint32_t>(p1);
    c[3] = static_cast<uint32_t>(p0);
    c[0] = n0;
    c[2] = n2;
  }
}

bool keeps(uint64_t seed, uint32_t step, int stream, int row, int column, uint32_t threshold) {
  uint32_t c[4] = {static_cast<uint32_t>(16 * (column / 128) + column % 16), static_cast<uint32_t>(row),
                   static_cast<uint32_t>(stream), step};
  philox(c, static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
  const int piece = column % 128 / 16;
  return ((c[piece / 2] >> (16 * (piece % 2))) & 0xFFFF) < threshold;
}

constexpr int64_t kSeed = 0x1234567890ABCDEFll;

void check_gradients(const Model& model, const EngineHandle& engine, const Doubles& want, const std::string& what) {
  for (size_t i = 0; i < want.size(); ++i) {
    const std::vector<float> got = read(engine, static_cast<int>(i), want[i].size(), MLORA_SLOT_GRADIENT);
    double largest = 0;
    for (double v : want[i]) largest = std::fmax(largest, std::fabs(v));
    for (size_t k = 0; k < got.size(); ++k) {
      CHECK(std::fabs(got[k] - want[i][k]) <= 2e-5 * largest, what, ": gradient of parameter ", i, " (",
            model.parameters[i].rows, " x ", model.parameters[i].row_size, ") value ", k, " is ", got[k], " not ",
            want[i][k]);
    }
  }
}

void compare(const Model::Shape& shape, int rows, unsigned seed) {
  const Model model(shape);
  const Data data(model, rows, seed);
  const auto values = model.values(seed + 1);
  const Doubles exact = to_doubles(values);
  const EngineHandle engine = model.engine(values, 2);
  const Reference reference(model);
  const std::string what = check::join("D=", shape.domains, " rows=", rows, " hidden=", shape.hidden[0], " rank=",
                                       shape.ranks.empty() ? 0 : shape.ranks[0]);

  std::vector<float> logits(rows), probabilities(rows);
  for (int merge : {MLORA_MERGE_NEVER, MLORA_MERGE_ALWAYS}) {
    OK(mlora_engine_merge(engine.get(), merge));
    OK(mlora_engine_predict(engine.get(), data.columns.get(), 0, rows, logits.data(), probabilities.data()));
    for (int r = 0; r < rows; ++r) {
      const double want = reference.logit(exact, data, r, r, kKeepAll);
      CHECK(std::fabs(logits[r] - want) <= 1e-5 * std::fmax(1, std::fabs(want)), what, ": logit ", r, " is ", logits[r],
            " not ", want, ", merge ", merge);
      CHECK(std::fabs(probabilities[r] - 1 / (1 + std::exp(-want))) <= 1e-5, what, ": probability ", r);
    }
  }

  OK(mlora_engine_optimizer(engine.get(), MLORA_SGD, 0.1, 0, 0, 0, 0, 0, kSeed));
  OK(mlora_engine_set_step(engine.get(), 41));
  std::vector<int32_t> order = data.all();
  std::reverse(order.begin(), order.end());
  for (int dropout : {0, 1}) {
    const auto threshold = static_cast<uint32_t>(std::lround(65536 * (1 - shape.dropout)));
    const Reference::Keep drawn = [&](const Model::Layer& l, int row, int column) {
      if (l.dropout == 0) return 1.0;
      return keeps(kSeed, 42, l.stream, row, column, threshold) ? 65536.0 / threshold : 0.0;
    };
    double loss = 0;
    OK(mlora_engine_gradients(engine.get(), data.columns.get(), order.data(), rows, dropout, &loss));
    Doubles want;
    const double expected = reference.loss(exact, data, order, dropout == 1 ? drawn : kKeepAll, &want);
    CHECK(check::close(loss, expected, 1e-5, 0), what, ": loss ", loss, " not ", expected);
    check_gradients(model, engine, want, what);

    // A step of plain gradient descent subtracts just these.
    if (dropout == 0 && shape.dropout > 0) continue;
    OK(mlora_engine_order(engine.get(), data.columns.get(), order.data(), rows));
    OK(mlora_engine_train(engine.get(), 0, rows));
    for (size_t i = 0; i < values.size(); ++i) {
      const std::vector<float> now = read(engine, static_cast<int>(i), values[i].size());
      for (size_t k = 0; k < now.size(); ++k) {
        CHECK(std::fabs(now[k] - (exact[i][k] - 0.1 * want[i][k])) <= 1e-6 * std::fmax(1, std::fabs(exact[i][k])), what,
              ": parameter ", i, " value ", k, " after a step");
      }
    }
    model.fill(engine, values);
    OK(mlora_engine_set_step(engine.get(), 41));
  }
}

Model::Shape tower(int domains, std::vector<int> hidden, std::vector<int> ranks) {
  Model::Shape s;
  s.domains = domains;
  s.hidden = std::move(hidden);
  s.ranks = std::move(ranks);
  return s;
}

}  // namespace

TEST(reference_gradients_are_the_slopes_of_the_reference_loss) {
  Model::Shape shape = tower(3, {9, 5}, {2, 1});
  shape.bag = shape.number = true;
  const Model model(shape);
  const Data data(model, 20, 1);
  Doubles w = to_doubles(model.values(2)), gradients;
  const Reference reference(model);
  const std::vector<int32_t> rows = data.all();
  reference.loss(w, data, rows, kKeepAll, &gradients);
  for (size_t i = 0; i < w.size(); ++i) {
    for (size_t k = 0; k < w[i].size(); k += 3) {
      const double value = w[i][k], h = 1e-6;
      w[i][k] = value + h;
      const double above = reference.loss(w, data, rows, kKeepAll, nullptr);
      w[i][k] = value - h;
      const double below = reference.loss(w, data, rows, kKeepAll, nullptr);
      w[i][k] = value;
      CHECK(std::fabs((above - below) / (2 * h) - gradients[i][k]) < 1e-7, "parameter ", i, " value ", k);
    }
  }
}

TEST(every_width_matches_the_reference) {
  for (int width : {1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 48, 49, 63, 64, 65, 97, 256, 384}) {
    compare(tower(3, {width, 20}, {std::max(width / 16, 1), 1}), 37, static_cast<unsigned>(width));
    compare(tower(2, {20, width}, {2, std::min(width, 5)}), 30, static_cast<unsigned>(width));
  }
}

TEST(every_embedding_width_matches_the_reference) {
  for (int width : {1, 3, 4, 8, 13, 16, 37, 128}) {
    Model::Shape shape = tower(3, {24}, {2});
    shape.embedding = width;
    shape.bag = shape.number = true;
    compare(shape, 40, 3);
  }
}

TEST(every_rank_matches_the_reference) {
  for (int rank : {1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 64, 128}) {
    compare(tower(3, {48, 24}, {rank, rank}), 45, static_cast<unsigned>(rank));
  }
}

TEST(every_number_of_domains_matches_the_reference) {
  for (int domains : {1, 2, 10, 1000}) {
    for (int rows : {1, 2, 5, 300}) compare(tower(domains, {33, 16}, {4, 2}), rows, static_cast<unsigned>(domains + rows));
  }
}

TEST(batches_larger_than_a_block_match_the_reference) {
  // Blocks have 1024 rows: runs of equal domain cross one, two and no boundary.
  for (int domains : {1, 3, 40}) compare(tower(domains, {20}, {3}), 2600, static_cast<unsigned>(domains));
}

TEST(a_network_without_adapters_matches_the_reference) { compare(tower(4, {40, 20}, {}), 70, 11); }

TEST(bags_numbers_and_shared_tables_match_the_reference) {
  Model::Shape shape = tower(4, {40, 20}, {4, 2});
  shape.bag = shape.number = true;
  compare(shape, 90, 12);
  shape.shared_table = true;
  compare(shape, 90, 13);
}

TEST(drawn_dropout_matches_the_reference) {
  for (double dropout : {0.5, 0.1, 0.9}) {
    for (int width : {1, 16, 20, 127, 128, 129, 300}) {
      Model::Shape shape = tower(3, {width, 24}, {3, 2});
      shape.dropout = dropout;
      compare(shape, 50, static_cast<unsigned>(width));
    }
  }
}

TEST(philox_gives_the_known_answers) {
  uint32_t zero[4] = {0, 0, 0, 0};
  philox(zero, 0, 0);
  CHECK(zero[0] == 0x6627e8d5 && zero[1] == 0xe169c58d && zero[2] == 0xbc57ac4c && zero[3] == 0x9b00dbd8);
  uint32_t ones[4] = {~0u, ~0u, ~0u, ~0u};
  philox(ones, ~0u, ~0u);
  CHECK(ones[0] == 0x408f276d && ones[1] == 0x41c83b0e && ones[2] == 0xa20bc7c6 && ones[3] == 0x6d5451fd);
  // The kernel draws the same numbers: bit i of word p is number p of lane i below the threshold.
  const int32_t row = 77;
  for (uint32_t threshold : {1u, 100u, 32768u, 65535u, 65536u}) {
    uint16_t words[20];
    mlora::kernels().dropout(1, &row, 20, kSeed, 5, 9, threshold, words, 20);
    for (int column = 0; column < 320; ++column) {
      CHECK(((words[column / 16] >> (column % 16)) & 1) == (keeps(kSeed, 9, 5, row, column, threshold) ? 1 : 0), column);
    }
  }
}
