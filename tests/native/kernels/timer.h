// Time of what a call enqueues: on a GPU, 20 calls captured in a graph and replayed between two events, so
// that launches from the host do not count; on the emulator, one call by the clock, to see that it runs.
#ifndef MLORA_TESTS_KERNELS_TIMER_H
#define MLORA_TESTS_KERNELS_TIMER_H

#include <algorithm>
#include <chrono>
#include <vector>

#include "device.h"

namespace device {

#if defined(MLORA_EMULATED)
using Stream = void*;
inline Stream new_stream() { return nullptr; }
template <typename T>
void clear(Stream, const Array<T>& array) {
  set(reinterpret_cast<void*>(array.address()), 0, array.size() * sizeof(T));
}

template <typename Call>
double microseconds(Stream, const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}
#else
using Stream = cudaStream_t;
inline Stream new_stream() {
  Stream stream;
  CUDA_OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return stream;
}
template <typename T>
void clear(Stream stream, const Array<T>& array) {
  CUDA_OK(cudaMemsetAsync(reinterpret_cast<void*>(array.address()), 0, array.size() * sizeof(T), stream));
}

// Median over 9 replays, for one call.
template <typename Call>
double microseconds(Stream stream, const Call& call) {
  constexpr int kCalls = 20, kReplays = 9;
  cudaGraph_t graph;
  cudaGraphExec_t replay;
  CUDA_OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < kCalls; ++i) call();
  CUDA_OK(cudaStreamEndCapture(stream, &graph));
  CUDA_OK(cudaGraphInstantiate(&replay, graph, 0));
  cudaEvent_t begin, end;
  CUDA_OK(cudaEventCreate(&begin));
  CUDA_OK(cudaEventCreate(&end));
  std::vector<float> times;
  for (int i = 0; i < kReplays + 2; ++i) {
    CUDA_OK(cudaEventRecord(begin, stream));
    CUDA_OK(cudaGraphLaunch(replay, stream));
    CUDA_OK(cudaEventRecord(end, stream));
    CUDA_OK(cudaEventSynchronize(end));
    float milliseconds = 0;
    CUDA_OK(cudaEventElapsedTime(&milliseconds, begin, end));
    if (i >= 2) times.push_back(milliseconds);
  }
  CUDA_OK(cudaEventDestroy(begin));
  CUDA_OK(cudaEventDestroy(end));
  CUDA_OK(cudaGraphExecDestroy(replay));
  CUDA_OK(cudaGraphDestroy(graph));
  std::nth_element(times.begin(), times.begin() + kReplays / 2, times.end());
  return 1000.0 * times[kReplays / 2] / kCalls;
}
#endif

}  // namespace device

#endif
