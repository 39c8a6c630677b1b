// What every function of the C API does: checks its pointers, and turns exceptions into status codes and
// messages.
#ifndef MLORA_CPU_GUARD_H
#define MLORA_CPU_GUARD_H

#include <exception>
#include <new>
#include <stdexcept>

#include "error.h"
#include "mlora.h"
#include "threads.h"

namespace mlora {

// A fixed buffer: reporting that memory is gone must not need any.
inline char* message() {
  static thread_local char buffer[512] = "";
  return buffer;
}

inline mlora_status fail(mlora_status status, const char* what) noexcept {
  char* to = message();
  size_t i = 0;
  for (; what[i] != '\0' && i < 511; ++i) to[i] = what[i];
  to[i] = '\0';
  return status;
}

template <typename Body>
mlora_status guard(const Body& body) noexcept {
  const FlushDenormals flush;
  try {
    body();
    return MLORA_OK;
  } catch (const Invalid& e) {
    return fail(MLORA_INVALID, e.what());
  } catch (const OutOfMemory& e) {
    return fail(MLORA_OUT_OF_MEMORY, e.what());
  } catch (const std::bad_alloc&) {
    return fail(MLORA_OUT_OF_MEMORY, "out of memory");
  } catch (const std::length_error&) {
    return fail(MLORA_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return fail(MLORA_FATAL, e.what());
  } catch (...) {
    return fail(MLORA_FATAL, "an unknown error");
  }
}

template <typename T>
T& need(T* handle, const char* what) {
  MLORA_REQUIRE(handle != nullptr, "the %s is null", what);
  return *handle;
}

}  // namespace mlora
#endif
