// A dense layer of random numbers, run by the kernels and in double.
#ifndef MLORA_TESTS_KERNELS_DENSE_CASE_H
#define MLORA_TESTS_KERNELS_DENSE_CASE_H

#include "dropout_case.h"

struct DenseCase {
  int precision = MLORA_CUDA_FP32;
  int in = 40, out = 48, rank = 5;
  int domains = 5, capacity = 150, count = 140;
  int activation = MLORA_CUDA_RELU;
  double dropout = 0;
  double adapter_scale = 1;
  bool given_dropout = false;
  bool dx_add = false;
  bool shares_a = false;
};

// What the C API is told of such a layer but for addresses and rows.
inline mlora_cuda_dense describe(const DenseCase& c, int stream) {
  mlora_cuda_dense dense = {};
  dense.precision = c.precision;
  dense.in = c.in;
  dense.out = c.out;
  dense.rank = c.rank;
  dense.activation = c.activation;
  dense.dropout_stream = stream;
  dense.dropout = c.dropout;
  dense.adapter_scale = c.adapter_scale;
  dense.shares_a = c.shares_a ? 1 : 0;
  return dense;
}

// s or t of the rows that have an adapter, zeros of others, without padding.
inline std::vector<float> ranks_of(const DenseCase& c, const TestBatch& batch, const device::Array<float>& values) {
  const int ld = round_up(std::max(c.rank, 1), 8);
  std::vector<float> out, all = values.read();
  for (int p = 0; p < c.capacity; ++p) {
    for (int n = 0; n < c.rank; ++n) out.push_back(p < c.count && batch.domain[p] >= 0 ? all[size_t(p) * ld + n] : 0);
  }
  return out;
}

class DenseTest {
  static constexpr int kStream = 3;

 public:
  explicit DenseTest(const DenseCase& shape)
      : c(shape), batch(c.capacity, c.count, c.domains, 11, 5), rank_ld(round_up(std::max(c.rank, 1), 8)),
        x_values(rounded(random_rows(c.in, 1))), z_values(rounded(random_rows(c.out, 2))),
        g_values(rounded(random_rows(c.out, 3))), dx_values(rounded(random_rows(c.in, 4))),
        bias(random_floats(c.out, 5)), a(random_floats(size_t(c.shares_a ? 1 : c.domains) * c.in * c.rank, 6, 0.3f)),
        b(random_floats(size_t(c.domains) * c.rank * c.out, 7, 0.3f)), shift(random_floats(size_t(c.domains) * c.out, 8)),
        x(c.precision, c.capacity, c.in, x_values), h(c.precision, c.capacity, c.out, z_values),
        g(c.precision, c.capacity, c.out, g_values), g_shared(c.precision, c.capacity, c.out),
        dx(c.precision, c.capacity, c.in, dx_values), device_bias(bias), device_a(a), device_b(b), device_c(shift),
        s(size_t(c.capacity) * rank_ld), t(size_t(c.capacity) * rank_ld),
        mask(size_t(c.capacity) * ((c.out + 31) / 32)),
        parts(size_t(batch.layout.max_chunks) * adapter_size()), shared_sum(size_t(c.in) * c.rank) {
    dense = describe(c, kStream);
    dense.x = x.address();
    dense.h = h.address();
    dense.bias = device_bias.address();
    if (c.rank > 0) {
      dense.a = device_a.address();
      dense.b = device_b.address();
      dense.c = device_c.address();
      dense.s = s.address();
      dense.t = t.address();
      dense.adapter_parts = parts.address();
      dense.shared_a_sum = c.shares_a ? shared_sum.address() : 0;
    }
    dense.mask = mask.address();
    dense.g = g.address();
    dense.g_shared = g_shared.address();
    dense.dx = dx.address();
    dense.x_ld = x.ld;
    dense.out_ld = h.ld;
    dense.dx_ld = dx.ld;
    dense.dx_add = c.dx_add ? 1 : 0;
  }

  void check() {
    const device::Array<uint8_t> keep(dropout.bytes(batch, c.out));
    if (c.given_dropout) OK(mlora_cuda_given_dropout(&batch.batch, keep.address(), c.out, mask.address(), nullptr));
    OK(mlora_cuda_dense_forward(&batch.batch, &dense, dropout.way(), nullptr));
    check_forward();
    OK(mlora_cuda_dense_backward(&batch.batch, &dense, c.dropout > 0 ? 1 : 0, nullptr));
    check_backward();
    if (c.rank == 0) return;
    OK(mlora_cuda_adapter_gradient(&batch.batch, &dense, 1, nullptr));
    check_gradient();
    if (c.shares_a) check_shared();
  }

  // Whether all that was computed is the same, to the bit.
  bool same_bits(const DenseTest& other) const {
    const auto same = [](const std::vector<float>& left, const std::vector<float>& right) {
      return std::memcmp(left.data(), right.data(), left.size() * sizeof(float)) == 0;
    };
    return same(h.read(), other.h.read()) && same(g_shared.read(), other.g_shared.read()) &&
           same(dx.read(), other.dx.read()) && same(got_s, other.got_s) && same(got_t, other.got_t) &&
           same(got_parts, other.got_parts);
  }

  const DenseCase c;
  const DropoutCase dropout{c.dropout, c.given_dropout, kStream};
  TestBatch batch;
  mlora_cuda_dense dense;

 private:
  size_t adapter_size() const { return size_t(c.rank) * (c.in + c.out) + c.out; }

  size_t row_of_a(int domain) const { return c.shares_a ? 0 : domain; }

  // Rows beyond the batch are zeros, as the kernels before leave them.
  std::vector<float> random_rows(int width, unsigned seed) const {
    std::vector<float> out = random_floats(size_t(c.capacity) * width, seed);
    std::fill(out.begin() + size_t(c.count) * width, out.end(), 0.0f);
    return out;
  }
  std::vector<float> rounded(std::vector<float> values) const {
    if (c.precision == MLORA_CUDA_BF16) {
      for (float& v : values) v = from_bf16(to_bf16(v));
    }
    return values;
  }
  // left (n) of row p times matrix (n, m) of the row's domain, or its transpose (m, n); absolute terms beside.
  static void multiply(const std::vector<float>& left, size_t row, int n, const std::vector<float>& matrix,
                       size_t domain, int m, bool transposed, std::vector<double>& sums, std::vector<double>& sizes) {
    sums.assign(m, 0);
    sizes.assign(m, 0);
    const float* const base = matrix.data() + domain * n * m;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < m; ++j) {
        const double term = double(left[row * n + i]) * base[transposed ? j * n + i : i * m + j];
        sums[j] += term;
        sizes[j] += std::fabs(term);
      }
    }
  }

  void check_forward() {
    got_s = ranks_of(c, batch, s);
    got_h = h.read();
    Doubles want_s, size_s, want_h, size_h;
    for (int p = 0; p < c.capacity; ++p) {
      const int d = batch.domain[p];
      Doubles sums(c.rank, 0), sizes(c.rank, 0), low(c.out, 0), low_sizes(c.out, 0);
      if (d >= 0 && c.rank > 0) {
        multiply(x_values, p, c.in, a, row_of_a(d), c.rank, false, sums, sizes);
        multiply(got_s, p, c.rank, b, d, c.out, false, low, low_sizes);
      }
      for (double& sum : sums) sum *= c.adapter_scale;
      want_s.insert(want_s.end(), sums.begin(), sums.end());
      size_s.insert(size_s.end(), sizes.begin(), sizes.end());
      for (int j = 0; j < c.out; ++j) {
        const double branch = z_values[size_t(p) * c.out + j] + double(bias[j]);
        double value = (dropout.keeps(batch, p, j) ? branch * dropout.scale() : 0) + low[j];
        if (d >= 0 && c.rank > 0) value += shift[size_t(d) * c.out + j];
        if (c.activation == MLORA_CUDA_RELU) value = std::max(value, 0.0);
        want_h.push_back(p < c.count ? value : 0);
        size_h.push_back(p < c.count ? low_sizes[j] + std::fabs(branch) * dropout.scale() + 1 : 1);
      }
    }
    if (c.rank > 0) check_close("dense s", c.precision, got_s, want_s, size_s);
    check_close("dense h", c.precision, got_h, want_h, size_h);
  }

  void check_backward() {
    got_t = ranks_of(c, batch, t);
    const std::vector<float> got_g = g.read(), got_dx = dx.read();
    Doubles want_g, want_shared, want_t, size_t_, want_dx, size_dx;
    for (int p = 0; p < c.capacity; ++p) {
      const int d = batch.domain[p];
      for (int j = 0; j < c.out; ++j) {
        const size_t at = size_t(p) * c.out + j;
        const double value = c.activation == MLORA_CUDA_RELU && !(got_h[at] > 0) ? 0 : g_values[at];
        want_g.push_back(value);
        want_shared.push_back(dropout.keeps(batch, p, j) ? value * dropout.scale() : 0);
      }
      Doubles sums(c.rank, 0), sizes(c.rank, 0), low(c.in, 0), low_sizes(c.in, 0);
      if (d >= 0 && c.rank > 0) {
        multiply(got_g, p, c.out, b, d, c.rank, true, sums, sizes);
        multiply(got_t, p, c.rank, a, row_of_a(d), c.in, true, low, low_sizes);
      }
      for (double& sum : sums) sum *= c.adapter_scale;
      want_t.insert(want_t.end(), sums.begin(), sums.end());
      size_t_.insert(size_t_.end(), sizes.begin(), sizes.end());
      for (int i = 0; i < c.in; ++i) {
        const double before = c.dx_add ? dx_values[size_t(p) * c.in + i] : 0;
        want_dx.push_back(low[i] + before);
        size_dx.push_back(low_sizes[i] + std::fabs(before) + 1e-3);
      }
    }
    const Doubles ones(want_g.size(), 1);
    check_close("dense g", c.precision, got_g, want_g, ones);
    if (c.dropout > 0) check_close("dense g shared", c.precision, g_shared.read(), want_shared, Doubles(ones.size(), 4));
    if (c.rank == 0) return;
    check_close("dense t", c.precision, got_t, want_t, size_t_);
    check_close("dense dx", c.precision, got_dx, want_dx, size_dx);
  }

  void check_gradient() {
    const std::vector<float> got_g = g.read(), all = parts.read();
    const std::vector<int32_t> counts = batch.ints(batch.layout.counts, 2);
    const std::vector<int32_t> chunks = batch.ints(batch.layout.chunk, 4 * counts[1]);
    std::vector<float> got;
    Doubles want, size;
    for (int i = 0; i < counts[1]; ++i) {
      if (chunks[4 * i] < 0) continue;
      const int begin = chunks[4 * i + 1], end = begin + chunks[4 * i + 2];
      const auto add = [&](size_t offset, const auto& term) {
        double sum = 0, sizes = 0;
        for (int p = begin; p < end; ++p) {
          sum += term(p);
          sizes += std::fabs(term(p));
        }
        got.push_back(all[i * adapter_size() + offset]);
        want.push_back(sum);
        size.push_back(sizes);
      };
      for (int k = 0; k < c.in; ++k) {
        for (int n = 0; n < c.rank; ++n) {
          add(size_t(k) * c.rank + n, [&](int p) { return double(x_values[size_t(p) * c.in + k]) * got_t[size_t(p) * c.rank + n]; });
        }
      }
      for (int n = 0; n < c.rank; ++n) {
        for (int j = 0; j < c.out; ++j) {
          add(size_t(c.rank) * c.in + size_t(n) * c.out + j,
              [&](int p) { return double(got_s[size_t(p) * c.rank + n]) * got_g[size_t(p) * c.out + j]; });
        }
      }
      for (int j = 0; j < c.out; ++j) {
        add(size_t(c.rank) * (c.in + c.out) + j, [&](int p) { return double(got_g[size_t(p) * c.out + j]); });
      }
    }
    check_close("adapter gradient", c.precision, got, want, size);
    got_parts = got;
  }

  void check_shared() const {
    Doubles want, size;
    for (int k = 0; k < c.in; ++k) {
      for (int n = 0; n < c.rank; ++n) {
        double sum = 0, sizes = 1e-6;
        for (int p = 0; p < c.count; ++p) {
          if (batch.domain[p] < 0) continue;
          const double term = double(x_values[size_t(p) * c.in + k]) * got_t[size_t(p) * c.rank + n];
          sum += term;
          sizes += std::fabs(term);
        }
        want.push_back(sum);
        size.push_back(sizes);
      }
    }
    check_close("adapter gradient of shared A", c.precision, shared_sum.read(), want, size);
  }

  const int rank_ld;
  const std::vector<float> x_values, z_values, g_values, dx_values;
  const std::vector<float> bias, a, b, shift;
  std::vector<float> got_s, got_h, got_t, got_parts;
  Matrix x, h, g, g_shared, dx;
  device::Array<float> device_bias, device_a, device_b, device_c, s, t;
  device::Array<uint32_t> mask;
  device::Array<float> parts, shared_sum;
};

#endif
