// Interactions among the columns of one row; see interactions.h. Vectors run along the columns of a field.

static inline float dot(int64_t n, const float* a, const float* b) {
  Vec total = zero();
  over(n, [&](int64_t i, auto get, auto) { total = fma(get(a + i), get(b + i), total); });
  return sum(total);
}

static void multiply_add(int64_t n, const float* a, const float* b, const float* c, float* out) {
  over(n, [&](int64_t i, auto get, auto put) { put(out + i, fma(get(a + i), get(b + i), get(c + i))); });
}

static inline void scale_add(int64_t n, float s, const float* x, const float* c, float* out) {
  const Vec scale = set1(s);
  over(n, [&](int64_t i, auto get, auto put) { put(out + i, fma(scale, get(x + i), get(c + i))); });
}

static void sum_groups(int64_t groups, int64_t size, const float* x, float* out) {
  for (int64_t g = 0; g < groups; ++g, x += size) {
    Vec total = zero();
    over(size, [&](int64_t i, auto get, auto) { total = add(total, get(x + i)); });
    out[g] = sum(total);
  }
}

// Each field times the sum of those before it: no difference of large squares.
static void bi_interaction(int64_t fields, int64_t k, const float* x, float* out) {
  over(k, [&](int64_t i, auto get, auto put) {
    Vec before = get(x + i), total = zero();
    for (int64_t f = 1; f < fields; ++f) {
      const Vec e = get(x + f * k + i);
      total = fma(e, before, total);
      before = add(before, e);
    }
    put(out + i, total);
  });
}

static void bi_interaction_back(int64_t fields, int64_t k, const float* x, const float* g, float* dx) {
  over(k, [&](int64_t i, auto get, auto put) {
    Vec all = get(x + i);
    for (int64_t f = 1; f < fields; ++f) all = add(all, get(x + f * k + i));
    const Vec slope = get(g + i);
    for (int64_t f = 0; f < fields; ++f) {
      const Vec others = fnma(set1(1.0f), get(x + f * k + i), all);
      put(dx + f * k + i, fma(slope, others, get(dx + f * k + i)));
    }
  });
}

static void inner_products(int64_t fields, int64_t k, const float* x, float* out) {
  for (int64_t f = 0; f < fields; ++f) {
    for (int64_t h = f + 1; h < fields; ++h) *out++ = dot(k, x + f * k, x + h * k);
  }
}

static void inner_products_back(int64_t fields, int64_t k, const float* x, const float* g, float* dx) {
  for (int64_t f = 0; f < fields; ++f) {
    for (int64_t h = f + 1; h < fields; ++h, ++g) {
      scale_add(k, *g, x + h * k, dx + f * k, dx + f * k);
      scale_add(k, *g, x + f * k, dx + h * k, dx + h * k);
    }
  }
}

static void attend(const Heads& heads, const float* q, const float* k, const float* v, float* probabilities,
                   float* out) {
  for (int64_t head = 0; head < heads.heads; ++head) {
    const int64_t at = head * heads.size;
    for (int64_t f = 0; f < heads.fields; ++f) {
      float* weights = probabilities + f * heads.ld + head * heads.fields;
      float* to = out + f * heads.ld + at;
      float largest = 0;
      for (int64_t h = 0; h < heads.fields; ++h) {
        const float score = heads.scale * dot(heads.size, q + f * heads.ld + at, k + h * heads.ld + at);
        weights[h] = score;
        if (h == 0 || score > largest) largest = score;
      }
      float total = 0;
      for (int64_t h = 0; h < heads.fields; ++h) {
        weights[h] = __builtin_expf(weights[h] - largest);
        total += weights[h];
      }
      for (int64_t h = 0; h < heads.fields; ++h) {
        weights[h] /= total;
        scale_add(heads.size, weights[h], v + h * heads.ld + at, to, to);
      }
    }
  }
}

static void attend_back(const Heads& heads, const float* q, const float* k, const float* v,
                        const float* probabilities, const float* g, float* spread, float* dq, float* dk, float* dv) {
  for (int64_t f = 0; f < heads.fields; ++f) {
    for (int64_t i = 0; i < heads.heads * heads.size; ++i) {
      dq[f * heads.ld + i] = 0;
      dk[f * heads.ld + i] = 0;
      dv[f * heads.ld + i] = 0;
    }
  }
  for (int64_t head = 0; head < heads.heads; ++head) {
    const int64_t at = head * heads.size;
    for (int64_t f = 0; f < heads.fields; ++f) {
      const float* weights = probabilities + f * heads.ld + head * heads.fields;
      const float* from = g + f * heads.ld + at;
      float mean = 0;
      for (int64_t h = 0; h < heads.fields; ++h) {
        float* to = dv + h * heads.ld + at;
        spread[h] = dot(heads.size, from, v + h * heads.ld + at);
        mean += weights[h] * spread[h];
        scale_add(heads.size, weights[h], from, to, to);
      }
      for (int64_t h = 0; h < heads.fields; ++h) {
        const float slope = heads.scale * weights[h] * (spread[h] - mean);
        float* query = dq + f * heads.ld + at;
        float* key = dk + h * heads.ld + at;
        scale_add(heads.size, slope, k + h * heads.ld + at, query, query);
        scale_add(heads.size, slope, q + f * heads.ld + at, key, key);
      }
    }
  }
}

constexpr InteractionKernels kInteractions = {
    dot,  multiply_add, scale_add, sum_groups, bi_interaction, bi_interaction_back, inner_products, inner_products_back,
    attend, attend_back,
    gather_maps,   gather_map_slopes, scatter_maps, add_maps, map_products, map_products_back};
