// org.mlora.random.Philox, for tests to draw the numbers that engines draw.
#ifndef MLORA_TESTS_PHILOX_OF_JAVA_H
#define MLORA_TESTS_PHILOX_OF_JAVA_H

#include <array>
#include <cmath>
#include <cstdint>

inline std::array<uint32_t, 4> philox_words(std::array<uint32_t, 4> c, uint64_t key) {
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0], p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1), static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1,
         static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

// Whether a unit is kept by dropout.
inline bool keeps(uint64_t seed, uint32_t step, int stream, int row, int column, double dropout) {
  const std::array<uint32_t, 4> words =
      philox_words({static_cast<uint32_t>(16 * (column / 128) + column % 16), static_cast<uint32_t>(row),
                    static_cast<uint32_t>(stream), step},
                   seed);
  const int piece = column % 128 / 16;
  return (words[piece / 2] >> (16 * (piece % 2)) & 0xFFFF) < static_cast<uint32_t>(std::lround(65536 * (1 - dropout)));
}

#endif
