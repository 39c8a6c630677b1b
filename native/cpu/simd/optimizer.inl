// Optimizer steps on a run of values, see org.mlora.train.Optimizer.

enum { kSgd = 0, kAdagrad = 1, kAdam = 3 };

// Vectors whose steps without gradient are computed side by side.
constexpr int kChains = 4;

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

// Values with both moments, a vector of each: of one row, or of two narrow ones.
struct Chain {
  Vec value, first, norm;
  Vec begin;                 // minus the step that each lane begins with; read before step latest only
  int64_t earliest, latest;  // of those steps; all lanes of one row begin with the earliest
};

// Steps without gradient, of which the values move by their moments alone.
static inline void move_idle(const Step* step, int64_t count, const float* rates, const float* corrections, float bound,
                             Chain& chain) {
  const Vec b1 = set1(step->b1), root_b2 = set1(step->b2_root), epsilon = set1(step->epsilon);
  Vec value = chain.value, first = chain.first, norm = chain.norm;
  int64_t t = chain.earliest;
  for (; t < chain.latest; ++t) {
    const Mask begun = positive(add(set1(static_cast<float>(t + 1)), chain.begin));
    first = select(begun, mul(first, b1), first);
    norm = select(begun, mul(norm, root_b2), norm);
    value = select(begun, adam_move(value, first, norm, set1(rates[t]), set1(corrections[t]), epsilon), value);
  }
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
  chain.value = value;
  chain.first = first;
  chain.norm = norm;
}

// Steps without gradient but with a penalty on the values, as step_values does them. A chain is roots and divisions
// that wait for each other, so several go together.
static inline void move_penalized(const Step* step, int64_t count, const float* rates, const float* corrections,
                                  Chain* chains) {
  const Vec b1 = set1(step->b1), b1_rest = set1(step->b1_rest), b2 = set1(step->b2), b2_rest = set1(step->b2_rest);
  const Vec epsilon = set1(step->epsilon), l2 = set1(step->l2);
  int64_t t = count;
  for (int c = 0; c < kChains; ++c) t = chains[c].earliest < t ? chains[c].earliest : t;
  for (; t < count; ++t) {
    const Vec rate = set1(rates[t]), correction = set1(corrections[t]);
#pragma GCC unroll 4
    for (int c = 0; c < kChains; ++c) {
      Chain& chain = chains[c];
      if (t < chain.earliest) continue;
      const Vec slope = fma(l2, chain.value, zero());
      Vec first = fma(b1, chain.first, mul(b1_rest, slope));
      Vec norm = root(fma(mul(b2_rest, slope), slope, mul(b2, mul(chain.norm, chain.norm))));
      Vec value = adam_move(chain.value, first, norm, rate, correction, epsilon);
      if (t < chain.latest) {
        const Mask begun = positive(add(set1(static_cast<float>(t + 1)), chain.begin));
        first = select(begun, first, chain.first);
        norm = select(begun, norm, chain.norm);
        value = select(begun, value, chain.value);
      }
      chain.first = first;
      chain.norm = norm;
      chain.value = value;
    }
  }
}

// Two rows of n <= kLanes / 2 values in one vector.
static inline Vec pair(const float* a, const float* b, int64_t n) {
  float lanes[kLanes] = {};
  for (int64_t i = 0; i < n; ++i) lanes[i] = a[i];
  for (int64_t i = 0; i < n; ++i) lanes[kLanes / 2 + i] = b[i];
  return load(lanes);
}

static inline void part(Vec v, int64_t n, float* a, float* b) {
  float lanes[kLanes];
  store(lanes, v);
  for (int64_t i = 0; i < n; ++i) a[i] = lanes[i];
  for (int64_t i = 0; i < n; ++i) b[i] = lanes[kLanes / 2 + i];
}

static void untouched_pairs(const Step* step, int64_t count, const float* rates, const float* corrections,
                            float bound, int rows, const int64_t* begin, int64_t n, float* const* w, float* const* m,
                            float* const* u) {
  Chain chains[kChains];
  for (int c = 0; c < kChains; ++c) {
    // The last of an odd number is its own partner; chains without rows repeat one and never begin.
    const int a = 2 * c < rows ? 2 * c : 0, b = 2 * c + 1 < rows ? 2 * c + 1 : a;
    float lanes[kLanes];
    for (int i = 0; i < kLanes; ++i) lanes[i] = -static_cast<float>(begin[i < kLanes / 2 ? a : b]);
    chains[c] = {pair(w[a], w[b], n), pair(m[a], m[b], n), pair(u[a], u[b], n), load(lanes),
                 begin[a] < begin[b] ? begin[a] : begin[b], begin[a] < begin[b] ? begin[b] : begin[a]};
    if (2 * c >= rows) chains[c].earliest = count;
  }
  if (step->l2 != 0) {
    move_penalized(step, count, rates, corrections, chains);
  } else {
    for (int c = 0; 2 * c < rows; ++c) move_idle(step, count, rates, corrections, bound, chains[c]);
  }
  for (int c = 0; 2 * c < rows; ++c) {
    const int a = 2 * c, b = a + 1 < rows ? a + 1 : a;
    part(chains[c].value, n, w[a], w[b]);
    part(chains[c].first, n, m[a], m[b]);
    part(chains[c].norm, n, u[a], u[b]);
  }
}

static void idle_rows(const Step* step, int64_t count, const float* rates, const float* corrections, float bound,
                      int rows, const int64_t* begin, int64_t n, float* const* w, float* const* m, float* const* u) {
  for (int r = 0; r < rows; ++r) {
    over(n, [&](int64_t i, auto get, auto put) {
      Chain chain = {get(w[r] + i), get(m[r] + i), get(u[r] + i), zero(), begin[r], 0};
      move_idle(step, count, rates, corrections, bound, chain);
      put(w[r] + i, chain.value);
      put(m[r] + i, chain.first);
      put(u[r] + i, chain.norm);
    });
  }
}

static void penalized_rows(const Step* step, int64_t count, const float* rates, const float* corrections, int rows,
                           const int64_t* begin, int64_t n, float* const* w, float* const* m, float* const* u) {
  for (; rows > 0; rows -= kChains, begin += kChains, w += kChains, m += kChains, u += kChains) {
    over(n, [&](int64_t i, auto get, auto put) {
      Chain chains[kChains];
      for (int c = 0; c < kChains; ++c) {
        const int r = c < rows ? c : 0;
        chains[c] = {get(w[r] + i), get(m[r] + i), get(u[r] + i), zero(), c < rows ? begin[c] : count, 0};
      }
      move_penalized(step, count, rates, corrections, chains);
      for (int c = 0; c < kChains && c < rows; ++c) {
        put(w[c] + i, chains[c].value);
        put(m[c] + i, chains[c].first);
        put(u[c] + i, chains[c].norm);
      }
    });
  }
}

static void untouched_values(const Step* step, int64_t count, const float* rates, const float* corrections,
                             float bound, int rows, const int64_t* begin, int64_t n, float* const* w, float* const* m,
                             float* const* u) {
  static_assert(kTogether == 2 * kChains, "a pair of rows for each chain");
  if (2 * n <= kLanes) {
    untouched_pairs(step, count, rates, corrections, bound, rows, begin, n, w, m, u);
  } else if (step->l2 == 0) {
    idle_rows(step, count, rates, corrections, bound, rows, begin, n, w, m, u);
  } else {
    penalized_rows(step, count, rates, corrections, rows, begin, n, w, m, u);
  }
}
