// Shuffles, against the recipe of org.mlora.random.Shuffle written down once more.
#include "material.h"
#include "../philox_of_java.h"

namespace {

class Recipe {
 public:
  Recipe(uint64_t key, uint32_t epoch, uint32_t rows) : rows_(rows) {
    while (uint64_t{1} << bits_ < rows) ++bits_;
    for (uint32_t i = 0; i < 2; ++i) {
      const std::array<uint32_t, 4> words = philox_words({i, 0, epoch, 0}, key);
      keys_.insert(keys_.end(), words.begin(), words.end());
    }
  }
  uint32_t row(uint32_t place) const {
    uint64_t at = permuted(place);
    while (at >= rows_) at = permuted(at);
    return static_cast<uint32_t>(at);
  }

 private:
  uint64_t permuted(uint64_t at) const {
    const int upper = bits_ / 2, lower = bits_ - upper;
    uint64_t high = at >> lower, low = at % (uint64_t{1} << lower);
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (i % 2 == 0) {
        high ^= mixed(low, keys_[i]) / (uint64_t{1} << (32 - upper));
      } else {
        low ^= mixed(high, keys_[i]) / (uint64_t{1} << (32 - lower));
      }
    }
    return (high << lower) + low;
  }
  static uint64_t mixed(uint64_t x, uint32_t key) {
    const uint64_t product = (x ^ key) * 0x85EBCA6B % (uint64_t{1} << 32);
    return (product ^ product / 8192) * 0xC2B2AE35 % (uint64_t{1} << 32);
  }

  const uint32_t rows_;
  int bits_ = 10;
  std::vector<uint32_t> keys_;
};

std::vector<int32_t> shuffled(int rows, int64_t key, int epoch) {
  const device::Array<int32_t> order(rows);
  OK(mlora_cuda_shuffle(order.address(), rows, key, epoch, nullptr));
  return order.read();
}

TEST(shuffles_are_permutations_and_follow_the_recipe) {
  const int64_t key = -0x123456789ABCDEF;
  for (int rows : {0, 1, 2, 15, 16, 17, 255, 256, 257, 4097, 70000}) {
    if (quick() && rows > 300) continue;
    for (int epoch : {1, 77}) {
      std::vector<int32_t> order = shuffled(rows, key, epoch);
      const Recipe recipe(static_cast<uint64_t>(key), epoch, rows);
      for (int place = 0; place < rows; ++place) {
        CHECK(order[place] == static_cast<int32_t>(recipe.row(place)), rows, " rows, place ", place);
      }
      std::sort(order.begin(), order.end());
      for (int i = 0; i < rows; ++i) CHECK(order[i] == i, rows, " rows, row ", i);
    }
  }
}

TEST(more_rows_than_threads_are_shuffled) {
  if (!slow()) throw check::Skip("MLORA_SLOW=1 runs it");
  const int rows = 4096 * 256 + 3;
  const std::vector<int32_t> order = shuffled(rows, 5, 1);
  const Recipe recipe(5, 1, rows);
  for (int place = 0; place < rows; ++place) CHECK(order[place] == static_cast<int32_t>(recipe.row(place)), place);
}

TEST(an_order_needs_a_place) {
  CHECK(mlora_cuda_shuffle(0, 10, 1, 1, nullptr) == MLORA_CUDA_INVALID);
}

}  // namespace
