// A tower of random numbers, run by the kernel and in double, layer by layer from what the kernel left of the one
// before.
#ifndef MLORA_TESTS_KERNELS_TOWER_CASE_H
#define MLORA_TESTS_KERNELS_TOWER_CASE_H

#include "dense_case.h"
#include "fields_case.h"
#include "op_case.h"

struct TowerCase {
  std::vector<int> widths = {40, 24, 16}; // of the input and of the layers
  int rank = 5;
  int domains = 5, capacity = 50, count = 45;
  int activation = MLORA_CUDA_RELU;
  double dropout = 0;
  double adapter_scale = 1;
  bool given_dropout = false;
  bool shares_a = false;
  bool down = true; // whether the input has a gradient
  bool weighted = false;
  std::vector<FieldCase> fields = {}; // that make the input; none: it is there
  bool mixed = false; // whether each layer has a rank, scale, dropout and activation of its own

  // One of its layers.
  DenseCase of_layer(int l) const {
    DenseCase own;
    own.precision = MLORA_CUDA_BF16;
    own.in = widths[l];
    own.out = widths[l + 1];
    own.rank = !mixed ? rank : l % 3 == 1 ? 0 : rank + 9 * l;
    own.domains = domains;
    own.capacity = capacity;
    own.count = count;
    own.activation = !mixed || l % 2 == 0 ? activation : MLORA_CUDA_NO_ACTIVATION;
    own.dropout = !mixed ? dropout : l % 3 == 2 ? 0 : dropout / (l + 1);
    own.adapter_scale = !mixed ? adapter_scale : adapter_scale * (l + 1);
    own.given_dropout = given_dropout;
    own.shares_a = shares_a;
    return own;
  }
};

class TowerTest {
  static constexpr int kPrecision = MLORA_CUDA_BF16, kStream = 3;

 public:
  explicit TowerTest(const TowerCase& shape)
      : c(shape), batch(c.capacity, c.count, c.domains, 11, 5), fields(batch, c.fields), x_values(input()),
        x(c.fields.empty() ? Matrix(kPrecision, c.capacity, c.widths[0], x_values) : Matrix(kPrecision, c.capacity, c.widths[0])), dx(kPrecision, c.capacity, c.widths[0]),
        labels(labels_of(batch)), row_weights(random_weights(batch)), logit_weight(random_floats(c.widths.back(), 9)),
        logit_bias(random_floats(1, 10)), logits(c.capacity), slopes(c.capacity), losses(c.capacity), device_labels(labels),
        device_weights(row_weights), device_logit_weight(logit_weight), device_logit_bias(logit_bias) {
    layers.reserve(c.widths.size());
    for (size_t l = 0; l + 1 < c.widths.size(); ++l) layers.emplace_back(c, batch, static_cast<int>(l));
    for (size_t l = 0; l < layers.size(); ++l) {
      layers[l].dense.x = l == 0 ? x.address() : layers[l - 1].h.address();
      layers[l].dense.x_ld = l == 0 ? x.ld : layers[l - 1].h.ld;
      described.push_back(layers[l].dense);
    }
    described[0].dx = c.down ? dx.address() : 0;
    described[0].dx_ld = dx.ld;
    described_fields = fields.describe(x);
    tower = {described.data(), described_fields.data(), static_cast<int>(described.size()),
             static_cast<int>(described_fields.size()), device_logit_weight.address(), device_logit_bias.address(),
             logits.address(), device_labels.address(), c.weighted ? device_weights.address() : 0, slopes.address(),
             losses.address(), 0, 0};
  }

  void check() {
    check_values();
    sum_weights();
    for (size_t l = 0; l < layers.size(); ++l) check_weights(l);
    check_adapters();
  }
  // All but the gradients of parameters, for which every row is read, of the batch or not.
  void check_values() {
    train();
    CHECK(same_bits(x.read(), x_values));
    std::vector<float> below = x_values;
    for (Layer& layer : layers) {
      check_forward(layer, below);
      below = layer.got_h;
    }
    check_head(below);
    for (size_t l = layers.size(); l-- > 0;) check_backward(l);
  }
  void train() {
    for (size_t l = 0; c.given_dropout && l < layers.size(); ++l) {
      const device::Array<uint8_t> keep(layers[l].dropout.bytes(batch, layers[l].out));
      OK(mlora_cuda_given_dropout(&batch.batch, keep.address(), layers[l].out, layers[l].mask.address(), nullptr));
    }
    OK(mlora_cuda_tower_train(&batch.batch, &tower, nullptr));
    for (Layer& layer : layers) layer.read();
  }
  std::vector<float> predict() {
    logits.clear();
    OK(mlora_cuda_tower_forward(&batch.batch, &tower, nullptr));
    return logits.read();
  }
  void sum_weights() {
    OK(mlora_cuda_weight_parts(described.data(), tower.count, c.capacity, &parts));
    for (size_t l = 0; l < layers.size(); ++l) {
      layers[l].weight_parts = device::Array<float>(layers[l].w.size() * parts);
      layers[l].bias_parts = device::Array<float>(size_t(layers[l].out) * parts);
      described[l].weight_parts = layers[l].weight_parts.address();
      described[l].bias_parts = layers[l].bias_parts.address();
    }
    OK(mlora_cuda_weight_gradient(&batch.batch, described.data(), tower.count, nullptr));
  }
  // All that was computed.
  std::vector<float> results() const {
    std::vector<float> all = logits.read();
    const auto add = [&](const std::vector<float>& more) { all.insert(all.end(), more.begin(), more.end()); };
    add(slopes.read());
    for (double loss : losses.read()) all.push_back(static_cast<float>(loss));
    if (c.down) add(dx.read());
    for (const Layer& layer : layers) {
      add(layer.got_h);
      add(layer.got_g);
      if (layer.c.dropout > 0) add(layer.g_shared.read());
      add(layer.got_s);
      add(layer.got_t);
      add(layer.weight_parts.read());
      add(layer.bias_parts.read());
    }
    return all;
  }

  const TowerCase c;
  TestBatch batch;
  mlora_cuda_tower tower;
  std::vector<mlora_cuda_dense> described;
  std::vector<mlora_cuda_field> described_fields;
  int32_t parts = 0;

 private:
  struct Layer {
    const DenseCase c;
    const TestBatch& batch;
    const DropoutCase dropout;
    const int in, out, rank_ld;
    const std::vector<float> w, bias, a, b, shift;
    std::vector<uint16_t> halves;
    Matrix h, g, g_shared;
    device::Array<uint16_t> device_w;
    device::Array<float> device_bias, device_a, device_b, device_c, s, t, weight_parts, bias_parts;
    device::Array<uint32_t> mask;
    std::vector<float> got_h, got_g, got_s, got_t;
    mlora_cuda_dense dense = {};

    Layer(const TowerCase& shape, const TestBatch& batch, int l)
        : c(shape.of_layer(l)), batch(batch), dropout{c.dropout, c.given_dropout, kStream + l}, in(c.in), out(c.out), rank_ld(round_up(std::max(c.rank, 1), 8)),
          w(Matrix(kPrecision, in, out, random_floats(size_t(in) * out, 20 + l, 0.2f)).read()),
          bias(random_floats(out, 30 + l)),
          a(random_floats(size_t(c.shares_a ? 1 : c.domains) * in * c.rank, 40 + l, 0.2f)),
          b(random_floats(size_t(c.domains) * c.rank * out, 50 + l, 0.2f)),
          shift(random_floats(size_t(c.domains) * out, 60 + l)), halves(w.size()), h(kPrecision, c.capacity, out),
          g(kPrecision, c.capacity, out), g_shared(kPrecision, c.capacity, out), device_bias(bias), device_a(a),
          device_b(b), device_c(shift), s(size_t(c.capacity) * rank_ld), t(size_t(c.capacity) * rank_ld),
          mask(size_t(c.capacity) * ((out + 31) / 32)) {
      std::transform(w.begin(), w.end(), halves.begin(), to_bf16);
      device_w = device::Array<uint16_t>(halves);
      dense = describe(c, dropout.stream);
      dense.drops = dropout.way();
      dense.h = h.address();
      dense.bias = device_bias.address();
      dense.w = device_w.address();
      if (c.rank > 0) {
        dense.a = device_a.address();
        dense.b = device_b.address();
        dense.c = device_c.address();
        dense.s = s.address();
        dense.t = t.address();
      }
      dense.mask = c.given_dropout ? mask.address() : 0;
      dense.g = g.address();
      dense.g_shared = c.dropout > 0 ? g_shared.address() : 0;
      dense.out_ld = h.ld;
    }

    void read() {
      got_h = h.read();
      got_g = g.read();
      got_s = ranks_of(c, batch, s);
      got_t = ranks_of(c, batch, t);
    }
    bool adapted(int p) const { return c.rank > 0 && p < c.count && batch.domain[p] >= 0; }
    const float* of_a(int p) const { return a.data() + (c.shares_a ? 0 : size_t(batch.domain[p]) * in * c.rank); }
    const float* of_b(int p) const { return b.data() + size_t(batch.domain[p]) * c.rank * out; }
  };

  // Rows of the input, which are there, or as mlora_cuda_lookup makes them.
  std::vector<float> input() const {
    if (c.fields.empty()) {
      std::vector<float> rows = random_floats(size_t(c.capacity) * c.widths[0], 1);
      std::fill(rows.begin() + size_t(c.count) * c.widths[0], rows.end(), 0.0f);
      return Matrix(kPrecision, c.capacity, c.widths[0], rows).read();
    }
    const Matrix out(kPrecision, c.capacity, c.widths[0]);
    const std::vector<mlora_cuda_field> all = fields.describe(out);
    OK(mlora_cuda_lookup(&batch.batch, kPrecision, all.data(), static_cast<int32_t>(all.size()), nullptr));
    return out.read();
  }
  static std::vector<float> labels_of(const TestBatch& batch) {
    std::vector<float> labels;
    for (size_t i = 0; i < batch.domains.size(); ++i) labels.push_back(i % 3 == 0);
    return labels;
  }
  static std::vector<float> random_weights(const TestBatch& batch) {
    std::vector<float> weights = random_floats(batch.domains.size(), 12);
    for (float& weight : weights) weight = std::fabs(weight);
    return weights;
  }

  void check_forward(const Layer& l, const std::vector<float>& x) const {
    Want s, h;
    for (int p = 0; p < c.capacity; ++p) {
      const int in = p < c.count ? l.in : 0;
      for (int n = 0; n < l.c.rank; ++n) {
        Sum sum;
        for (int i = 0; l.adapted(p) && i < l.in; ++i) {
          sum.add(l.c.adapter_scale * x[size_t(p) * l.in + i] * l.of_a(p)[i * l.c.rank + n]);
        }
        s.push(sum);
      }
      for (int j = 0; j < l.out; ++j) {
        Sum sum;
        sum.add(l.bias[j]);
        for (int i = 0; i < in; ++i) sum.add(double(x[size_t(p) * l.in + i]) * l.w[size_t(i) * l.out + j]);
        sum = {l.dropout.keeps(batch, p, j) ? sum.value * l.dropout.scale() : 0, sum.size * l.dropout.scale()};
        if (l.adapted(p)) {
          sum.add(l.shift[size_t(batch.domain[p]) * l.out + j]);
          for (int n = 0; n < l.c.rank; ++n) sum.add(double(l.got_s[size_t(p) * l.c.rank + n]) * l.of_b(p)[n * l.out + j]);
        }
        if (p >= c.count || (l.c.activation == MLORA_CUDA_RELU && sum.value < 0)) sum.value = 0;
        h.push(sum);
      }
    }
    if (l.c.rank > 0) s.check("tower s", kPrecision, l.got_s);
    h.check("tower h", kPrecision, l.got_h);
  }

  void check_head(const std::vector<float>& h) const {
    const std::vector<float> got = logits.read(), got_slopes = slopes.read();
    const std::vector<double> got_losses = losses.read();
    Want want, want_slopes;
    for (int p = 0; p < c.capacity; ++p) {
      Sum sum, slope;
      if (p < c.count) {
        sum.add(logit_bias[0]);
        for (int j = 0; j < c.widths.back(); ++j) sum.add(double(h[size_t(p) * c.widths.back() + j]) * logit_weight[j]);
        const double z = got[p], y = labels[batch.row[p]], weight = c.weighted ? row_weights[batch.row[p]] : 1;
        slope.add(weight * (1 / (1 + std::exp(-z)) - y) / c.count);
        const double loss = weight * (std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::fabs(z))));
        CHECK(std::fabs(got_losses[p] - loss) <= 1e-9 * (1 + loss), "loss ", p, " is ", got_losses[p], ", not ", loss);
      } else {
        CHECK(got_losses[p] == 0);
      }
      want.push(sum);
      want_slopes.push(slope);
    }
    // In float whatever the elements are.
    want.check("tower logit", MLORA_CUDA_FP32, got);
    want_slopes.check("tower slope", MLORA_CUDA_FP32, got_slopes);
  }

  void check_backward(size_t number) const {
    const Layer& l = layers[number];
    Want t, g, shared, below;
    const std::vector<float> got_slopes = slopes.read();
    for (int p = 0; p < c.capacity; ++p) {
      const int out = p < c.count ? l.out : 0;
      for (int j = 0; j < l.out; ++j) {
        const size_t at = size_t(p) * l.out + j;
        if (number + 1 == layers.size()) {
          Sum sum;
          sum.add(double(got_slopes[p]) * logit_weight[j]);
          if (!live(l, at)) sum.value = 0;
          g.push(sum);
        }
        Sum sum;
        sum.add(l.got_g[at] * l.dropout.scale());
        if (!l.dropout.keeps(batch, p, j)) sum.value = 0;
        shared.push(sum);
      }
      for (int n = 0; n < l.c.rank; ++n) {
        Sum sum;
        for (int j = 0; l.adapted(p) && j < l.out; ++j) {
          sum.add(l.c.adapter_scale * l.got_g[size_t(p) * l.out + j] * l.of_b(p)[n * l.out + j]);
        }
        t.push(sum);
      }
      for (int i = 0; i < l.in; ++i) {
        Sum sum;
        for (int j = 0; j < out; ++j) {
          if (l.dropout.keeps(batch, p, j)) sum.add(l.got_g[size_t(p) * l.out + j] * l.dropout.scale() * l.w[size_t(i) * l.out + j]);
        }
        for (int n = 0; l.adapted(p) && n < l.c.rank; ++n) {
          sum.add(double(l.got_t[size_t(p) * l.c.rank + n]) * l.of_a(p)[i * l.c.rank + n]);
        }
        if (number > 0 && !live(layers[number - 1], size_t(p) * l.in + i)) sum.value = 0;
        below.push(sum);
      }
    }
    if (number + 1 == layers.size()) g.check("tower g", kPrecision, l.got_g);
    if (l.c.rank > 0) t.check("tower t", kPrecision, l.got_t);
    if (l.c.dropout > 0) shared.check("tower g shared", kPrecision, l.g_shared.read());
    if (number > 0) below.check("tower g", kPrecision, layers[number - 1].got_g);
    if (number == 0 && c.down) below.check("tower dx", kPrecision, dx.read());
  }
  // The sums of parts of rows, in double: they do not depend on each other.
  void check_weights(size_t number) const {
    const Layer& l = layers[number];
    const std::vector<float>&x = number == 0 ? x_values : layers[number - 1].got_h,
                            g = l.c.dropout > 0 ? l.g_shared.read() : l.got_g;
    Want weight, bias;
    for (int i = 0; i <= l.in; ++i) {
      for (int j = 0; j < l.out; ++j) {
        Sum sum;
        for (int p = 0; p < c.count; ++p) {
          sum.add(double(i < l.in ? x[size_t(p) * l.in + i] : 1) * g[size_t(p) * l.out + j]);
        }
        (i < l.in ? weight : bias).push(sum);
      }
    }
    // Elements as they are; added up in float, which mma.sync cuts off.
    weight.check("tower dW", MLORA_CUDA_TF32X3, sum_of(l.weight_parts, l.w.size()));
    bias.check("tower db", MLORA_CUDA_TF32X3, sum_of(l.bias_parts, l.out));
  }
  // Those of all layers in one launch have the bits of those of each by itself, which dense_test.cpp checks.
  void check_adapters() {
    std::vector<device::Array<float>> parts, sums;
    for (int turn = 0; turn < 2; ++turn) {
      for (size_t l = 0; l < layers.size(); ++l) {
        const Layer& layer = layers[l];
        parts.emplace_back(size_t(batch.layout.max_chunks) * (layer.c.rank * (layer.in + layer.out) + layer.out));
        sums.emplace_back(size_t(layer.in) * layer.c.rank);
        parts.back().clear();
        sums.back().clear();
        described[l].adapter_parts = layer.c.rank > 0 ? parts.back().address() : 0;
        described[l].shared_a_sum = sums.back().address();
        if (turn == 1) OK(mlora_cuda_adapter_gradient(&batch.batch, &described[l], 1, nullptr));
      }
      if (turn == 0) OK(mlora_cuda_adapter_gradient(&batch.batch, described.data(), tower.count, nullptr));
    }
    for (size_t l = 0; l < layers.size(); ++l) {
      CHECK(same_bits(parts[l].read(), parts[layers.size() + l].read()));
      CHECK(same_bits(sums[l].read(), sums[layers.size() + l].read()));
    }
  }
  std::vector<float> sum_of(const device::Array<float>& values, size_t size) const {
    std::vector<float> sums(size), all = values.read();
    for (size_t i = 0; i < all.size(); ++i) sums[i % size] += all[i];
    return sums;
  }
  bool live(const Layer& l, size_t at) const { return l.c.activation != MLORA_CUDA_RELU || l.got_h[at] > 0; }

  const FieldsCase fields;
  const std::vector<float> x_values;
  Matrix x, dx;
  const std::vector<float> labels, row_weights, logit_weight, logit_bias;
  std::vector<Layer> layers;
  device::Array<float> logits, slopes;
  device::Array<double> losses;
  const device::Array<float> device_labels, device_weights, device_logit_weight, device_logit_bias;
};

#endif
