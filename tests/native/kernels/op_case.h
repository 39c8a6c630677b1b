// What tests of the ops between embeddings and logits are made of: rows that end where the batch does,
// matrices as the C API takes them, and sums in double with the size of their terms.
#ifndef MLORA_TESTS_KERNELS_OP_CASE_H
#define MLORA_TESTS_KERNELS_OP_CASE_H

#include "material.h"
#include "mlora_cuda_interactions.h"

inline const std::vector<int> kElementPrecisions = {MLORA_CUDA_FP32, MLORA_CUDA_BF16};
inline const std::vector<int> kPrecisions = {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16};

// A sum in double, and that of its absolute terms.
struct Sum {
  double value = 0, size = 0;
  void add(double term) {
    value += term;
    size += std::fabs(term);
  }
  void add(const Sum& other) {
    value += other.value;
    size += other.size;
  }
};

// What a result should be, one sum after the other.
struct Want {
  Doubles values, sizes;
  void push(const Sum& sum) {
    values.push_back(sum.value);
    sizes.push_back(sum.size + 1e-6);
  }
  void check(const std::string& what, int precision, const std::vector<float>& got) const {
    check_close(what, precision, got, values, sizes);
  }
};

// A grouped batch of a shape, and matrices for it.
struct OpCase {
  int precision, capacity, count;
  TestBatch batch;

  OpCase(int precision, int capacity, int domains = 5)
      : precision(precision), capacity(capacity), count(capacity - capacity / 6), batch(capacity, count, domains, 91) {}

  // Values of rows, zeros beyond the batch, as exact as elements are.
  std::vector<float> rows(int width, unsigned seed, float scale = 1) const {
    std::vector<float> out = random_floats(size_t(capacity) * width, seed, scale);
    std::fill(out.begin() + size_t(count) * width, out.end(), 0.0f);
    return Matrix(precision, capacity, width, out).read();
  }
  Matrix matrix(int width) const { return Matrix(precision, capacity, width); }
  Matrix matrix(int width, const std::vector<float>& values) const {
    return Matrix(precision, capacity, width, values);
  }
};

inline mlora_cuda_matrix view_of(const Matrix& matrix, bool add = false, bool is_float = false) {
  return {matrix.address(), matrix.width, matrix.ld, is_float ? 1 : 0, add ? 1 : 0};
}

// Runs a backward pass twice, writing and adding, and checks both: run(dx) calls the kernel, want(p, j) is the
// gradient of column j of row p.
template <typename Run, typename Wanted>
void check_gradient(const std::string& what, const OpCase& c, int width, const Run& run, const Wanted& want) {
  for (const bool add : {false, true}) {
    const std::vector<float> before = c.rows(width, 99);
    Matrix dx = c.matrix(width);
    if (add) dx.write(before);
    run(view_of(dx, add));
    Want sums;
    for (int p = 0; p < c.capacity; ++p) {
      for (int j = 0; j < width; ++j) {
        Sum sum = want(p, j);
        if (add) sum.add(before[size_t(p) * width + j]);
        sums.push(sum);
      }
    }
    sums.check(what, c.precision, dx.read());
  }
}

// The same bytes, whatever they mean.
inline bool same_bits(const std::vector<float>& left, const std::vector<float>& right) {
  return left.size() == right.size() &&
         (left.empty() || std::memcmp(left.data(), right.data(), left.size() * sizeof(float)) == 0);
}

#endif
