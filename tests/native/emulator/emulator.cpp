// The scheduler: fibers, barriers and launches.
#include "emulator.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "fiber.h"
#include "state.h"

namespace mlora::emulator {

State state;

namespace {

std::mutex one_launch;
uint64_t schedule_seed = 1;
std::vector<int> runnable;
size_t limit_of_shared = kLeastShared;
std::mt19937_64 random_order;
void (*kernel_body)(void*);
void* kernel_argument;
std::string fault_message;

// Passes control on: to a random fiber that can run, or to the launcher when there is none.
void pass_control() {
  if (runnable.empty()) {
    fiber::to_launcher();
    return;
  }
  const size_t pick = random_order() % runnable.size();
  const int next = runnable[pick];
  runnable[pick] = runnable.back();
  runnable.pop_back();
  if (next == state.running) return;
  state.running = next;
  fiber::to(state.first_fiber + next);
}

void wait(Thread& me, Thread::Status status) {
  me.status = status;
  const int self = state.running;
  pass_control();
  state.running = self;
}

void release_waiting(int first, int last, Thread::Status status) {
  for (int t = first; t < last; ++t) {
    if (state.threads[t].status == status) {
      state.threads[t].status = Thread::RUNNING;
      runnable.push_back(t);
    }
  }
}

void same_place(Rendezvous& at, const char* what, const char* file, int line) {
  if (at.arrived == 0) {
    at.what = what;
    at.file = file;
    at.line = line;
  } else if (at.what != what || at.line != line || std::strcmp(at.file, file) != 0) {
    fault("%s at %s:%d, while other threads wait in %s at %s:%d", what, file, line, at.what, at.file, at.line);
  }
}

void run_thread() {
  Thread& me = state.threads[state.running];
  fiber::acquire(&state.launched);
  kernel_body(kernel_argument);
  fiber::release(&state.finished);
  me.status = Thread::DONE;
  pass_control();
}

// Why no thread can run although not all are done.
std::string stuck() {
  int counts[4] = {};
  for (int t = 0; t < state.thread_count; ++t) ++counts[state.threads[t].status];
  char text[400];
  const Rendezvous* at = &state.block;
  for (Warp& warp : state.warps) {
    if (counts[Thread::AT_BLOCK] == 0 && warp.meeting.arrived > 0) at = &warp.meeting;
  }
  std::snprintf(text, sizeof text, "%s at %s:%d was reached by a part of the threads only: of %d, %d wait there or at another barrier of the block, %d in a warp, %d have ended",
                at->what, at->file, at->line, state.thread_count, counts[Thread::AT_BLOCK], counts[Thread::IN_WARP],
                counts[Thread::DONE]);
  return text;
}

void run_block(int64_t block, int first_fiber) {
  state.block_index = block;
  state.block = {};
  for (Warp& warp : state.warps) warp = {};
  state.words.assign(state.shared_bytes / 4, Word{});
  // Garbage that no kernel should take for a number.
  if (state.shared_bytes > 0) std::memset(state.shared.data(), 0xFF, state.shared_bytes);
  ++state.blocks_run;
  state.first_fiber = first_fiber;
  runnable.clear();
  for (int t = 0; t < state.thread_count; ++t) {
    state.threads[t] = {};
    fiber::start(first_fiber + t, run_thread);
    runnable.push_back(t);
  }
  state.running = -1;
  const size_t pick = random_order() % runnable.size();
  state.running = runnable[pick];
  runnable[pick] = runnable.back();
  runnable.pop_back();
  fiber::enter(first_fiber + state.running);
  if (!fault_message.empty()) return;
  const bool done = std::all_of(state.threads, state.threads + state.thread_count,
                                [](const Thread& t) { return t.status == Thread::DONE; });
  if (!done) fault_message = stuck() + " (block " + std::to_string(block) + ")";
}

}  // namespace

void set_schedule(uint64_t seed) { schedule_seed = seed; }
void set_shared_limit(size_t bytes) { limit_of_shared = bytes; }
size_t shared_limit() { return limit_of_shared; }

void launch(int64_t blocks, int threads, size_t shared_bytes, void (*body)(void*), void* argument) {
  const std::lock_guard<std::mutex> lock(one_launch);
  if (threads < 32 || threads > kThreads || threads % 32 != 0) {
    throw Fault("a block of " + std::to_string(threads) + " threads");
  }
  if (shared_bytes > limit_of_shared) throw Fault(std::to_string(shared_bytes) + " bytes of shared memory");
  if (blocks < 1 || blocks > INT32_MAX) throw Fault("a grid of " + std::to_string(blocks) + " blocks");
  random_order.seed(schedule_seed);
  kernel_body = body;
  kernel_argument = argument;
  fault_message.clear();
  state.thread_count = threads;
  state.block_count = blocks;
  state.shared_bytes = (shared_bytes + 3) / 4 * 4;
  if (state.shared.size() < state.shared_bytes) state.shared.resize(state.shared_bytes);
  fiber::release(&state.launched);
  std::vector<int64_t> order(blocks);
  std::iota(order.begin(), order.end(), int64_t{0});
  std::shuffle(order.begin(), order.end(), random_order);
  for (int64_t block : order) {
    // Two sets of fibers: what one has learnt at the barriers of its blocks does not hide a race with
    // the blocks of the other.
    const int first_fiber = random_order() % 2 == 0 ? 0 : kThreads;
    run_block(block, first_fiber);
    if (!fault_message.empty()) {
      fiber::give_up(&state.finished);
      throw Fault(fault_message);
    }
  }
  fiber::acquire(&state.finished);
}

int thread_index() { return state.running; }
int thread_count() { return state.thread_count; }
int64_t block_index() { return state.block_index; }
int64_t block_count() { return state.block_count; }
std::byte* shared_memory() { return state.shared.data(); }
size_t shared_bytes() { return state.shared_bytes; }

void fault(const char* format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fault_message = std::string(text) + " (thread " + std::to_string(state.running) + " of block " +
                  std::to_string(state.block_index) + ")";
  fiber::to_launcher();
  __builtin_unreachable();
}

void block_sync(const char* file, int line) {
  Thread& me = state.threads[state.running];
  same_place(state.block, "block_sync", file, line);
  fiber::release(sync_place(0));
  if (++state.block.arrived == state.thread_count) {
    state.block.arrived = 0;
    release_waiting(0, state.thread_count, Thread::AT_BLOCK);
  } else {
    wait(me, Thread::AT_BLOCK);
  }
  fiber::acquire(sync_place(0));
  ++me.block_epoch;
}

void meet(Warp& warp, const char* what, const char* file, int line, void (*complete)(Slot*)) {
  same_place(warp.meeting, what, file, line);
  const int first = state.running / 32 * 32;
  if (++warp.meeting.arrived == 32) {
    warp.meeting.arrived = 0;
    if (complete != nullptr) complete(warp.slots[warp.side]);
    warp.side = 1 - warp.side;
    release_waiting(first, first + 32, Thread::IN_WARP);
  } else {
    wait(state.threads[state.running], Thread::IN_WARP);
  }
}

void warp_sync(const char* file, int line) {
  const int warp = state.running / 32;
  fiber::release(sync_place(1 + warp));
  meet(state.warps[warp], "warp_sync", file, line, nullptr);
  fiber::acquire(sync_place(1 + warp));
  ++state.threads[state.running].warp_epoch;
}

}  // namespace mlora::emulator
