// Attention among the fields of one row; see interactions.h. A head is a few products of small matrices of any width.

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
