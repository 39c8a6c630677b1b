// What is timed: a batch of a precision on a stream, and lines of results.
#ifndef MLORA_TESTS_KERNELS_BENCH_CASE_H
#define MLORA_TESTS_KERNELS_BENCH_CASE_H

#include <cstdio>
#include <string>

#include "material.h"
#include "timer.h"

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
    return Matrix(precision_, rows_, width, random_floats(size_t(rows_) * width, 7, 0.1f));
  }

  const int precision_, rows_, domains_;
  device::Stream stream_;
  TestBatch batch_;
};

#endif
