// Attention among fields, fields as rows, and packed weights.
#include "op_case.h"

namespace {

struct Heads {
  int fields, heads, width, capacity;
  double scale;
};

class AttentionTest {
 public:
  AttentionTest(int precision, const Heads& shape)
      : s(shape), c(precision, s.capacity), all(4 * s.heads * s.width),
        x(projected(precision)), slopes(c.rows(s.fields * s.heads * s.width, 2)),
        projections(precision, s.capacity * s.fields, all, x), back(precision, s.capacity * s.fields, all),
        out(c.matrix(s.fields * s.heads * s.width)), g(c.matrix(out.width, slopes)) {
    attention = {view_of(out), s.fields, s.heads, s.width, projections.ld, s.scale, projections.address(), back.address()};
  }

  void check() {
    OK(mlora_cuda_attention_forward(&c.batch.batch, c.precision, &attention, nullptr));
    Want want;
    for (int p = 0; p < s.capacity; ++p) {
      for (int f = 0; f < s.fields; ++f) {
        for (int head = 0; head < s.heads; ++head) {
          const Doubles shares = softmax(p, head, f);
          for (int j = 0; j < s.width; ++j) {
            Sum sum;
            sum.add(at(p, f, 3, head, j));
            for (int h = 0; h < s.fields; ++h) sum.add(shares[h] * at(p, h, 2, head, j));
            sum.value = std::max(sum.value, 0.0);
            want.push(sum);
          }
        }
      }
    }
    want.check("attention out", c.precision, out.read());
    const mlora_cuda_matrix from = view_of(g);
    OK(mlora_cuda_attention_backward(&c.batch.batch, c.precision, &attention, &from, nullptr));
    check_slopes();
  }

 private:
  // Projections of rows beyond the batch are zeros, as products of zeros are.
  std::vector<float> projected(int precision) const {
    std::vector<float> values = random_floats(size_t(s.capacity) * s.fields * all, 1, 0.7f);
    std::fill(values.begin() + size_t(c.count) * s.fields * all, values.end(), 0.0f);
    return Matrix(precision, s.capacity * s.fields, all, values).read();
  }
  // Number j of a head of query, key, value or residual (which) of a field.
  double at(int p, int field, int which, int head, int j) const {
    return x[(size_t(p) * s.fields + field) * all + (which * s.heads + head) * s.width + j];
  }
  Doubles softmax(int p, int head, int f) const {
    Doubles out_(s.fields);
    double largest = -INFINITY, sum = 0;
    for (int h = 0; h < s.fields; ++h) {
      for (int j = 0; j < s.width; ++j) out_[h] += s.scale * at(p, f, 0, head, j) * at(p, h, 1, head, j);
      largest = std::max(largest, out_[h]);
    }
    for (double& v : out_) sum += v = std::exp(v - largest);
    for (double& v : out_) v /= sum;
    return out_;
  }

  void check_slopes() const {
    const std::vector<float> result = out.read();
    std::vector<Sum> sums(size_t(s.capacity) * s.fields * all);
    const auto to = [&](int p, int field, int which, int head, int j) -> Sum& {
      return sums[(size_t(p) * s.fields + field) * all + (which * s.heads + head) * s.width + j];
    };
    for (int p = 0; p < s.capacity; ++p) {
      for (int head = 0; head < s.heads; ++head) {
        for (int f = 0; f < s.fields; ++f) {
          const auto slope = [&](int j) {
            const size_t place = size_t(p) * out.width + (f * s.heads + head) * s.width + j;
            return result[place] > 0 ? double(slopes[place]) : 0;
          };
          const Doubles shares = softmax(p, head, f);
          std::vector<Sum> dp(s.fields);
          Sum mean;
          for (int h = 0; h < s.fields; ++h) {
            for (int j = 0; j < s.width; ++j) {
              dp[h].add(slope(j) * at(p, h, 2, head, j));
              to(p, h, 2, head, j).add(shares[h] * slope(j));
            }
            mean.add({shares[h] * dp[h].value, shares[h] * dp[h].size});
          }
          for (int j = 0; j < s.width; ++j) {
            to(p, f, 3, head, j).add(slope(j));
            for (int h = 0; h < s.fields; ++h) {
              const double ds = s.scale * shares[h] * (dp[h].value - mean.value);
              const double size = s.scale * shares[h] * (dp[h].size + mean.size);
              to(p, f, 0, head, j).add({ds * at(p, h, 1, head, j), size * std::fabs(at(p, h, 1, head, j))});
              to(p, h, 1, head, j).add({ds * at(p, f, 0, head, j), size * std::fabs(at(p, f, 0, head, j))});
            }
          }
        }
      }
    }
    Want want;
    for (const Sum& sum : sums) want.push(sum);
    want.check("attention slopes", c.precision, back.read());
  }

  const Heads s;
  const OpCase c;
  const int all;
  const std::vector<float> x, slopes;
  const Matrix projections, back, out, g;
  mlora_cuda_attention attention;
};

TEST(attention_agrees_with_double) {
  for (int precision : kElementPrecisions) {
    for (const Heads& shape : {Heads{1, 1, 1, 1, 1}, Heads{7, 4, 8, 30, 1}, Heads{40, 2, 5, 9, 0.5}, Heads{3, 1, 64, 20, 0.125},
                               Heads{33, 1, 33, 3, 0.2}}) {
      AttentionTest(precision, shape).check();
    }
    if (!quick()) AttentionTest(precision, {4, 2, 2, 4097, 1}).check();
  }
}

TEST(attention_that_no_warp_can_keep_is_refused) {
  AttentionTest fits(MLORA_CUDA_FP32, {60, 1, 65, 2, 0.1});
  fits.check();
  const OpCase c(MLORA_CUDA_FP32, 2);
  const Matrix out = c.matrix(62 * 65), projections(MLORA_CUDA_FP32, 2 * 62, 4 * 65);
  const mlora_cuda_attention large = {view_of(out), 62, 1, 65, projections.ld, 1, projections.address(), 0};
  CHECK(mlora_cuda_attention_forward(&c.batch.batch, MLORA_CUDA_FP32, &large, nullptr) == MLORA_CUDA_INVALID);
}

TEST(fields_become_rows_and_come_back) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [fields, width] : {std::pair{1, 3}, {5, 7}, {3, 4}, {3, 128}}) {
        if (too_large(capacity, fields * width)) continue;
        const OpCase c(precision, capacity);
        const std::vector<float> x = c.rows(fields * width, 1);
        const Matrix in = c.matrix(fields * width, x), rows(precision, capacity * fields, width);
        const mlora_cuda_matrix from = view_of(in);
        OK(mlora_cuda_split_fields(&c.batch.batch, precision, fields, &from, rows.address(), rows.ld, nullptr));
        CHECK(same_bits(rows.read(), x));
        check_gradient("fields of rows", c, fields * width,
                       [&](const mlora_cuda_matrix& dx) {
                         OK(mlora_cuda_join_fields(&c.batch.batch, precision, fields, rows.address(), rows.ld, &dx,
                                                   nullptr));
                       },
                       [&, n = fields * width](int p, int j) {
                         Sum sum;
                         sum.add(x[size_t(p) * n + j]);
                         return sum;
                       });
      }
    }
  }
}

TEST(matrices_are_packed_side_by_side_and_unpacked) {
  for (int precision : kElementPrecisions) {
    const std::vector<float> a = Matrix(precision, 5, 3, random_floats(15, 1)).read(),
                             b = Matrix(precision, 5, 8, random_floats(40, 2)).read();
    const device::Array<float> first(a), second(b), back_a(15), back_b(40);
    const Matrix packed(precision, 5, 11), floats(MLORA_CUDA_FP32, 5, 11);
    const uint64_t element = precision == MLORA_CUDA_BF16 ? 2 : 4;
    const mlora_cuda_piece pieces[] = {{first.address(), packed.address(), 5, 3, packed.ld, 0},
                                       {second.address(), packed.address() + 3 * element, 5, 8, packed.ld, 0}};
    OK(mlora_cuda_pack(precision, pieces, 2, nullptr));
    std::vector<float> want;
    for (int r = 0; r < 5; ++r) {
      want.insert(want.end(), a.begin() + 3 * r, a.begin() + 3 * r + 3);
      want.insert(want.end(), b.begin() + 8 * r, b.begin() + 8 * r + 8);
    }
    CHECK(same_bits(packed.read(), want));
    Matrix sums(MLORA_CUDA_FP32, 5, 11, want);
    const mlora_cuda_piece apart[] = {{back_a.address(), sums.address(), 5, 3, sums.ld, 0},
                                      {back_b.address(), sums.address() + 3 * 4, 5, 8, sums.ld, 0}};
    OK(mlora_cuda_unpack(apart, 2, nullptr));
    CHECK(same_bits(back_a.read(), a) && same_bits(back_b.read(), b));
  }
}

}  // namespace
