// Maps of a few rows side by side in panels, for compressed interactions; see interactions.h.

// Calls body(row, map, in a row, in the panel) for each stretch of columns that lie side by side in both.
template <typename Body>
static inline void each_map(const MapPanel& at, int64_t maps, const Body& body) {
  for (int64_t r = 0; r < at.rows; ++r) {
    for (int64_t m = 0; m < maps; ++m) body(r, m, m * at.k + at.begin, m * kPanel + r * at.count);
  }
}

static void gather_maps(const MapPanel& at, int64_t maps, const float* x, int64_t ldx, float* to) {
  each_map(at, maps, [&](int64_t r, int64_t, int64_t from, int64_t place) {
    over(at.count, [&](int64_t i, auto get, auto put) { put(to + place + i, get(x + r * ldx + from + i)); });
  });
}

static void gather_map_slopes(const MapPanel& at, int64_t maps, const float* y, int64_t ldy, const float* g,
                              int64_t ldg, float* to) {
  each_map(at, maps, [&](int64_t r, int64_t, int64_t from, int64_t place) {
    over(at.count, [&](int64_t i, auto get, auto put) {
      put(to + place + i, keep(positive(get(y + r * ldy + from + i)), get(g + r * ldg + from + i)));
    });
  });
}

static void scatter_maps(const MapPanel& at, int64_t maps, const float* from, const float* bias, float* out,
                         int64_t ldo) {
  each_map(at, maps, [&](int64_t r, int64_t m, int64_t to, int64_t place) {
    const Vec b = set1(bias[m]);
    over(at.count, [&](int64_t i, auto get, auto put) {
      // Not a number stays: a diverged run must show.
      put(out + r * ldo + to + i, max(zero(), add(get(from + place + i), b)));
    });
  });
}

static void add_maps(const MapPanel& at, int64_t maps, const float* from, float* out, int64_t ldo) {
  each_map(at, maps, [&](int64_t r, int64_t, int64_t to, int64_t place) {
    over(at.count, [&](int64_t i, auto get, auto put) {
      float* sum = out + r * ldo + to + i;
      put(sum, add(get(sum), get(from + place + i)));
    });
  });
}

static void map_products(int64_t maps, const float* start, const float* x, float* z) {
  for (int64_t v = 0; v < kPanel; v += kLanes) {
    const Vec s = load(start + v);
    for (int64_t i = v; i < maps * kPanel; i += kPanel) store(z + i, mul(s, load(x + i)));
  }
}

static void map_products_back(int64_t maps, const float* start, const float* x, const float* dz, float* dstart,
                              float* dx) {
  for (int64_t v = 0; v < kPanel; v += kLanes) {
    const Vec s = load(start + v);
    Vec sum = load(dstart + v);
    for (int64_t i = v; i < maps * kPanel; i += kPanel) {
      const Vec slope = load(dz + i);
      sum = fma(slope, load(x + i), sum);
      store(dx + i, fma(slope, s, load(dx + i)));
    }
    store(dstart + v, sum);
  }
}
