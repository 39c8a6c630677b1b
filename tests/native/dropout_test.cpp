// Dropout masks of the vector kernels are those of the counters, one by one, as org.mlora.random.Philox has them.
#include "check.h"
#include "philox_of_java.h"
#include "simd/kernels.h"

using Counter = std::array<uint32_t, 4>;

TEST(philox_here_gives_the_numbers_that_its_authors_publish) {
  CHECK((philox_words({0, 0, 0, 0}, 0) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox_words({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
         Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(dropout_masks_are_those_of_the_counters) {
  const uint64_t seed = 0xA5A5123487654321;
  const int stream = 3;
  const uint32_t step = 70001;
  const int32_t rows[] = {0, 5, 1000003};
  for (const int words : {1, 7, 8, 9, 24}) {
    for (const uint32_t threshold : {0u, 1u, 19661u, 32768u, 65535u, 65536u}) {
      std::vector<mlora::MaskWord> keep(3 * static_cast<size_t>(words + 1));
      mlora::kernels().dropout(3, rows, words, seed, stream, step, threshold, keep.data(), words + 1);
      for (int r = 0; r < 3; ++r) {
        for (int column = 0; column < 16 * words; ++column) {
          const bool kept = (keep[r * (words + 1) + column / 16] >> (column % 16) & 1) != 0;
          CHECK(kept == keeps(seed, step, stream, rows[r], column, 1 - threshold / 65536.0), words, " words, row ", r,
                ", column ", column);
        }
        CHECK(keep[r * (words + 1) + words] == 0, "written beyond the row");
      }
    }
  }
}
