// Grouping by domain: order, runs and chunks of batches of every size and mix of domains.
#include "material.h"

namespace {

void check_batch(int capacity, int count, int domains, unsigned seed) {
  const std::string what =
      check::join("capacity ", capacity, ", count ", count, ", ", domains, " domains, seed ", seed, ": ");
  const TestBatch batch(capacity, count, domains, seed);
  const auto domain_of = [&](int number) { return batch.domains[batch.order[batch.from + number]]; };
  std::vector<int> want(count);
  for (int i = 0; i < count; ++i) want[i] = i;
  std::stable_sort(want.begin(), want.end(), [&](int a, int b) { return domain_of(a) < domain_of(b); });
  for (int p = 0; p < count; ++p) {
    CHECK(batch.number[p] == want[p] && batch.row[p] == batch.order[batch.from + want[p]] &&
              batch.domain[p] == domain_of(want[p]),
          what, "position ", p);
  }
  for (int p = count; p < capacity; ++p) CHECK(batch.domain[p] == -2, what, "position ", p, " of the rest");

  const std::vector<int32_t> counts = batch.ints(batch.layout.counts, 2);
  CHECK(counts[0] <= batch.layout.max_runs && counts[1] <= batch.layout.max_chunks, what, counts[0], " runs, ", counts[1],
        " chunks");
  const std::vector<int32_t> runs = batch.ints(batch.layout.run, 4 * counts[0]);
  const std::vector<int32_t> chunks = batch.ints(batch.layout.chunk, 4 * counts[1]);
  int run = -1, chunk = 0;
  for (int p = 0; p < capacity;) {
    if (p == 0 || batch.domain[p] != batch.domain[p - 1]) {
      ++run;
      CHECK(run < counts[0] && runs[4 * run] == batch.domain[p] && runs[4 * run + 1] == p && runs[4 * run + 2] == chunk,
            what, "run ", run);
    }
    int rows = 0;
    while (rows < batch.layout.chunk_rows && p + rows < capacity && batch.domain[p + rows] == batch.domain[p]) ++rows;
    CHECK(chunk < counts[1] && chunks[4 * chunk] == batch.domain[p] && chunks[4 * chunk + 1] == p &&
              chunks[4 * chunk + 2] == rows && chunks[4 * chunk + 3] == run,
          what, "chunk ", chunk);
    p += rows;
    ++chunk;
    const bool ends = p == capacity || batch.domain[p] != batch.domain[p - 1];
    CHECK(!ends || runs[4 * run + 3] == chunk - runs[4 * run + 2], what, "chunks of run ", run);
  }
  CHECK(run + 1 == counts[0] && chunk == counts[1], what, "runs and chunks in all");
}

TEST(a_batch_is_sorted_by_domain_and_cut_into_runs_and_chunks) {
  for (int domains : {1, 2, 10, 1000, 5000}) {
    for (int capacity : {1, 2, 17, 64, 1000, 4097}) {
      if (!quick() || domains == 10 || capacity == 17) check_batch(capacity, capacity, domains, 7);
    }
  }
}

TEST(a_short_batch_ends_with_the_rest) {
  check_batch(64, 1, 10, 8);
  check_batch(1000, 333, 10, 8);
  check_batch(1024, 1023, 1000, 8);
  check_batch(4097, 1024, 5000, 8);
  check_batch(4097, 4096, 1, 8);
}

TEST(large_batches_and_many_domains_take_several_passes_of_sorting) {
  check_batch(9000, 8999, 100000, 9);
  check_batch(5000, 4000, 1022, 9);
  check_batch(5000, 4000, 1023, 9);
  if (quick()) return;
  check_batch(65536, 65536, 10, 9);
  check_batch(65536, 65000, 100000, 9);
  // Of so many tiles counts are summed by a launch.
  check_batch(270000, 269999, 10, 9);
  if (slow()) check_batch(270000, 269999, 100000, 9);
}

TEST(the_state_moves_through_the_order_and_ends_with_a_short_batch) {
  device::Array<uint8_t> memory(sizeof(mlora_cuda_state));
  memory.clear();
  OK(mlora_cuda_state_set(memory.address(), 5, 1, 10, 35, nullptr));
  const auto advance = [&](int training) {
    OK(mlora_cuda_state_advance(memory.address(), 10, training, nullptr));
    mlora_cuda_state state;
    std::memcpy(&state, memory.read().data(), sizeof state);
    return state;
  };
  mlora_cuda_state state = advance(1);
  CHECK(state.step == 6 && state.from == 10 && state.count == 10);
  state = advance(1);
  CHECK(state.step == 7 && state.from == 20 && state.count == 10);
  state = advance(0);
  CHECK(state.step == 7 && state.from == 30 && state.count == 5 && state.next == 35);
  CHECK(mlora_cuda_state_seek(memory.address(), 5, 4, nullptr) == MLORA_CUDA_INVALID);
}

}  // namespace
