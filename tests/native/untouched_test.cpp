// Steps without gradient on several rows at once are those of single rows and steps to the bit.
#include <cmath>
#include <cstring>
#include <random>

#include "check.h"
#include "simd/kernels.h"

namespace {

constexpr int kSteps = 400;

// The numbers of Adam for all steps.
struct Steps {
  mlora::Step step = {};
  std::vector<float> rates, corrections;

  explicit Steps(float l2) : rates(kSteps), corrections(kSteps) {
    step.kind = 3;  // Adam
    step.b1 = 0.9f;
    step.b1_rest = 0.1f;
    step.b2 = 0.999f;
    step.b2_rest = 0.001f;
    step.b2_root = std::sqrt(0.999f);
    step.epsilon = 1e-8f;
    step.l2 = l2;
    for (int t = 0; t < kSteps; ++t) {
      rates[t] = 0.001f * static_cast<float>(t % 40 + 1);
      corrections[t] = 1.0f + 1.0f / static_cast<float>(t + 1);
    }
  }
};

// Values and moments of rows of some width.
struct Rows {
  std::vector<std::vector<float>> arrays;

  Rows(int64_t n, std::mt19937& random) {
    std::normal_distribution<float> normal(0, 0.3f);
    for (int i = 0; i < 3 * mlora::kTogether; ++i) {
      arrays.emplace_back(n);
      for (float& v : arrays.back()) v = i % 3 == 2 ? std::fabs(normal(random)) : normal(random);
    }
  }

  // Moves rows [first, first + count) by the steps from each one's begin on.
  void move(const Steps& steps, float bound, int first, int count, const int64_t* begin) {
    float *w[mlora::kTogether], *m[mlora::kTogether], *u[mlora::kTogether];
    int64_t own[mlora::kTogether];
    for (int r = 0; r < mlora::kTogether; ++r) {
      const int row = first + (r < count ? r : 0);
      w[r] = arrays[3 * row].data();
      m[r] = arrays[3 * row + 1].data();
      u[r] = arrays[3 * row + 2].data();
      own[r] = begin[row];
    }
    mlora::kernels().untouched(&steps.step, kSteps, steps.rates.data(), steps.corrections.data(), bound, count, own,
                               static_cast<int64_t>(arrays[0].size()), w, m, u);
  }

  void check_same(const Rows& other, int rows) const {
    for (size_t i = 0; i < arrays.size(); ++i) {
      CHECK(std::memcmp(arrays[i].data(), other.arrays[i].data(), arrays[i].size() * sizeof(float)) == 0, "array ", i,
            " of ", rows, " rows of ", arrays[i].size());
    }
  }
};

// Calls body(rows of random numbers, how many of them move) for many widths and numbers of rows.
template <typename Body>
void each_shape(const Body& body) {
  std::mt19937 random(5);
  for (int64_t n : {1, 2, 3, 4, 8, 16, 29}) {
    for (int count = 1; count <= mlora::kTogether; ++count) body(Rows(n, random), count);
  }
}

constexpr int64_t kBegin[mlora::kTogether] = {7, 0, 400, 23, 5, 5, 399, 110};

}  // namespace

TEST(penalised_rows_move_together_as_by_single_steps) {
  Steps steps(0.02f);
  each_shape([&](Rows together, int count) {
    Rows alone = together;
    together.move(steps, 0, 0, count, kBegin);
    const std::vector<float> none(together.arrays[0].size());
    for (int r = 0; r < count; ++r) {
      for (int64_t t = kBegin[r]; t < kSteps; ++t) {
        steps.step.rate = steps.rates[t];
        steps.step.correction = steps.corrections[t];
        std::vector<float>* row = &alone.arrays[3 * r];
        mlora::kernels().step(&steps.step, static_cast<int64_t>(none.size()), row[0].data(), row[1].data(),
                              row[2].data(), none.data());
      }
    }
    together.check_same(alone, count);
  });
}

TEST(idle_rows_move_together_as_alone_and_stop_only_where_nothing_moves) {
  const Steps steps(0);
  // The largest rate over 1 - b1 bounds the sum of moves that follow.
  constexpr float kBound = 0.04f / 0.1f;
  each_shape([&](Rows together, int count) {
    Rows alone = together;
    together.move(steps, kBound, 0, count, kBegin);
    for (int r = 0; r < count; ++r) alone.move(steps, 0, r, 1, kBegin);
    together.check_same(alone, count);
  });
}
