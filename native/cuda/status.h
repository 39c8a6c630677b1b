// Exceptions into status codes and messages: nothing thrown crosses the C API.
#ifndef MLORA_NATIVE_CUDA_STATUS_H
#define MLORA_NATIVE_CUDA_STATUS_H

#include <exception>
#include <new>

#include "failure.h"
#include "mlora_cuda.h"

namespace mlora::cuda {

// Keeps the message for mlora_cuda_last_error of this thread.
mlora_cuda_status fail(mlora_cuda_status status, const char* what) noexcept;

template <typename Body>
mlora_cuda_status guard(const Body& body) noexcept {
  try {
    body();
    return MLORA_CUDA_OK;
  } catch (const Invalid& e) {
    return fail(MLORA_CUDA_INVALID, e.what());
  } catch (const Unsupported& e) {
    return fail(MLORA_CUDA_UNSUPPORTED, e.what());
  } catch (const Failure& e) {
    return fail(e.out_of_memory() ? MLORA_CUDA_OUT_OF_MEMORY : MLORA_CUDA_FATAL, e.what());
  } catch (const std::bad_alloc&) {
    return fail(MLORA_CUDA_OUT_OF_MEMORY, "the host is out of memory");
  } catch (const std::exception& e) {
    return fail(MLORA_CUDA_FATAL, e.what());
  } catch (...) {
    return fail(MLORA_CUDA_FATAL, "an unknown error");
  }
}

// The struct behind a pointer of the caller.
template <typename T>
const T& given(const T* pointer) {
  require(pointer != nullptr, "an argument is a null pointer");
  return *pointer;
}

}  // namespace mlora::cuda
#endif
