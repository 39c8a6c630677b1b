// The end of a dense layer over rows of one domain, while they are in L1: bias, dropout, adapter and
// activation forward; activation and dropout backward. Tiles of 4 rows (or 1) x 2 vectors.

template <int Rows, int Vecs, bool Keep, bool Adapt>
static inline void close_tile(float* z, int64_t ldz, int64_t column, int64_t columns, const Closing& o, int row) {
  Vec sums[Rows][Vecs];
#pragma GCC unroll 4
  for (int v = 0; v < Vecs; ++v) {
    const Vec bias = load(o.bias + column + v * kLanes);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      Vec s = add(load(z + r * ldz + column + v * kLanes), bias);
      if (Keep) s = mul(keep(mask_of(o.keep + (row + r) * o.mask_ld, column + v * kLanes), s), set1(o.scale));
      sums[r][v] = s;
    }
  }
  if (Adapt) {
    Vec low[Rows][Vecs];
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) {
      const Vec c = load(o.c + column + v * kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; ++r) low[r][v] = c;
    }
    for (int j = 0; j < o.rank; ++j) {
      Vec b[Vecs];
#pragma GCC unroll 4
      for (int v = 0; v < Vecs; ++v) b[v] = load(o.b + j * columns + column + v * kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < Rows; ++r) {
        const Vec s = set1(o.s[(row + r) * o.s_ld + j]);
#pragma GCC unroll 4
        for (int v = 0; v < Vecs; ++v) low[r][v] = fma(s, b[v], low[r][v]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < Vecs; ++v) sums[r][v] = add(sums[r][v], low[r][v]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < Vecs; ++v) {
      // max(0, x) gives x where x is not a number: a diverged run must show.
      store(z + r * ldz + column + v * kLanes, o.relu ? max(zero(), sums[r][v]) : sums[r][v]);
    }
  }
}

template <bool Keep, bool Adapt>
static void close_rows(int rows, int64_t columns, float* z, int64_t ldz, const Closing& o) {
  int r = 0;
  for (; r + 4 <= rows; r += 4, z += 4 * ldz) {
    int64_t column = 0;
    for (; column + 2 * kLanes <= columns; column += 2 * kLanes) {
      close_tile<4, 2, Keep, Adapt>(z, ldz, column, columns, o, r);
    }
    for (; column < columns; column += kLanes) close_tile<4, 1, Keep, Adapt>(z, ldz, column, columns, o, r);
  }
  for (; r < rows; ++r, z += ldz) {
    int64_t column = 0;
    for (; column + 4 * kLanes <= columns; column += 4 * kLanes) {
      close_tile<1, 4, Keep, Adapt>(z, ldz, column, columns, o, r);
    }
    for (; column < columns; column += kLanes) close_tile<1, 1, Keep, Adapt>(z, ldz, column, columns, o, r);
  }
}

static void close(int rows, int64_t columns, float* z, int64_t ldz, const Closing* closing) {
  const bool kept = closing->keep != nullptr;
  const bool adapted = closing->s != nullptr;
  if (kept && adapted) close_rows<true, true>(rows, columns, z, ldz, *closing);
  if (kept && !adapted) close_rows<true, false>(rows, columns, z, ldz, *closing);
  if (!kept && adapted) close_rows<false, true>(rows, columns, z, ldz, *closing);
  if (!kept && !adapted) close_rows<false, false>(rows, columns, z, ldz, *closing);
}

static void open(int rows, int64_t columns, float* g, int64_t ldg, const float* out, int64_t ldo, bool relu,
                 const MaskWord* words, int64_t mask_ld, float scale, float* gs, int64_t ldgs) {
  const Vec scales = set1(scale);
  for (int r = 0; r < rows; ++r) {
    for (int64_t column = 0; column < columns; column += kLanes) {
      Vec v = load(g + r * ldg + column);
      if (relu) {
        v = keep(positive(load(out + r * ldo + column)), v);
        store(g + r * ldg + column, v);
      }
      if (gs != nullptr) {
        store(gs + r * ldgs + column, mul(keep(mask_of(words + r * mask_ld, column), v), scales));
      }
    }
  }
}
