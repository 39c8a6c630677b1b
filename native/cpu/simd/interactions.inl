// Interactions among the columns of one row; see interactions.h. Vectors run along the columns of a field.

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

constexpr InteractionKernels kInteractions = {
    dot,  multiply_add, scale_add, sum_groups, bi_interaction, bi_interaction_back, inner_products, inner_products_back,
    attend, attend_back,
    gather_maps,   gather_map_slopes, scatter_maps, add_maps, map_products, map_products_back};
