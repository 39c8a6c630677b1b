// What the emulator knows of the running block.
#ifndef MLORA_EMULATOR_STATE_H
#define MLORA_EMULATOR_STATE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlora::emulator {

constexpr int kThreads = 1024;

struct Thread {
  enum Status { RUNNING, AT_BLOCK, IN_WARP, DONE };
  Status status = RUNNING;
  // Barriers passed: the thread's clock, for the race check of shared memory.
  uint32_t block_epoch = 0, warp_epoch = 0;
};

// Threads that wait for each other, and where.
struct Rendezvous {
  int arrived = 0;
  const char* what = "";
  const char* file = "";
  int line = 0;
};

// What a lane brings to a collective, or takes from it.
struct Slot {
  uint32_t in[6];
  float out[4];
};

struct Warp {
  Rendezvous meeting;
  // Used in turn: a lane may be in the next collective before all have read this one's.
  int side = 0;
  Slot slots[2][32];
};

// The past of 4 bytes of shared memory: the last write, and the reads that a next write must not race.
struct Word {
  bool written = false;
  bool read = false;
  bool several_readers = false;  // in the latest warp epoch of the latest block epoch
  bool several_warps = false;    // have read in the latest block epoch
  int16_t writer = -1, reader = -1;
  uint32_t write_block = 0, write_warp = 0;
  uint32_t read_block = 0, read_warp = 0;
};

struct State {
  int running = -1;
  int thread_count = 0;
  int64_t block_index = 0, block_count = 0;
  int64_t blocks_run = 0;
  Thread threads[kThreads];
  int first_fiber = 0;
  Rendezvous block;
  Warp warps[kThreads / 32];
  size_t shared_bytes = 0;
  std::vector<std::byte> shared;
  std::vector<Word> words;
  char launched = 0, finished = 0;  // addresses that stand for the two ends of a launch
};
extern State state;

// Waits until all lanes are there; complete runs once, on the slots of all.
void meet(Warp& warp, const char* what, const char* file, int line, void (*complete)(Slot*));

// An address that stands for a barrier of the running block: 0 the block's, 1 + w warp w's. Blocks have
// their own, so that a barrier does not order memory between blocks.
inline void* sync_place(int barrier) {
  static char places[4096][1 + kThreads / 32];
  return &places[state.blocks_run % 4096][barrier];
}

}  // namespace mlora::emulator
#endif
