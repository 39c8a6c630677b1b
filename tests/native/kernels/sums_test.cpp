// Sums over rows, narrow layers, the loss and predictions.
#include "material.h"

namespace {

// Parts added up, as update_whole does.
std::vector<float> add_parts(const device::Array<float>& parts, int count, size_t size) {
  const std::vector<float> all = parts.read();
  std::vector<float> out(size, 0);
  for (int part = 0; part < count; ++part) {
    for (size_t j = 0; j < size; ++j) out[j] += all[part * size + j];
  }
  return out;
}

std::vector<Shape> column_shapes() {
  std::vector<Shape> all = shapes();
  if (!quick()) all.push_back({9000, 77});
  return all;
}

TEST(columns_are_summed_with_and_without_weights) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    for (const Shape& shape : column_shapes()) {
      const int capacity = shape.capacity, width = shape.width;
      const int count = capacity - capacity / 10, outs = 3;
      const TestBatch batch(capacity, count, 5, 31);
      const int parts = batch.layout.column_parts;
      std::vector<float> values = random_floats(size_t(capacity) * width, 32), weights = random_floats(size_t(capacity) * outs, 33);
      const std::vector<float> numbers = random_floats(batch.domains.size(), 34);
      const Matrix matrix(precision, capacity, width, values);
      values = matrix.read();
      device::Array<float> device_weights(weights), device_numbers(numbers);
      device::Array<float> plain(size_t(parts) * width), narrow(size_t(parts) * width * outs), scaled(size_t(parts) * width);
      std::vector<mlora_cuda_columns> columns;
      columns.push_back({matrix.address(), 0, width, matrix.ld, 0, 0, 0, 1, plain.address(), width});
      for (int o = 0; o < outs; ++o) {
        columns.push_back({matrix.address(), 0, width, matrix.ld, outs, device_weights.address() + 4 * o, 0, outs,
                           narrow.address() + 4 * o, int64_t{width} * outs});
      }
      columns.push_back({matrix.address(), 0, width, matrix.ld, 0, device_numbers.address(), 1, 1, scaled.address(), width});
      OK(mlora_cuda_column_sums(&batch.batch, precision, columns.data(), static_cast<int32_t>(columns.size()), nullptr));
      const auto check_sums = [&](const std::vector<float>& got, int stride, int offset, const auto& weight) {
        std::vector<float> mine;
        Doubles want, size;
        for (int j = 0; j < width; ++j) {
          double sum = 0, sizes = 0;
          for (int p = 0; p < count; ++p) {
            const double term = double(values[size_t(p) * width + j]) * weight(p);
            sum += term;
            sizes += std::fabs(term);
          }
          mine.push_back(got[size_t(j) * stride + offset]);
          want.push_back(sum);
          size.push_back(sizes);
        }
        check_close("column sums", MLORA_CUDA_FP32, mine, want, size);
      };
      check_sums(add_parts(plain, parts, width), 1, 0, [](int) { return 1.0; });
      for (int o = 0; o < outs; ++o) {
        check_sums(add_parts(narrow, parts, size_t(width) * outs), outs, o,
                   [&](int p) { return double(weights[size_t(p) * outs + o]); });
      }
      check_sums(add_parts(scaled, parts, width), 1, 0, [&](int p) { return double(numbers[batch.row[p]]); });
    }
  }
}

TEST(columns_of_floats_need_not_lie_as_vectors) {
  constexpr int kCapacity = 200, kWidth = 11;
  const TestBatch batch(kCapacity, kCapacity, 5, 31);
  const int parts = batch.layout.column_parts;
  const std::vector<float> values = random_floats(size_t(kCapacity) * kWidth, 35);
  const device::Array<float> matrix(values), sums(size_t(parts) * kWidth);
  const mlora_cuda_columns columns = {matrix.address(), 1, kWidth, kWidth, 0, 0, 0, 1, sums.address(), kWidth};
  OK(mlora_cuda_column_sums(&batch.batch, MLORA_CUDA_BF16, &columns, 1, nullptr));
  Doubles want, size;
  for (int j = 0; j < kWidth; ++j) {
    double sum = 0, sizes = 0;
    for (int p = 0; p < kCapacity; ++p) {
      sum += values[size_t(p) * kWidth + j];
      sizes += std::fabs(values[size_t(p) * kWidth + j]);
    }
    want.push_back(sum);
    size.push_back(sizes);
  }
  check_close("column sums", MLORA_CUDA_FP32, add_parts(sums, parts, kWidth), want, size);
}

TEST(narrow_layers_agree_with_double) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    for (const Shape& shape : shapes()) {
      const int capacity = shape.capacity, in = shape.width;
      for (int out : {1, 3, 8}) {
        const int count = capacity - capacity / 8;
        const TestBatch batch(capacity, count, 5, 41);
        std::vector<float> x_values = random_floats(size_t(capacity) * in, 42);
        const std::vector<float> w = random_floats(size_t(in) * out, 43), bias = random_floats(out, 44);
        const Matrix x(precision, capacity, in, x_values);
        x_values = x.read();
        Matrix dx(precision, capacity, in, random_floats(size_t(capacity) * in, 45));
        const std::vector<float> before = dx.read();
        device::Array<float> device_w(w), device_bias(bias), z(size_t(capacity) * out);
        OK(mlora_cuda_narrow_forward(&batch.batch, precision, in, out, x.address(), x.ld, device_w.address(),
                                     device_bias.address(), z.address(), nullptr));
        Doubles want, size;
        for (int p = 0; p < capacity; ++p) {
          for (int o = 0; o < out; ++o) {
            double sum = bias[o], sizes = std::fabs(bias[o]);
            for (int i = 0; i < in; ++i) {
              sum += double(x_values[size_t(p) * in + i]) * w[size_t(i) * out + o];
              sizes += std::fabs(double(x_values[size_t(p) * in + i]) * w[size_t(i) * out + o]);
            }
            want.push_back(p < count ? sum : 0);
            size.push_back(sizes);
          }
        }
        check_close("narrow z", MLORA_CUDA_FP32, z.read(), want, size);
        for (const bool add : {true, false}) {
          dx.write(before);
          OK(mlora_cuda_narrow_backward(&batch.batch, precision, in, out, z.address(), device_w.address(), dx.address(),
                                        dx.ld, add ? 1 : 0, nullptr));
          const std::vector<float> g = z.read();
          Doubles want_dx, size_dx;
          for (int p = 0; p < capacity; ++p) {
            for (int i = 0; i < in; ++i) {
              double sum = add ? before[size_t(p) * in + i] : 0, sizes = std::fabs(sum) + 1e-6;
              for (int o = 0; o < out; ++o) {
                sum += double(g[size_t(p) * out + o]) * w[size_t(i) * out + o];
                sizes += std::fabs(double(g[size_t(p) * out + o]) * w[size_t(i) * out + o]);
              }
              want_dx.push_back(sum);
              size_dx.push_back(sizes);
            }
          }
          check_close("narrow dx", precision, dx.read(), want_dx, size_dx);
        }
      }
    }
  }
}

void check_loss(int capacity, bool weighted) {
  const int count = capacity - capacity / 7;
  TestBatch batch(capacity, count, 4, 51);
  std::vector<float> logits = random_floats(capacity, 52, 5), labels(batch.domains.size());
  logits[0] = 100;
  logits[count - 1] = -100;
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = i % 3 == 0 ? 1 : i % 7 == 0 ? 0.25f : 0;
  std::vector<float> weights(labels.size(), 1);
  for (size_t i = 0; weighted && i < weights.size(); ++i) weights[i] = i % 5 == 0 ? 0 : 0.5f * (i % 11);
  device::Array<float> device_logits(logits), device_labels(labels), device_weights(weights), g(capacity);
  device::Array<double> losses(capacity);
  const uint64_t given_weights = weighted ? device_weights.address() : 0;
  for (int call = 0; call < 2; ++call) {
    OK(mlora_cuda_loss(&batch.batch, device_logits.address(), device_labels.address(), given_weights, g.address(),
                       losses.address(), nullptr));
    OK(mlora_cuda_sum_losses(&batch.batch, losses.address(), nullptr));
  }
  double sum = 0;
  Doubles want;
  for (int p = 0; p < capacity; ++p) {
    const double z = logits[p], y = labels[batch.row[p]], probability = 1 / (1 + std::exp(-z));
    const double weight = weights[batch.row[p]];
    if (p < count) sum += weight * (std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::fabs(z))));
    want.push_back(p < count ? weight * (probability - y) / count : 0);
  }
  const double largest = weighted ? 5 : 1;
  check_close("loss gradient", MLORA_CUDA_FP32, g.read(), want, Doubles(capacity, largest / count));
  const mlora_cuda_state state = batch.read_state();
  CHECK(state.loss_rows == 2 * count && std::fabs(state.loss_sum - 2 * sum) <= 1e-12 * sum, state.loss_sum);

  device::Array<float> out_logits(batch.from + count), probabilities(batch.from + count);
  OK(mlora_cuda_predict(&batch.batch, device_logits.address(), out_logits.address(), probabilities.address(), nullptr));
  const std::vector<float> by_row = out_logits.read(), chances = probabilities.read();
  for (int p = 0; p < count; ++p) {
    const int place = batch.from + batch.number[p];
    CHECK(by_row[place] == logits[p]);
    CHECK(std::fabs(chances[place] - 1 / (1 + std::exp(-double(logits[p])))) < 1e-7);
  }
  OK(mlora_cuda_state_take_loss(batch.state.address(), nullptr));
  CHECK(batch.read_state().loss_rows == 0 && batch.read_state().loss_sum == 0);
}

TEST(the_loss_its_gradient_and_predictions_agree_with_double) {
  for (int capacity : batches()) check_loss(capacity, false);
}

TEST(a_row_counts_in_the_loss_as_its_weight_says) {
  for (int capacity : batches()) check_loss(capacity, true);
}

TEST(a_logit_that_is_no_number_shows_in_the_loss) {
  TestBatch batch(10, 10, 2, 53);
  std::vector<float> logits(10, 0.5f);
  logits[3] = std::nanf("");
  device::Array<float> device_logits(logits), labels(std::vector<float>(18, 1)), g(10);
  device::Array<double> losses(10);
  OK(mlora_cuda_loss(&batch.batch, device_logits.address(), labels.address(), 0, g.address(), losses.address(),
                     nullptr));
  OK(mlora_cuda_sum_losses(&batch.batch, losses.address(), nullptr));
  CHECK(std::isnan(batch.read_state().loss_sum));
}

TEST(auc_counts_pairs_by_domain) {
  for (int n : {1, 1000, 20000}) {
    for (int domains : {1, 7, 3000}) {
      if (n == 20000 && (quick() || (domains == 1 && !slow()))) continue;
      const std::vector<int32_t> domain = random_domains(n, domains, 61);
      std::vector<float> scores = random_floats(n, 62), labels(n);
      for (int i = 0; i < n; ++i) {
        scores[i] = std::round(scores[i] * 8) / 8;  // many ties, zeros of both signs
        labels[i] = (i * 7919) % 5 == 0;
      }
      device::Array<float> device_scores(scores), device_labels(labels);
      device::Array<int32_t> device_domains(domain);
      device::Array<uint64_t> pairs(3 * (domains + 1));
      int64_t bytes = 0;
      OK(mlora_cuda_auc_bytes(n, domains, &bytes));
      device::Array<uint8_t> memory(bytes);
      OK(mlora_cuda_auc(device_scores.address(), device_labels.address(), device_domains.address(), n, domains,
                        pairs.address(), memory.address(), nullptr));
      std::vector<std::vector<std::pair<float, bool>>> rows(domains + 1);
      for (int i = 0; i < n; ++i) rows[domain[i] + 1].push_back({scores[i], labels[i] > 0.5f});
      const std::vector<uint64_t> got = pairs.read();
      for (int d = 0; d <= domains; ++d) {
        std::map<float, std::pair<uint64_t, uint64_t>> counts;  // negatives and positives by score
        uint64_t positives = 0, negatives = 0, ordered = 0;
        for (const auto& [score, positive] : rows[d]) ++(positive ? counts[score].second : counts[score].first);
        for (const auto& [score, count] : counts) {
          ordered += count.second * (2 * negatives + count.first);
          negatives += count.first;
          positives += count.second;
        }
        CHECK(got[3 * d] == positives && got[3 * d + 1] == negatives && got[3 * d + 2] == ordered, n, " rows, domain ", d);
      }
    }
  }
}

}  // namespace
