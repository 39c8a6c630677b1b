// A call of the device's runtime that failed; the C API turns it into a status and a message.
#ifndef MLORA_KERNELS_FAILURE_H
#define MLORA_KERNELS_FAILURE_H

#include <stdexcept>
#include <string>

namespace mlora::cuda {

class Failure : public std::runtime_error {
 public:
  Failure(bool out_of_memory, int code, const std::string& what, const std::string& why)
      : std::runtime_error(what + ": " + why + " (CUDA error " + std::to_string(code) + ")"),
        out_of_memory_(out_of_memory) {}
  bool out_of_memory() const { return out_of_memory_; }

 private:
  bool out_of_memory_;
};

// An argument is wrong; nothing was launched.
class Invalid : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// This machine or device cannot do it.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void require(bool condition, const char* message) {
  if (!condition) throw Invalid(message);
}

}  // namespace mlora::cuda
#endif
