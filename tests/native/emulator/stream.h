// Where launches go that are not to run at once.
#ifndef MLORA_EMULATOR_STREAM_H
#define MLORA_EMULATOR_STREAM_H

#include <functional>

namespace mlora::emulator {

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;
  // Takes up work, to be done after what was added before.
  virtual void add(std::function<void()> work) = 0;
};

}  // namespace mlora::emulator
#endif
