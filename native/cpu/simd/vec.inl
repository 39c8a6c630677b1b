// A vector of floats and the few operations that the kernels need, for the instruction set of this
// translation unit. Included inside the namespace of that instruction set.

#if defined(__AVX512F__) && defined(MLORA_ISA_AVX512)

constexpr int kLanes = 16;
using Vec = __m512;
using Mask = __mmask16;
static inline Vec zero() { return _mm512_setzero_ps(); }
static inline Vec set1(float x) { return _mm512_set1_ps(x); }
static inline Vec load(const float* p) { return _mm512_loadu_ps(p); }
static inline void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
static inline Vec load_part(const float* p, int64_t n) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
}
static inline void store_part(float* p, Vec v, int64_t n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), v);
}
// The first n lanes, zeros after them.
static inline Vec first(Vec v, int64_t n) { return _mm512_maskz_mov_ps(static_cast<__mmask16>((1u << n) - 1), v); }
static inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
static inline Vec fnma(Vec a, Vec b, Vec c) { return _mm512_fnmadd_ps(a, b, c); }
static inline Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
static inline Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
static inline Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
static inline Vec root(Vec a) { return _mm512_sqrt_ps(a); }
// b where a is not a number.
static inline Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
static inline Vec absolute(Vec a) { return _mm512_abs_ps(a); }
static inline Mask positive(Vec a) { return _mm512_cmp_ps_mask(a, zero(), _CMP_GT_OQ); }
static inline Mask mask_of(const MaskWord* words, int64_t column) { return words[column / 16]; }
static inline Vec keep(Mask m, Vec a) { return _mm512_maskz_mov_ps(m, a); }
static inline Vec select(Mask m, Vec a, Vec b) { return _mm512_mask_mov_ps(b, m, a); }
static inline bool all_at_most(Vec a, Vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ) == 0xFFFF; }
static inline Vec whole(Vec a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// 2^a for whole a in [-126, 127].
static inline Vec power(Vec a) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(a), _mm512_set1_epi32(127)), 23));
}
// Lanes in the order ((i, i+8), +4, +2, +1).
static inline float sum(Vec a) {
  __m256 h = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  __m128 q = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
  q = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

#elif defined(__AVX2__) && defined(MLORA_ISA_AVX2)

constexpr int kLanes = 8;
using Vec = __m256;
using Mask = __m256i;
static inline Vec zero() { return _mm256_setzero_ps(); }
static inline Vec set1(float x) { return _mm256_set1_ps(x); }
static inline Vec load(const float* p) { return _mm256_loadu_ps(p); }
static inline void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
static inline __m256i first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline Vec load_part(const float* p, int64_t n) { return _mm256_maskload_ps(p, first_lanes(n)); }
// In pieces: a masked store takes tens of cycles on some processors.
static inline void store_part(float* p, Vec v, int64_t n) {
  __m128 rest = _mm256_castps256_ps128(v);
  if ((n & 4) != 0) {
    _mm_storeu_ps(p, rest);
    rest = _mm256_extractf128_ps(v, 1);
    p += 4;
  }
  if ((n & 2) != 0) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
    rest = _mm_movehl_ps(rest, rest);
    p += 2;
  }
  if ((n & 1) != 0) _mm_store_ss(p, rest);
}
static inline Vec first(Vec v, int64_t n) { return _mm256_and_ps(v, _mm256_castsi256_ps(first_lanes(n))); }
static inline Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
static inline Vec fnma(Vec a, Vec b, Vec c) { return _mm256_fnmadd_ps(a, b, c); }
static inline Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
static inline Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
static inline Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
static inline Vec root(Vec a) { return _mm256_sqrt_ps(a); }
static inline Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
static inline Vec absolute(Vec a) { return _mm256_andnot_ps(set1(-0.0f), a); }
static inline Mask positive(Vec a) { return _mm256_castps_si256(_mm256_cmp_ps(a, zero(), _CMP_GT_OQ)); }
static inline Mask mask_of(const MaskWord* words, int64_t column) {
  const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i word = _mm256_set1_epi32(words[column / 16] >> (column % 16));
  return _mm256_cmpeq_epi32(_mm256_and_si256(word, bits), bits);
}
static inline Vec keep(Mask m, Vec a) { return _mm256_and_ps(_mm256_castsi256_ps(m), a); }
static inline Vec select(Mask m, Vec a, Vec b) { return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(m)); }
static inline bool all_at_most(Vec a, Vec b) {
  return _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LE_OQ)) == 0xFF;
}
static inline Vec whole(Vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
static inline Vec power(Vec a) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(a), _mm256_set1_epi32(127)), 23));
}
static inline float sum(Vec a) {
  __m128 q = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  q = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

#elif defined(__aarch64__) && defined(MLORA_ISA_NEON)

constexpr int kLanes = 4;
using Vec = float32x4_t;
using Mask = uint32x4_t;
static inline Vec zero() { return vdupq_n_f32(0); }
static inline Vec set1(float x) { return vdupq_n_f32(x); }
static inline Vec load(const float* p) { return vld1q_f32(p); }
static inline void store(float* p, Vec v) { vst1q_f32(p, v); }
static inline Vec load_part(const float* p, int64_t n) {
  float lanes[kLanes] = {};
  for (int64_t i = 0; i < n; ++i) lanes[i] = p[i];
  return load(lanes);
}
static inline void store_part(float* p, Vec v, int64_t n) {
  float lanes[kLanes];
  store(lanes, v);
  for (int64_t i = 0; i < n; ++i) p[i] = lanes[i];
}
static inline Vec keep(Mask m, Vec a) { return vreinterpretq_f32_u32(vandq_u32(m, vreinterpretq_u32_f32(a))); }
static inline Vec first(Vec v, int64_t n) {
  const int32_t lanes[kLanes] = {0, 1, 2, 3};
  return keep(vcltq_s32(vld1q_s32(lanes), vdupq_n_s32(static_cast<int32_t>(n))), v);
}
static inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
static inline Vec fnma(Vec a, Vec b, Vec c) { return vfmsq_f32(c, a, b); }
static inline Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
static inline Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
static inline Vec div(Vec a, Vec b) { return vdivq_f32(a, b); }
static inline Vec root(Vec a) { return vsqrtq_f32(a); }
static inline Vec select(Mask m, Vec a, Vec b) { return vbslq_f32(m, a, b); }
// b where a is not a number, which vmaxq_f32 would give back.
static inline Vec max(Vec a, Vec b) { return select(vcgtq_f32(a, b), a, b); }
static inline Vec absolute(Vec a) { return vabsq_f32(a); }
static inline Mask positive(Vec a) { return vcgtzq_f32(a); }
static inline Mask mask_of(const MaskWord* words, int64_t column) {
  const uint32_t bits[kLanes] = {1, 2, 4, 8};
  return vtstq_u32(vdupq_n_u32(static_cast<uint32_t>(words[column / 16]) >> (column % 16)), vld1q_u32(bits));
}
static inline bool all_at_most(Vec a, Vec b) { return vminvq_u32(vcleq_f32(a, b)) != 0; }
static inline Vec whole(Vec a) { return vrndnq_f32(a); }
static inline Vec power(Vec a) {
  return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(a), vdupq_n_s32(127)), 23));
}
static inline float sum(Vec a) {
  const float32x2_t h = vadd_f32(vget_low_f32(a), vget_high_f32(a));
  return vget_lane_f32(h, 0) + vget_lane_f32(h, 1);
}

#else

// Compiler vectors of four: SSE2 or plain loops. Products are rounded before they are added.
constexpr int kLanes = 4;
typedef float Vec __attribute__((vector_size(16)));
typedef int32_t Mask __attribute__((vector_size(16)));
typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));
static inline Vec zero() { return Vec{0, 0, 0, 0}; }
static inline Vec set1(float x) { return Vec{x, x, x, x}; }
static inline Vec load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
static inline void store(float* p, Vec v) { *reinterpret_cast<Unaligned*>(p) = v; }
static inline Vec load_part(const float* p, int64_t n) {
  Vec v = zero();
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
}
static inline void store_part(float* p, Vec v, int64_t n) {
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
}
static inline Vec first(Vec v, int64_t n) {
  for (int64_t i = n; i < kLanes; ++i) v[i] = 0;
  return v;
}
static inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
static inline Vec fnma(Vec a, Vec b, Vec c) { return c - a * b; }
static inline Vec add(Vec a, Vec b) { return a + b; }
static inline Vec mul(Vec a, Vec b) { return a * b; }
static inline Vec div(Vec a, Vec b) { return a / b; }
static inline Vec root(Vec a) {
  return Vec{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])};
}
static inline Vec select(Mask m, Vec a, Vec b) {
  return reinterpret_cast<Vec>((m & reinterpret_cast<Mask>(a)) | (~m & reinterpret_cast<Mask>(b)));
}
static inline Vec max(Vec a, Vec b) { return select(a > b, a, b); }
static inline Vec absolute(Vec a) {
  return reinterpret_cast<Vec>(reinterpret_cast<Mask>(a) & Mask{0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF});
}
static inline Mask positive(Vec a) { return a > zero(); }
static inline Mask mask_of(const MaskWord* words, int64_t column) {
  const int32_t word = words[column / 16] >> (column % 16);
  return (Mask{word, word, word, word} & Mask{1, 2, 4, 8}) != Mask{0, 0, 0, 0};
}
static inline Vec keep(Mask m, Vec a) { return reinterpret_cast<Vec>(m & reinterpret_cast<Mask>(a)); }
static inline bool all_at_most(Vec a, Vec b) {
  const Mask m = a <= b;
  return (m[0] & m[1] & m[2] & m[3]) != 0;
}
static inline Vec whole(Vec a) {
  // Adding 1.5 * 2^23 rounds to a whole number, as long as |a| < 2^22.
  const Vec shift = set1(12582912.0f);
  return (a + shift) - shift;
}
static inline Vec power(Vec a) {
  const Vec shift = set1(12582912.0f);
  const Mask bits = reinterpret_cast<Mask>(a + shift) - reinterpret_cast<Mask>(shift) + 127;
  return reinterpret_cast<Vec>(bits << 23);
}
static inline float sum(Vec a) { return (a[0] + a[2]) + (a[1] + a[3]); }

#endif

// Applies body(offset, load, store) shape by shape: whole vectors, then the rest.
template <typename Body>
static inline void over(int64_t n, const Body& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    body(
        i, [](const float* p) { return load(p); }, [](float* p, Vec v) { store(p, v); });
  }
  if (i < n) {
    const int64_t rest = n - i;
    body(
        i, [rest](const float* p) { return load_part(p, rest); },
        [rest](float* p, Vec v) { store_part(p, v, rest); });
  }
}

static inline float dot(int64_t n, const float* a, const float* b) {
  Vec total = zero();
  over(n, [&](int64_t i, auto get, auto) { total = fma(get(a + i), get(b + i), total); });
  return sum(total);
}

// The largest of p[0 .. n), n >= 1; the rest where one is not a number.
static inline float largest(int64_t n, const float* p) {
  float last[kLanes];
  int64_t count = n < kLanes ? n : kLanes;
  if (n > kLanes) {
    // The last vector overlaps.
    Vec all = load(p + n - kLanes);
    for (int64_t i = 0; i + kLanes <= n; i += kLanes) all = max(all, load(p + i));
    store(last, all);
    p = last;
  }
  float found = p[0];
  for (int64_t i = 1; i < count; ++i) found = p[i] > found ? p[i] : found;
  return found;
}

// e^a for a <= 0, to 1e-7 of it; below -87, e^-87. With r what is left of a after whole powers of two,
// |r| <= ln(2) / 2, the series of e^r to r^7.
static inline Vec exponential(Vec a) {
  a = max(set1(-87.0f), a);
  const Vec n = whole(mul(a, set1(1.44269504f)));
  // ln 2 in two parts, so that n times the first is exact.
  const Vec r = fnma(n, set1(-2.12194440e-4f), fnma(n, set1(0.693359375f), a));
  constexpr float kSeries[] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 1.0f / 2, 1.0f, 1.0f};
  Vec e = set1(1.0f / 5040);
  for (const float c : kSeries) e = fma(e, r, set1(c));
  return mul(e, power(n));
}
