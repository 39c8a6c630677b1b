// A model's loss and gradients in double precision, by plain loops, row by row.
#ifndef MLORA_TESTS_REFERENCE_H
#define MLORA_TESTS_REFERENCE_H

#include <cmath>
#include <functional>
#include <vector>

#include "model.h"

using Doubles = std::vector<std::vector<double>>;

inline Doubles to_doubles(const std::vector<std::vector<float>>& values) {
  Doubles out;
  for (const auto& v : values) out.emplace_back(v.begin(), v.end());
  return out;
}

class Reference {
 public:
  // Scale of a kept unit: (layer, place in the batch, column) to 0 or 1 / keep; 1 without dropout.
  using Keep = std::function<double(const Model::Layer&, int, int)>;

  explicit Reference(const Model& model) : model_(model) {}

  double logit(const Doubles& w, const Data& data, int row, int place, const Keep& keep) const {
    std::vector<std::vector<double>> x;
    forward(w, data, row, place, keep, x);
    return x.back()[0];
  }

  // Mean loss, and its gradients where wanted.
  double loss(const Doubles& w, const Data& data, const std::vector<int32_t>& rows, const Keep& keep,
              Doubles* gradients) const {
    if (gradients != nullptr) {
      gradients->clear();
      for (const auto& p : w) gradients->emplace_back(p.size(), 0.0);
    }
    double sum = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<std::vector<double>> x;
      forward(w, data, rows[i], static_cast<int>(i), keep, x);
      const double z = x.back()[0], y = data.labels[rows[i]];
      sum += std::log1p(std::exp(-std::fabs(z))) + std::fmax(z, 0) - z * y;
      if (gradients == nullptr) continue;
      const double slope = (1 / (1 + std::exp(-z)) - y) / static_cast<double>(rows.size());
      backward(w, data, rows[i], static_cast<int>(i), keep, x, slope, *gradients);
    }
    return sum / static_cast<double>(rows.size());
  }

 private:
  // Slices of the first value: (parameter, its first value, weight, column).
  struct Slice {
    int parameter;
    size_t first;
    double weight;
    int column;
  };
  std::vector<Slice> slices(const Data& data, int row) const {
    std::vector<Slice> out;
    const int e = model_.shape.embedding;
    int column = 0;
    size_t table = 0;
    const auto add = [&](int id, double weight) {
      if (id >= 0) out.push_back({model_.tables[table], static_cast<size_t>(id) * e, weight, column});
    };
    for (const auto& ids : data.ids) {
      add(ids[row], 1);
      ++table;
      column += e;
    }
    add(data.domains[row], 1);
    ++table;
    column += e;
    if (model_.shape.bag) {
      const int64_t begin = data.offsets[row], end = data.offsets[row + 1];
      for (int64_t k = begin; k < end; ++k) add(data.bag[k], 1.0 / static_cast<double>(end - begin));
      column += e;
    }
    if (model_.shape.number) out.push_back({model_.vector, 0, data.numbers[row], column});
    return out;
  }

  void forward(const Doubles& w, const Data& data, int row, int place, const Keep& keep, Doubles& x) const {
    x.assign(1, std::vector<double>(model_.width, 0.0));
    for (const Slice& s : slices(data, row)) {
      for (int i = 0; i < model_.shape.embedding; ++i) x[0][s.column + i] += s.weight * w[s.parameter][s.first + i];
    }
    const int d = data.domains[row];
    for (const Model::Layer& l : model_.layers) {
      const std::vector<double>& in = x.back();
      std::vector<double> out(l.out);
      std::vector<double> low(l.rank, 0.0);
      const bool adapted = l.rank > 0 && d >= 0;
      for (int j = 0; adapted && j < l.rank; ++j) {
        for (int i = 0; i < l.in; ++i) low[j] += in[i] * w[l.a][(static_cast<size_t>(d) * l.in + i) * l.rank + j];
      }
      for (int o = 0; o < l.out; ++o) {
        double z = w[l.bias][o];
        for (int i = 0; i < l.in; ++i) z += in[i] * w[l.weight][static_cast<size_t>(i) * l.out + o];
        z *= keep(l, place, o);
        if (adapted) {
          z += w[l.c][static_cast<size_t>(d) * l.out + o];
          for (int j = 0; j < l.rank; ++j) z += low[j] * w[l.b][(static_cast<size_t>(d) * l.rank + j) * l.out + o];
        }
        out[o] = l.relu ? std::fmax(z, 0) : z;
      }
      x.push_back(std::move(out));
    }
  }

  void backward(const Doubles& w, const Data& data, int row, int place, const Keep& keep, const Doubles& x,
                double slope, Doubles& grad) const {
    std::vector<double> g = {slope};
    const int d = data.domains[row];
    for (size_t k = model_.layers.size(); k-- > 0;) {
      const Model::Layer& l = model_.layers[k];
      const std::vector<double>& in = x[k];
      std::vector<double> dx(l.in, 0.0);
      const bool adapted = l.rank > 0 && d >= 0;
      std::vector<double> low(l.rank, 0.0), t(l.rank, 0.0);
      for (int o = 0; o < l.out; ++o) {
        if (l.relu && x[k + 1][o] <= 0) g[o] = 0;
      }
      for (int j = 0; adapted && j < l.rank; ++j) {
        for (int i = 0; i < l.in; ++i) low[j] += in[i] * w[l.a][(static_cast<size_t>(d) * l.in + i) * l.rank + j];
        for (int o = 0; o < l.out; ++o) t[j] += g[o] * w[l.b][(static_cast<size_t>(d) * l.rank + j) * l.out + o];
        for (int o = 0; o < l.out; ++o) grad[l.b][(static_cast<size_t>(d) * l.rank + j) * l.out + o] += low[j] * g[o];
        for (int i = 0; i < l.in; ++i) {
          grad[l.a][(static_cast<size_t>(d) * l.in + i) * l.rank + j] += in[i] * t[j];
          dx[i] += t[j] * w[l.a][(static_cast<size_t>(d) * l.in + i) * l.rank + j];
        }
      }
      for (int o = 0; o < l.out; ++o) {
        if (adapted) grad[l.c][static_cast<size_t>(d) * l.out + o] += g[o];
        const double shared = g[o] * keep(l, place, o);
        grad[l.bias][o] += shared;
        for (int i = 0; i < l.in; ++i) {
          grad[l.weight][static_cast<size_t>(i) * l.out + o] += in[i] * shared;
          dx[i] += shared * w[l.weight][static_cast<size_t>(i) * l.out + o];
        }
      }
      g = std::move(dx);
    }
    for (const Slice& s : slices(data, row)) {
      for (int i = 0; i < model_.shape.embedding; ++i) grad[s.parameter][s.first + i] += s.weight * g[s.column + i];
    }
  }

  const Model& model_;
};

#endif
