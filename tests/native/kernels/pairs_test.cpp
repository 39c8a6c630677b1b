// Interactions of pairs of fields, and SENET.
#include "op_case.h"

namespace {

const std::pair<int, int> kFields[] = {{2, 1}, {3, 16}, {7, 5}, {20, 8}, {2, 12}, {3, 21}, {4, 64}, {3, 128}};

int pair_of(int fields, int f, int h) {
  int pair = 0;
  for (int a = 0; a < f; ++a) pair += fields - 1 - a;
  return pair + h - f - 1;
}

bool skips(int capacity, int fields, int width) {
  return (quick() && width > 16) || too_large(capacity, fields * width);
}

TEST(bi_interactions_agree_with_double) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [fields, width] : kFields) {
        if (skips(capacity, fields, width)) continue;
        const OpCase c(precision, capacity);
        const std::vector<float> x = c.rows(fields * width, 1), slopes = c.rows(width, 2);
        const Matrix in = c.matrix(fields * width, x), out = c.matrix(width), g = c.matrix(width, slopes);
        const mlora_cuda_matrix from = view_of(in), to = view_of(out), from_g = view_of(g);
        OK(mlora_cuda_bi_interaction(&c.batch.batch, precision, fields, &from, &to, nullptr));
        const auto e = [&](int p, int f, int j) { return double(x[(size_t(p) * fields + f) * width + j]); };
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < width; ++j) {
            Sum sum;
            double squares = 0;
            for (int f = 0; f < fields; ++f) {
              for (int h = f + 1; h < fields; ++h) sum.add(e(p, f, j) * e(p, h, j));
              squares += e(p, f, j) * e(p, f, j);
            }
            sum.size += squares;
            want.push(sum);
          }
        }
        want.check("bi-interaction", precision, out.read());
        check_gradient(
            "bi-interaction dx", c, fields * width,
            [&](const mlora_cuda_matrix& dx) {
              OK(mlora_cuda_bi_interaction_backward(&c.batch.batch, precision, fields, &from, &from_g, &dx, nullptr));
            },
            [&](int p, int at) {
              Sum sum;
              for (int f = 0; f < fields; ++f) {
                const double term = slopes[size_t(p) * width + at % width] * e(p, f, at % width);
                if (f != at / width) sum.add(term);
                sum.size += std::fabs(term);
              }
              return sum;
            });
      }
    }
  }
}

TEST(inner_products_agree_with_double) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [fields, width] : kFields) {
        if (skips(capacity, fields, width)) continue;
        const OpCase c(precision, capacity);
        const int pairs = fields * (fields - 1) / 2;
        const std::vector<float> x = c.rows(fields * width, 1), slopes = c.rows(pairs, 2);
        const Matrix in = c.matrix(fields * width, x), out = c.matrix(pairs), g = c.matrix(pairs, slopes);
        const mlora_cuda_matrix from = view_of(in), to = view_of(out), from_g = view_of(g);
        OK(mlora_cuda_inner_products(&c.batch.batch, precision, fields, &from, &to, nullptr));
        const auto e = [&](int p, int f, int j) { return double(x[(size_t(p) * fields + f) * width + j]); };
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int f = 0; f < fields; ++f) {
            for (int h = f + 1; h < fields; ++h) {
              Sum sum;
              for (int j = 0; j < width; ++j) sum.add(e(p, f, j) * e(p, h, j));
              want.push(sum);
            }
          }
        }
        want.check("inner products", precision, out.read());
        check_gradient(
            "inner products dx", c, fields * width,
            [&](const mlora_cuda_matrix& dx) {
              OK(mlora_cuda_inner_products_backward(&c.batch.batch, precision, fields, &from, &from_g, &dx, nullptr));
            },
            [&](int p, int at) {
              const int own = at / width;
              Sum sum;
              for (int f = 0; f < fields; ++f) {
                if (f == own) continue;
                const int pair = pair_of(fields, std::min(f, own), std::max(f, own));
                sum.add(slopes[size_t(p) * pairs + pair] * e(p, f, at % width));
              }
              return sum;
            });
      }
    }
  }
}

TEST(bilinear_interactions_agree_with_double_whatever_pairs_share) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [fields, width] : kFields) {
        for (const bool by_pair : {false, true}) {
          if (skips(capacity, fields, width)) continue;
          const OpCase c(precision, capacity);
          const int pairs = fields * (fields - 1) / 2, blocks = by_pair ? pairs : fields - 1;
          const std::vector<float> x = c.rows(fields * width, 1), y = c.rows(blocks * width, 2),
                                   slopes = c.rows(pairs * width, 3);
          const Matrix in = c.matrix(fields * width, x), projected = c.matrix(blocks * width, y),
                       out = c.matrix(pairs * width), g = c.matrix(pairs * width, slopes), t = c.matrix(blocks * width);
          const mlora_cuda_matrix from = view_of(in), left = view_of(projected), to = view_of(out), from_g = view_of(g),
                                  to_t = view_of(t);
          OK(mlora_cuda_bilinear(&c.batch.batch, precision, fields, by_pair, &from, &left, &to, nullptr));
          const auto e = [&](int p, int f, int j) { return double(x[(size_t(p) * fields + f) * width + j]); };
          const auto block = [&](int p, int f, int h, int j) {
            return double(y[(size_t(p) * blocks + (by_pair ? pair_of(fields, f, h) : f)) * width + j]);
          };
          const auto slope = [&](int p, int f, int h, int j) {
            return double(slopes[(size_t(p) * pairs + pair_of(fields, f, h)) * width + j]);
          };
          Want want;
          for (int p = 0; p < capacity; ++p) {
            for (int f = 0; f < fields; ++f) {
              for (int h = f + 1; h < fields; ++h) {
                for (int j = 0; j < width; ++j) want.push({block(p, f, h, j) * e(p, h, j), std::fabs(block(p, f, h, j) * e(p, h, j))});
              }
            }
          }
          want.check("bilinear", precision, out.read());
          check_gradient(
              "bilinear dx", c, fields * width,
              [&](const mlora_cuda_matrix& dx) {
                OK(mlora_cuda_bilinear_backward(&c.batch.batch, precision, fields, by_pair, &from, &left, &from_g, &to_t,
                                                &dx, nullptr));
              },
              [&](int p, int at) {
                Sum sum;
                for (int f = 0; f < at / width; ++f) {
                  sum.add(slope(p, f, at / width, at % width) * block(p, f, at / width, at % width));
                }
                return sum;
              });
          Want want_t;
          for (int p = 0; p < capacity; ++p) {
            for (int f = 0; f + 1 < fields; ++f) {
              for (int j = 0; j < width && !by_pair; ++j) {
                Sum sum;
                for (int h = f + 1; h < fields; ++h) sum.add(slope(p, f, h, j) * e(p, h, j));
                want_t.push(sum);
              }
              for (int h = f + 1; h < fields && by_pair; ++h) {
                for (int j = 0; j < width; ++j) {
                  Sum sum;
                  sum.add(slope(p, f, h, j) * e(p, h, j));
                  want_t.push(sum);
                }
              }
            }
          }
          want_t.check("bilinear t", precision, t.read());
        }
      }
    }
  }
}

struct Senet {
  int fields, reduced, width;
};

TEST(senet_agrees_with_double) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const Senet& s : {Senet{1, 1, 4}, Senet{3, 1, 16}, Senet{7, 2, 5}, Senet{40, 35, 2}, Senet{3, 2, 128}}) {
        if (too_large(capacity, s.fields * s.width)) continue;
        const OpCase c(precision, capacity);
        const int n = s.fields * s.width, kept_width = 2 * s.fields + s.reduced;
        const std::vector<float> x = c.rows(n, 1), slopes = c.rows(n, 2);
        const std::vector<float> w1 = random_floats(size_t(s.fields) * s.reduced, 3), w2 = random_floats(w1.size(), 4);
        const Matrix in = c.matrix(n, x), out = c.matrix(n), g = c.matrix(n, slopes);
        const device::Array<float> squeeze(w1), excite(w2), kept(size_t(capacity) * kept_width), back(kept.size());
        const mlora_cuda_senet senet = {view_of(in),      view_of(out), s.fields, s.reduced, squeeze.address(), excite.address(),
                                        kept.address(), back.address()};
        OK(mlora_cuda_senet_forward(&c.batch.batch, precision, &senet, nullptr));
        const mlora_cuda_matrix from_g = view_of(g);
        // What a row makes, from what the kernel says is above zero.
        struct Row {
          std::vector<Sum> z, h, a, dz, da, dh;
        };
        const std::vector<float> got = kept.read();
        std::vector<Row> rows(capacity);
        const auto scaled = [](const Sum& sum, double by) { return Sum{sum.value * by, sum.size * std::fabs(by)}; };
        for (int p = 0; p < capacity; ++p) {
          Row& row = rows[p];
          const float* const a_is = got.data() + size_t(p) * kept_width + s.fields;
          const float* const h_is = a_is + s.fields;
          row.z.resize(s.fields), row.a.resize(s.fields), row.da.resize(s.fields), row.dz.resize(s.fields);
          row.h.resize(s.reduced), row.dh.resize(s.reduced);
          for (int j = 0; j < n; ++j) {
            const double e = x[size_t(p) * n + j];
            row.z[j / s.width].add(e / s.width);
            if (a_is[j / s.width] > 0) row.da[j / s.width].add(slopes[size_t(p) * n + j] * e);
          }
          for (int r = 0; r < s.reduced; ++r) {
            for (int f = 0; f < s.fields; ++f) row.h[r].add(scaled(row.z[f], w1[f * s.reduced + r]));
            if (!(h_is[r] > 0)) row.h[r].value = 0;
            for (int f = 0; f < s.fields && h_is[r] > 0; ++f) row.dh[r].add(scaled(row.da[f], w2[r * s.fields + f]));
          }
          for (int f = 0; f < s.fields; ++f) {
            for (int r = 0; r < s.reduced; ++r) row.a[f].add(scaled(row.h[r], w2[r * s.fields + f]));
            if (!(a_is[f] > 0)) row.a[f].value = 0;
            for (int r = 0; r < s.reduced; ++r) row.dz[f].add(scaled(row.dh[r], w1[f * s.reduced + r] / s.width));
          }
        }
        Want want, want_kept, want_slopes;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < n; ++j) want.push(scaled(rows[p].a[j / s.width], x[size_t(p) * n + j]));
          for (const Sum& sum : rows[p].z) want_kept.push(sum);
          for (const Sum& sum : rows[p].a) want_kept.push(sum);
          for (const Sum& sum : rows[p].h) want_kept.push(sum);
          for (const Sum& sum : rows[p].dz) want_slopes.push(sum);
          for (const Sum& sum : rows[p].da) want_slopes.push(sum);
          for (const Sum& sum : rows[p].dh) want_slopes.push(sum);
        }
        want.check("senet out", precision, out.read());
        want_kept.check("senet z, a, h", MLORA_CUDA_FP32, got);
        check_gradient(
            "senet dx", c, n,
            [&](const mlora_cuda_matrix& dx) {
              OK(mlora_cuda_senet_backward(&c.batch.batch, precision, &senet, &from_g, &dx, nullptr));
            },
            [&](int p, int j) {
              Sum sum = scaled(rows[p].a[j / s.width], slopes[size_t(p) * n + j]);
              sum.add(rows[p].dz[j / s.width]);
              return sum;
            });
        want_slopes.check("senet slopes", MLORA_CUDA_FP32, back.read());
      }
    }
  }
}

}  // namespace
