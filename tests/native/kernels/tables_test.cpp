// Gradients and updates of tables: hot ids, bags, shared tables, unknown ids, frozen rows.
#include "optimizer_case.h"

namespace {

// Two id fields (the second shares its table with a bag) and the table of domains; all at multiples of four columns
// where the width is one of eight, and without weights where it is one of sixteen.
struct TablesTest {
  static constexpr int kIds = 300, kOthers = 60, kDomains = 5;
  const int precision, width, other_width, capacity, count;
  TestOptimizer optimizer;
  TestParameter ids, others, domains;
  std::vector<int32_t> id_column, other_column, bag;
  std::vector<int64_t> offsets;
  device::Array<int32_t> device_ids, device_others, device_bag;
  device::Array<int64_t> device_offsets;
  mlora_cuda_parameter parameters[3];
  mlora_cuda_use uses[4];
  mlora_cuda_tables tables = {};
  device::Array<uint8_t> memory, memory_ahead;

  TablesTest(int precision, int width, int capacity, int count, int kind, double l2 = 0, int bag_entries = -1)
      : precision(precision), width(width), other_width(width % 8 == 0 ? width + 4 : width + 3), capacity(capacity),
        count(count), optimizer(kind), ids(kIds, width, optimizer, 301, l2),
        others(kOthers, other_width, optimizer, 302, l2),
        domains(kDomains, width, optimizer, 303, l2) {
    others.parameter.first_row = 10;  // rows before and after are frozen
    others.parameter.row_count = 40;
    std::mt19937 random(304);
    const auto draw = [&](int n) { return static_cast<int32_t>(random() % static_cast<unsigned>(n)); };
    offsets.push_back(0);
    for (int r = 0; r < count + 8; ++r) {
      // A third of all rows have one id, some have none.
      id_column.push_back(r % 3 == 0 ? 7 : draw(20) == 0 ? -1 : std::min(draw(kIds), draw(kIds)));
      other_column.push_back(draw(kOthers));
      for (int k = draw(4); k > 0; --k) bag.push_back(draw(kOthers + 2) - 2);
      offsets.push_back(static_cast<int64_t>(bag.size()));
    }
    device_ids = device::Array<int32_t>(id_column);
    device_others = device::Array<int32_t>(other_column);
    device_bag = device::Array<int32_t>(bag);
    device_offsets = device::Array<int64_t>(offsets);
    tables.table_count = 3;
    tables.use_count = 4;
    tables.bag_entries = bag_entries >= 0 ? bag_entries : static_cast<int32_t>(bag.size());
    tables.precision = precision;
    uses[0] = {0, MLORA_CUDA_FIELD_ID, 0, 0, device_ids.address(), 0, 0, 0, 0};
    const int pooling = mean() ? MLORA_CUDA_MEAN : MLORA_CUDA_SUM;
    uses[1] = {1, MLORA_CUDA_FIELD_BAG, pooling, width, device_bag.address(), device_offsets.address(), 0, 0, 0};
    uses[2] = {1, MLORA_CUDA_FIELD_ID, 0, width + other_width, device_others.address(), 0, 0, 0, 0};
    uses[3] = {2, MLORA_CUDA_FIELD_DOMAIN, 0, width + 2 * other_width, 0, 0, 0, 0, 0};
    tables.uses = uses;
    bind();
    int64_t bytes = 0;
    OK(mlora_cuda_tables_bytes(capacity, &tables, &bytes));
    memory = device::Array<uint8_t>(bytes);
    memory_ahead = device::Array<uint8_t>(bytes);
    tables.memory = memory.address();
  }
  bool mean() const { return width % 16 != 0; }
  int input_width() const { return 2 * width + 2 * other_width; }
  void bind() {
    parameters[0] = ids.parameter;
    parameters[1] = others.parameter;
    parameters[2] = domains.parameter;
    tables.tables = parameters;
  }

  // Sums of gradients by row in double, and which rows have one.
  struct Sums {
    Doubles sums;
    std::vector<bool> there;
  };
  Sums sums_of(int table, int rows, int row_size, const TestBatch& batch, const std::vector<float>& g) const {
    Sums out = {Doubles(size_t(rows) * row_size, 0), std::vector<bool>(rows, false)};
    const auto add = [&](int id, int p, int column, double weight) {
      if (id < 0) return;
      out.there[id] = true;
      for (int j = 0; j < row_size; ++j) {
        out.sums[size_t(id) * row_size + j] += weight * g[size_t(p) * input_width() + column + j];
      }
    };
    for (int p = 0; p < count; ++p) {
      const int r = batch.row[p];
      if (table == 0) add(id_column[r], p, 0, 1);
      if (table == 2) add(batch.domain[p], p, width + 2 * other_width, 1);
      if (table != 1) continue;
      const double weight = mean() ? 1.0 / double(offsets[r + 1] - offsets[r]) : 1;
      for (int64_t k = offsets[r]; k < offsets[r + 1]; ++k) add(bag[k], p, width, weight);
      add(other_column[r], p, width + other_width, 1);
    }
    return out;
  }

  TestBatch batch_of(int t) const { return TestBatch(capacity, count, kDomains, 400 + t, t); }

  // The rows of the batch of step t + 1 catch up in step t.
  void catch_up_ahead(int t, const TestBatch& now) {
    TestBatch next = batch_of(t + 1);
    next.batch.state = now.batch.state;
    mlora_cuda_tables other = tables;
    other.memory = memory_ahead.address();
    OK(mlora_cuda_tables_collect(&next.batch, &other, nullptr));
    OK(mlora_cuda_tables_catch_up(&next.batch, &other, &optimizer.optimizer, 1, nullptr));
  }

  void run(int steps, Moves moves, bool in_double) {
    for (int t = 1; t <= steps; ++t) {
      TestBatch batch = batch_of(t);
      Matrix gradient(precision, capacity, input_width(), random_floats(size_t(capacity) * input_width(), 500 + t));
      for (mlora_cuda_use& use : uses) {
        use.gradient = gradient.address();
        use.gradient_ld = gradient.ld;
      }
      OK(mlora_cuda_tables_collect(&batch.batch, &tables, nullptr));
      OK(mlora_cuda_tables_catch_up(&batch.batch, &tables, &optimizer.optimizer, 0, nullptr));
      if (moves == Moves::AHEAD_BEFORE) catch_up_ahead(t, batch);
      OK(mlora_cuda_tables_update(&batch.batch, &tables, &optimizer.optimizer, nullptr));
      if (moves == Moves::AHEAD_AFTER) catch_up_ahead(t, batch);
      if (moves == Moves::EAGERLY || t == steps) {
        OK(mlora_cuda_catch_up_all(batch.state.address(), &optimizer.optimizer, parameters, 3, nullptr));
      }
      if (!in_double) continue;
      const bool all_move = optimizer.optimizer.kind == MLORA_CUDA_ADAM || ids.parameter.l2 != 0;
      int table = 0;
      for (TestParameter* p : {&ids, &others, &domains}) {
        const Sums sums = sums_of(table++, p->rows, p->row_size, batch, gradient.read());
        for (int row = 0; row < p->rows; ++row) {
          const bool trained = row >= p->parameter.first_row && row < p->parameter.first_row + p->parameter.row_count;
          if (trained && (sums.there[row] || all_move)) p->apply(optimizer, row, &sums.sums[size_t(row) * p->row_size], t);
        }
      }
    }
  }
};

TEST(gradients_of_table_rows_are_the_sums_of_their_entries) {
  for (int precision : {MLORA_CUDA_FP32, MLORA_CUDA_BF16}) {
    for (int width : {8, 16, 5, 128, 200, 1, 24, 63, 384}) {
      for (int capacity : batches()) {
        if (too_large(capacity, width) || (quick() && width > 16)) continue;
        TablesTest test(precision, width, capacity, capacity - capacity / 8, MLORA_CUDA_SGD);
        const TestBatch batch(capacity, test.count, TablesTest::kDomains, 401);
        const Matrix g(precision, capacity, test.input_width(), random_floats(size_t(capacity) * test.input_width(), 501));
        std::vector<device::Array<float>> gradients;
        for (TestParameter* p : {&test.ids, &test.others, &test.domains}) {
          gradients.emplace_back(p->initial.size());
          gradients.back().clear();
          p->parameter.gradient = gradients.back().address();
        }
        test.bind();
        for (mlora_cuda_use& use : test.uses) {
          use.gradient = g.address();
          use.gradient_ld = g.ld;
        }
        OK(mlora_cuda_tables_collect(&batch.batch, &test.tables, nullptr));
        OK(mlora_cuda_tables_update(&batch.batch, &test.tables, &test.optimizer.optimizer, nullptr));
        int table = 0;
        for (TestParameter* p : {&test.ids, &test.others, &test.domains}) {
          const Doubles want = test.sums_of(table, p->rows, p->row_size, batch, g.read()).sums;
          check_close("table gradient", MLORA_CUDA_FP32, gradients[table].read(), want,
                      Doubles(want.size(), 2 + 0.2 * capacity));
          CHECK(p->value.read() == p->initial);
          ++table;
        }
        int32_t dropped;
        std::memcpy(&dropped, test.memory.read().data(), 4);
        CHECK(dropped == 0, dropped);
      }
    }
  }
}

TEST(tables_step_as_in_double_and_frozen_rows_stay) {
  for (int kind : kKinds) {
    if (quick() && kind != MLORA_CUDA_ADAM && kind != MLORA_CUDA_ROW_WISE_ADAGRAD) continue;
    const int rows = quick() ? 80 : 200;
    for (int width : {12, 8, 144}) {
      TablesTest test(MLORA_CUDA_FP32, width, rows, rows - 10, kind, kind == MLORA_CUDA_ADAGRAD ? 1e-3 : 0);
      test.run(quick() ? 2 : 4, Moves::LAZILY, true);
      test.ids.check_values("update tables");
      test.others.check_values("update tables");
      test.domains.check_values("update tables");
      const std::vector<float> values = test.others.value.read();
      for (int i = 0; i < 10 * test.other_width; ++i) CHECK(values[i] == test.others.initial[i]);
      for (int i = 50 * test.other_width; i < 60 * test.other_width; ++i) CHECK(values[i] == test.others.initial[i]);
    }
  }
}

TEST(lazy_updates_of_tables_have_the_bits_of_eager_ones) {
  const auto check_lazy = [](int kind, double l2, int steps, int capacity = 6, int count = 5) {
    const bool large = capacity > 1000;
    TablesTest eager(MLORA_CUDA_FP32, 12, capacity, count, kind, l2);
    eager.run(steps, Moves::EAGERLY, false);
    for (const Moves moves : kLazyMoves) {
      if (large && quick() && moves != Moves::LAZILY) continue;
      TablesTest lazy(MLORA_CUDA_FP32, 12, capacity, count, kind, l2);
      lazy.run(steps, moves, false);
      CHECK(lazy.ids.same_bits(eager.ids, kind) && lazy.others.same_bits(eager.others, kind) &&
                lazy.domains.same_bits(eager.domains, kind),
            "kind ", kind, " l2 ", l2, " moves ", static_cast<int>(moves));
    }
  };
  check_lazy(MLORA_CUDA_ADAM, 0, slow() ? 300 : quick() ? 6 : 40);
  for (int kind : kKinds) check_lazy(kind, 1e-3, quick() ? 2 : 6);
  // Entries of large batches are shared out otherwise.
  check_lazy(MLORA_CUDA_ADAM, 0, 5, 5600, 40);
}

TEST(entries_of_bags_beyond_the_room_for_them_are_counted) {
  TablesTest test(MLORA_CUDA_FP32, 8, 100, 100, MLORA_CUDA_SGD, 0, 20);
  const TestBatch batch(100, 100, TablesTest::kDomains, 402);
  int entries = 0;
  for (int r : batch.row) entries += static_cast<int>(test.offsets[r + 1] - test.offsets[r]);
  OK(mlora_cuda_tables_collect(&batch.batch, &test.tables, nullptr));
  int32_t dropped;
  std::memcpy(&dropped, test.memory.read().data(), 4);
  CHECK(dropped == entries - 20 && dropped > 0, dropped, " of ", entries);
}

TEST(the_same_calls_give_the_same_bits_in_any_order_of_threads) {
  const auto run = [](unsigned schedule) {
    device::set_schedule(schedule);
    const int rows = quick() ? 100 : 1500;
    TablesTest test(MLORA_CUDA_BF16, 16, rows, rows, MLORA_CUDA_ADAM);
    test.run(2, Moves::LAZILY, false);
    device::set_schedule(1);
    return test.ids.value.read();
  };
  const std::vector<float> first = run(1), second = run(2);
  CHECK(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)) == 0);
}

}  // namespace
