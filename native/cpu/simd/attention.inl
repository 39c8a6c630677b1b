// Attention among the fields of one row; see interactions.h. A head's products are small matrices of any width:
// vectors run along columns, the last one in part, and a few rows go together to have independent chains.

// z[r, 0 .. n) = or += sum over i < k of t[r * row + i * step] a[i, 0 .. n) for Rows rows.
template <int Rows, int Vecs, typename Get, typename Put>
static inline void mix_tile(int64_t k, const float* t, int64_t row, int64_t step, const float* a, int64_t lda, float* z,
                            int64_t ldz, bool add_to, const Get& get, const Put& put) {
  Vec acc[Rows][Vecs];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) acc[r][v] = add_to ? get(z + r * ldz + v * kLanes) : zero();
  }
  for (int64_t i = 0; i < k; ++i, t += step, a += lda) {
    Vec b[Vecs];
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) b[v] = get(a + v * kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const Vec s = set1(t[r * row]);
#pragma GCC unroll 4
      for (int v = 0; v < Vecs; ++v) acc[r][v] = fma(s, b[v], acc[r][v]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) put(z + r * ldz + v * kLanes, acc[r][v]);
  }
}

template <int Rows>
static inline void mix_rows(int64_t n, int64_t k, const float* t, int64_t row, int64_t step, const float* a,
                            int64_t lda, float* z, int64_t ldz, bool add_to) {
  const auto get = [](const float* p) { return load(p); };
  const auto put = [](float* p, Vec v) { store(p, v); };
  int64_t j = 0;
  for (; j + 2 * kLanes <= n; j += 2 * kLanes) {
    mix_tile<Rows, 2>(k, t, row, step, a + j, lda, z + j, ldz, add_to, get, put);
  }
  if (j + kLanes <= n) {
    mix_tile<Rows, 1>(k, t, row, step, a + j, lda, z + j, ldz, add_to, get, put);
    j += kLanes;
  }
  if (j == n) return;
  const int64_t rest = n - j;
  mix_tile<Rows, 1>(
      k, t, row, step, a + j, lda, z + j, ldz, add_to, [rest](const float* p) { return load_part(p, rest); },
      [rest](float* p, Vec v) { store_part(p, v, rest); });
}

static void mix(int64_t rows, int64_t n, int64_t k, const float* t, int64_t row, int64_t step, const float* a,
                int64_t lda, float* z, int64_t ldz, bool add_to) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) mix_rows<4>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
  if (r + 2 <= rows) {
    mix_rows<2>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
    r += 2;
  }
  if (r < rows) mix_rows<1>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
}

// to (size, ld) = the transpose of (fields, size), a field in a row that is heads.ld long.
static inline void transpose_head(const Heads& heads, const float* from, float* to, int64_t ld) {
  for (int64_t f = 0; f < heads.fields; ++f) {
    for (int64_t j = 0; j < heads.size; ++j) to[j * ld + f] = from[f * heads.ld + j];
  }
}

// p[0 .. n) = softmax(scale p).
static inline void softmax(int64_t n, float scale, float* p) {
  const Vec factor = set1(scale), off = set1(-scale * largest(n, p));
  Vec total = zero();
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vec e = exponential(fma(factor, load(p + i), off));
    total = add(total, e);
    store(p + i, e);
  }
  if (i < n) {
    const Vec e = exponential(fma(factor, load_part(p + i, n - i), off));
    total = add(total, first(e, n - i));
    store_part(p + i, e, n - i);
  }
  const Vec share = set1(1 / sum(total));
  over(n, [&](int64_t j, auto get, auto put) { put(p + j, mul(get(p + j), share)); });
}

static void attend(const Heads& heads, const float* q, const float* k, const float* v, float* probabilities,
                   float* out, float* scratch) {
  const int64_t fields = heads.fields, size = heads.size, ld = heads.ld;
  const int64_t scratch_ld = (fields + 15) / 16 * 16;
  for (int64_t head = 0; head < heads.heads; ++head) {
    const int64_t at = head * size;
    float* p = probabilities + head * fields;
    transpose_head(heads, k + at, scratch, scratch_ld);
    mix(fields, fields, size, q + at, ld, 1, scratch, scratch_ld, p, ld, false);
    for (int64_t f = 0; f < fields; ++f) softmax(fields, heads.scale, p + f * ld);
    mix(fields, size, fields, p, ld, 1, v + at, ld, out + at, ld, true);
  }
}

static void attend_back(const Heads& heads, const float* q, const float* k, const float* v,
                        const float* probabilities, const float* g, float* scratch, float* dq, float* dk, float* dv) {
  const int64_t fields = heads.fields, size = heads.size, ld = heads.ld;
  const int64_t scratch_ld = (fields + 15) / 16 * 16;
  float* slopes = scratch + size * scratch_ld;
  for (int64_t head = 0; head < heads.heads; ++head) {
    const int64_t at = head * size;
    const float* p = probabilities + head * fields;
    transpose_head(heads, v + at, scratch, scratch_ld);
    mix(fields, fields, size, g + at, ld, 1, scratch, scratch_ld, slopes, scratch_ld, false);
    for (int64_t f = 0; f < fields; ++f) {
      float* slope = slopes + f * scratch_ld;
      const Vec mean = set1(dot(fields, p + f * ld, slope)), factor = set1(heads.scale);
      over(fields, [&](int64_t i, auto get, auto put) {
        put(slope + i, mul(mul(factor, get(p + f * ld + i)), add(get(slope + i), mul(set1(-1.0f), mean))));
      });
    }
    mix(fields, size, fields, p, 1, ld, g + at, ld, dv + at, ld, false);
    mix(fields, size, fields, slopes, scratch_ld, 1, k + at, ld, dq + at, ld, false);
    mix(fields, size, fields, slopes, 1, scratch_ld, q + at, ld, dk + at, ld, false);
  }
}
