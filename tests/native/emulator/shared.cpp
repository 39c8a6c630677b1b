// Checks of shared memory. A thread's clock is the number of block and warp barriers it has passed; an
// access happened before another when it is the same thread's, or lies in an earlier block epoch, or in
// the same warp in an earlier warp epoch.
#include "emulator.h"
#include "state.h"

namespace mlora::emulator {
namespace {

struct Now {
  int thread;
  uint32_t block, warp;
};

bool before(int thread, uint32_t block, uint32_t warp, const Now& now) {
  return thread == now.thread || block < now.block || (thread / 32 == now.thread / 32 && warp < now.warp);
}

void check_write_before(const Word& word, const Now& now, size_t at, const char* what) {
  if (!word.written || before(word.writer, word.write_block, word.write_warp, now)) return;
  fault("shared memory at byte %zu is %s without a barrier after thread %d wrote it", at, what, word.writer);
}

void check_reads_before(const Word& word, const Now& now, size_t at) {
  if (!word.read || word.read_block < now.block) return;
  const bool ordered = !word.several_warps && (word.several_readers
                                                   ? word.reader / 32 == now.thread / 32 && word.read_warp < now.warp
                                                   : before(word.reader, word.read_block, word.read_warp, now));
  if (!ordered) fault("shared memory at byte %zu is written without a barrier after thread %d read it", at, word.reader);
}

void note_read(Word& word, const Now& now) {
  if (!word.read || word.read_block < now.block) {
    word.several_warps = word.several_readers = false;
  } else if (word.reader / 32 != now.thread / 32) {
    word.several_warps = true;
  } else if (word.read_warp < now.warp) {
    word.several_readers = false;
  } else if (word.reader != now.thread) {
    word.several_readers = true;
  }
  word.read = true;
  word.reader = static_cast<int16_t>(now.thread);
  word.read_block = now.block;
  word.read_warp = now.warp;
}

}  // namespace

void check_shared(const void* address, size_t bytes, Access access) {
  const size_t at = static_cast<const std::byte*>(address) - state.shared.data();
  const Thread& me = state.threads[state.running];
  const Now now = {state.running, me.block_epoch, me.warp_epoch};
  for (size_t w = at / 4; w < (at + bytes) / 4; ++w) {
    Word& word = state.words[w];
    if (access == Access::READ) {
      if (!word.written) fault("shared memory at byte %zu is read before it is written", 4 * w);
      check_write_before(word, now, 4 * w, "read");
      note_read(word, now);
    } else {
      check_write_before(word, now, 4 * w, "written");
      check_reads_before(word, now, 4 * w);
      word.written = true;
      word.read = false;
      word.writer = static_cast<int16_t>(now.thread);
      word.write_block = now.block;
      word.write_warp = now.warp;
    }
  }
}

}  // namespace mlora::emulator
