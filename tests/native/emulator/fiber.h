// Stacks to switch between, numbered from 0, and what the sanitizers are told of them.
#ifndef MLORA_EMULATOR_FIBER_H
#define MLORA_EMULATOR_FIBER_H

namespace mlora::emulator::fiber {

constexpr int kFibers = 2048;

// Readies a fiber to run body, which must end by passing control on for good.
void start(int index, void (*body)());
// From the launcher to a fiber; returns when a fiber passes control to the launcher.
void enter(int index);
// From the running fiber.
void to(int index);
void to_launcher();
// Gives up all fibers, in whatever they were doing; start takes them up again. What they did is before
// what follows.
void give_up(void* place);

// Order of memory, for ThreadSanitizer: what was before a release of a place is before a later acquire.
void release(void* place);
void acquire(void* place);

}  // namespace mlora::emulator::fiber
#endif
