// Layers of a cross network, mixtures of experts, gates and sums.
#include "op_case.h"

namespace {

TEST(cross_layers_agree_with_double_also_the_first_one) {
  for (int precision : kElementPrecisions) {
    for (const Shape& shape : shapes()) {
      const int capacity = shape.capacity, width = shape.width;
      for (const bool first : {false, true}) {
        const OpCase c(precision, capacity);
        const std::vector<float> x = c.rows(width, 1), start = first ? x : c.rows(width, 2), slopes = c.rows(width, 3);
        const Matrix in = c.matrix(width, x), from = c.matrix(width, start), out = c.matrix(width), g = c.matrix(width, slopes);
        const std::vector<float> w = random_floats(width, 4), bias = random_floats(width, 5);
        const device::Array<float> device_w(w), device_bias(bias), products(capacity), ds(capacity);
        const mlora_cuda_cross cross = {view_of(from),          view_of(in),        view_of(out),       device_w.address(),
                                        device_bias.address(), products.address(), ds.address()};
        OK(mlora_cuda_cross_forward(&c.batch.batch, precision, &cross, nullptr));
        std::vector<Sum> s(capacity), slope(capacity);
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < width; ++j) {
            s[p].add(double(x[size_t(p) * width + j]) * w[j]);
            slope[p].add(double(slopes[size_t(p) * width + j]) * start[size_t(p) * width + j]);
          }
          for (int j = 0; j < width; ++j) {
            const double x0 = start[size_t(p) * width + j];
            Sum sum{x0 * s[p].value, std::fabs(x0) * s[p].size};
            if (p < c.count) sum.add(bias[j]);
            sum.add(x[size_t(p) * width + j]);
            want.push(sum);
          }
        }
        want.check("cross out", precision, out.read());
        const mlora_cuda_matrix from_g = view_of(g);
        const auto run = [&](const mlora_cuda_matrix* dstart, const mlora_cuda_matrix* din) {
          OK(mlora_cuda_cross_backward(&c.batch.batch, precision, &cross, &from_g, dstart, din, nullptr));
        };
        const auto of_start = [&](int p, int j) {
          const double v = slopes[size_t(p) * width + j];
          return Sum{v * s[p].value, std::fabs(v) * s[p].size};
        };
        const auto of_in = [&](int p, int j) {
          Sum sum{slope[p].value * w[j], slope[p].size * std::fabs(w[j])};
          sum.add(slopes[size_t(p) * width + j]);
          return sum;
        };
        if (first) {
          check_gradient("cross dx", c, width,
                         [&](const mlora_cuda_matrix& dx) {
                           mlora_cuda_matrix second = dx;
                           second.add = 1;
                           run(&dx, &second);
                         },
                         [&](int p, int j) {
                           Sum sum = of_start(p, j);
                           sum.add(of_in(p, j));
                           return sum;
                         });
        } else {
          check_gradient("cross dstart", c, width, [&](const mlora_cuda_matrix& dx) { run(&dx, nullptr); }, of_start);
          check_gradient("cross din", c, width, [&](const mlora_cuda_matrix& dx) { run(nullptr, &dx); }, of_in);
        }
        Want products_want, slopes_want;
        for (int p = 0; p < capacity; ++p) {
          products_want.push(s[p]);
          slopes_want.push(slope[p]);
        }
        products_want.check("cross products", MLORA_CUDA_FP32, products.read());
        slopes_want.check("cross slopes", MLORA_CUDA_FP32, ds.read());
      }
    }
  }
}

// Shares of experts by scores, in double. Their size tells that a score's distance from the largest one is
// rounded before its exponential is taken.
std::vector<Sum> softmax(const std::vector<float>& scores, size_t row, int count) {
  std::vector<Sum> out(count);
  double largest = -INFINITY, sum = 0;
  for (int e = 0; e < count; ++e) largest = std::max<double>(largest, scores[row * count + e]);
  for (int e = 0; e < count; ++e) sum += out[e].value = std::exp(scores[row * count + e] - largest);
  for (int e = 0; e < count; ++e) {
    out[e].value /= sum;
    out[e].size = out[e].value * (1 + largest - scores[row * count + e]);
  }
  return out;
}
Sum scaled(const Sum& sum, double by) { return {sum.value * by, sum.size * std::fabs(by)}; }

TEST(mixtures_agree_with_double_for_any_number_of_experts) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [experts, width] :
           {std::pair{1, 5}, {3, 33}, {8, 64}, {40, 1}, {2, 24}, {4, 63}, {3, 256}, {2, 384}}) {
        if (too_large(capacity, experts * width)) continue;
        const OpCase c(precision, capacity);
        std::vector<float> scores = c.rows(experts, 1, 3);
        scores[0] = 90;  // a score that exp alone would not stand
        const std::vector<float> x = c.rows(experts * width, 2), slopes = c.rows(width, 3);
        const Matrix gate = c.matrix(experts, scores), in = c.matrix(experts * width, x), out = c.matrix(width),
                     g = c.matrix(width, slopes);
        const mlora_cuda_matrix from = view_of(in), by = view_of(gate), to = view_of(out), from_g = view_of(g);
        OK(mlora_cuda_mixture(&c.batch.batch, precision, &from, &by, &to, nullptr));
        Want want;
        std::vector<std::vector<Sum>> all;
        for (int p = 0; p < capacity; ++p) all.push_back(softmax(scores, p, experts));
        const auto expert = [&](int p, int e, int j) { return double(x[(size_t(p) * experts + e) * width + j]); };
        for (int p = 0; p < capacity; ++p) {
          const std::vector<Sum>& shares = all[p];
          for (int j = 0; j < width; ++j) {
            Sum sum;
            for (int e = 0; e < experts; ++e) sum.add(scaled(shares[e], expert(p, e, j)));
            want.push(sum);
          }
        }
        want.check("mixture out", precision, out.read());
        const auto run = [&](const mlora_cuda_matrix* dexperts, const mlora_cuda_matrix* dgate) {
          OK(mlora_cuda_mixture_backward(&c.batch.batch, precision, &from, &by, &from_g, dexperts, dgate, nullptr));
        };
        check_gradient("mixture dexperts", c, experts * width,
                       [&](const mlora_cuda_matrix& dx) { run(&dx, nullptr); },
                       [&](int p, int j) {
                         return scaled(all[p][j / width], slopes[size_t(p) * width + j % width]);
                       });
        check_gradient("mixture dgate", c, experts, [&](const mlora_cuda_matrix& dx) { run(nullptr, &dx); },
                       [&](int p, int e) {
                         const std::vector<Sum>& shares = all[p];
                         Sum own, mean;
                         for (int j = 0; j < width; ++j) {
                           const double slope = slopes[size_t(p) * width + j];
                           own.add(slope * expert(p, e, j));
                           for (int i = 0; i < experts; ++i) mean.add(scaled(shares[i], slope * expert(p, i, j)));
                         }
                         return Sum{shares[e].value * (own.value - mean.value), shares[e].size * (own.size + mean.size)};
                       });
      }
    }
  }
}

TEST(gates_agree_with_double_also_where_they_are_shut) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [gates, size] :
           {std::pair{1, 1}, {9, 1}, {3, 20}, {2, 200}, {24, 1}, {3, 21}, {1, 64}, {256, 1}, {3, 128}}) {
        if (too_large(capacity, gates * size)) continue;
        const OpCase c(precision, capacity);
        const int width = gates * size;
        const std::vector<float> x = c.rows(width, 1), scores = c.rows(gates, 2, 2), slopes = c.rows(width, 3);
        const Matrix in = c.matrix(width, x), by = c.matrix(gates, scores), out = c.matrix(width), g = c.matrix(width, slopes);
        const mlora_cuda_gate gate = {view_of(in), view_of(by), view_of(out), 2, 3, 0.5};
        const mlora_cuda_matrix from_g = view_of(g);
        OK(mlora_cuda_gate_forward(&c.batch.batch, precision, &gate, nullptr));
        const auto weight = [&](int p, int j) {
          const double w = 2 / (1 + std::exp(-3.0 * scores[size_t(p) * gates + j / size]));
          return w < 0.5 ? 0 : w;
        };
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < width; ++j) {
            Sum sum;
            sum.add(weight(p, j) * x[size_t(p) * width + j]);
            want.push(sum);
          }
        }
        want.check("gate out", precision, out.read());
        const auto run = [&](const mlora_cuda_matrix* din, const mlora_cuda_matrix* dgate) {
          OK(mlora_cuda_gate_backward(&c.batch.batch, precision, &gate, &from_g, din, dgate, nullptr));
        };
        check_gradient("gate din", c, width, [&](const mlora_cuda_matrix& dx) { run(&dx, nullptr); }, [&](int p, int j) {
          Sum sum;
          sum.add(weight(p, j) * slopes[size_t(p) * width + j]);
          return sum;
        });
        check_gradient("gate dgate", c, gates, [&](const mlora_cuda_matrix& dx) { run(nullptr, &dx); }, [&](int p, int j) {
          Sum sum;
          const double w = weight(p, j * size);
          for (int i = j * size; i < (j + 1) * size; ++i) {
            const double product = double(slopes[size_t(p) * width + i]) * x[size_t(p) * width + i];
            sum.add(product * 3 * w * (1 - w / 2));
            sum.size += std::fabs(product * 3 * w * w / 2);  // 1 - w / 2 is rounded as 1 is
          }
          return sum;
        });
      }
    }
  }
}

TEST(values_are_added_with_and_without_activation) {
  for (int precision : kElementPrecisions) {
    for (const int activation : {MLORA_CUDA_NO_ACTIVATION, MLORA_CUDA_RELU}) {
      for (const Shape& shape : shapes()) {
        const OpCase c(precision, shape.capacity);
        const int width = shape.width;
        const std::vector<float> x = c.rows(width, 1), y = c.rows(width, 2);
        const Matrix a = c.matrix(width, x), b = c.matrix(width, y), out = c.matrix(width);
        const mlora_cuda_matrix left = view_of(a), right = view_of(b), to = view_of(out);
        OK(mlora_cuda_add(&c.batch.batch, precision, &left, &right, activation, &to, nullptr));
        Want want;
        for (size_t i = 0; i < x.size(); ++i) {
          Sum sum;
          sum.add(x[i]);
          sum.add(y[i]);
          if (activation == MLORA_CUDA_RELU) sum.value = std::max(sum.value, 0.0);
          want.push(sum);
        }
        want.check("sum of values", precision, out.read());
      }
    }
  }
}

}  // namespace
