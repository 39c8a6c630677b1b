#include "optimizer.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "error.h"

namespace mlora {
namespace {

constexpr int64_t kPiece = 256;

bool is_finite_not_negative(double x) { return std::isfinite(x) && x >= 0; }

}  // namespace

void Optimizer::check(const Settings& s) {
  MLORA_REQUIRE(s.kind >= MLORA_SGD && s.kind <= MLORA_ADAM, "optimizer kind %d is not known", s.kind);
  MLORA_REQUIRE(is_finite_not_negative(s.rate), "learning rate %g", s.rate);
  MLORA_REQUIRE(s.kind == MLORA_SGD || is_finite_not_negative(s.epsilon), "epsilon %g", s.epsilon);
  if (s.kind == MLORA_ADAM) {
    MLORA_REQUIRE(s.a >= 0 && s.a < 1, "beta1 %g is not in [0, 1)", s.a);
    MLORA_REQUIRE(s.b >= 0 && s.b < 1, "beta2 %g is not in [0, 1)", s.b);
    MLORA_REQUIRE(s.epsilon_rule == MLORA_EPSILON_TENSORFLOW || s.epsilon_rule == MLORA_EPSILON_PYTORCH,
                  "epsilon rule %d is not known", s.epsilon_rule);
    MLORA_REQUIRE(s.untouched == MLORA_UNTOUCHED_MOVE || s.untouched == MLORA_UNTOUCHED_STAY,
                  "rule %d for untouched rows is not known", s.untouched);
  } else if (s.kind != MLORA_SGD) {
    MLORA_REQUIRE(is_finite_not_negative(s.a), "initial accumulator %g", s.a);
  }
}

void Optimizer::set(const Settings& settings) {
  const bool same = settled_ != 0 && settings.kind == settings_.kind && settings.a == settings_.a &&
                    settings.b == settings_.b && settings.epsilon_rule == settings_.epsilon_rule;
  settings_ = settings;
  if (same) return;  // as are corrections, which may be those of tens of thousands of steps
  corrections_.clear();
  settled_ = 1;
  if (settings.kind == MLORA_ADAM) {
    // beta^t below 2^-60 no longer changes 1 - beta^t.
    const double slowest = std::max(settings.a, settings.b);
    const double steps = slowest == 0 ? 1 : std::ceil(-60 * std::log(2.0) / std::log(slowest));
    settled_ = static_cast<uint32_t>(std::clamp(steps, 1.0, 4e9));
  }
}

float Optimizer::initial() const {
  const bool adagrad = settings_.kind == MLORA_ADAGRAD || settings_.kind == MLORA_ROW_WISE_ADAGRAD;
  return adagrad ? static_cast<float>(settings_.a) : 0.0f;
}

bool Optimizer::moves_untouched(const Parameter& p) const {
  if (!p.trains() || p.row_kind == MLORA_ROWS_WHOLE) return false;
  if (settings_.kind == MLORA_ADAM) return settings_.untouched == MLORA_UNTOUCHED_MOVE;
  return p.l2 != 0;
}

void Optimizer::prepare(Parameter& p, uint32_t step) const {
  const int64_t size = p.rows * p.stride;
  const int64_t first = !has_first() ? 0 : row_wise() ? p.rows : size;
  if (first != 0 && p.first.size() != first) {
    p.first = Array<float>(first, "optimizer state");
    if (initial() != 0) std::fill(p.first.begin(), p.first.end(), initial());
  }
  if (has_second() && p.second.empty()) p.second = Array<float>(size, "optimizer state");
  if (p.row_kind != MLORA_ROWS_WHOLE && p.stamp.empty()) {
    p.stamp = Array<uint32_t>(p.rows, "optimizer state");
    std::fill(p.stamp.begin(), p.stamp.end(), step);
  }
}

void Optimizer::extend(uint32_t step) {
  if (settings_.kind != MLORA_ADAM) return;
  const uint32_t last = std::min(step, settled_);
  for (uint32_t t = static_cast<uint32_t>(corrections_.size()) + 1; t <= last; ++t) {
    const double first = 1 - std::pow(settings_.a, t);
    const double second = std::sqrt(1 - std::pow(settings_.b, t));
    if (settings_.epsilon_rule == MLORA_EPSILON_TENSORFLOW) {
      corrections_.push_back({second / first, 1.0f});
    } else {
      corrections_.push_back({1 / first, static_cast<float>(1 / second)});
    }
  }
}

Optimizer::Correction Optimizer::correction(uint32_t t) const {
  return corrections_[std::min<size_t>(t, corrections_.size()) - 1];
}

Step Optimizer::at(const Parameter& p, uint32_t t) const {
  Step step = {};
  step.kind = settings_.kind == MLORA_ROW_WISE_ADAGRAD ? MLORA_SGD : settings_.kind;
  step.rate = static_cast<float>(settings_.rate * p.rate_scale);
  step.l2 = static_cast<float>(2 * p.l2);
  // Zero would make 0 / 0 of values that never had a gradient; the smallest float changes nothing else.
  step.epsilon = std::max(static_cast<float>(settings_.epsilon), FLT_MIN);
  step.correction = 1;
  if (settings_.kind == MLORA_ADAM) {
    const Correction now = correction(t);
    step.rate = static_cast<float>(settings_.rate * p.rate_scale * now.rate);
    step.correction = now.root;
    step.b1 = static_cast<float>(settings_.a);
    step.b1_rest = static_cast<float>(1 - settings_.a);
    step.b2 = static_cast<float>(settings_.b);
    step.b2_rest = static_cast<float>(1 - settings_.b);
    step.b2_root = static_cast<float>(std::sqrt(settings_.b));
  }
  return step;
}

void Optimizer::apply(Parameter& p, int64_t row, int64_t offset, int64_t n, const float* g, uint32_t t) const {
  const Step step = at(p, t);
  const int64_t begin = row * p.stride + offset;
  kernels().step(&step, n, p.value.data() + begin, has_first() ? p.first.data() + begin : nullptr,
                 has_second() ? p.second.data() + begin : nullptr, g);
}

void Optimizer::apply_row(Parameter& p, int64_t row, const float* g, uint32_t t) const {
  if (!row_wise()) {
    apply(p, row, 0, p.stride, g, t);
    return;
  }
  Step step = at(p, t);
  const float mean = kernels().squares(p.stride, g, p.row(row), step.l2) / static_cast<float>(p.row_size);
  p.first[row] += mean;
  step.rate /= std::sqrt(p.first[row]) + step.epsilon;
  kernels().step(&step, p.stride, p.row(row), nullptr, nullptr, g);
}

void Optimizer::catch_up(Parameter& p, int64_t row, uint32_t t) const { catch_up(p, &row, 1, t); }

void Optimizer::catch_up(Parameter& p, const int64_t* rows, int64_t count, uint32_t t) const {
  for (int64_t i = 0; i < count; i += kTogether) {
    const int together = static_cast<int>(std::min<int64_t>(kTogether, count - i));
    if (settings_.kind == MLORA_ADAM) {
      move_together(p, rows + i, together, t);
    } else {
      for (int r = 0; r < together; ++r) penalize(p, rows[i + r], t);
    }
  }
}

void Optimizer::move_together(Parameter& p, const int64_t* rows, int count, uint32_t t) const {
  // While m shrinks faster than u, a bound on the next move bounds all later ones.
  const bool shrinks = p.l2 == 0 && settings_.a <= std::sqrt(settings_.b) * (1 - 1e-5);
  float rates[kPiece], roots[kPiece];
  float *w[kTogether], *m[kTogether], *u[kTogether];
  for (int r = 0; r < kTogether; ++r) {
    const int64_t row = rows[r < count ? r : 0];
    w[r] = p.row(row);
    m[r] = p.first.data() + row * p.stride;
    u[r] = p.second.data() + row * p.stride;
  }
  while (true) {
    uint32_t done = t;
    for (int r = 0; r < count; ++r) done = std::min(done, p.stamp[rows[r]]);
    if (done == t) return;
    const uint32_t n = std::min<uint32_t>(t - done, kPiece);
    for (uint32_t i = 0; i < n; ++i) {
      const Correction now = correction(done + 1 + i);
      rates[i] = static_cast<float>(settings_.rate * p.rate_scale * now.rate);
      roots[i] = now.root;
    }
    int64_t begin[kTogether];
    for (int r = 0; r < kTogether; ++r) {
      begin[r] = r < count ? std::min(p.stamp[rows[r]] - done, n) : n;
    }
    const Step step = at(p, t);
    const double bound = shrinks ? settings_.rate * p.rate_scale / (1 - std::pow(settings_.a, done + 1.0)) : 0;
    kernels().untouched(&step, n, rates, roots, static_cast<float>(bound), count, begin, p.stride, w, m, u);
    for (int r = 0; r < count; ++r) p.stamp[rows[r]] = std::max(p.stamp[rows[r]], done + n);
  }
}

void Optimizer::penalize(Parameter& p, int64_t row, uint32_t t) const {
  static const float none[kPiece] = {};
  for (uint32_t step = p.stamp[row] + 1; step <= t; ++step) {
    if (row_wise()) {
      Step now = at(p, step);
      float total = 0;
      for (int64_t i = 0; i < p.stride; i += kPiece) {
        total += kernels().squares(std::min(kPiece, p.stride - i), none, p.row(row) + i, now.l2);
      }
      p.first[row] += total / static_cast<float>(p.row_size);
      now.rate /= std::sqrt(p.first[row]) + now.epsilon;
      for (int64_t i = 0; i < p.stride; i += kPiece) {
        kernels().step(&now, std::min(kPiece, p.stride - i), p.row(row) + i, nullptr, nullptr, none);
      }
    } else {
      for (int64_t i = 0; i < p.stride; i += kPiece) {
        apply(p, row, i, std::min(kPiece, p.stride - i), none, step);
      }
    }
  }
  p.stamp[row] = t;
}

}  // namespace mlora
