// Parameter gradients: c (ni, columns) += sum over rows of l[row, i] * r[row, :].
//
// The same tile as multiply, with rows as the inner axis: kTileRows values of l are broadcast, kPanel
// columns of r loaded. Rows go in blocks of kBlock, so that a block of r's panel (kBlock x 128 bytes)
// stays in L1 while the tiles of l pass; between blocks the tile rests in c, which does not change the
// order of its additions.

constexpr int64_t kBlock = 128;

template <int Rows, int Vecs>
static inline void outer_tile(int64_t rows, const float* l, int64_t ldl, const float* r, int64_t ldr, float* c,
                              int64_t ldc, bool first) {
  Vec acc[Rows][Vecs];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < Vecs; ++v) acc[i][v] = first ? zero() : load(c + i * ldc + v * kLanes);
  }
  for (int64_t row = 0; row < rows; ++row) {
    Vec b[Vecs];
#pragma GCC unroll 16
    for (int v = 0; v < Vecs; ++v) b[v] = load(r + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const Vec a = set1(l[i]);
#pragma GCC unroll 16
      for (int v = 0; v < Vecs; ++v) acc[i][v] = fma(a, b[v], acc[i][v]);
    }
    l += ldl;
    r += ldr;
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < Vecs; ++v) store(c + i * ldc + v * kLanes, acc[i][v]);
  }
}

template <int Vecs>
static void outer_panel(int64_t rows, const float* l, int64_t ldl, int ni, const float* r, int64_t ldr, float* c,
                        int64_t ldc, bool first) {
  int tiles = (ni + kTileRows - 1) / kTileRows;
  while (ni > 0) {
    const int n = (ni + tiles - 1) / tiles;
    switch (n) {
#define MLORA_ROWS(R)                                                                                \
  case R:                                                                                            \
    if constexpr (R <= kTileRows) outer_tile<R, Vecs>(rows, l, ldl, r, ldr, c, ldc, first);          \
    break;
      MLORA_ROWS(1)
      MLORA_ROWS(2)
      MLORA_ROWS(3)
      MLORA_ROWS(4)
      MLORA_ROWS(5)
      MLORA_ROWS(6)
      MLORA_ROWS(7)
      MLORA_ROWS(8)
      MLORA_ROWS(9)
      MLORA_ROWS(10)
      MLORA_ROWS(11)
      MLORA_ROWS(12)
#undef MLORA_ROWS
      default:
        break;
    }
    l += n;
    c += n * ldc;
    ni -= n;
    --tiles;
  }
}

static void outer(int64_t rows, const float* l, int64_t ldl, int ni, const float* r, int64_t ldr, int64_t columns,
                  float* c, int64_t ldc, bool first) {
  for (int64_t row = 0; row < rows; row += kBlock) {
    const int64_t n = rows - row < kBlock ? rows - row : kBlock;
    int64_t column = 0;
    for (; column + kPanel <= columns; column += kPanel) {
      outer_panel<kPanelVecs>(n, l + row * ldl, ldl, ni, r + row * ldr + column, ldr, c + column, ldc,
                              first && row == 0);
    }
    if (column < columns) {
      outer_panel<(kPanelVecs + 1) / 2>(n, l + row * ldl, ldl, ni, r + row * ldr + column, ldr, c + column, ldc,
                                        first && row == 0);
    }
  }
}
