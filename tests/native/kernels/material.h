// What kernel tests are made of: random numbers, matrices of a precision, grouped batches, and how far
// results may be from double.
#ifndef MLORA_TESTS_KERNELS_MATERIAL_H
#define MLORA_TESTS_KERNELS_MATERIAL_H

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "device.h"

using Doubles = std::vector<double>;

inline int round_up(int n, int to) { return (n + to - 1) / to * to; }

inline bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value == '1';
}
// Whether the largest cases run too.
inline bool slow() { return is_set("MLORA_SLOW"); }
// Whether a few cases of each kind are enough: under sanitizers, which look at accesses and not at numbers.
inline bool quick() { return is_set("MLORA_QUICK"); }


// Shapes that every family is tested in. The largest ones of both kinds together only in slow runs.
inline std::vector<int> batches() { return quick() ? std::vector{1, 70} : std::vector{1, 70, 4097}; }
inline std::vector<int> widths() { return quick() ? std::vector{1, 63} : std::vector{1, 24, 63, 64, 256, 384}; }
inline std::vector<int> domain_counts() { return quick() ? std::vector{1, 1000} : std::vector{1, 2, 10, 1000, 5000}; }
inline bool too_large(int batch, int width) { return !slow() && int64_t{batch} * width > 4097 * 64; }
struct Shape {
  int capacity, width;
};
inline std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (int capacity : batches()) {
    for (int width : widths()) {
      if (!too_large(capacity, width)) all.push_back({capacity, width});
    }
  }
  return all;
}

inline std::vector<float> random_floats(size_t count, unsigned seed, float scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> out(count);
  for (float& v : out) v = normal(random);
  return out;
}

inline uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}
inline float from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// A matrix of elements with padded rows; the padding holds garbage.
class Matrix {
 public:
  Matrix(int precision, int rows, int width)
      : half_(precision == MLORA_CUDA_BF16), rows(rows), width(width), ld(round_up(width, 8)),
        floats_(half_ ? 0 : size_t(rows) * ld), halves_(half_ ? size_t(rows) * ld : 0) {}
  Matrix(int precision, int rows, int width, const std::vector<float>& values) : Matrix(precision, rows, width) {
    write(values);
  }

  void write(const std::vector<float>& values) {
    std::vector<float> all(size_t(rows) * ld, std::nanf(""));
    for (int r = 0; r < rows; ++r) std::copy_n(values.data() + size_t(r) * width, width, all.data() + size_t(r) * ld);
    if (half_) {
      std::vector<uint16_t> halves(all.size());
      std::transform(all.begin(), all.end(), halves.begin(), to_bf16);
      halves_.write(halves);
    } else {
      floats_.write(all);
    }
  }
  // Values without padding.
  std::vector<float> read() const {
    std::vector<float> all = half_ ? std::vector<float>() : floats_.read();
    if (half_) {
      for (uint16_t bits : halves_.read()) all.push_back(from_bf16(bits));
    }
    std::vector<float> out;
    for (int r = 0; r < rows; ++r) out.insert(out.end(), all.begin() + size_t(r) * ld, all.begin() + size_t(r) * ld + width);
    return out;
  }
  uint64_t address() const { return half_ ? halves_.address() : floats_.address(); }

 private:
  bool half_;

 public:
  const int rows, width, ld;

 private:
  device::Array<float> floats_;
  device::Array<uint16_t> halves_;
};

inline const char* name_of(int precision) {
  const char* const names[] = {"fp32", "3xtf32", "tf32", "bf16"};
  return names[precision];
}

// The greatest difference from double, relative to the sum of absolute terms of the value; kept by kind of
// result and precision, and printed as a table when the program ends.
class Errors {
 public:
  static Errors& all() {
    static Errors one;
    return one;
  }
  void note(const std::string& what, int precision, double error) {
    double& worst = worst_.try_emplace(what, Row{-1, -1, -1, -1}).first->second[precision];
    worst = std::max(worst, error);
  }
  ~Errors() {
    if (worst_.empty()) return;
    std::printf("max relative error against double  %10s %10s %10s %10s\n", name_of(0), name_of(1), name_of(2), name_of(3));
    for (const auto& [what, row] : worst_) {
      std::printf("%-34s", what.c_str());
      for (double error : row) error < 0 ? std::printf(" %10s", "") : std::printf(" %10.2e", error);
      std::printf("\n");
    }
  }

 private:
  using Row = std::array<double, 4>;
  std::map<std::string, Row> worst_;
};
// What a sum of products may be off by, relative to the sum of the absolute products.
inline double tolerance(int precision) {
  // bf16 keeps 8 bits: half a unit of 2^-7 for each of two factors and the result.
  const double of[] = {1e-6, 2e-6, 1.5e-3, 1.2e-2};
  return of[precision];
}

// got against want, relative to scale (the sum of absolute terms of each value).
inline void check_close(const std::string& what, int precision, const std::vector<float>& got, const Doubles& want,
                        const Doubles& scale) {
  CHECK(got.size() == want.size(), what);
  double worst = 0;
  size_t at = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double error = std::fabs(got[i] - want[i]) / std::max(scale[i], 1e-30);
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
  }
  Errors::all().note(what, precision, worst);
  CHECK(worst <= tolerance(precision), what, " ", name_of(precision), ": value ", at, " is ", got.empty() ? 0 : got[at],
        ", not ", want.empty() ? 0 : want[at], "; relative error ", worst);
}

// Domains of rows. Skewed: most rows in few domains, some domains empty, some rows of unknown domain.
inline std::vector<int32_t> random_domains(int rows, int domains, unsigned seed, bool unknown = true) {
  std::mt19937 random(seed);
  std::vector<int32_t> out(rows);
  for (int32_t& d : out) {
    const auto draw = [&] { return static_cast<int32_t>(random() % static_cast<unsigned>(domains)); };
    d = std::min(draw(), draw());
    if (d == 1) d = 0;
    if (unknown && random() % 10 == 0) d = -1;
  }
  return out;
}

// A grouped batch of count rows of a column of domains, and what the device made of it.
struct TestBatch {
  int capacity, count, domain_count, from;
  std::vector<int32_t> domains, order;
  device::Array<uint8_t> state;
  device::Array<int32_t> device_domains, device_order;
  device::Array<uint8_t> memory;
  mlora_cuda_batch_layout layout = {};
  mlora_cuda_batch batch = {};
  std::vector<int32_t> row, number, domain;

  TestBatch(int capacity, int count, int domain_count, unsigned seed, int step = 1, bool unknown = true)
      : capacity(capacity), count(count), domain_count(domain_count), from(3),
        domains(random_domains(count + 8, domain_count, seed, unknown)), order(count + 8), state(sizeof(mlora_cuda_state)),
        device_domains(domains) {
    for (int i = 0; i < count + 8; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937(seed + 1));
    device_order = device::Array<int32_t>(order);
    OK(mlora_cuda_batch_lay_out(capacity, domain_count, &layout));
    memory = device::Array<uint8_t>(layout.bytes);
    state.clear();
    batch = {state.address(), device_order.address(), device_domains.address(), memory.address(), capacity, domain_count};
    OK(mlora_cuda_state_set(state.address(), step - 1, kSeed, from, from + count, nullptr));
    OK(mlora_cuda_state_advance(state.address(), capacity, 1, nullptr));
    OK(mlora_cuda_batch_group(&batch, nullptr));
    row = ints(layout.row, capacity);
    number = ints(layout.number, capacity);
    domain = ints(layout.domain, capacity);
  }

  std::vector<int32_t> ints(int64_t offset, size_t n) const {
    const std::vector<uint8_t> bytes = memory.read();
    std::vector<int32_t> out(n);
    std::memcpy(out.data(), bytes.data() + offset, 4 * n);
    return out;
  }
  mlora_cuda_state read_state() const {
    mlora_cuda_state out;
    std::memcpy(&out, state.read().data(), sizeof out);
    return out;
  }

  static constexpr int64_t kSeed = 0x123456789ABCDEF;
};

#endif
