// Dense layers with adapters, forward, backward and gradients, against sums in double.
#include "dense_case.h"

namespace {

TEST(dense_layers_agree_with_double_for_ranks_and_precisions) {
  for (int rank : {1, 2, 4, 8, 16, 17, 64}) {
    if (quick() && rank != 1 && rank != 17) continue;
    for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
      DenseCase shape;
      shape.precision = precision;
      shape.rank = rank;
      shape.dropout = rank % 2 == 0 ? 0.5 : 0;
      DenseTest(shape).check();
    }
  }
}

TEST(dense_layers_agree_with_double_for_widths) {
  const int widths[] = {1, 24, 63, 64, 256, 384};
  for (int in : widths) {
    for (int out : widths) {
      if (!slow() && in != 64 && out != 64 && in != out) continue;
      if (quick() && in != 63 && out != 63) continue;
      DenseCase shape;
      for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
        if (quick() && precision != (in % 2 == 0 ? MLORA_CUDA_FP32 : MLORA_CUDA_BF16)) continue;
        shape.in = in;
        shape.out = out;
        shape.precision = precision;
        shape.dropout = 0.25;
        DenseTest(shape).check();
      }
    }
  }
}

TEST(dense_layers_agree_with_double_for_domains_and_batches) {
  int turn = 0;
  for (int domains : {1, 2, 10, 1000, 5000}) {
    for (int capacity : {1, 16, 500, 4097}) {
      if (quick() && (domains == 2 || domains == 5000 || capacity > (domains == 10 ? 500 : 16))) continue;
      DenseCase shape;
      shape.in = capacity > 1000 && !slow() ? 24 : 40;
      shape.out = 33;
      shape.rank = 4;
      shape.domains = domains;
      shape.capacity = capacity;
      shape.count = capacity > 1 ? capacity - capacity / 5 : 1;
      shape.dropout = 0.5;
      for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
        // In turn, where not all of them.
        if (!slow() && turn++ % 3 != 0) continue;
        shape.precision = precision;
        DenseTest(shape).check();
      }
    }
  }
}

// Two of them at 4097 rows, above; here four.
TEST(blocks_share_a_chunk_where_batches_are_neither_small_nor_large) {
  for (int domains : {3, 1000}) {
    DenseCase shape;
    shape.in = 24;
    shape.out = 9;
    shape.rank = 4;
    shape.domains = domains;
    shape.capacity = 8200;
    shape.count = 7900;
    shape.dropout = 0.5;
    shape.precision = MLORA_CUDA_BF16;
    DenseTest(shape).check();
  }
}

TEST(layers_without_adapter_activation_or_dropout_are_the_same_kernel) {
  DenseCase shape;
  shape.rank = 0;
  DenseTest(shape).check();
  shape.rank = 3;
  shape.activation = MLORA_CUDA_NO_ACTIVATION;
  DenseTest(shape).check();
  shape.dx_add = true;
  DenseTest(shape).check();
}

TEST(adapters_are_scaled) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
    DenseCase shape;
    shape.precision = precision;
    shape.adapter_scale = 0.25;
    DenseTest(shape).check();
  }
}

TEST(domains_can_share_a_factor) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
    for (int capacity : batches()) {
      DenseCase shape;
      shape.precision = precision;
      shape.shares_a = true;
      shape.in = 21;
      shape.out = 9;
      shape.rank = capacity > 70 ? 3 : 17;
      shape.domains = capacity > 70 ? 1000 : 5;
      shape.capacity = capacity;
      shape.count = capacity - capacity / 5;
      shape.dropout = 0.5;
      DenseTest(shape).check();
    }
  }
}

TEST(factors_larger_than_their_shared_memory_come_in_panels) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
    for (int rank : {17, 100}) {
      DenseCase shape;
      shape.precision = precision;
      shape.rank = rank;
      shape.in = rank < 64 ? 801 : 70;
      shape.out = rank < 64 ? 330 : 203;
      shape.capacity = 40;
      shape.count = 37;
      shape.dropout = 0.5;
      shape.dx_add = rank < 64;
      DenseTest(shape).check();
    }
  }
}

TEST(the_highest_rank_fits) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    DenseCase shape;
    shape.rank = MLORA_CUDA_HIGHEST_RANK;
    shape.precision = precision;
    DenseTest(shape).check();
  }
  DenseCase shape;
  shape.rank = MLORA_CUDA_HIGHEST_RANK + 1;
  DenseTest test(shape);
  CHECK(mlora_cuda_dense_forward(&test.batch.batch, &test.dense, MLORA_CUDA_NO_DROPOUT, nullptr) == MLORA_CUDA_INVALID);
}

TEST(the_shapes_of_the_published_model_agree_with_double) {
  if (!slow()) throw check::Skip("MLORA_SLOW=1 runs it");
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_TF32X3, MLORA_CUDA_TF32, MLORA_CUDA_BF16}) {
    DenseCase shape;
    shape.in = 384;
    shape.out = 256;
    shape.rank = 16;
    shape.domains = 10;
    shape.capacity = shape.count = 4097;
    shape.dropout = 0.5;
    shape.precision = precision;
    DenseTest(shape).check();
  }
}

TEST(dense_layers_give_the_same_bits_in_any_order_of_threads) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    DenseCase shape;
    shape.precision = precision;
    shape.dropout = 0.5;
    shape.capacity = shape.count = quick() ? 100 : 1100;
    DenseTest first(shape), second(shape);
    first.check();
    device::set_schedule(2);
    second.check();
    device::set_schedule(1);
    CHECK(first.same_bits(second));
  }
}

TEST(given_masks_take_the_place_of_drawn_ones) {
  DenseCase shape;
  shape.dropout = 0.5;
  shape.given_dropout = true;
  DenseTest(shape).check();
}

}  // namespace
