// Steps with a penalty alone, on several rows at once, are those of single steps to the bit.
#include <cstring>
#include <random>

#include "check.h"
#include "simd/kernels.h"

TEST(penalised_rows_move_together_as_alone) {
  const mlora::Kernels& k = mlora::kernels();
  mlora::Step step = {};
  step.kind = 3;  // Adam
  step.b1 = 0.9f;
  step.b1_rest = 0.1f;
  step.b2 = 0.999f;
  step.b2_rest = 0.001f;
  step.epsilon = 1e-8f;
  step.l2 = 0.02f;
  constexpr int kSteps = 40;
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 0.3f);
  std::vector<float> rates(kSteps), corrections(kSteps);
  for (int t = 0; t < kSteps; ++t) {
    rates[t] = 0.001f * static_cast<float>(t + 1);
    corrections[t] = 1.0f + 1.0f / static_cast<float>(t + 1);
  }
  for (int64_t n : {1, 2, 3, 4, 8, 16, 29}) {
    for (int rows = 1; rows <= mlora::kTogether; ++rows) {
      const int64_t begin[mlora::kTogether] = {7, 0, 40, 23, 5, 5, 39, 11};
      std::vector<std::vector<float>> together, alone;
      float *w[mlora::kTogether], *m[mlora::kTogether], *u[mlora::kTogether];
      for (int i = 0; i < 3 * mlora::kTogether; ++i) {
        together.emplace_back(n);
        for (float& v : together.back()) v = i % 3 == 2 ? std::fabs(normal(random)) : normal(random);
      }
      alone = together;
      for (int r = 0; r < mlora::kTogether; ++r) {
        w[r] = together[3 * r].data();
        m[r] = together[3 * r + 1].data();
        u[r] = together[3 * r + 2].data();
      }
      k.penalized(&step, kSteps, rates.data(), corrections.data(), rows, begin, n, w, m, u);
      const std::vector<float> none(n);
      for (int r = 0; r < rows; ++r) {
        for (int64_t t = begin[r]; t < kSteps; ++t) {
          step.rate = rates[t];
          step.correction = corrections[t];
          k.step(&step, n, alone[3 * r].data(), alone[3 * r + 1].data(), alone[3 * r + 2].data(), none.data());
        }
      }
      for (int i = 0; i < 3 * mlora::kTogether; ++i) {
        CHECK(std::memcmp(together[i].data(), alone[i].data(), n * sizeof(float)) == 0, "array ", i, " of ", rows,
              " rows of ", n);
      }
    }
  }
}
