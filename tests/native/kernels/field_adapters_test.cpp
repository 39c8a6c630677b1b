// Low-rank parts of the matrices of attention.
#include "op_case.h"

namespace {

struct Adapted {
  int fields, rank, in, out, domains, capacity;
  double scale;
};

class FieldAdaptersTest {
 public:
  FieldAdaptersTest(int precision, const Adapted& shape)
      : s(shape), c(precision, s.capacity, s.domains), x(c.rows(s.fields * s.in, 1)),
        before(c.rows(s.fields * 4 * s.out, 2)), slopes(c.rows(s.fields * 4 * s.out, 3)),
        dx_before(c.rows(s.fields * s.in, 4)), a(random_floats(size_t(s.domains) * s.in * s.rank, 5)),
        device_x(rows(s.in, x)), products(rows(4 * s.out, before)), device_slopes(rows(4 * s.out, slopes)),
        dx(rows(s.in, dx_before)), device_a(a), device_s(size_t(s.capacity) * s.fields * s.rank),
        device_t(device_s.size()), parts(c.batch.layout.max_chunks * part()) {
    adapters = {s.fields, s.rank, s.in, s.out, device_x.ld, products.ld, s.scale, device_a.address(), {}, device_x.address(),
                dx.address(), products.address(), device_slopes.address(), device_s.address(), device_t.address(),
                parts.address()};
    for (int m = 0; m < 4; ++m) {
      b.push_back(random_floats(size_t(s.domains) * s.rank * s.out, 6 + m));
      device_b.emplace_back(b[m]);
      adapters.b[m] = device_b[m].address();
    }
  }

  void check() {
    OK(mlora_cuda_field_adapters_forward(&c.batch.batch, c.precision, &adapters, nullptr));
    check_products();
    OK(mlora_cuda_field_adapters_backward(&c.batch.batch, c.precision, &adapters, nullptr));
    check_dx();
    OK(mlora_cuda_field_adapters_gradient(&c.batch.batch, c.precision, &adapters, nullptr));
    check_parts();
  }

 private:
  Matrix rows(int width, const std::vector<float>& values) const {
    return Matrix(c.precision, s.capacity * s.fields, width, values);
  }
  size_t part() const { return size_t(s.rank) * (s.in + 4 * s.out); }
  // The domain of a row of fields; -1 where it has none.
  int domain(int row) const { return row / s.fields < c.count ? c.batch.domain[row / s.fields] : -1; }
  double a_at(int d, int k, int r) const { return a[(size_t(d) * s.in + k) * s.rank + r]; }
  double b_at(int d, int r, int n) const { return b[n / s.out][(size_t(d) * s.rank + r) * s.out + n % s.out]; }
  Sum s_at(int row, int r) const {
    Sum sum;
    for (int k = 0; k < s.in; ++k) sum.add(s.scale * x[size_t(row) * s.in + k] * a_at(domain(row), k, r));
    return sum;
  }
  Sum t_at(int row, int r) const {
    Sum sum;
    for (int n = 0; n < 4 * s.out; ++n) sum.add(s.scale * slopes[size_t(row) * 4 * s.out + n] * b_at(domain(row), r, n));
    return sum;
  }
  static void add(Sum& to, const Sum& factor, double by) { to.add({factor.value * by, factor.size * std::fabs(by)}); }

  void check_products() const {
    Want want;
    for (int row = 0; row < s.capacity * s.fields; ++row) {
      std::vector<Sum> shrunk;
      for (int r = 0; domain(row) >= 0 && r < s.rank; ++r) shrunk.push_back(s_at(row, r));
      for (int n = 0; n < 4 * s.out; ++n) {
        Sum sum;
        sum.add(before[size_t(row) * 4 * s.out + n]);
        for (int r = 0; r < int(shrunk.size()); ++r) add(sum, shrunk[r], b_at(domain(row), r, n));
        want.push(sum);
      }
    }
    want.check("field adapters", c.precision, products.read());
  }

  void check_dx() const {
    Want want;
    for (int row = 0; row < s.capacity * s.fields; ++row) {
      std::vector<Sum> shrunk;
      for (int r = 0; domain(row) >= 0 && r < s.rank; ++r) shrunk.push_back(t_at(row, r));
      for (int k = 0; k < s.in; ++k) {
        Sum sum;
        sum.add(dx_before[size_t(row) * s.in + k]);
        for (int r = 0; r < int(shrunk.size()); ++r) add(sum, shrunk[r], a_at(domain(row), k, r));
        want.push(sum);
      }
    }
    want.check("field adapters dx", c.precision, dx.read());
  }

  void check_parts() const {
    const auto counts = c.batch.ints(c.batch.layout.counts, 2);
    const auto chunks = c.batch.ints(c.batch.layout.chunk, 4 * counts[1]);
    const std::vector<float> all = parts.read();
    std::vector<float> got;
    Want want;
    for (int i = 0; i < counts[1]; ++i) {
      if (chunks[4 * i] < 0) continue;
      const int begin = chunks[4 * i + 1] * s.fields, end = begin + chunks[4 * i + 2] * s.fields;
      std::vector<Sum> sums(part());
      for (int row = begin; row < end; ++row) {
        for (int r = 0; r < s.rank; ++r) {
          const Sum left = s_at(row, r), right = t_at(row, r);
          for (int k = 0; k < s.in; ++k) add(sums[size_t(k) * s.rank + r], right, x[size_t(row) * s.in + k]);
          for (int n = 0; n < 4 * s.out; ++n) {
            const size_t at = size_t(s.rank) * s.in + (size_t(n / s.out) * s.rank + r) * s.out + n % s.out;
            add(sums[at], left, slopes[size_t(row) * 4 * s.out + n]);
          }
        }
      }
      for (size_t k = 0; k < part(); ++k) {
        want.push(sums[k]);
        got.push_back(all[i * part() + k]);
      }
    }
    want.check("field adapters dA, dB", c.precision, got);
  }

  const Adapted s;
  const OpCase c;
  const std::vector<float> x, before, slopes, dx_before, a;
  std::vector<std::vector<float>> b;
  const Matrix device_x, products, device_slopes, dx;
  const device::Array<float> device_a;
  std::vector<device::Array<float>> device_b;
  const device::Array<float> device_s, device_t, parts;
  mlora_cuda_field_adapters adapters;
};

TEST(adapters_of_fields_agree_with_double_for_ranks_and_widths) {
  for (int precision : kElementPrecisions) {
    for (int rank : {1, 2, 4, 8, 16, 17, 64}) {
      if (quick() && rank != 2 && rank != 17) continue;
      FieldAdaptersTest(precision, {3, rank, 8, 6, 4, 50, 0.5}).check();
    }
    FieldAdaptersTest(precision, {1, 1, 1, 1, 1, 1, 1}).check();
    FieldAdaptersTest(precision, {5, 3, 63, 24, 2, 30, 2}).check();
    FieldAdaptersTest(precision, {20, 4, 7, 17, 3, 20, 1}).check();
  }
}

TEST(adapters_of_fields_agree_with_double_for_domains_and_batches) {
  int turn = 0;
  for (int domains : domain_counts()) {
    for (int capacity : batches()) {
      for (int precision : kElementPrecisions) {
        if (!slow() && turn++ % 5 != 0) continue;
        FieldAdaptersTest(precision, {3, 2, 5, 4, domains, capacity, 1}).check();
      }
    }
  }
}

}  // namespace
