// Partitioned normalization: by the rows of a domain, by moving statistics, its gradients, and what moves.
#include "op_case.h"

namespace {

struct Layer {
  int width, domains, capacity;
};
constexpr double kMomentum = 0.75, kEpsilon = 0.125;

// Columns of one domain's rows.
struct Group {
  std::vector<int> rows;
  Doubles mean, variance, products, sums;  // of g h and of g
};

// A layer, run by the kernels and in double.
class NormTest {
 public:
  NormTest(int precision, const Layer& shape)
      : s(shape), c(precision, shape.capacity, shape.domains), size(1 + 2 * size_t(s.width)), x(c.rows(s.width, 1)),
        slopes(c.rows(s.width, 2)), gamma(random_floats(s.width, 3)), beta(random_floats(s.width, 4)),
        own_gamma(random_floats(size_t(s.width) * s.domains, 5)), own_beta(random_floats(size_t(s.width) * s.domains, 6)),
        moving(statistics(1, 7)), own_moving(statistics(s.domains, 8)), device_x(c.matrix(s.width, x)),
        out(c.matrix(s.width)), g(c.matrix(s.width, slopes)), device_gamma(gamma), device_beta(beta),
        device_own_gamma(own_gamma), device_own_beta(own_beta), device_moving(moving), device_own_moving(own_moving),
        runs(size_t(c.batch.layout.max_runs) * 6 * s.width), sums(size_t(c.batch.layout.max_chunks) * 2 * s.width),
        shared_sums(2 * size_t(s.width)) {
    norm = {view_of(device_x),           view_of(out),         device_gamma.address(),  device_beta.address(),
            device_own_gamma.address(),  device_own_beta.address(), device_moving.address(), device_own_moving.address(),
            kMomentum, kEpsilon, runs.address(), sums.address(), shared_sums.address()};
    for (int p = 0; p < c.count; ++p) groups[domain(p)].rows.push_back(p);
    for (auto& [d, group] : groups) measure(group);
  }

  void check() {
    OK(mlora_cuda_partitioned_norm_forward(batch(), c.precision, &norm, 0, nullptr));
    check_out("partitioned norm, moving", [&](int d, int i, double* mean, double* variance) {
      const bool seen = d >= 0 && own_moving[d * size] > 0;
      const float* from = seen ? own_moving.data() + d * size : moving.data();
      *mean = from[1 + i];
      *variance = from[1 + s.width + i];
    });
    OK(mlora_cuda_partitioned_norm_forward(batch(), c.precision, &norm, 1, nullptr));
    check_out("partitioned norm", [&](int d, int i, double* mean, double* variance) {
      *mean = groups.at(d).mean[i];
      *variance = groups.at(d).variance[i];
    });
    const mlora_cuda_matrix from = view_of(g);
    check_gradient(
        "partitioned norm dx", c, s.width,
        [&](const mlora_cuda_matrix& dx) {
          OK(mlora_cuda_partitioned_norm_backward(batch(), c.precision, &norm, &from, &dx, nullptr));
        },
        [&](int p, int i) {
          Sum sum;
          if (p >= c.count) return sum;
          const Group& group = groups.at(domain(p));
          const double rows = double(group.rows.size()), f = factor(group, i), slope = scale(domain(p), i) * f;
          const double h = (x[at(p, i)] - group.mean[i]) * f;
          sum.add(slope * slopes[at(p, i)]);
          sum.add(-slope * group.sums[i] / rows);
          sum.add(-slope * h * group.products[i] / rows);
          // What sums of chunks are rounded to.
          sum.size += std::fabs(slope) * (1 + std::fabs(h));
          return sum;
        });
    OK(mlora_cuda_partitioned_norm_backward(batch(), c.precision, &norm, &from, nullptr, nullptr));
    OK(mlora_cuda_partitioned_norm_share(batch(), &norm, nullptr));
    check_parameters();
    OK(mlora_cuda_partitioned_norm_move(batch(), &norm, 1, 0, s.domains, nullptr));
    check_moved();
  }

  void check_that_only_rows_that_are_told_move() {
    OK(mlora_cuda_partitioned_norm_forward(batch(), c.precision, &norm, 1, nullptr));
    OK(mlora_cuda_partitioned_norm_move(batch(), &norm, 0, 2, 1, nullptr));
    CHECK(same_bits(device_moving.read(), moving));
    const std::vector<float> now = device_own_moving.read();
    for (int d = 0; d < s.domains; ++d) {
      const bool moved = std::memcmp(now.data() + d * size, own_moving.data() + d * size, size * sizeof(float)) != 0;
      CHECK(moved == (d == 2 && groups.count(2) > 0), "domain ", d);
    }
  }

  std::vector<std::vector<float>> results() const {
    return {out.read(), got_sums, shared_sums.read(), device_moving.read(), device_own_moving.read()};
  }

  const Layer s;
  const OpCase c;
  mlora_cuda_partitioned_norm norm;

 private:
  const mlora_cuda_batch* batch() const { return &c.batch.batch; }
  int domain(int p) const { return c.batch.domain[p]; }
  size_t at(int p, int i) const { return size_t(p) * s.width + i; }
  double factor(const Group& group, int i) const { return 1 / std::sqrt(group.variance[i] + kEpsilon); }
  double scale(int d, int i) const { return double(gamma[i]) * (d < 0 ? 1 : own_gamma[size_t(d) * s.width + i]); }

  // Rows of n, means and variances; every third has seen nothing.
  std::vector<float> statistics(int rows, unsigned seed) const {
    std::vector<float> all = random_floats(size_t(rows) * size, seed);
    for (int row = 0; row < rows; ++row) {
      float* from = all.data() + row * size;
      from[0] = row % 3 == 2 ? 0.0f : 10 + 5 * std::fabs(from[0]);
      for (int i = 0; i < s.width; ++i) from[1 + s.width + i] *= from[1 + s.width + i];
    }
    return all;
  }

  void measure(Group& group) const {
    const double rows = double(group.rows.size());
    for (Doubles* of : {&group.mean, &group.variance, &group.products, &group.sums}) of->assign(s.width, 0);
    for (int i = 0; i < s.width; ++i) {
      for (int p : group.rows) group.mean[i] += x[at(p, i)] / rows;
      for (int p : group.rows) group.variance[i] += std::pow(x[at(p, i)] - group.mean[i], 2) / rows;
      for (int p : group.rows) {
        group.sums[i] += slopes[at(p, i)];
        group.products[i] += slopes[at(p, i)] * (x[at(p, i)] - group.mean[i]) * factor(group, i);
      }
    }
  }

  template <typename Statistics>
  void check_out(const char* what, const Statistics& statistics) const {
    Want want;
    for (int p = 0; p < s.capacity; ++p) {
      for (int i = 0; i < s.width; ++i) {
        Sum sum;
        if (p < c.count) {
          double mean, variance;
          statistics(domain(p), i, &mean, &variance);
          const double slope = scale(domain(p), i) / std::sqrt(variance + kEpsilon);
          sum.add(slope * x[at(p, i)]);
          sum.add(-slope * mean);
          sum.add(beta[i]);
          if (domain(p) >= 0) sum.add(own_beta[size_t(domain(p)) * s.width + i]);
        }
        want.push(sum);
      }
    }
    want.check(what, c.precision, out.read());
  }

  // Sums over the chunks of each domain, and those that all share.
  void check_parameters() {
    const std::vector<float> all = sums.read();
    const auto counts = c.batch.ints(c.batch.layout.counts, 2);
    const auto chunks = c.batch.ints(c.batch.layout.chunk, 4 * counts[1]);
    std::map<int, std::vector<float>> got;
    for (int i = 0; i < counts[1]; ++i) {
      std::vector<float>& sum = got.try_emplace(chunks[4 * i], 2 * s.width, 0.0f).first->second;
      for (int k = 0; k < 2 * s.width; ++k) sum[k] += all[size_t(i) * 2 * s.width + k];
    }
    Want want, want_shared;
    got_sums.clear();
    std::vector<Sum> shared(2 * size_t(s.width));
    for (const auto& [d, group] : groups) {
      const double rows = double(group.rows.size());
      for (int i = 0; i < s.width; ++i) {
        // Products are of numbers whose size is about 1.
        shared[i].add({group.products[i] * (d < 0 ? 1 : own_gamma[size_t(d) * s.width + i]), rows});
        shared[s.width + i].add({group.sums[i], rows});
      }
      if (d < 0) continue;
      for (int i = 0; i < s.width; ++i) want.push({group.products[i] * gamma[i], rows * (1 + std::fabs(gamma[i]))});
      for (int i = 0; i < s.width; ++i) want.push({group.sums[i], rows});
      got_sums.insert(got_sums.end(), got.at(d).begin(), got.at(d).end());
    }
    want.check("partitioned norm own gradients", c.precision, got_sums);
    for (const Sum& sum : shared) want_shared.push(sum);
    want_shared.check("partitioned norm gradients", c.precision, shared_sums.read());
  }

  // As if the rows that count were kept, and those of the batch came to them.
  void take_in(std::vector<float>& all, size_t row, const std::vector<const Group*>& with, Want* want) const {
    float* from = all.data() + row * size;
    const double before = from[0] * kMomentum;
    double rows = before;
    for (const Group* group : with) rows += double(group->rows.size());
    want->push({rows, rows});
    Want variances;
    for (int i = 0; i < s.width; ++i) {
      double sum = before * from[1 + i], squares = before * (from[1 + s.width + i] + std::pow(from[1 + i], 2));
      for (const Group* group : with) {
        sum += double(group->rows.size()) * group->mean[i];
        squares += double(group->rows.size()) * (group->variance[i] + std::pow(group->mean[i], 2));
      }
      const double mean = sum / rows;
      want->push({mean, std::fabs(mean) + 1});
      variances.push({squares / rows - mean * mean, squares / rows + 1});
    }
    want->values.insert(want->values.end(), variances.values.begin(), variances.values.end());
    want->sizes.insert(want->sizes.end(), variances.sizes.begin(), variances.sizes.end());
  }

  void check_moved() {
    std::vector<const Group*> all;
    Want want, want_own;
    std::vector<float> got;
    const std::vector<float> now = device_own_moving.read();
    for (const auto& [d, group] : groups) {
      all.push_back(&group);
      if (d < 0) continue;
      take_in(own_moving, d, {&group}, &want_own);
      got.insert(got.end(), now.begin() + d * size, now.begin() + (d + 1) * size);
    }
    for (int d = 0; d < s.domains; ++d) {
      if (groups.count(d) > 0) continue;
      CHECK(std::memcmp(now.data() + d * size, own_moving.data() + d * size, size * sizeof(float)) == 0, "domain ", d);
    }
    want_own.check("partitioned norm own moving", c.precision, got);
    take_in(moving, 0, all, &want);
    want.check("partitioned norm moving", c.precision, device_moving.read());
  }

  const size_t size;
  const std::vector<float> x, slopes, gamma, beta, own_gamma, own_beta;
  std::vector<float> moving, own_moving;
  const Matrix device_x, out, g;
  const device::Array<float> device_gamma, device_beta, device_own_gamma, device_own_beta, device_moving,
      device_own_moving, runs, sums, shared_sums;
  std::map<int, Group> groups;
  std::vector<float> got_sums;
};

TEST(partitioned_norms_agree_with_double_for_batches_and_widths) {
  for (const Shape& shape : shapes()) {
    for (int precision : kElementPrecisions) NormTest(precision, {shape.width, 5, shape.capacity}).check();
  }
}

TEST(partitioned_norms_agree_with_double_for_domains_and_batches) {
  for (int domains : domain_counts()) {
    for (int capacity : batches()) {
      for (int precision : kElementPrecisions) NormTest(precision, {9, domains, capacity}).check();
    }
  }
}

TEST(partitioned_norms_take_elements_of_every_precision) {
  for (int precision : kPrecisions) NormTest(precision, {24, 3, 90}).check();
}

TEST(statistics_of_domains_move_where_they_are_told_to) {
  NormTest(MLORA_CUDA_FP32, {33, 4, 120}).check_that_only_rows_that_are_told_move();
  NormTest(MLORA_CUDA_FP32, {300, 3, 2}).check_that_only_rows_that_are_told_move();
}

TEST(partitioned_norms_give_the_same_bits_in_any_order_of_threads) {
  const Layer shape = {40, 5, quick() ? 100 : 1100};
  NormTest first(MLORA_CUDA_FP32, shape), second(MLORA_CUDA_FP32, shape);
  first.check();
  device::set_schedule(2);
  second.check();
  device::set_schedule(1);
  const auto left = first.results(), right = second.results();
  for (size_t i = 0; i < left.size(); ++i) CHECK(same_bits(left[i], right[i]), "result ", i);
}

}  // namespace
