#include "threads.h"

#include <exception>

#include "error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mlora {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kFlushBits = 0x8040;  // FTZ and DAZ
uint32_t control() { return _mm_getcsr(); }
void set_control(uint32_t bits) { _mm_setcsr(bits); }
void pause() { _mm_pause(); }
#elif defined(__aarch64__)
constexpr uint32_t kFlushBits = 1u << 24;
uint32_t control() {
  uint64_t bits;
  asm volatile("mrs %0, fpcr" : "=r"(bits));
  return static_cast<uint32_t>(bits);
}
void set_control(uint32_t bits) { asm volatile("msr fpcr, %0" : : "r"(static_cast<uint64_t>(bits))); }
void pause() { asm volatile("yield"); }
#else
constexpr uint32_t kFlushBits = 0;
uint32_t control() { return 0; }
void set_control(uint32_t) {}
void pause() {}
#endif

// About 30 us: longer than the gap between the phases of a step, shorter than a scheduler's slice.
constexpr int kSpins = 1000;

}  // namespace

FlushDenormals::FlushDenormals() : saved_(control()) { set_control(saved_ | kFlushBits); }
FlushDenormals::~FlushDenormals() { set_control(saved_); }

Threads::Threads(int count) {
  try {
    for (int i = 1; i < count; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::exception&) {  // no thread, or no memory for one
    stop();  // before anything else may throw: threads that run cannot be let go
    throw OutOfMemory(text("could start only %d of %d threads", this->count(), count));
  }
}

Threads::~Threads() { stop(); }

void Threads::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Threads::take(int thread) {
  for (int64_t task = next_.fetch_add(1, std::memory_order_relaxed); task < tasks_;
       task = next_.fetch_add(1, std::memory_order_relaxed)) {
    call_(context_, task, thread);
  }
}

void Threads::start(int64_t tasks, Call call, const void* context) {
  tasks_ = tasks;
  call_ = call;
  context_ = context;
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  phase_.fetch_add(1, std::memory_order_seq_cst);
  if (asleep_.load(std::memory_order_seq_cst) > 0) {
    std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  take(0);
  for (int spin = 0; busy_.load(std::memory_order_acquire) > 0; ++spin) {
    if (spin < kSpins) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void Threads::work(int thread) {
  const FlushDenormals flush;
  uint64_t seen = 0;
  while (true) {
    for (int spin = 0; spin < kSpins && phase_.load(std::memory_order_acquire) == seen; ++spin) pause();
    if (phase_.load(std::memory_order_acquire) == seen) {
      std::unique_lock<std::mutex> lock(mutex_);
      asleep_.fetch_add(1, std::memory_order_seq_cst);
      wake_.wait(lock, [&] { return stop_.load() || phase_.load(std::memory_order_seq_cst) != seen; });
      asleep_.fetch_sub(1, std::memory_order_seq_cst);
      if (stop_.load()) return;
    }
    seen = phase_.load(std::memory_order_acquire);
    take(thread);
    busy_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace mlora
