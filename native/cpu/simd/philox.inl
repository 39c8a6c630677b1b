// Dropout masks, org.mlora.random.Philox: 128 columns come from 16 counters; number p of the eight 16-bit
// numbers of counter lane i decides column 16 p + i, so a compare of 16 lanes is one mask word.

constexpr uint32_t kPhiloxM0 = 0xD2511F53, kPhiloxM1 = 0xCD9E8D57, kPhiloxW0 = 0x9E3779B9, kPhiloxW1 = 0xBB67AE85;

#if defined(MLORA_ISA_AVX512)

// High and low halves of 16 products: the even lanes and the odd lanes are multiplied apart.
static inline void philox_product(__m512i a, __m512i m, __m512i* high, __m512i* low) {
  const __m512i even = _mm512_mul_epu32(a, m);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), m);
  *high = _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xAAAA, odd);
  *low = _mm512_mullo_epi32(a, m);
}

static inline void dropout_block(uint32_t first_counter, uint32_t row, uint32_t stream, uint32_t step, uint64_t seed,
                                 uint32_t threshold, int words, MaskWord* keep) {
  __m512i c0 = _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(first_counter)),
                                _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  __m512i c1 = _mm512_set1_epi32(static_cast<int>(row));
  __m512i c2 = _mm512_set1_epi32(static_cast<int>(stream));
  __m512i c3 = _mm512_set1_epi32(static_cast<int>(step));
  const __m512i m0 = _mm512_set1_epi32(static_cast<int>(kPhiloxM0));
  const __m512i m1 = _mm512_set1_epi32(static_cast<int>(kPhiloxM1));
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    __m512i h0, l0, h1, l1;
    philox_product(c0, m0, &h0, &l0);
    philox_product(c2, m1, &h1, &l1);
    c0 = _mm512_ternarylogic_epi32(h1, c1, _mm512_set1_epi32(static_cast<int>(k0)), 0x96);
    c1 = l1;
    c2 = _mm512_ternarylogic_epi32(h0, c3, _mm512_set1_epi32(static_cast<int>(k1)), 0x96);
    c3 = l0;
    k0 += kPhiloxW0;
    k1 += kPhiloxW1;
  }
  const __m512i limit = _mm512_set1_epi32(static_cast<int>(threshold));
  const __m512i low_half = _mm512_set1_epi32(0xFFFF);
  const __m512i word[4] = {c0, c1, c2, c3};
  for (int p = 0; p < words; ++p) {
    const __m512i number = p % 2 == 0 ? _mm512_and_epi32(word[p / 2], low_half) : _mm512_srli_epi32(word[p / 2], 16);
    keep[p] = _mm512_cmplt_epu32_mask(number, limit);
  }
}

#elif defined(MLORA_ISA_AVX2)

// High and low halves of 8 products: the even lanes and the odd lanes are multiplied apart.
static inline void philox_product(__m256i a, __m256i m, __m256i* high, __m256i* low) {
  const __m256i even = _mm256_mul_epu32(a, m);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), m);
  *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

static inline void dropout_block(uint32_t first_counter, uint32_t row, uint32_t stream, uint32_t step, uint64_t seed,
                                 uint32_t threshold, int words, MaskWord* keep) {
  const __m256i m0 = _mm256_set1_epi32(static_cast<int>(kPhiloxM0));
  const __m256i m1 = _mm256_set1_epi32(static_cast<int>(kPhiloxM1));
  const __m256i first = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first_counter)),
                                         _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  // The 16 counters are two vectors of 8 lanes.
  __m256i c0[2] = {first, _mm256_add_epi32(first, _mm256_set1_epi32(8))};
  __m256i c1[2], c2[2], c3[2];
  for (int half = 0; half < 2; ++half) {
    c1[half] = _mm256_set1_epi32(static_cast<int>(row));
    c2[half] = _mm256_set1_epi32(static_cast<int>(stream));
    c3[half] = _mm256_set1_epi32(static_cast<int>(step));
  }
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const __m256i key0 = _mm256_set1_epi32(static_cast<int>(k0)), key1 = _mm256_set1_epi32(static_cast<int>(k1));
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      __m256i h0, l0, h1, l1;
      philox_product(c0[half], m0, &h0, &l0);
      philox_product(c2[half], m1, &h1, &l1);
      c0[half] = _mm256_xor_si256(_mm256_xor_si256(h1, c1[half]), key0);
      c1[half] = l1;
      c2[half] = _mm256_xor_si256(_mm256_xor_si256(h0, c3[half]), key1);
      c3[half] = l0;
    }
    k0 += kPhiloxW0;
    k1 += kPhiloxW1;
  }
  const __m256i limit = _mm256_set1_epi32(static_cast<int>(threshold));
  const __m256i low_half = _mm256_set1_epi32(0xFFFF);
  const __m256i* const word[4] = {c0, c1, c2, c3};
  for (int p = 0; p < words; ++p) {
    uint32_t bits = 0;
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const __m256i pair = word[p / 2][half];
      const __m256i number = p % 2 == 0 ? _mm256_and_si256(pair, low_half) : _mm256_srli_epi32(pair, 16);
      // Both below 2^17, so that a signed comparison is right.
      const __m256i kept = _mm256_cmpgt_epi32(limit, number);
      bits |= static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(kept))) << (8 * half);
    }
    keep[p] = static_cast<MaskWord>(bits);
  }
}

#else

static inline void dropout_block(uint32_t first_counter, uint32_t row, uint32_t stream, uint32_t step, uint64_t seed,
                                 uint32_t threshold, int words, MaskWord* keep) {
  uint32_t c0[16], c1[16], c2[16], c3[16];
  for (uint32_t i = 0; i < 16; ++i) {
    c0[i] = first_counter + i;
    c1[i] = row;
    c2[i] = stream;
    c3[i] = step;
  }
  uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 16; ++i) {
      const uint64_t p0 = uint64_t{kPhiloxM0} * c0[i];
      const uint64_t p1 = uint64_t{kPhiloxM1} * c2[i];
      c0[i] = static_cast<uint32_t>(p1 >> 32) ^ c1[i] ^ k0;
      c1[i] = static_cast<uint32_t>(p1);
      c2[i] = static_cast<uint32_t>(p0 >> 32) ^ c3[i] ^ k1;
      c3[i] = static_cast<uint32_t>(p0);
    }
    k0 += kPhiloxW0;
    k1 += kPhiloxW1;
  }
  const uint32_t* const word[4] = {c0, c1, c2, c3};
  for (int p = 0; p < words; ++p) {
    uint32_t bits = 0;
    for (int i = 0; i < 16; ++i) {
      const uint32_t number = (word[p / 2][i] >> (16 * (p % 2))) & 0xFFFF;
      bits |= static_cast<uint32_t>(number < threshold) << i;
    }
    keep[p] = static_cast<MaskWord>(bits);
  }
}

#endif

static void dropout(int rows, const int32_t* row_numbers, int words, uint64_t seed, uint32_t stream, uint32_t step,
                    uint32_t threshold, MaskWord* keep, int64_t mask_ld) {
  for (int r = 0; r < rows; ++r, keep += mask_ld) {
    for (int word = 0; word < words; word += 8) {
      const int n = words - word < 8 ? words - word : 8;
      dropout_block(static_cast<uint32_t>(2 * word), static_cast<uint32_t>(row_numbers[r]), stream, step, seed,
                    threshold, n, keep + word);
    }
  }
}
