// Stands in for <immintrin.h> where kernels_avx512.cpp is compiled for a processor without AVX-512: every
// AVX-512 operation that the kernels use, lane by lane, as its manual has it. An operation that is not here does not
// compile.
#pragma once
#include_next <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstring>

namespace avx512 {

typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint64_t Longs __attribute__((vector_size(64)));
using Mask = uint16_t;
constexpr int kLanes = 16;

template <typename To, typename From>
static inline To bits(From from) {
  return reinterpret_cast<To>(from);
}

template <typename Vector, typename Lane>
static inline Vector each(const Lane& lane) {
  Vector v{};
  for (int i = 0; i < kLanes; ++i) v[i] = lane(i);
  return v;
}

template <typename Lane>
static inline Mask where(const Lane& lane) {
  unsigned m = 0;
  for (int i = 0; i < kLanes; ++i) m |= static_cast<unsigned>(lane(i)) << i;
  return static_cast<Mask>(m);
}

static inline bool in(Mask m, int i) { return (m >> i & 1) != 0; }

static inline Floats set1_ps(float x) { return each<Floats>([&](int) { return x; }); }
static inline Floats setzero_ps() { return Floats{}; }
static inline Floats loadu_ps(const void* p) {
  Floats v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
static inline void storeu_ps(void* p, Floats v) { std::memcpy(p, &v, sizeof v); }
// Lanes that are masked out touch no memory.
static inline Floats maskz_loadu_ps(Mask m, const void* p) {
  return each<Floats>([&](int i) { return in(m, i) ? static_cast<const float*>(p)[i] : 0.0f; });
}
static inline void mask_storeu_ps(void* p, Mask m, Floats v) {
  for (int i = 0; i < kLanes; ++i) {
    if (in(m, i)) static_cast<float*>(p)[i] = v[i];
  }
}
static inline Floats maskz_mov_ps(Mask m, Floats a) {
  return each<Floats>([&](int i) { return in(m, i) ? a[i] : 0.0f; });
}
static inline Floats mask_mov_ps(Floats other, Mask m, Floats a) {
  return each<Floats>([&](int i) { return in(m, i) ? a[i] : other[i]; });
}
static inline Floats add_ps(Floats a, Floats b) { return a + b; }
static inline Floats mul_ps(Floats a, Floats b) { return a * b; }
static inline Floats div_ps(Floats a, Floats b) { return a / b; }
static inline Floats fmadd_ps(Floats a, Floats b, Floats c) {
  return each<Floats>([&](int i) { return std::fma(a[i], b[i], c[i]); });
}
static inline Floats fnmadd_ps(Floats a, Floats b, Floats c) { return fmadd_ps(-a, b, c); }
static inline Floats sqrt_ps(Floats a) {
  return each<Floats>([&](int i) { return std::sqrt(a[i]); });
}
// The second where one is not a number.
static inline Floats max_ps(Floats a, Floats b) {
  return each<Floats>([&](int i) { return a[i] > b[i] ? a[i] : b[i]; });
}
static inline Floats abs_ps(Floats a) { return bits<Floats>(bits<Words>(a) & 0x7FFFFFFFu); }
template <int How>
static inline Mask cmp_ps_mask(Floats a, Floats b) {
  static_assert(How == _CMP_GT_OQ || How == _CMP_LE_OQ, "add this comparison");
  return where([&](int i) { return How == _CMP_GT_OQ ? a[i] > b[i] : a[i] <= b[i]; });
}
template <int How>
static inline Floats roundscale_ps(Floats a) {
  static_assert(How == (_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), "add this way of rounding");
  return each<Floats>([&](int i) { return std::nearbyint(a[i]); });
}

static inline Ints set1_epi32(int x) { return each<Ints>([&](int) { return x; }); }
template <typename... Lanes>
static inline Ints setr_epi32(Lanes... lanes) {
  static_assert(sizeof...(lanes) == kLanes, "sixteen lanes");
  return Ints{lanes...};
}
static inline Floats castsi512_ps(Ints a) { return bits<Floats>(a); }
static inline Ints cvtps_epi32(Floats a) {
  return each<Ints>([&](int i) { return static_cast<int32_t>(std::lrint(a[i])); });
}
static inline Ints add_epi32(Ints a, Ints b) { return bits<Ints>(bits<Words>(a) + bits<Words>(b)); }
static inline Ints and_epi32(Ints a, Ints b) { return a & b; }
static inline Ints mullo_epi32(Ints a, Ints b) { return bits<Ints>(bits<Words>(a) * bits<Words>(b)); }
// Of each pair of lanes, the lower ones.
static inline Ints mul_epu32(Ints a, Ints b) {
  return bits<Ints>((bits<Longs>(a) & 0xFFFFFFFFu) * (bits<Longs>(b) & 0xFFFFFFFFu));
}
static inline Ints slli_epi32(Ints a, unsigned n) { return bits<Ints>(bits<Words>(a) << n); }
static inline Ints srli_epi32(Ints a, unsigned n) { return bits<Ints>(bits<Words>(a) >> n); }
static inline Ints srli_epi64(Ints a, unsigned n) { return bits<Ints>(bits<Longs>(a) >> n); }
static inline Ints mask_mov_epi32(Ints other, Mask m, Ints a) {
  return each<Ints>([&](int i) { return in(m, i) ? a[i] : other[i]; });
}
static inline Mask cmplt_epu32_mask(Ints a, Ints b) {
  return where([&](int i) { return bits<Words>(a)[i] < bits<Words>(b)[i]; });
}
template <int Table>
static inline Ints ternarylogic_epi32(Ints a, Ints b, Ints c) {
  static_assert(Table == 0x96, "add this table");
  return a ^ b ^ c;
}

template <int Half>
static inline __m256 extractf32x8_ps(Floats a) {
  __m256 h;
  std::memcpy(&h, reinterpret_cast<const float*>(&a) + 8 * Half, sizeof h);
  return h;
}
static inline __m256 castps512_ps256(Floats a) { return extractf32x8_ps<0>(a); }

}  // namespace avx512

// Some are macros, depending on compiler and optimization.
#undef _mm512_setr_epi32
#undef _mm512_slli_epi32
#undef _mm512_srli_epi32
#undef _mm512_srli_epi64
#undef _mm512_cmp_ps_mask
#undef _mm512_roundscale_ps
#undef _mm512_ternarylogic_epi32
#undef _mm512_extractf32x8_ps

#define __AVX512F__ 1
#define __m512 ::avx512::Floats
#define __m512i ::avx512::Ints
#define __mmask16 ::avx512::Mask
#define _mm512_set1_ps ::avx512::set1_ps
#define _mm512_setzero_ps ::avx512::setzero_ps
#define _mm512_loadu_ps ::avx512::loadu_ps
#define _mm512_storeu_ps ::avx512::storeu_ps
#define _mm512_maskz_loadu_ps ::avx512::maskz_loadu_ps
#define _mm512_mask_storeu_ps ::avx512::mask_storeu_ps
#define _mm512_maskz_mov_ps ::avx512::maskz_mov_ps
#define _mm512_mask_mov_ps ::avx512::mask_mov_ps
#define _mm512_add_ps ::avx512::add_ps
#define _mm512_mul_ps ::avx512::mul_ps
#define _mm512_div_ps ::avx512::div_ps
#define _mm512_fmadd_ps ::avx512::fmadd_ps
#define _mm512_fnmadd_ps ::avx512::fnmadd_ps
#define _mm512_sqrt_ps ::avx512::sqrt_ps
#define _mm512_max_ps ::avx512::max_ps
#define _mm512_abs_ps ::avx512::abs_ps
#define _mm512_set1_epi32 ::avx512::set1_epi32
#define _mm512_setr_epi32 ::avx512::setr_epi32
#define _mm512_castsi512_ps ::avx512::castsi512_ps
#define _mm512_cvtps_epi32 ::avx512::cvtps_epi32
#define _mm512_add_epi32 ::avx512::add_epi32
#define _mm512_and_epi32 ::avx512::and_epi32
#define _mm512_mullo_epi32 ::avx512::mullo_epi32
#define _mm512_mul_epu32 ::avx512::mul_epu32
#define _mm512_slli_epi32 ::avx512::slli_epi32
#define _mm512_srli_epi32 ::avx512::srli_epi32
#define _mm512_srli_epi64 ::avx512::srli_epi64
#define _mm512_mask_mov_epi32 ::avx512::mask_mov_epi32
#define _mm512_cmplt_epu32_mask ::avx512::cmplt_epu32_mask
#define _mm512_castps512_ps256 ::avx512::castps512_ps256
#define _mm512_cmp_ps_mask(a, b, how) ::avx512::cmp_ps_mask<how>(a, b)
#define _mm512_roundscale_ps(a, how) ::avx512::roundscale_ps<how>(a)
#define _mm512_ternarylogic_epi32(a, b, c, table) ::avx512::ternarylogic_epi32<table>(a, b, c)
#define _mm512_extractf32x8_ps(a, half) ::avx512::extractf32x8_ps<half>(a)
