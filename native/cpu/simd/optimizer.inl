// Optimizer steps on a run of values, see org.mlora.train.Optimizer.

enum { kSgd = 0, kAdagrad = 1, kAdam = 3 };

static void add_scaled(int64_t n, float a, const float* x, float* y) {
  const Vec scale = set1(a);
  over(n, [&](int64_t i, auto get, auto put) { put(y + i, fma(scale, get(x + i), get(y + i))); });
}

static float squares(int64_t n, const float* g, const float* w, float l2) {
  Vec total = zero();
  const Vec penalty = set1(l2);
  over(n, [&](int64_t i, auto get, auto) {
    const Vec v = fma(penalty, get(w + i), get(g + i));
    total = fma(v, v, total);
  });
  return sum(total);
}

// w after an Adam step with moments m and u.
static inline Vec adam_move(Vec w, Vec m, Vec u, Vec rate, Vec correction, Vec epsilon) {
  return fnma(rate, div(m, fma(u, correction, epsilon)), w);
}

static void step_values(const Step* step, int64_t n, float* w, float* m, float* u, const float* g) {
  const Vec rate = set1(step->rate), epsilon = set1(step->epsilon), l2 = set1(step->l2);
  if (step->kind == kSgd) {
    over(n, [&](int64_t i, auto get, auto put) {
      const Vec value = get(w + i);
      put(w + i, fnma(rate, fma(l2, value, get(g + i)), value));
    });
  } else if (step->kind == kAdagrad) {
    over(n, [&](int64_t i, auto get, auto put) {
      const Vec value = get(w + i);
      const Vec slope = fma(l2, value, get(g + i));
      const Vec squared = fma(slope, slope, get(m + i));
      put(m + i, squared);
      put(w + i, fnma(rate, div(slope, add(root(squared), epsilon)), value));
    });
  } else {
    const Vec b1 = set1(step->b1), b1_rest = set1(step->b1_rest), b2 = set1(step->b2), b2_rest = set1(step->b2_rest);
    const Vec correction = set1(step->correction);
    over(n, [&](int64_t i, auto get, auto put) {
      const Vec value = get(w + i);
      const Vec slope = fma(l2, value, get(g + i));
      const Vec first = fma(b1, get(m + i), mul(b1_rest, slope));
      const Vec second = get(u + i);
      const Vec norm = root(fma(mul(b2_rest, slope), slope, mul(b2, mul(second, second))));
      put(m + i, first);
      put(u + i, norm);
      put(w + i, adam_move(value, first, norm, rate, correction, epsilon));
    });
  }
}

static void idle_values(const Step* step, int64_t count, const float* rates, const float* corrections, float bound,
                        int64_t n, float* w, float* m, float* u) {
  const Vec b1 = set1(step->b1), root_b2 = set1(step->b2_root), epsilon = set1(step->epsilon);
  over(n, [&](int64_t i, auto get, auto put) {
    Vec value = get(w + i), first = get(m + i), norm = get(u + i);
    int64_t t = 0;
    while (t < count) {
      // Worth a division only where it may save many.
      if (t % 8 == 0 && bound > 0 && count - t > 8) {
        // A move of at most a quarter of the spacing of floats at w leaves w as it is, and the moves
        // that follow are smaller: their bound shrinks with m, faster than u does.
        const Vec largest = mul(set1(bound), div(absolute(first), add(norm, epsilon)));
        if (all_at_most(largest, mul(absolute(value), set1(0x1p-27f)))) break;
      }
      first = mul(first, b1);
      norm = mul(norm, root_b2);
      value = adam_move(value, first, norm, set1(rates[t]), set1(corrections[t]), epsilon);
      ++t;
    }
    for (; t < count; ++t) {
      first = mul(first, b1);
      norm = mul(norm, root_b2);
    }
    put(w + i, value);
    put(m + i, first);
    put(u + i, norm);
  });
}

// Steps begin[r] .. count - 1 without gradient but with a penalty on the values, as step_values does
// them, on one vector of each row: a chain of roots and divisions for each row, so several rows go
// together.
template <typename Get, typename Put>
static inline void penalized_column(const Step* step, int64_t count, const float* rates, const float* corrections,
                                    int rows, const int64_t* begin, float* const* w, float* const* m,
                                    float* const* u, int64_t i, Get get, Put put) {
  const Vec b1 = set1(step->b1), b1_rest = set1(step->b1_rest), b2 = set1(step->b2), b2_rest = set1(step->b2_rest);
  const Vec epsilon = set1(step->epsilon), l2 = set1(step->l2);
  Vec value[kTogether], first[kTogether], norm[kTogether];
  int64_t t = count;
  for (int r = 0; r < kTogether; ++r) {
    // Places without a row repeat row 0 and are not written.
    const int from = r < rows ? r : 0;
    value[r] = get(w[from] + i);
    first[r] = get(m[from] + i);
    norm[r] = get(u[from] + i);
    if (r < rows && begin[r] < t) t = begin[r];
  }
  for (; t < count; ++t) {
    const Vec rate = set1(rates[t]), correction = set1(corrections[t]);
#pragma GCC unroll 4
    for (int r = 0; r < kTogether; ++r) {
      if (t < begin[r]) continue;
      const Vec slope = fma(l2, value[r], zero());
      first[r] = fma(b1, first[r], mul(b1_rest, slope));
      norm[r] = root(fma(mul(b2_rest, slope), slope, mul(b2, mul(norm[r], norm[r]))));
      value[r] = adam_move(value[r], first[r], norm[r], rate, correction, epsilon);
    }
  }
  for (int r = 0; r < rows; ++r) {
    put(w[r] + i, value[r]);
    put(m[r] + i, first[r]);
    put(u[r] + i, norm[r]);
  }
}

static void penalized_values(const Step* step, int64_t count, const float* rates, const float* corrections, int rows,
                             const int64_t* begin, int64_t n, float* const* w, float* const* m, float* const* u) {
  over(n, [&](int64_t i, auto get, auto put) {
    penalized_column(step, count, rates, corrections, rows, begin, w, m, u, i, get, put);
  });
}
