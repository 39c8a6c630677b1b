// Towers, layer by layer against sums in double.
#include "tower_case.h"

namespace {

TowerCase published(int capacity) {
  TowerCase shape;
  shape.widths = {384, 256, 128, 64};
  shape.rank = 16;
  shape.domains = 10;
  shape.capacity = capacity;
  shape.count = capacity - capacity / 5;
  shape.dropout = 0.5;
  return shape;
}

TEST(towers_agree_with_double_for_ranks) {
  for (int rank : {0, 1, 2, 4, 8, 16, 17, 32}) {
    if (quick() && rank != 0 && rank != 17) continue;
    TowerCase shape;
    shape.rank = rank;
    shape.dropout = rank % 2 == 0 ? 0.5 : 0;
    TowerTest(shape).check();
  }
}

TEST(towers_agree_with_double_for_widths) {
  for (const std::vector<int>& widths : std::initializer_list<std::vector<int>>{
           {1, 8}, {24, 8, 16, 8}, {63, 64}, {64, 40, 200}, {376, 72, 264}, {21, 32, 32, 32, 32, 32, 32, 32, 32}}) {
    if (quick() && widths.size() < 4) continue;
    TowerCase shape;
    shape.widths = widths;
    shape.dropout = 0.25;
    TowerTest(shape).check();
  }
}

TEST(towers_agree_with_double_for_domains_and_batches) {
  for (int domains : {1, 10, 1000}) {
    for (int capacity : {1, 16, 70, 2113}) {
      if (quick() && (domains == 10 || capacity > 70)) continue;
      TowerCase shape;
      shape.widths = {24, 16, 8};
      shape.rank = 4;
      shape.domains = domains;
      shape.capacity = capacity;
      shape.count = capacity - capacity / 5;
      shape.dropout = 0.5;
      TowerTest(shape).check();
    }
  }
}

TEST(the_tower_of_the_published_model_agrees_with_double) {
  TowerTest(published(60)).check();
  if (!slow()) return;
  for (bool large : {false, true}) {
    device::set_large(large);
    TowerTest(published(4300)).check();
  }
  device::set_large(false);
}

TEST(towers_of_larger_batches_have_blocks_of_more_rows) {
  for (int capacity : {2130, 4300}) {
    if (quick() && capacity > 2130) continue;
    TowerCase shape;
    shape.widths = {40, 72, 8};
    shape.capacity = capacity;
    shape.count = capacity - 70;
    shape.domains = 300;
    shape.dropout = 0.5;
    TowerTest(shape).check();
  }
}

// Most blocks find no rows, which takes the emulator no time.
TEST(warps_of_towers_of_huge_batches_take_32_rows) {
  device::set_large(true);
  for (const std::vector<int>& widths : std::initializer_list<std::vector<int>>{{40, 72, 8}, {24, 200, 136, 64}, {384, 256, 128, 64}}) {
    if (quick() && widths[0] != 40) continue;
    TowerCase shape;
    shape.widths = widths;
    shape.capacity = 17000;
    shape.count = 150;
    shape.rank = 16;
    shape.domains = 20;
    shape.dropout = 0.5;
    TowerTest(shape).check_values();
  }
  device::set_large(false);
}

TEST(layers_of_a_tower_need_not_be_alike) {
  for (int capacity : {40, 2120, 4230}) {
    if (quick() && capacity > 40) continue;
    TowerCase shape;
    shape.widths = {24, 40, 16, 72, 8};
    shape.rank = 3;
    shape.dropout = 0.5;
    shape.mixed = true;
    shape.capacity = capacity;
    shape.count = capacity - 5;
    TowerTest(shape).check();
  }
}

TEST(layers_of_a_tower_can_be_wider_than_warps_take_at_once) {
  device::set_large(true);
  for (int capacity : {20, 2120, 4230}) {
    if (quick() && capacity > 20) continue;
    TowerCase shape;
    shape.widths = {24, capacity < 100 ? 840 : 520, 8};
    shape.rank = 4;
    shape.dropout = 0.5;
    shape.capacity = capacity;
    shape.count = capacity - 5;
    TowerTest(shape).check();
  }
  device::set_large(false);
}

TEST(towers_take_scales_shared_factors_given_masks_and_weights_of_rows) {
  TowerCase shape;
  shape.adapter_scale = 0.25;
  TowerTest(shape).check();
  shape.shares_a = true;
  TowerTest(shape).check();
  shape.weighted = true;
  shape.dropout = 0.5;
  shape.given_dropout = true;
  TowerTest(shape).check();
  shape.activation = MLORA_CUDA_NO_ACTIVATION;
  shape.down = false;
  TowerTest(shape).check();
}

TEST(towers_look_up_what_their_input_is_made_of) {
  for (int capacity : {45, 2113, 4225}) {
    if (quick() && capacity > 45) continue;
    TowerCase shape;
    shape.capacity = capacity;
    shape.count = capacity - 40;
    shape.dropout = 0.5;
    shape.fields = {{MLORA_CUDA_FIELD_DOMAIN, 0, 8, 0},
                    {MLORA_CUDA_FIELD_ID, 0, 24, 8},
                    {MLORA_CUDA_FIELD_NUMBER, 0, 16, 32},
                    {MLORA_CUDA_FIELD_ID, 0, 8, 48}};
    shape.widths = {56, 40, 8};
    TowerTest test(shape);
    test.check();
    shape.dropout = 0;
    TowerTest predicting(shape), without(shape);
    predicting.described[0].x = 0;
    without.tower.field_count = 0;
    OK(mlora_cuda_lookup(&without.batch.batch, MLORA_CUDA_BF16, without.described_fields.data(), 4, nullptr));
    CHECK(same_bits(predicting.predict(), without.predict()));
  }
}

TEST(predictions_of_a_tower_go_where_those_of_its_logits_would) {
  const TowerTest test(published(60));
  const size_t rows = test.batch.domains.size();
  const auto predictions = [&](bool of_tower) {
    device::Array<float> logits(rows), probabilities(rows);
    logits.clear();
    probabilities.clear();
    mlora_cuda_tower tower = test.tower;
    if (of_tower) {
      tower.out_logits = logits.address();
      tower.out_probabilities = probabilities.address();
    }
    OK(mlora_cuda_tower_forward(&test.batch.batch, &tower, nullptr));
    if (!of_tower) {
      OK(mlora_cuda_predict(&test.batch.batch, tower.logits, logits.address(), probabilities.address(), nullptr));
    }
    std::vector<float> all = logits.read(), second = probabilities.read();
    all.insert(all.end(), second.begin(), second.end());
    return all;
  };
  const std::vector<float> got = predictions(true);
  CHECK(std::count(got.begin(), got.end(), 0.0f) < static_cast<int>(got.size()) / 2);
  CHECK(same_bits(got, predictions(false)));
}

TEST(predictions_of_a_tower_have_the_bits_of_training_without_dropout) {
  for (int capacity : {60, 2113, 4225}) {
    if (quick() && capacity > 60) continue;
    TowerCase shape;
    shape.capacity = capacity;
    shape.count = capacity - 7;
    TowerTest test(shape);
    test.train();
    std::vector<float> logits = test.results();
    logits.resize(capacity);
    CHECK(same_bits(logits, test.predict()));
  }
}

TEST(towers_give_the_same_bits_in_any_order_of_threads) {
  for (int capacity : {100, 2113, 4225}) {
    if (quick() && capacity > 100) continue;
    TowerCase shape;
    shape.dropout = 0.5;
    shape.capacity = shape.count = capacity;
    TowerTest first(shape), second(shape);
    first.train();
    first.sum_weights();
    device::set_schedule(2);
    second.train();
    second.sum_weights();
    device::set_schedule(1);
    CHECK(same_bits(first.results(), second.results()));
  }
}

TEST(what_makes_no_tower_is_refused) {
  TowerTest test(published(60));
  const auto fits = [&](int capacity) {
    int32_t answer = -1;
    OK(mlora_cuda_tower_fits(&test.tower, capacity, &answer));
    return answer == 1;
  };
  CHECK(fits(1) && fits(1024) && fits(8192) && fits(1 << 17) && !fits((1 << 17) + 1));
  const mlora_cuda_dense whole = test.described[1];
  const auto refused = [&] {
    const bool same = !fits(60) && mlora_cuda_tower_train(&test.batch.batch, &test.tower, nullptr) == MLORA_CUDA_INVALID;
    test.described[1] = whole;
    return same;
  };
  test.described[1].precision = MLORA_CUDA_TF32;
  CHECK(refused());
  test.described[1].out = 100;
  CHECK(refused());
  test.described[1].rank = 33;
  CHECK(refused());
  test.described[1].in = 128;
  CHECK(refused());
  test.described[0].in = 8192;
  CHECK(!fits(60));
  test.described[0].in = 384;
  test.described[1].dx_add = 1;
  CHECK(fits(60) && mlora_cuda_tower_train(&test.batch.batch, &test.tower, nullptr) == MLORA_CUDA_INVALID);
}

TEST(fields_that_a_tower_cannot_read_are_refused) {
  TowerCase shape;
  shape.fields = {{MLORA_CUDA_FIELD_ID, 0, 24, 0}, {MLORA_CUDA_FIELD_ID, 0, 16, 24}};
  TowerTest test(shape);
  const auto fits = [&] {
    int32_t answer = -1;
    OK(mlora_cuda_tower_fits(&test.tower, 60, &answer));
    return answer == 1;
  };
  CHECK(fits());
  const mlora_cuda_field whole = test.described_fields[1];
  const auto refused = [&] {
    const bool same = !fits() && mlora_cuda_tower_train(&test.batch.batch, &test.tower, nullptr) == MLORA_CUDA_INVALID;
    test.described_fields[1] = whole;
    return same;
  };
  test.described_fields[1].kind = MLORA_CUDA_FIELD_BAG;
  CHECK(refused());
  test.described_fields[1].kind = MLORA_CUDA_FIELD_DOMAIN + 1;
  CHECK(refused());
  test.described_fields[1].column = 32;
  CHECK(refused());
  test.described_fields[1].width = 12;
  CHECK(refused());
  test.described_fields[1].width = 24;
  CHECK(refused());
  test.tower.field_count = MLORA_CUDA_TOWER_FIELDS + 1;
  CHECK(refused());
  test.tower.field_count = 2;
  test.described_fields[1].table += 4;
  CHECK(fits() && mlora_cuda_tower_train(&test.batch.batch, &test.tower, nullptr) == MLORA_CUDA_INVALID);
}

}  // namespace
