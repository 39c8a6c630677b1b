// z = x w: rows of x times weights in packed panels.
//
// Tile: kTileRows x kPanel, accumulators in registers (12 x 32 with AVX-512: 24 of 32 registers; 6 x 16
// with AVX2: 12 of 16; 5 x 16 with NEON: 20 of 32; 2 x 16 else), one step of k loads a panel row and broadcasts
// one value per row. The rows of a tile stay in L1 while the panels stream from L2. A few rows take several panels at
// a time to have enough independent chains.

#if defined(MLORA_ISA_AVX512)
constexpr int kTileRows = 12;
#elif defined(MLORA_ISA_AVX2)
constexpr int kTileRows = 6;
#elif defined(MLORA_ISA_NEON)
constexpr int kTileRows = 5;
#else
constexpr int kTileRows = 2;
#endif
constexpr int kPanel = 2 * kLanes < 16 ? 16 : 2 * kLanes;
constexpr int kPanelVecs = kPanel / kLanes;

// Rows x (Panels panels of Vecs vectors).
template <int Rows, int Panels, int Vecs>
static inline void multiply_tile(int64_t k, const float* x, int64_t ldx, const float* w, float* z, int64_t ldz,
                                 bool add_to) {
  Vec acc[Rows][Panels * Vecs];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < Panels * Vecs; ++v) acc[r][v] = zero();
  }
  const int64_t distance = k * kPanel;
#pragma GCC unroll 2
  for (int64_t i = 0; i < k; ++i) {
    Vec b[Panels * Vecs];
#pragma GCC unroll 16
    for (int v = 0; v < Panels * Vecs; ++v) b[v] = load(w + (v / Vecs) * distance + (v % Vecs) * kLanes);
    w += kPanel;
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const Vec a = set1(x[r * ldx + i]);
#pragma GCC unroll 16
      for (int v = 0; v < Panels * Vecs; ++v) acc[r][v] = fma(a, b[v], acc[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < Panels * Vecs; ++v) {
      float* p = z + r * ldz + (v / Vecs) * kPanel + (v % Vecs) * kLanes;
      store(p, add_to ? add(load(p), acc[r][v]) : acc[r][v]);
    }
  }
}

template <int Rows, int Together>
static void multiply_rows(int64_t k, const float* x, int64_t ldx, const float* w, int64_t columns, float* z,
                          int64_t ldz, bool add_to) {
  int64_t column = 0;
  for (; column + Together * kPanel <= columns; column += Together * kPanel) {
    multiply_tile<Rows, Together, kPanelVecs>(k, x, ldx, w + column * k, z + column, ldz, add_to);
  }
  for (; column + kPanel <= columns; column += kPanel) {
    multiply_tile<Rows, 1, kPanelVecs>(k, x, ldx, w + column * k, z + column, ldz, add_to);
  }
  if (column < columns) {  // columns are multiples of 16, so this is half a panel of 32
    multiply_tile<Rows, 1, (kPanelVecs + 1) / 2>(k, x, ldx, w + column * k, z + column, ldz, add_to);
  }
}

static void multiply(int rows, int64_t k, const float* x, int64_t ldx, const float* w, int64_t columns, float* z,
                     int64_t ldz, bool add_to) {
  // Even tiles: 13 rows are 7 + 6, not 12 + 1.
  int tiles = (rows + kTileRows - 1) / kTileRows;
  while (rows > 0) {
    const int n = (rows + tiles - 1) / tiles;
    switch (n) {
// TOGETHER: panels of two vectors that rows take at a time.
#define MLORA_ROWS(R, TOGETHER)                                        \
  case R:                                                              \
    if constexpr (R <= kTileRows) {                                    \
      multiply_rows<R, (2 * TOGETHER + kPanelVecs - 1) / kPanelVecs>(k, x, ldx, w, columns, z, ldz, add_to); \
    }                                                                  \
    break;
      MLORA_ROWS(1, 4)
      MLORA_ROWS(2, 2)
      MLORA_ROWS(3, 2)
      MLORA_ROWS(4, 1)
      MLORA_ROWS(5, 1)
      MLORA_ROWS(6, 1)
      MLORA_ROWS(7, 1)
      MLORA_ROWS(8, 1)
      MLORA_ROWS(9, 1)
      MLORA_ROWS(10, 1)
      MLORA_ROWS(11, 1)
      MLORA_ROWS(12, 1)
#undef MLORA_ROWS
      default:
        break;
    }
    x += n * ldx;
    z += n * ldz;
    rows -= n;
    --tiles;
  }
}

static void transpose(const float* w, int64_t in, int64_t out, int64_t p, int64_t i0, int64_t i1, float* wt) {
  const float* panel = w + p * in * kPanel;
  const int64_t o0 = p * kPanel;
  const int64_t columns = out - o0 < kPanel ? out - o0 : kPanel;
  for (int64_t i = i0; i < i1; ++i) {
    float* target = wt + ((i / kPanel) * out + o0) * kPanel + i % kPanel;
    for (int64_t o = 0; o < columns; ++o) target[o * kPanel] = panel[i * kPanel + o];
  }
}
