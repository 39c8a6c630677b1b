// Our own matrix products and conversions.
#include "material.h"

namespace {

void check_product(int precision, int m, int n, int k, bool transpose_a, bool transpose_b, bool add, bool c_float,
                   int room = 0) {
  std::vector<float> a = random_floats(size_t(m) * k, 71), b = random_floats(size_t(k) * n, 72);
  const Matrix left(precision, transpose_a ? k : m, transpose_a ? m : k, a), right(precision, transpose_b ? n : k, transpose_b ? k : n, b);
  a = left.read();
  b = right.read();
  Matrix c(c_float ? MLORA_CUDA_FP32 : precision, m, n, random_floats(size_t(m) * n, 73));
  const std::vector<float> before = c.read();
  mlora_cuda_product product = {};
  product.precision = precision;
  product.m = m;
  product.n = n;
  product.k = k;
  product.transpose_a = transpose_a;
  product.transpose_b = transpose_b;
  product.a = left.address();
  product.b = right.address();
  product.c = c.address();
  product.lda = left.ld;
  product.ldb = right.ld;
  product.ldc = c.ld;
  product.c_float = c_float;
  product.beta = add ? 1 : 0;
  const device::Array<float> work(size_t(m) * n * room);
  product.work = room > 0 ? work.address() : 0;
  product.work_bytes = int64_t{4} * m * n * room;
  OK(mlora_cuda_multiply(&product, nullptr));
  Doubles want, size;
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < n; ++j) {
      double sum = add ? before[size_t(i) * n + j] : 0, sizes = std::fabs(sum);
      for (int l = 0; l < k; ++l) {
        const double term = double(a[transpose_a ? size_t(l) * m + i : size_t(i) * k + l]) *
                            b[transpose_b ? size_t(j) * k + l : size_t(l) * n + j];
        sum += term;
        sizes += std::fabs(term);
      }
      want.push_back(sum);
      size.push_back(sizes);
    }
  }
  check_close("product", precision, c.read(), want, size);
}

TEST(products_agree_with_double_in_every_precision) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
    check_product(precision, 65, 63, 70, false, false, false, false);
    check_product(precision, 17, 130, 33, true, false, true, true);
    check_product(precision, 64, 24, 5, false, true, true, false);
    check_product(precision, 1, 1, 1, true, true, false, true);
    // A long k in as many pieces as there is room for, here and below in one and in eight.
    check_product(precision, 33, 7, 3169, true, false, true, true, 3);
    if (quick()) continue;
    check_product(precision, 4097, 24, 63, false, false, false, false);
    check_product(precision, 24, 63, 4097, true, false, false, true);
    check_product(precision, 24, 63, 4097, true, false, false, true, 64);
    check_product(precision, 24, 63, 4097, false, true, true, false, 64);
    if (slow()) check_product(precision, 384, 256, 4097, true, false, false, true, 64);
  }
}

TEST(bf16_is_rounded_to_the_nearest_and_back) {
  std::vector<float> values = random_floats(33 * 7, 74);
  values[0] = 1.00390625f;   // a tie, to even
  values[1] = 1.01171875f;   // a tie, to even above
  values[2] = std::nanf("");
  values[3] = 3.4e38f;
  device::Array<float> from(values), back(values.size());
  device::Array<uint16_t> halves(33 * 8);
  OK(mlora_cuda_to_bf16(from.address(), 7, halves.address(), 8, 33, 7, nullptr));
  OK(mlora_cuda_from_bf16(halves.address(), 8, back.address(), 7, 33, 7, nullptr));
  const std::vector<float> got = back.read();
  CHECK(got[0] == 1.0f && got[1] == 1.015625f && std::isnan(got[2]) && std::isinf(got[3]));
  for (size_t i = 4; i < values.size(); ++i) CHECK(got[i] == from_bf16(to_bf16(values[i])));
}

}  // namespace
