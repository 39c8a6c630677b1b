// A pool of threads that run the tasks of one phase and meet again: the calling thread works too, the
// others spin for a while between phases and then sleep. Tasks are taken in order from a counter, so
// results must not depend on which thread runs one. A caller waits only for those who have joined its
// phase: on a machine with more to do than processors, the others may not get one before all is done. A
// caller who finds the others at work for another caller does its tasks alone.
#ifndef MLORA_CPU_THREADS_H
#define MLORA_CPU_THREADS_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace mlora {

// Flushes denormals to zero while it lives, as the workers always do.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  uint32_t saved_;
};

class Threads {
 public:
  // count: the calling thread among them.
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls body(task, thread) for tasks 0 .. tasks-1, thread in [0, count()). The body must not throw.
  template <typename Body>
  void run(int64_t tasks, const Body& body) {
    if (tasks <= 1 || workers_.empty() || taken_.exchange(true, std::memory_order_acquire)) {
      for (int64_t task = 0; task < tasks; ++task) body(task, 0);
      return;
    }
    start(tasks, [](const void* context, int64_t task, int thread) {
      (*static_cast<const Body*>(context))(task, thread);
    }, &body);
    taken_.store(false, std::memory_order_release);
  }

 private:
  using Call = void (*)(const void*, int64_t, int);
  void start(int64_t tasks, Call call, const void* context);
  void stop();
  void work(int thread);
  void take(int thread);
  bool join(uint64_t& state);

  alignas(64) std::atomic<int64_t> next_{0};
  // The number of the phase, whether it is open to workers, and how many have joined and not left it.
  alignas(64) std::atomic<uint64_t> state_{0};
  alignas(64) std::atomic<bool> taken_{false};  // by a caller
  std::atomic<int> asleep_{0};
  std::atomic<bool> stop_{false};
  int64_t tasks_ = 0;
  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
};

}  // namespace mlora
#endif
