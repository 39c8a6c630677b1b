// Updates of whole parameters and of adapters, and lazy updates, which must have the bits of eager ones.
#include "optimizer_case.h"

namespace {

TEST(whole_parameters_step_as_in_double) {
  for (int kind : kKinds) {
    for (int rule : {MLORA_CUDA_EPSILON_TENSORFLOW, MLORA_CUDA_EPSILON_PYTORCH}) {
      const TestOptimizer optimizer(kind, MLORA_CUDA_UNTOUCHED_MOVE, rule);
      TestParameter weight(1, 2500, optimizer, 81, 1e-3), bias(1, 37, optimizer, 82);
      device::Array<uint16_t> copy(2500);
      weight.parameter.copy = copy.address();
      device::Array<uint8_t> state(sizeof(mlora_cuda_state));
      state.clear();
      device::Array<float> work(2);
      OK(mlora_cuda_state_set(state.address(), 0, 1, 0, 100, nullptr));
      const int count = 37;
      for (int t = 1; t <= 4; ++t) {
        const std::vector<float> gradient = random_floats(2500, 83 + t), parts = random_floats(37 * count, 93 + t);
        device::Array<float> device_gradient(gradient), device_parts(parts);
        const mlora_cuda_parameter parameters[] = {weight.parameter, bias.parameter};
        const mlora_cuda_parts from[] = {{device_gradient.address(), 0, 1, 0}, {device_parts.address(), 37, count, 0}};
        OK(mlora_cuda_state_advance(state.address(), 10, 1, nullptr));
        OK(mlora_cuda_update_whole(state.address(), &optimizer.optimizer, parameters, from, 2, work.address(), nullptr));
        Doubles g(gradient.begin(), gradient.end()), sum(37, 0);
        for (int i = 0; i < 37 * count; ++i) sum[i % 37] += parts[i];
        weight.apply(optimizer, 0, g.data(), t);
        bias.apply(optimizer, 0, sum.data(), t);
      }
      weight.check_values("update whole");
      bias.check_values("update whole");
      const std::vector<float> values = weight.value.read();
      const std::vector<uint16_t> halves = copy.read();
      for (size_t i = 0; i < values.size(); ++i) CHECK(halves[i] == to_bf16(values[i]), "copy ", i);
    }
  }
}

TEST(parameters_of_many_parts_step_as_in_double) {
  for (int kind : kKinds) {
    for (int size : {300, 301}) {
      const int count = 129;
      const TestOptimizer optimizer(kind);
      TestParameter bias(1, size, optimizer, 95);
      device::Array<uint8_t> state(sizeof(mlora_cuda_state));
      state.clear();
      const std::vector<float> parts = random_floats(size_t(size) * count, 96);
      const device::Array<float> device_parts(parts), work(1);
      const mlora_cuda_parts from = {device_parts.address(), size, count, 0};
      OK(mlora_cuda_state_set(state.address(), 0, 1, 0, 100, nullptr));
      OK(mlora_cuda_state_advance(state.address(), 10, 1, nullptr));
      OK(mlora_cuda_update_whole(state.address(), &optimizer.optimizer, &bias.parameter, &from, 1, work.address(), nullptr));
      Doubles sum(size, 0);
      for (int i = 0; i < size * count; ++i) sum[i % size] += parts[i];
      bias.apply(optimizer, 0, sum.data(), 1);
      bias.check_values("update whole");
    }
  }
}

TEST(gradients_alone_leave_parameters_as_they_are) {
  const TestOptimizer optimizer(MLORA_CUDA_SGD);
  TestParameter weight(1, 300, optimizer, 84, 0.25);
  device::Array<float> gradient(300), parts(random_floats(600, 85));
  device::Array<uint8_t> state(sizeof(mlora_cuda_state));
  state.clear();
  weight.parameter.gradient = gradient.address();
  const mlora_cuda_parts from = {parts.address(), 300, 2, 0};
  OK(mlora_cuda_update_whole(state.address(), &optimizer.optimizer, &weight.parameter, &from, 1, 0, nullptr));
  OK(mlora_cuda_add_l2(&weight.parameter, 1, nullptr));
  const std::vector<float> all = parts.read();
  Doubles want;
  for (int i = 0; i < 300; ++i) want.push_back(double(all[i]) + all[300 + i] + 0.5 * weight.initial[i]);
  check_close("gradient with L2", MLORA_CUDA_FP32, gradient.read(), want, Doubles(300, 4));
  CHECK(weight.value.read() == weight.initial);
}

// Steps of batches over domains; the gradient of a domain is the sum of its chunks' parts.
struct Adapters {
  static constexpr int kC = 7;
  const int domains, a_size, frozen;
  TestOptimizer optimizer;
  TestParameter a, c;

  Adapters(int kind, double l2, int untouched, int rule, int domains = 12, int a_size = 1500)
      : domains(domains), a_size(a_size), frozen(std::min(2, domains - 1)), optimizer(kind, untouched, rule),
        a(domains, a_size, optimizer, 86, l2), c(domains, kC, optimizer, 87, l2) {
    a.parameter.first_row = frozen;  // the first domains are frozen
    a.parameter.row_count = domains - frozen;
  }

  TestBatch batch_of(int t, int most_rows) const {
    // Two rows in most steps: most domains wait.
    const int rows = t % 10 == 0 ? most_rows : 2;
    return TestBatch(rows, rows, domains, 100 + t, t);
  }

  void run(int steps, Moves moves, bool in_double, int most_rows = 120) {
    for (int t = 1; t <= steps; ++t) {
      const TestBatch batch = batch_of(t, most_rows);
      const int64_t ld = a_size + kC;
      const std::vector<int32_t> counts = batch.ints(batch.layout.counts, 2);
      const std::vector<int32_t> chunks = batch.ints(batch.layout.chunk, 4 * counts[1]);
      const std::vector<float> values = random_floats(counts[1] * ld, 200 + t);
      device::Array<float> parts(values);
      const mlora_cuda_parameter parameters[] = {a.parameter, c.parameter};
      const mlora_cuda_parts from[] = {{parts.address(), ld, 0, 0}, {parts.address() + 4 * a_size, ld, 0, 0}};
      OK(mlora_cuda_catch_up_domains(&batch.batch, &optimizer.optimizer, parameters, 2, 0, nullptr));
      const auto catch_up_ahead = [&] {
        TestBatch next = batch_of(t + 1, most_rows);
        next.batch.state = batch.batch.state;
        OK(mlora_cuda_catch_up_domains(&next.batch, &optimizer.optimizer, parameters, 2, 1, nullptr));
      };
      if (moves == Moves::AHEAD_BEFORE) catch_up_ahead();
      OK(mlora_cuda_update_domains(&batch.batch, &optimizer.optimizer, parameters, from, 2, nullptr));
      if (moves == Moves::AHEAD_AFTER) catch_up_ahead();
      if (moves == Moves::EAGERLY || t == steps) OK(mlora_cuda_catch_up_all(batch.state.address(), &optimizer.optimizer, parameters, 2, nullptr));
      if (in_double) apply(values, chunks, counts[1], t);
    }
  }

  void apply(const std::vector<float>& values, const std::vector<int32_t>& chunks, int count, int t) {
    const int size = a_size + kC;
    Doubles sums(size_t(domains) * size, 0);
    std::vector<bool> there(domains, false);
    for (int i = 0; i < count; ++i) {
      const int d = chunks[4 * i];
      if (d < 0) continue;
      there[d] = true;
      for (int k = 0; k < size; ++k) sums[size_t(d) * size + k] += values[size_t(i) * size + k];
    }
    const bool moves = optimizer.optimizer.kind == MLORA_CUDA_ADAM
                           ? optimizer.optimizer.untouched == MLORA_CUDA_UNTOUCHED_MOVE
                           : a.parameter.l2 != 0;
    for (int d = 0; d < domains; ++d) {
      if (!there[d] && !moves) continue;
      if (d >= frozen) a.apply(optimizer, d, &sums[size_t(d) * size], t);
      c.apply(optimizer, d, &sums[size_t(d) * size + a_size], t);
    }
  }
};

TEST(adapters_step_as_in_double_and_frozen_ones_stay) {
  for (int kind : kKinds) {
    for (int untouched : {MLORA_CUDA_UNTOUCHED_MOVE, MLORA_CUDA_UNTOUCHED_STAY}) {
      if (quick() && untouched == MLORA_CUDA_UNTOUCHED_STAY) continue;
      Adapters adapters(kind, kind == MLORA_CUDA_ADAM ? 0 : 1e-3, untouched, MLORA_CUDA_EPSILON_PYTORCH);
      adapters.run(5, Moves::LAZILY, true);
      adapters.a.check_values("update domains");
      adapters.c.check_values("update domains");
      const std::vector<float> values = adapters.a.value.read();
      CHECK(std::memcmp(values.data(), adapters.a.initial.data(), 2 * adapters.a_size * sizeof(float)) == 0);
    }
  }
}

TEST(adapters_of_any_number_of_domains_step_as_in_double) {
  for (int domains : domain_counts()) {
    Adapters adapters(MLORA_CUDA_ADAM, 0, MLORA_CUDA_UNTOUCHED_MOVE, MLORA_CUDA_EPSILON_TENSORFLOW, domains, 63);
    adapters.run(11, Moves::LAZILY, true);
    adapters.a.check_values("update domains");
    adapters.c.check_values("update domains");
  }
}

TEST(adapters_of_many_chunks_step_as_in_double) {
  for (int kind : kKinds) {
    for (int domains : {1, 3}) {
      Adapters adapters(kind, 0, MLORA_CUDA_UNTOUCHED_MOVE, MLORA_CUDA_EPSILON_TENSORFLOW, domains, 301);
      adapters.run(10, Moves::LAZILY, true, 1000);
      adapters.a.check_values("update domains");
      adapters.c.check_values("update domains");
    }
  }
}

TEST(lazy_updates_of_adapters_have_the_bits_of_eager_ones) {
  const auto check_lazy = [](int kind, double l2, int rule, int steps) {
    Adapters eager(kind, l2, MLORA_CUDA_UNTOUCHED_MOVE, rule);
    eager.run(steps, Moves::EAGERLY, false);
    for (const Moves moves : kLazyMoves) {
      Adapters lazy(kind, l2, MLORA_CUDA_UNTOUCHED_MOVE, rule);
      lazy.run(steps, moves, false);
      CHECK(lazy.a.same_bits(eager.a, kind) && lazy.c.same_bits(eager.c, kind), "kind ", kind, " l2 ", l2, " moves ",
            static_cast<int>(moves));
    }
  };
  check_lazy(MLORA_CUDA_ADAM, 0, MLORA_CUDA_EPSILON_TENSORFLOW, slow() ? 400 : quick() ? 6 : 60);
  if (quick()) return;
  check_lazy(MLORA_CUDA_ADAM, 0, MLORA_CUDA_EPSILON_PYTORCH, 25);
  for (int kind : kKinds) check_lazy(kind, 1e-3, MLORA_CUDA_EPSILON_TENSORFLOW, 12);
}

}  // namespace
