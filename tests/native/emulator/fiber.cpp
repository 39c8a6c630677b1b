#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* place);
void __tsan_release(void* place);
}
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(__x86_64__)
#error "the emulator's switch of stacks is written for x86-64"
#endif

// Saves the callee-saved registers and the stack pointer, and takes up another stack.
extern "C" void mlora_emulator_switch(void** save, void* stack);
asm(R"(
.globl mlora_emulator_switch
.hidden mlora_emulator_switch
.type mlora_emulator_switch, @function
mlora_emulator_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size mlora_emulator_switch, . - mlora_emulator_switch
)");

namespace mlora::emulator::fiber {
namespace {

constexpr size_t kStack = 256 * 1024;
constexpr size_t kGuard = 4096;
// The part of a stack that a thread still holds when it ends.
constexpr size_t kTop = 8192;
#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
// A switch that orders no memory.
constexpr unsigned kNoOrder = 1;
#endif

struct Fiber {
  void* pointer = nullptr;  // stack pointer while it does not run
  char* stack = nullptr;
  void* shadow = nullptr;       // ThreadSanitizer's fiber
  void* fake_stack = nullptr;   // AddressSanitizer's
  void (*body)() = nullptr;
};

std::vector<Fiber> fibers;
Fiber launcher;
Fiber* running = &launcher;
#if defined(__SANITIZE_ADDRESS__)
const void* launcher_stack = nullptr;
size_t launcher_size = 0;
#endif

void unpoison([[maybe_unused]] void* memory, [[maybe_unused]] size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory, size);
#endif
}

void arrived() {
#if defined(__SANITIZE_ADDRESS__)
  const void* stack;
  size_t size;
  __sanitizer_finish_switch_fiber(running->fake_stack, &stack, &size);
  if (launcher_stack == nullptr) {
    launcher_stack = stack;
    launcher_size = size;
  }
#endif
}

void change(Fiber& target) {
  Fiber& from = *running;
  running = &target;
#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
  __tsan_switch_to_fiber(target.shadow, kNoOrder);
#endif
#if defined(__SANITIZE_ADDRESS__)
  const bool out = &target == &launcher;
  __sanitizer_start_switch_fiber(&from.fake_stack, out ? launcher_stack : target.stack + kGuard,
                                 out ? launcher_size : kStack);
#endif
  mlora_emulator_switch(&from.pointer, target.pointer);
  arrived();
}

void begin() {
  arrived();
  running->body();
  std::abort();
}

}  // namespace

void start(int index, void (*body)()) {
  if (fibers.capacity() == 0) fibers.reserve(kFibers);
  while (static_cast<int>(fibers.size()) <= index) {
    void* memory = mmap(nullptr, kStack + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    mprotect(memory, kGuard, PROT_NONE);
    unpoison(static_cast<char*>(memory) + kGuard, kStack);
    fibers.emplace_back();
    fibers.back().stack = static_cast<char*>(memory);
  }
  Fiber& fiber = fibers[index];
#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
  if (fiber.shadow == nullptr) fiber.shadow = __tsan_create_fiber(0);
#endif
  fiber.body = body;
  fiber.fake_stack = nullptr;
  auto* top = reinterpret_cast<void**>(fiber.stack + kGuard + kStack - 64);
  // Frames that the last thread on this stack never left.
  unpoison(fiber.stack + kGuard + kStack - kTop, kTop);
  *--top = nullptr;  // where begin would return to
  *--top = reinterpret_cast<void*>(begin);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  fiber.pointer = top;
}

void enter(int index) {
#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
  launcher.shadow = __tsan_get_current_fiber();
#endif
#if defined(__SANITIZE_ADDRESS__)
  launcher_stack = nullptr;
#endif
  change(fibers[index]);
}

void to(int index) { change(fibers[index]); }

void to_launcher() { change(launcher); }

#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
void release(void* place) { __tsan_release(place); }
void acquire(void* place) { __tsan_acquire(place); }
#else
void release(void*) {}
void acquire(void*) {}
#endif

void give_up([[maybe_unused]] void* place) {
  for (const Fiber& fiber : fibers) {
    unpoison(fiber.stack + kGuard, kStack);
#if defined(MLORA_EMULATOR_THREAD_SANITIZER)
    if (fiber.shadow == nullptr) continue;
    __tsan_switch_to_fiber(fiber.shadow, kNoOrder);
    __tsan_release(place);
    __tsan_switch_to_fiber(launcher.shadow, kNoOrder);
#endif
  }
  acquire(place);
}

}  // namespace mlora::emulator::fiber
