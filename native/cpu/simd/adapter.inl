// The low-rank factors. shrink: s[row, j] = x[row, :] . a[j, :], vectors along k, kLanes partial sums per
// product that are added in a fixed order at the end; tiles of up to 4 rows x 4 ranks, so that even
// one row of a domain has several independent chains. expand: z (+)= t a, vectors along columns, tiles
// of up to 4 rows x 2 vectors (1 or 2 rows: 4 vectors).

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

template <int Rows, int Vecs>
static inline void expand_tile(int rank, const float* t, int64_t ldt, const float* a, int64_t lda, float* z,
                               int64_t ldz, bool add_to) {
  Vec acc[Rows][Vecs];
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) acc[r][v] = add_to ? load(z + r * ldz + v * kLanes) : zero();
  }
  for (int j = 0; j < rank; ++j) {
    Vec b[Vecs];
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) b[v] = load(a + j * lda + v * kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const Vec s = set1(t[r * ldt + j]);
#pragma GCC unroll 4
      for (int v = 0; v < Vecs; ++v) acc[r][v] = fma(s, b[v], acc[r][v]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) store(z + r * ldz + v * kLanes, acc[r][v]);
  }
}

template <int Rows, int Vecs>
static void expand_rows(int64_t columns, int rank, const float* t, int64_t ldt, const float* a, int64_t lda, float* z,
                        int64_t ldz, bool add_to) {
  int64_t column = 0;
  for (; column + Vecs * kLanes <= columns; column += Vecs * kLanes) {
    expand_tile<Rows, Vecs>(rank, t, ldt, a + column, lda, z + column, ldz, add_to);
  }
  for (; column < columns; column += kLanes) {
    expand_tile<Rows, 1>(rank, t, ldt, a + column, lda, z + column, ldz, add_to);
  }
}

static void expand(int rows, int64_t columns, int rank, const float* t, int64_t ldt, const float* a, int64_t lda,
                   float* z, int64_t ldz, bool add_to) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) expand_rows<4, 2>(columns, rank, t + r * ldt, ldt, a, lda, z + r * ldz, ldz, add_to);
  if (r + 2 <= rows) {
    expand_rows<2, 4>(columns, rank, t + r * ldt, ldt, a, lda, z + r * ldz, ldz, add_to);
    r += 2;
  }
  if (r < rows) expand_rows<1, 4>(columns, rank, t + r * ldt, ldt, a, lda, z + r * ldz, ldz, add_to);
}
