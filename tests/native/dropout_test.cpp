// Dropout masks of the vector kernels are those of the counters, one by one, as org.mlora.random.Philox has them.
#include <array>
#include <cstdint>

#include "check.h"
#include "simd/kernels.h"

namespace {

using Counter = std::array<uint32_t, 4>;

// Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
Counter philox(Counter c, uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0], p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

}  // namespace

TEST(philox_here_gives_the_numbers_that_its_authors_publish) {
  CHECK((philox({0, 0, 0, 0}, 0, 0) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
         Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(dropout_masks_are_those_of_the_counters) {
  const uint64_t seed = 0xA5A5123487654321;
  const uint32_t stream = 3, step = 70001;
  const int32_t rows[] = {0, 5, 1000003};
  for (const int words : {1, 7, 8, 9, 24}) {
    for (const uint32_t threshold : {0u, 1u, 19661u, 32768u, 65535u, 65536u}) {
      std::vector<mlora::MaskWord> keep(3 * static_cast<size_t>(words + 1));
      mlora::kernels().dropout(3, rows, words, seed, stream, step, threshold, keep.data(), words + 1);
      for (int r = 0; r < 3; ++r) {
        for (int column = 0; column < 16 * words; ++column) {
          // Of 128 columns, lane i of 16 counters decides each sixteenth.
          const uint32_t counter = static_cast<uint32_t>(16 * (column / 128) + column % 16);
          const int number = column % 128 / 16;
          const Counter random = philox({counter, static_cast<uint32_t>(rows[r]), stream, step},
                                        static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
          const uint32_t value = random[number / 2] >> (16 * (number % 2)) & 0xFFFF;
          const bool kept = (keep[r * (words + 1) + column / 16] >> (column % 16) & 1) != 0;
          CHECK(kept == (value < threshold), words, " words, row ", r, ", column ", column);
        }
        CHECK(keep[r * (words + 1) + words] == 0, "written beyond the row");
      }
    }
  }
}
