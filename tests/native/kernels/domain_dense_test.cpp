// Dense layers of the row's domain, with and without shared weights.
#include "op_case.h"

namespace {

struct Layer {
  int in, out, domains, capacity;
  bool shared, relu;
};

// A layer, run by the kernels and in double.
class DomainTest {
 public:
  DomainTest(int precision, const Layer& shape)
      : s(shape), c(precision, shape.capacity, shape.domains), size(size_t(s.in) * s.out), x(c.rows(s.in, 1)),
        w(random_floats(size * s.domains, 2)), b(random_floats(size_t(s.out) * s.domains, 3)),
        shared_w(random_floats(size, 4)), shared_b(random_floats(s.out, 5)), slopes(c.rows(s.out, 6)),
        device_x(c.matrix(s.in, x)), h(c.matrix(s.out)), g(c.matrix(s.out, slopes)), weight(w), bias(b),
        shared_weight(shared_w), shared_bias(shared_b), sums(size_t(c.batch.layout.max_chunks) * (size + s.out)),
        shared_sums(size) {
    layer = {view_of(device_x), view_of(h), s.relu ? MLORA_CUDA_RELU : MLORA_CUDA_NO_ACTIVATION, 0,
             weight.address(),  bias.address(), s.shared ? shared_weight.address() : 0,
             s.shared ? shared_bias.address() : 0, sums.address(), shared_sums.address()};
  }

  void check() {
    OK(mlora_cuda_domain_dense_forward(batch(), c.precision, &layer, nullptr));
    check_forward();
    const mlora_cuda_matrix out = view_of(h), from = view_of(g);
    if (s.relu) OK(mlora_cuda_relu_backward(batch(), c.precision, &out, &from, nullptr));
    opened = g.read();
    check_gradient(
        "domain dense dx", c, s.in,
        [&](const mlora_cuda_matrix& dx) {
          OK(mlora_cuda_domain_dense_backward(batch(), c.precision, &layer, &from, &dx, nullptr));
        },
        [&](int p, int k) {
          Sum sum;
          for (int n = 0; n < s.out; ++n) sum.add(weight_at(p, k, n) * opened[size_t(p) * s.out + n]);
          return sum;
        });
    OK(mlora_cuda_domain_dense_gradient(batch(), c.precision, &layer, &from, nullptr));
    if (s.shared) OK(mlora_cuda_domain_dense_shared(batch(), &layer, nullptr));
    check_parameters();
  }

  bool same(const DomainTest& other) const {
    return same_bits(h.read(), other.h.read()) && same_bits(got_sums, other.got_sums) &&
           (!s.shared || same_bits(shared_sums.read(), other.shared_sums.read()));
  }

  const Layer s;
  const OpCase c;
  mlora_cuda_domain_dense layer;

 private:
  const mlora_cuda_batch* batch() const { return &c.batch.batch; }
  int domain(int p) const { return c.batch.domain[p]; }

  double weight_at(int p, int k, int n) const {
    const size_t at = size_t(k) * s.out + n;
    if (p >= c.count) return 0;
    if (domain(p) < 0) return s.shared ? shared_w[at] : 0;
    return w[domain(p) * size + at] * (s.shared ? double(shared_w[at]) : 1);
  }

  void check_forward() const {
    Want want;
    for (int p = 0; p < s.capacity; ++p) {
      for (int n = 0; n < s.out; ++n) {
        Sum sum;
        for (int k = 0; k < s.in; ++k) sum.add(x[size_t(p) * s.in + k] * weight_at(p, k, n));
        if (p < c.count && domain(p) >= 0) sum.add(b[size_t(domain(p)) * s.out + n]);
        if (p < c.count && s.shared) sum.add(shared_b[n]);
        if (s.relu) sum.value = std::max(sum.value, 0.0);
        want.push(sum);
      }
    }
    want.check("domain dense h", c.precision, h.read());
  }

  // Sums over the chunks that one domain has, all in order, and those of shared weights.
  void check_parameters() {
    got_sums.clear();
    const std::vector<float> all = sums.read();
    const auto counts = c.batch.ints(c.batch.layout.counts, 2);
    const auto chunks = c.batch.ints(c.batch.layout.chunk, 4 * counts[1]);
    Want want, want_shared;
    std::vector<Sum> shared(size);
    for (int i = 0; i < counts[1]; ++i) {
      const int d = chunks[4 * i], begin = chunks[4 * i + 1], rows = chunks[4 * i + 2];
      if (d == -2) continue;
      for (int k = 0; k <= s.in; ++k) {
        for (int n = 0; n < s.out; ++n) {
          Sum sum;
          for (int p = begin; p < begin + rows; ++p) {
            sum.add((k == s.in ? 1.0 : x[size_t(p) * s.in + k]) * opened[size_t(p) * s.out + n]);
          }
          const size_t at = size_t(k) * s.out + n;
          if (k < s.in) {
            const double own = d < 0 ? 1 : w[d * size + at];
            shared[at].add({sum.value * own, sum.size * std::fabs(own)});
            if (s.shared) sum = {sum.value * shared_w[at], sum.size * std::fabs(shared_w[at])};
          }
          if (d < 0) continue;
          want.push(sum);
          got_sums.push_back(all[i * (size + s.out) + at]);
        }
      }
    }
    want.check("domain dense dW, db", c.precision, got_sums);
    if (!s.shared) return;
    for (const Sum& sum : shared) want_shared.push(sum);
    want_shared.check("domain dense shared dW", c.precision, shared_sums.read());
  }

  const size_t size;
  const std::vector<float> x, w, b, shared_w, shared_b, slopes;
  const Matrix device_x, h, g;
  const device::Array<float> weight, bias, shared_weight, shared_bias, sums, shared_sums;
  std::vector<float> opened, got_sums;
};

TEST(layers_of_domains_agree_with_double_in_every_precision) {
  for (int precision : kPrecisions) {
    for (const bool shared : {false, true}) {
      DomainTest(precision, {40, 33, 5, 150, shared, true}).check();
      DomainTest(precision, {7, 1, 5, 70, shared, false}).check();
    }
  }
}

TEST(layers_of_domains_agree_with_double_for_widths) {
  for (int in : widths()) {
    for (int out : widths()) {
      if (!slow() && in != 63 && out != 63) continue;
      for (int precision : kPrecisions) DomainTest(precision, {in, out, 3, 50, in < 100, true}).check();
    }
  }
}

TEST(layers_of_domains_agree_with_double_for_domains_and_batches) {
  int turn = 0;
  for (int domains : domain_counts()) {
    for (int capacity : batches()) {
      for (int precision : kPrecisions) {
        // In turn, where not all of them.
        if (!slow() && turn++ % 5 != 0) continue;
        DomainTest(precision, {12, 9, domains, capacity, turn % 2 == 0, true}).check();
      }
    }
  }
  if (!quick()) DomainTest(MLORA_CUDA_FP32, {70, 9, 3, 4097, true, true}).check();
  if (slow()) DomainTest(MLORA_CUDA_FP32, {9, 3, 4, 9000, true, true}).check();
}

TEST(layers_of_domains_give_the_same_bits_in_any_order_of_threads) {
  for (int precision : kElementPrecisions) {
    const Layer shape = {24, 17, 5, quick() ? 100 : 1100, true, true};
    DomainTest first(precision, shape), second(precision, shape);
    first.check();
    device::set_schedule(2);
    second.check();
    device::set_schedule(1);
    CHECK(first.same(second));
  }
}

TEST(a_logit_of_domains_is_written_as_floats) {
  const OpCase c(MLORA_CUDA_BF16, 70);
  const std::vector<float> x = c.rows(24, 1), w = random_floats(24 * 5, 2), b = random_floats(5, 3);
  const Matrix in = c.matrix(24, x);
  const device::Array<float> weight(w), bias(b), logits(70);
  const mlora_cuda_domain_dense layer = {view_of(in), {logits.address(), 1, 1, 1, 0}, MLORA_CUDA_NO_ACTIVATION, 0,
                                         weight.address(), bias.address(), 0, 0, 0, 0};
  OK(mlora_cuda_domain_dense_forward(&c.batch.batch, MLORA_CUDA_BF16, &layer, nullptr));
  Want want;
  for (int p = 0; p < 70; ++p) {
    const int d = c.batch.domain[p];
    Sum sum;
    for (int k = 0; k < 24 && d >= 0 && p < c.count; ++k) sum.add(double(x[size_t(p) * 24 + k]) * w[size_t(d) * 24 + k]);
    if (d >= 0 && p < c.count) sum.add(b[d]);
    want.push(sum);
  }
  want.check("domain dense logit", MLORA_CUDA_BF16, logits.read());
}

}  // namespace
