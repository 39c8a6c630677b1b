// What is timed: a batch of a precision on a stream, and lines of results.
#ifndef MLORA_TESTS_KERNELS_BENCH_CASE_H
#define MLORA_TESTS_KERNELS_BENCH_CASE_H

#include <cstdio>
#include <string>

#include "material.h"
#include "timer.h"

// A million random numbers over and over. Drawing each anew takes longer than all that is timed, and times do not depend on
// them.
inline std::vector<float> repeated_floats(size_t count, float scale = 1) {
  static const std::vector<float> drawn = random_floats(1'000'003, 7);
  std::vector<float> out(count);
  for (size_t at = 0; at < count; at += drawn.size()) {
    std::transform(drawn.begin(), drawn.begin() + std::min(drawn.size(), count - at), out.begin() + at,
                   [&](float value) { return scale * value; });
  }
  return out;
}

class BenchCase {
 protected:
  BenchCase(int precision, int rows, int domains)
      : precision_(precision), rows_(rows), domains_(domains), stream_(device::new_stream()),
        batch_(rows, rows, domains, 5, 1, false) {}

  template <typename Call>
  void time(const std::string& name, const Call& call) {
    const double us = device::microseconds(stream_, call);
    std::printf("{\"kernel\": \"%s\", \"batch\": %d, \"domains\": %d, \"precision\": \"%s\", \"us\": %.2f}\n", name.c_str(),
                rows_, domains_, name_of(precision_), us);
    std::fflush(stdout);
  }

  Matrix random_matrix(int width) const {
    return Matrix(precision_, rows_, width, repeated_floats(size_t(rows_) * width, 0.1f));
  }

  const int precision_, rows_, domains_;
  device::Stream stream_;
  TestBatch batch_;
};

#endif
