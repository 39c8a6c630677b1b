// Copies of columns, sums of groups, a * b + c, relu backward.
#include "op_case.h"

namespace {

TEST(columns_are_copied_side_by_side_and_added_back) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (int unit : {1, 3, 8, 35}) {
        if (too_large(capacity, 11 * unit)) continue;
        const OpCase c(precision, capacity);
        // Two matrices side by side, and a slice of the second after them; a column of floats in between.
        const int a = 2 * unit, b = 5 * unit, part = 3 * unit, width = a + b + 1 + part;
        const std::vector<float> left = c.rows(a, 1), right = c.rows(b, 2), column = c.rows(1, 3);
        const Matrix from_a = c.matrix(a, left), from_b = c.matrix(b, right), out = c.matrix(width);
        const Matrix floats(MLORA_CUDA_FP32, capacity, 1, column);
        const std::vector<mlora_cuda_copy> copies = {
            {view_of(from_a), view_of(out), 0, 0, a, 0},
            {view_of(from_b), view_of(out), 0, a, b, 0},
            {view_of(floats, false, true), view_of(out), 0, a + b, 1, 0},
            {view_of(from_b), view_of(out), unit, a + b + 1, part, 0}};
        OK(mlora_cuda_copy_columns(&c.batch.batch, precision, copies.data(), 4, nullptr));
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < width; ++j) {
            const float value = j < a           ? left[size_t(p) * a + j]
                                : j < a + b     ? right[size_t(p) * b + j - a]
                                : j == a + b    ? column[p]
                                                : right[size_t(p) * b + j - a - b - 1 + unit];
            want.push({value, 0});
          }
        }
        CHECK(same_bits(out.read(), std::vector<float>(want.values.begin(), want.values.end())), "width ", width);
        // Backward: the slice alone writes zeros beside it, then the whole is added.
        const std::vector<float> slopes = c.rows(width, 4);
        const Matrix g = c.matrix(width, slopes), dx = c.matrix(b);
        const mlora_cuda_copy slice = {view_of(g), view_of(dx), a + b + 1, unit, part, 1};
        const mlora_cuda_copy whole = {view_of(g), view_of(dx, true), a, 0, b, 0};
        OK(mlora_cuda_copy_columns(&c.batch.batch, precision, &slice, 1, nullptr));
        OK(mlora_cuda_copy_columns(&c.batch.batch, precision, &whole, 1, nullptr));
        Want back;
        for (int p = 0; p < capacity; ++p) {
          for (int j = 0; j < b; ++j) {
            Sum sum;
            sum.add(slopes[size_t(p) * width + a + j]);
            if (j >= unit && j < unit + part) sum.add(slopes[size_t(p) * width + a + b + 1 + j - unit]);
            back.push(sum);
          }
        }
        back.check("copy dx", precision, dx.read());
      }
    }
  }
}

TEST(groups_of_columns_are_summed_and_spread) {
  for (int precision : kElementPrecisions) {
    for (int capacity : batches()) {
      for (const auto& [groups, size] :
           {std::pair{1, 1}, {1, 9}, {4, 3}, {5, 16}, {1, 300}, {24, 1}, {3, 21}, {1, 64}, {256, 1}, {24, 16}}) {
        if (too_large(capacity, groups * size)) continue;
        const OpCase c(precision, capacity);
        const int width = groups * size;
        const std::vector<float> values = c.rows(width, 5);
        const Matrix in = c.matrix(width, values);
        // A sum of all columns is a logit: floats without padding.
        const bool logit = groups == 1;
        device::Array<float> logits(capacity);
        const Matrix out = c.matrix(groups);
        const mlora_cuda_matrix to = logit ? mlora_cuda_matrix{logits.address(), 1, 1, 1, 0} : view_of(out);
        const mlora_cuda_matrix from = view_of(in);
        OK(mlora_cuda_sum_groups(&c.batch.batch, precision, &from, &to, nullptr));
        Want want;
        for (int p = 0; p < capacity; ++p) {
          for (int g = 0; g < groups; ++g) {
            Sum sum;
            for (int j = 0; j < size; ++j) sum.add(values[size_t(p) * width + g * size + j]);
            want.push(sum);
          }
        }
        want.check("sum of groups", logit ? MLORA_CUDA_FP32 : precision, logit ? logits.read() : out.read());
        const std::vector<float> slopes = logit ? logits.read() : out.read();
        check_gradient(
            "sum of groups dx", c, width,
            [&](const mlora_cuda_matrix& dx) {
              OK(mlora_cuda_spread_groups(&c.batch.batch, precision, &to, &dx, nullptr));
            },
            [&](int p, int j) {
              Sum sum;
              sum.add(slopes[size_t(p) * groups + j / size]);
              return sum;
            });
      }
    }
  }
}

TEST(multiply_add_agrees_with_double_also_where_inputs_are_the_same) {
  for (int precision : kElementPrecisions) {
    for (const Shape& shape : shapes()) {
      const int width = shape.width;
      const OpCase c(precision, shape.capacity);
      const std::vector<float> a = c.rows(width, 6), b = c.rows(width, 7), slopes = c.rows(width, 8);
      const Matrix left = c.matrix(width, a), right = c.matrix(width, b), out = c.matrix(width), g = c.matrix(width, slopes);
      const mlora_cuda_matrix start = view_of(left), mapped = view_of(right), to = view_of(out), from = view_of(g);
      OK(mlora_cuda_multiply_add(&c.batch.batch, precision, &start, &mapped, &start, &to, nullptr));
      Want want;
      for (size_t i = 0; i < a.size(); ++i) {
        Sum sum;
        sum.add(double(a[i]) * b[i]);
        sum.add(a[i]);
        want.push(sum);
      }
      want.check("multiply add", precision, out.read());
      const auto product = [&](const std::vector<float>& other, bool and_g) {
        return [&, and_g](int p, int j) {
          const size_t at = size_t(p) * width + j;
          Sum sum;
          sum.add(double(slopes[at]) * other[at]);
          if (and_g) sum.add(slopes[at]);
          return sum;
        };
      };
      const auto run = [&](const mlora_cuda_matrix* da, const mlora_cuda_matrix* db, const mlora_cuda_matrix* dc) {
        OK(mlora_cuda_multiply_add_backward(&c.batch.batch, precision, &start, &mapped, &from, da, db, dc, nullptr));
      };
      check_gradient("multiply add db", c, width, [&](const mlora_cuda_matrix& dx) { run(nullptr, &dx, nullptr); },
                     product(a, false));
      check_gradient("multiply add da, dc", c, width,
                     [&](const mlora_cuda_matrix& dx) {
                       mlora_cuda_matrix second = dx;
                       second.add = 1;
                       run(&dx, nullptr, &second);
                     },
                     product(b, true));
    }
  }
}

TEST(relu_lets_gradients_through_where_it_was_above_zero) {
  for (int precision : kElementPrecisions) {
    for (const Shape& shape : shapes()) {
      const int width = shape.width;
      const OpCase c(precision, shape.capacity);
      std::vector<float> values = c.rows(width, 9), slopes = c.rows(width, 10);
      for (float& v : values) v = std::max(v, 0.0f);
      const Matrix out = c.matrix(width, values), g = c.matrix(width, slopes);
      const mlora_cuda_matrix o = view_of(out), open = view_of(g);
      OK(mlora_cuda_relu_backward(&c.batch.batch, precision, &o, &open, nullptr));
      for (size_t i = 0; i < values.size(); ++i) slopes[i] = values[i] > 0 ? slopes[i] : 0;
      CHECK(same_bits(g.read(), slopes));
    }
  }
}

TEST(ops_refuse_matrices_that_do_not_fit) {
  const OpCase c(MLORA_CUDA_FP32, 16);
  const Matrix a = c.matrix(6), b = c.matrix(4);
  const mlora_cuda_matrix left = view_of(a), right = view_of(b);
  CHECK(mlora_cuda_sum_groups(&c.batch.batch, MLORA_CUDA_FP32, &left, &right, nullptr) == MLORA_CUDA_INVALID);
  const mlora_cuda_copy beyond = {left, right, 4, 0, 3, 0};
  CHECK(mlora_cuda_copy_columns(&c.batch.batch, MLORA_CUDA_FP32, &beyond, 1, nullptr) == MLORA_CUDA_INVALID);
  CHECK(mlora_cuda_mixture(&c.batch.batch, MLORA_CUDA_FP32, &left, &right, &right, nullptr) == MLORA_CUDA_INVALID);
  CHECK(mlora_cuda_inner_products(&c.batch.batch, MLORA_CUDA_FP32, 4, &left, &right, nullptr) == MLORA_CUDA_INVALID);
  CHECK(mlora_cuda_sum_groups(&c.batch.batch, 7, &left, &left, nullptr) == MLORA_CUDA_INVALID);
}

}  // namespace
