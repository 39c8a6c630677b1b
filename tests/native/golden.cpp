#include "golden.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

Golden::Golden(const std::string& file, double dropout) {
  const char* folder = std::getenv("MLORA_GOLDEN");
  std::ifstream in(std::string(folder == nullptr ? "." : folder) + "/golden_" + file + ".json");
  if (!in) throw check::Skip("no golden_" + file + ".json in the folder MLORA_GOLDEN");
  std::stringstream text;
  text << in.rdbuf();
  json = Json::parse(text.str());
  adapters = json["params"].has("A0");
  network = new_network(size("n_domain"));
  OK(mlora_network_input(network.get(), MLORA_INPUT_ID, size("n_uid")));
  OK(mlora_network_input(network.get(), MLORA_INPUT_ID, size("n_pid")));
  OK(mlora_network_logit(network.get(), logit(json["base"].string, dropout)));
}

int Golden::logit(const std::string& base, double dropout) {
  const int e = lookups("emb_", k());
  if (base == "mlp") return dense(tower(e, dropout), 1, "out_w", "out_b");
  if (base == "pnn") {
    const int products = value(3);
    OK(mlora_network_inner_products(network.get(), e, 3, products));
    return dense(tower(concat({e, products}), dropout), 1, "out_w", "out_b");
  }
  const int linear = lookups("lin_", 1);
  std::vector<int> parts = {linear};
  if (base == "dcn") {
    parts.push_back(dense(concat({crossed(e), tower(e, dropout)}), 1, "out_w", "out_b"));
  } else if (base == "autoint") {
    parts.push_back(dense(concat({attended(e), tower(e, dropout)}), 1, "out_w", "out_b"));
  } else {
    int deep = e;
    if (base == "nfm" || base == "deepfm") {
      const int pooled = value(k());
      OK(mlora_network_bi_interaction(network.get(), e, 3, pooled));
      if (base == "nfm") deep = pooled;
      if (base == "deepfm") parts.push_back(pooled);
    } else if (base == "xdeepfm") {
      parts.push_back(dense(interacted(e), 1, "cin_out_w", "cin_out_b"));
    } else if (base == "fibinet") {
      deep = pairs(e);
    } else {
      CHECK(base == "wdl", base);
    }
    parts.push_back(dense(tower(deep, dropout), 1, "out_w", "out_b"));
  }
  return sum_groups(concat(parts), 1);
}

int Golden::crossed(int embeddings) {
  int x = embeddings;
  for (int i = 0; i < size("cross"); ++i) {
    const std::string n = std::to_string(i);
    const int w = parameter("cross_w" + n, MLORA_ROWS_WHOLE), b = parameter("cross_b" + n, MLORA_ROWS_WHOLE);
    const int next = value(width(x));
    OK(mlora_network_cross(network.get(), embeddings, x, w, b, next));
    x = next;
  }
  return x;
}

int Golden::attended(int embeddings) {
  int x = embeddings;
  for (int i = 0; i < size("att_layers"); ++i) {
    const std::string n = std::to_string(i);
    const int q = parameter("att_q" + n, MLORA_ROWS_WHOLE), key = parameter("att_k" + n, MLORA_ROWS_WHOLE);
    const int v = parameter("att_v" + n, MLORA_ROWS_WHOLE), residual = parameter("att_res" + n, MLORA_ROWS_WHOLE);
    const int next = value(3 * size("att_heads") * size("att_k"));
    OK(mlora_network_attention(network.get(), x, 3, size("att_heads"), 1, q, key, v, residual, next));
    x = next;
  }
  return x;
}

int Golden::interacted(int embeddings) {
  const std::vector<int> maps = json["cin"].as<int>();
  std::vector<int> sums;
  int x = embeddings;
  for (size_t i = 0; i < maps.size(); ++i) {
    const std::string n = std::to_string(i);
    const int w = parameter("cin_w" + n, MLORA_ROWS_WHOLE), b = parameter("cin_b" + n, MLORA_ROWS_WHOLE);
    const int all = value(maps[i] * k());
    OK(mlora_network_cin(network.get(), embeddings, x, k(), w, b, all));
    const int half = maps[i] / 2 * k();
    const bool last = i + 1 == maps.size();
    if (!last) x = slice(all, 0, half);
    const int out = last ? all : slice(all, half, width(all) - half);
    sums.push_back(sum_groups(out, width(out) / k()));
  }
  return concat(sums);
}

int Golden::bilinear(int fields, const std::string& prefix) {
  std::vector<int32_t> weights;
  for (int i = 0; i < 3; ++i) weights.push_back(parameter(prefix + std::to_string(i), MLORA_ROWS_WHOLE));
  const int out = value(3 * k());
  OK(mlora_network_bilinear(network.get(), fields, 3, MLORA_BILINEAR_INTERACTION, weights.data(), 3, out));
  return out;
}

int Golden::pairs(int embeddings) {
  const int weighted = value(3 * k());
  const int squeeze = parameter("se_w1", MLORA_ROWS_WHOLE), excite = parameter("se_w2", MLORA_ROWS_WHOLE);
  OK(mlora_network_senet(network.get(), embeddings, 3, squeeze, excite, weighted));
  const int first = bilinear(weighted, "bil_se");
  return concat({first, bilinear(embeddings, "bil_raw")});
}

int Golden::rows_of(const std::string& name) const {
  return static_cast<int>(json["param_shapes"][name][0].number);
}

int Golden::parameter(const std::string& name, int row_kind) {
  names.push_back(name);
  values.push_back(json["params"][name].as<float>());
  const int rows = row_kind == MLORA_ROWS_WHOLE ? 1 : rows_of(name);
  OK(mlora_network_parameter(network.get(), row_kind, rows, static_cast<int>(values.back().size()) / rows));
  return static_cast<int>(names.size()) - 1;
}

int Golden::value(int width) {
  OK(mlora_network_value(network.get(), width));
  widths.push_back(width);
  return static_cast<int>(widths.size()) - 1;
}

int Golden::lookups(const std::string& prefix, int width) {
  const int out = value(3 * width);
  OK(mlora_network_lookup(network.get(), 0, parameter(prefix + "uid", MLORA_ROWS_BY_ID), out, 0));
  OK(mlora_network_lookup(network.get(), 1, parameter(prefix + "pid", MLORA_ROWS_BY_ID), out, width));
  const int domains = parameter(prefix + "dom", MLORA_ROWS_BY_DOMAIN);
  OK(mlora_network_lookup(network.get(), MLORA_DOMAIN, domains, out, 2 * width));
  return out;
}

int Golden::dense(int in, int out, const std::string& weight, const std::string& bias) {
  const int w = parameter(weight, MLORA_ROWS_WHOLE), b = parameter(bias, MLORA_ROWS_WHOLE);
  const int to = value(out);
  OK(mlora_network_dense(network.get(), in, w, b, -1, -1, -1, 0, 1, MLORA_ACTIVATION_NONE, 0, 99, to));
  return to;
}

int Golden::tower(int in, double dropout) {
  const std::vector<int> hidden = json["hidden"].as<int>();
  int x = in;
  for (size_t i = 0; i < hidden.size(); ++i) {
    const std::string n = std::to_string(i);
    const int w = parameter("W" + n, MLORA_ROWS_WHOLE), b = parameter("b" + n, MLORA_ROWS_WHOLE);
    int a = -1, bb = -1, c = -1, rank = 0;
    if (adapters) {
      a = parameter("A" + n, MLORA_ROWS_BY_DOMAIN);
      bb = parameter("B" + n, MLORA_ROWS_BY_DOMAIN);
      c = parameter("bd" + n, MLORA_ROWS_BY_DOMAIN);
      rank = static_cast<int>(json["param_shapes"]["A" + n][2].number);
    }
    const int next = value(hidden[i]);
    OK(mlora_network_dense(network.get(), x, w, b, a, bb, c, rank, 1, MLORA_ACTIVATION_RELU, dropout,
                           static_cast<int>(i), next));
    x = next;
  }
  return x;
}

int Golden::concat(const std::vector<int>& parts) {
  int sum = 0;
  for (int part : parts) sum += width(part);
  const int out = value(sum);
  int column = 0;
  for (int part : parts) {
    OK(mlora_network_copy(network.get(), part, 0, width(part), out, column));
    column += width(part);
  }
  return out;
}

int Golden::slice(int in, int from, int count) {
  const int out = value(count);
  OK(mlora_network_copy(network.get(), in, from, count, out, 0));
  return out;
}

int Golden::sum_groups(int in, int groups) {
  const int out = value(groups);
  OK(mlora_network_sum_groups(network.get(), in, out));
  return out;
}

EngineHandle Golden::engine(int threads) const {
  EngineHandle engine = new_engine(network, threads);
  for (size_t i = 0; i < names.size(); ++i) write(engine, static_cast<int>(i), values[i]);
  return engine;
}

void Golden::rules(const EngineHandle& engine, double l2) const {
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const bool table = name.rfind("emb_", 0) == 0 || name.rfind("lin_", 0) == 0;
    const bool adapter = name.size() == 2 && (name[0] == 'A' || name[0] == 'B');
    const bool row = table || adapter || name.rfind("bd", 0) == 0;
    OK(mlora_engine_rule(engine.get(), static_cast<int>(i), 0, row ? rows_of(name) : 1, 1,
                         json["batch0_l2"]["grads"].has(name) ? l2 : 0));
  }
}
