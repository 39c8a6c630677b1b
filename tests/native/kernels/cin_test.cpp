// Layers of the compressed interaction network.
#include "op_case.h"

namespace {

struct Maps {
  int fields, in, out, k, capacity;
};

class CinTest {
 public:
  CinTest(int precision, const Maps& maps)
      : m(maps), c(precision, m.capacity), x0(c.rows(m.fields * m.k, 1)), x(c.rows(m.in * m.k, 2)),
        w(random_floats(size_t(m.fields) * m.in * m.out, 3)), b(random_floats(m.out, 4)), slopes(c.rows(m.out * m.k, 5)),
        start(c.matrix(m.fields * m.k, x0)), in(c.matrix(m.in * m.k, x)), out(c.matrix(m.out * m.k)),
        g(c.matrix(m.out * m.k, slopes)), weight(w), bias(b) {
    cin = {view_of(start), view_of(in), view_of(out), m.k, 0, weight.address(), bias.address(), 0};
    OK(mlora_cuda_cin_parts(m.capacity, &cin, &cin.parts));
    sums = device::Array<float>(cin.parts * (size_t(m.fields) * m.in + 1) * m.out);
    cin.sums = sums.address();
  }

  void check() {
    const mlora_cuda_batch* const batch = &c.batch.batch;
    OK(mlora_cuda_cin_forward(batch, c.precision, &cin, nullptr));
    Want want;
    for (int p = 0; p < m.capacity; ++p) {
      for (int n = 0; n < m.out; ++n) {
        for (int d = 0; d < m.k; ++d) {
          Sum sum;
          for (int i = 0; i < m.fields; ++i) {
            for (int j = 0; j < m.in; ++j) sum.add(weight_at(i, j, n) * start_at(p, i, d) * in_at(p, j, d));
          }
          if (p < c.count) sum.add(b[n]);
          sum.value = std::max(sum.value, 0.0);
          want.push(sum);
        }
      }
    }
    want.check("cin out", c.precision, out.read());
    const mlora_cuda_matrix to = view_of(out), from = view_of(g);
    OK(mlora_cuda_relu_backward(batch, c.precision, &to, &from, nullptr));
    opened = g.read();
    check_gradient("cin dstart", c, m.fields * m.k,
                   [&](const mlora_cuda_matrix& dx) {
                     OK(mlora_cuda_cin_backward(batch, c.precision, &cin, &from, &dx, nullptr, nullptr));
                   },
                   [&](int p, int at) {
                     Sum sum;
                     for (int j = 0; j < m.in; ++j) {
                       for (int n = 0; n < m.out; ++n) {
                         sum.add(weight_at(at / m.k, j, n) * in_at(p, j, at % m.k) * slope_at(p, n, at % m.k));
                       }
                     }
                     return sum;
                   });
    check_gradient("cin din", c, m.in * m.k,
                   [&](const mlora_cuda_matrix& dx) {
                     OK(mlora_cuda_cin_backward(batch, c.precision, &cin, &from, nullptr, &dx, nullptr));
                   },
                   [&](int p, int at) {
                     Sum sum;
                     for (int i = 0; i < m.fields; ++i) {
                       for (int n = 0; n < m.out; ++n) {
                         sum.add(weight_at(i, at / m.k, n) * start_at(p, i, at % m.k) * slope_at(p, n, at % m.k));
                       }
                     }
                     return sum;
                   });
    OK(mlora_cuda_cin_gradient(batch, c.precision, &cin, &from, nullptr));
    check_parameters();
  }

  const std::vector<float>& parameters() const { return got; }

 private:
  double weight_at(int i, int j, int n) const { return w[(size_t(i) * m.in + j) * m.out + n]; }
  double start_at(int p, int i, int d) const { return x0[(size_t(p) * m.fields + i) * m.k + d]; }
  double in_at(int p, int j, int d) const { return x[(size_t(p) * m.in + j) * m.k + d]; }
  double slope_at(int p, int n, int d) const { return opened[(size_t(p) * m.out + n) * m.k + d]; }

  void check_parameters() {
    const size_t size = (size_t(m.fields) * m.in + 1) * m.out;
    const std::vector<float> all = sums.read();
    got.assign(size, 0);
    for (int part = 0; part < cin.parts; ++part) {
      for (size_t i = 0; i < size; ++i) got[i] += all[part * size + i];
    }
    Want want;
    for (int row = 0; row <= m.fields * m.in; ++row) {
      for (int n = 0; n < m.out; ++n) {
        Sum sum;
        for (int p = 0; p < c.count; ++p) {
          for (int d = 0; d < m.k; ++d) {
            const double pair = row == m.fields * m.in ? 1 : start_at(p, row / m.in, d) * in_at(p, row % m.in, d);
            sum.add(pair * slope_at(p, n, d));
          }
        }
        want.push(sum);
      }
    }
    want.check("cin dW, db", c.precision, got);
  }

  const Maps m;
  const OpCase c;
  const std::vector<float> x0, x, w, b, slopes;
  const Matrix start, in, out, g;
  const device::Array<float> weight, bias;
  device::Array<float> sums;
  mlora_cuda_cin cin;
  std::vector<float> opened, got;
};

TEST(cin_layers_agree_with_double_in_every_precision) {
  for (int precision : kPrecisions) {
    CinTest(precision, {3, 6, 10, 4, 40}).check();
    CinTest(precision, {9, 3, 5, 5, 30}).check();
  }
}

TEST(cin_layers_agree_with_double_for_maps_and_batches) {
  for (const Maps& maps : {Maps{1, 1, 1, 1, 1}, Maps{3, 64, 65, 2, 16}, Maps{12, 12, 9, 16, 20}, Maps{2, 3, 4, 3, 4097}}) {
    if (quick() && maps.capacity > 500) continue;
    CinTest(MLORA_CUDA_FP32, maps).check();
    if (maps.capacity < 500) CinTest(MLORA_CUDA_BF16, maps).check();
  }
}

TEST(cin_layers_give_the_same_bits_in_any_order_of_threads) {
  CinTest first(MLORA_CUDA_FP32, {3, 4, 9, 4, 90}), second(MLORA_CUDA_FP32, {3, 4, 9, 4, 90});
  first.check();
  device::set_schedule(2);
  second.check();
  device::set_schedule(1);
  CHECK(same_bits(first.parameters(), second.parameters()));
}

}  // namespace
