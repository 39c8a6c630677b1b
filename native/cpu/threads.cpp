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

// A state of the pool: workers in the phase, whether more may join, its number.
constexpr uint64_t kJoined = 0xFFFF, kOpen = 0x10000;
constexpr int kPhaseShift = 17;
constexpr uint64_t phase_of(uint64_t state) { return state >> kPhaseShift; }

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
  // Nobody reads these: the phase before was closed, and all who had joined it have left.
  tasks_ = tasks;
  call_ = call;
  context_ = context;
  next_.store(0, std::memory_order_relaxed);
  state_.store((phase_of(state_.load(std::memory_order_relaxed)) + 1) << kPhaseShift | kOpen, std::memory_order_seq_cst);
  if (asleep_.load(std::memory_order_seq_cst) > 0) {
    std::lock_guard<std::mutex> lock(mutex_);
    wake_.notify_all();
  }
  take(0);
  state_.fetch_and(~kOpen, std::memory_order_relaxed);
  for (int spin = 0; (state_.load(std::memory_order_acquire) & kJoined) > 0; ++spin) {
    if (spin < kSpins) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

// Whether the phase of a state was still open; state becomes the newest seen.
bool Threads::join(uint64_t& state) {
  while ((state & kOpen) != 0) {
    if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) return true;
  }
  return false;
}

void Threads::work(int thread) {
  const FlushDenormals flush;
  uint64_t seen = 0;
  const auto nothing_new = [&] { return phase_of(state_.load(std::memory_order_seq_cst)) == seen; };
  while (true) {
    for (int spin = 0; spin < kSpins && nothing_new(); ++spin) pause();
    if (nothing_new()) {
      std::unique_lock<std::mutex> lock(mutex_);
      asleep_.fetch_add(1, std::memory_order_seq_cst);
      wake_.wait(lock, [&] { return stop_.load() || !nothing_new(); });
      asleep_.fetch_sub(1, std::memory_order_seq_cst);
      if (stop_.load()) return;
    }
    uint64_t state = state_.load(std::memory_order_acquire);
    if (join(state)) {
      take(thread);
      state_.fetch_sub(1, std::memory_order_release);
    }
    seen = phase_of(state);
  }
}

}  // namespace mlora
