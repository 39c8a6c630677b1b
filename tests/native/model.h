// Random networks and data for tests, and their parts by name.
#ifndef MLORA_TESTS_MODEL_H
#define MLORA_TESTS_MODEL_H

#include <cstdint>
#include <random>
#include <vector>

#include "handles.h"

// An MLP tower over two id fields, the domain, a bag and a number, with adapters.
struct Model {
  struct Shape {
    int domains = 3;
    std::vector<int> ids = {50, 30};
    int embedding = 8;
    std::vector<int> hidden = {32, 16};
    std::vector<int> ranks = {4, 2};  // empty: no adapters
    double dropout = 0;
    bool bag = false, number = false, shared_table = false;
    bool norm = false;
    bool attention = false;  // with adapters of its own, under the tower
    int bilinear = MLORA_NONE;  // how its pairs of fields share matrices, under the tower
  };
  struct P {
    int row_kind, rows, row_size;
    size_t size() const { return static_cast<size_t>(rows) * row_size; }
  };
  struct Layer {
    int weight, bias, a, b, c, rank, in, out, stream;
    double dropout;
    bool relu;
  };

  Shape shape;
  NetworkHandle network;
  std::vector<P> parameters;
  std::vector<Layer> layers;
  std::vector<int> tables;  // of ids, then domain, then bag
  int vector = -1;
  std::vector<int> statistics;
  int width = 0;

  explicit Model(const Shape& s) : shape(s), network(new_network(s.domains)) {
    for (int count : s.ids) OK(mlora_network_input(network.get(), MLORA_INPUT_ID, count));
    if (s.bag) OK(mlora_network_input(network.get(), MLORA_INPUT_BAG, s.ids[0]));
    if (s.number) OK(mlora_network_input(network.get(), MLORA_INPUT_NUMBER, 0));
    const int fields = static_cast<int>(s.ids.size()) + 1 + (s.bag ? 1 : 0) + (s.number ? 1 : 0);
    width = fields * s.embedding;
    OK(mlora_network_value(network.get(), width));
    int column = 0;
    for (size_t i = 0; i < s.ids.size(); ++i, column += s.embedding) {
      tables.push_back(add(MLORA_ROWS_BY_ID, s.ids[i], s.embedding));
      OK(mlora_network_lookup(network.get(), static_cast<int>(i), tables.back(), 0, column));
    }
    tables.push_back(add(MLORA_ROWS_BY_DOMAIN, s.domains, s.embedding));
    OK(mlora_network_lookup(network.get(), MLORA_DOMAIN, tables.back(), 0, column));
    column += s.embedding;
    int input = static_cast<int>(s.ids.size());
    if (s.bag) {
      tables.push_back(s.shared_table ? tables[0] : add(MLORA_ROWS_BY_ID, s.ids[0], s.embedding));
      OK(mlora_network_bag_lookup(network.get(), input++, tables.back(), MLORA_POOLING_MEAN, 0, column));
      column += s.embedding;
    }
    if (s.number) {
      vector = add(MLORA_ROWS_WHOLE, 1, s.embedding);
      OK(mlora_network_scale(network.get(), input, vector, 0, column));
    }
    int in = width, value = 0;
    if (s.norm) norm(value++);
    if (s.attention) in = attend(fields, value++);
    if (s.bilinear != MLORA_NONE) in = pair(fields, in / fields, value++);
    for (size_t i = 0; i < s.hidden.size(); ++i) {
      const int out = s.hidden[i], rank = s.ranks.empty() ? 0 : s.ranks[i];
      dense(in, out, rank, true, s.dropout, value);
      in = out;
      ++value;
    }
    dense(in, 1, 0, false, 0, value);
    OK(mlora_network_logit(network.get(), value + 1));
  }

  int add(int row_kind, int rows, int row_size) {
    OK(mlora_network_parameter(network.get(), row_kind, rows, row_size));
    parameters.push_back({row_kind, rows, row_size});
    return static_cast<int>(parameters.size()) - 1;
  }

  void norm(int value) {
    int p[6];
    for (int level : {0, 1}) {
      const int kind = level == 0 ? MLORA_ROWS_WHOLE : MLORA_ROWS_BY_DOMAIN, rows = level == 0 ? 1 : shape.domains;
      for (int i = 0; i < 3; ++i) p[3 * level + i] = add(kind, rows, i < 2 ? width : 1 + 2 * width);
      statistics.push_back(p[3 * level + 2]);
    }
    OK(mlora_network_value(network.get(), width));
    OK(mlora_network_partitioned_norm(network.get(), value, p[0], p[1], p[2], p[3], p[4], p[5], 0.9, 1e-3, value + 1));
  }

  // An interacting layer of two heads of width 3; gives the width of what it writes.
  int attend(int fields, int value) {
    constexpr int kHeads = 2, kColumns = 3 * kHeads, kRank = 3;
    int matrices[4], b[4];
    for (int& matrix : matrices) matrix = add(MLORA_ROWS_WHOLE, 1, shape.embedding * kColumns);
    const int a = add(MLORA_ROWS_BY_DOMAIN, shape.domains, shape.embedding * kRank);
    for (int& own : b) own = add(MLORA_ROWS_BY_DOMAIN, shape.domains, kRank * kColumns);
    OK(mlora_network_value(network.get(), fields * kColumns));
    OK(mlora_network_adapted_attention(network.get(), value, fields, kHeads, 1, matrices[0], matrices[1], matrices[2],
                                       matrices[3], a, b[0], b[1], b[2], b[3], kRank, 0.7, value + 1));
    return fields * kColumns;
  }

  // Products of all pairs of fields of width k; gives the width of what it writes.
  int pair(int fields, int k, int value) {
    const int pairs = fields * (fields - 1) / 2;
    std::vector<int> matrices(shape.bilinear == MLORA_BILINEAR_ALL    ? 1
                              : shape.bilinear == MLORA_BILINEAR_EACH ? fields - 1
                                                                      : pairs);
    for (int& matrix : matrices) matrix = add(MLORA_ROWS_WHOLE, 1, k * k);
    OK(mlora_network_value(network.get(), pairs * k));
    OK(mlora_network_bilinear(network.get(), value, fields, shape.bilinear, matrices.data(),
                              static_cast<int>(matrices.size()), value + 1));
    return pairs * k;
  }

  void dense(int in, int out, int rank, bool relu, double dropout, int value) {
    Layer layer = {add(MLORA_ROWS_WHOLE, 1, in * out), add(MLORA_ROWS_WHOLE, 1, out), -1, -1, -1, rank, in, out,
                   7 + value, dropout, relu};
    if (rank > 0) {
      layer.a = add(MLORA_ROWS_BY_DOMAIN, shape.domains, in * rank);
      layer.b = add(MLORA_ROWS_BY_DOMAIN, shape.domains, rank * out);
      layer.c = add(MLORA_ROWS_BY_DOMAIN, shape.domains, out);
    }
    OK(mlora_network_value(network.get(), out));
    OK(mlora_network_dense(network.get(), value, layer.weight, layer.bias, layer.a, layer.b, layer.c, rank, 1,
                           relu ? MLORA_ACTIVATION_RELU : MLORA_ACTIVATION_NONE, dropout, layer.stream, value + 1));
    layers.push_back(layer);
  }

  // Random values, scaled so that activations stay near 1.
  std::vector<std::vector<float>> values(unsigned seed) const {
    std::mt19937 random(seed);
    std::vector<std::vector<float>> out;
    for (const P& p : parameters) {
      std::normal_distribution<float> normal(0, 0.3f);
      out.emplace_back(p.size());
      for (float& v : out.back()) v = normal(random);
    }
    for (int i : statistics) out[i].assign(out[i].size(), 0);
    for (const Layer& l : layers) {
      std::normal_distribution<float> normal(0, 1.4f / std::sqrt(static_cast<float>(l.in)));
      for (float& v : out[l.weight]) v = normal(random);
      if (l.rank > 0) {
        for (float& v : out[l.a]) v = normal(random);
      }
    }
    return out;
  }

  EngineHandle engine(const std::vector<std::vector<float>>& values, int threads) const {
    EngineHandle engine = new_engine(network, threads);
    fill(engine, values);
    return engine;
  }
  void fill(const EngineHandle& engine, const std::vector<std::vector<float>>& values) const {
    for (size_t i = 0; i < values.size(); ++i) {
      write(engine, static_cast<int>(i), values[i]);
      OK(mlora_engine_rule(engine.get(), static_cast<int>(i), 0, parameters[i].rows, 1, 0));
    }
  }
  std::vector<std::vector<float>> read_all(const EngineHandle& engine, int slot = MLORA_SLOT_VALUE) const {
    std::vector<std::vector<float>> out;
    for (size_t i = 0; i < parameters.size(); ++i) {
      out.push_back(read(engine, static_cast<int>(i), parameters[i].size(), slot));
    }
    return out;
  }
};

// Random rows for a model. Domains: skewed, some empty, some unknown.
struct Data {
  int rows;
  std::vector<std::vector<int32_t>> ids;
  std::vector<int64_t> offsets;
  std::vector<int32_t> bag;
  std::vector<float> numbers, labels, weights;
  std::vector<int32_t> domains;
  ColumnsHandle columns;

  Data(const Model& model, int rows, unsigned seed, bool unknown = true) : rows(rows) {
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    columns = new_columns(model.network, rows);
    for (int count : model.shape.ids) {
      ids.emplace_back(rows);
      for (int32_t& id : ids.back()) id = unknown && below(20) == 0 ? -1 : std::min(below(count), below(count));
    }
    offsets.push_back(0);
    for (int r = 0; r < rows; ++r) {
      for (int k = below(4); k > 0; --k) bag.push_back(below(model.shape.ids[0]));
      offsets.push_back(static_cast<int64_t>(bag.size()));
      numbers.push_back(static_cast<float>(below(2000)) / 1000 - 1);
      labels.push_back(static_cast<float>(below(2)));
      weights.push_back(static_cast<float>(below(5)) / 2);
      const int d = std::min(below(model.shape.domains), below(model.shape.domains));
      domains.push_back(unknown && below(10) == 0 ? -1 : d == 1 ? 0 : d);  // domain 1 stays empty
    }
    bind(model);
  }

  void bind(const Model& model) {
    int input = 0;
    for (const auto& column : ids) OK(mlora_columns_ids(columns.get(), input++, column.data()));
    if (model.shape.bag) {
      OK(mlora_columns_bags(columns.get(), input++, offsets.data(), bag.data(), static_cast<int64_t>(bag.size())));
    }
    if (model.shape.number) OK(mlora_columns_numbers(columns.get(), input++, numbers.data()));
    OK(mlora_columns_domains(columns.get(), domains.data()));
    OK(mlora_columns_labels(columns.get(), labels.data()));
    OK(mlora_columns_weights(columns.get(), weights.data()));
  }

  std::vector<int32_t> all() const {
    std::vector<int32_t> out(rows);
    for (int i = 0; i < rows; ++i) out[i] = i;
    return out;
  }
};

// The logits of rows [from, from + count).
inline std::vector<float> predict(const EngineHandle& engine, const Data& data, int from, int count) {
  std::vector<float> logits(count);
  OK(mlora_engine_predict(engine.get(), data.columns.get(), from, count, logits.data(), nullptr));
  return logits;
}

#endif
