// The low-rank factors. shrink: s[row, j] = x[row, :] . a[j, :], vectors along k, kLanes partial sums per
// product that are added in a fixed order at the end; tiles of up to 4 rows x 4 ranks, so that even
// one row of a domain has several independent chains. expand: z (+)= t a, vectors along columns, tiles
// of up to 4 rows x 2 vectors (1 or 2 rows: 4 vectors). mix is expand for any width, and for t transposed.

template <int Rows, int Ranks>
static inline void shrink_tile(int64_t k, const float* x, int64_t ldx, const float* a, int64_t lda, float* s,
                               int64_t lds) {
  Vec acc[Rows][Ranks];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int j = 0; j < Ranks; ++j) acc[r][j] = zero();
  }
  for (int64_t i = 0; i < k; i += kLanes) {
    Vec b[Ranks];
#pragma GCC unroll 4
    for (int j = 0; j < Ranks; ++j) b[j] = load(a + j * lda + i);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const Vec v = load(x + r * ldx + i);
#pragma GCC unroll 4
      for (int j = 0; j < Ranks; ++j) acc[r][j] = fma(v, b[j], acc[r][j]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int j = 0; j < Ranks; ++j) s[r * lds + j] = sum(acc[r][j]);
  }
}

template <int Rows>
static void shrink_rows(int64_t k, int rank, const float* x, int64_t ldx, const float* a, int64_t lda, float* s,
                        int64_t lds) {
  int j = 0;
  for (; j + 4 <= rank; j += 4) shrink_tile<Rows, 4>(k, x, ldx, a + j * lda, lda, s + j, lds);
  if (j + 2 <= rank) {
    shrink_tile<Rows, 2>(k, x, ldx, a + j * lda, lda, s + j, lds);
    j += 2;
  }
  if (j < rank) shrink_tile<Rows, 1>(k, x, ldx, a + j * lda, lda, s + j, lds);
}

static void shrink(int rows, int64_t k, int rank, const float* x, int64_t ldx, const float* a, int64_t lda, float* s,
                   int64_t lds) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) shrink_rows<4>(k, rank, x + r * ldx, ldx, a, lda, s + r * lds, lds);
  if (r + 2 <= rows) {
    shrink_rows<2>(k, rank, x + r * ldx, ldx, a, lda, s + r * lds, lds);
    r += 2;
  }
  if (r < rows) shrink_rows<1>(k, rank, x + r * ldx, ldx, a, lda, s + r * lds, lds);
}

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

template <int Rows, int Vecs>
static inline void mix_rows(int64_t n, int64_t k, const float* t, int64_t row, int64_t step, const float* a,
                            int64_t lda, float* z, int64_t ldz, bool add_to) {
  const auto get = [](const float* p) { return load(p); };
  const auto put = [](float* p, Vec v) { store(p, v); };
  int64_t j = 0;
  for (; j + Vecs * kLanes <= n; j += Vecs * kLanes) {
    mix_tile<Rows, Vecs>(k, t, row, step, a + j, lda, z + j, ldz, add_to, get, put);
  }
  for (; j + kLanes <= n; j += kLanes) {
    mix_tile<Rows, 1>(k, t, row, step, a + j, lda, z + j, ldz, add_to, get, put);
  }
  if (j == n) return;
  const int64_t rest = n - j;
  mix_tile<Rows, 1>(
      k, t, row, step, a + j, lda, z + j, ldz, add_to, [rest](const float* p) { return load_part(p, rest); },
      [rest](float* p, Vec v) { store_part(p, v, rest); });
}

static inline void mix(int64_t rows, int64_t n, int64_t k, const float* t, int64_t row, int64_t step, const float* a,
                       int64_t lda, float* z, int64_t ldz, bool add_to) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) mix_rows<4, 2>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
  if (r + 2 <= rows) {
    mix_rows<2, 4>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
    r += 2;
  }
  if (r < rows) mix_rows<1, 4>(n, k, t + r * row, row, step, a, lda, z + r * ldz, ldz, add_to);
}

static void expand(int rows, int64_t columns, int rank, const float* t, int64_t ldt, const float* a, int64_t lda,
                   float* z, int64_t ldz, bool add_to) {
  mix(rows, columns, rank, t, ldt, 1, a, lda, z, ldz, add_to);
}
