// Phases of a pool of threads.
#include "threads.h"

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"

namespace {

TEST(every_task_of_a_phase_is_done_once_and_before_the_next_phase) {
  mlora::Threads threads(4);
  for (int phase = 0; phase < 3000; ++phase) {
    // A worker that came late would count in another phase, or where nothing is any more.
    std::vector<std::atomic<int>> done(phase % 9);
    threads.run(phase % 9, [&](int64_t task, int) { ++done[task]; });
    for (const std::atomic<int>& times : done) CHECK(times == 1, "a task was done ", times.load(), " times in phase ", phase);
  }
}

TEST(callers_who_find_the_pool_taken_do_their_tasks_alone) {
  mlora::Threads threads(3);
  std::atomic<int> sum{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 3; ++c) {
    callers.emplace_back([&] {
      for (int phase = 0; phase < 300; ++phase) threads.run(5, [&](int64_t, int) { ++sum; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(sum == 3 * 300 * 5);
}

}  // namespace
