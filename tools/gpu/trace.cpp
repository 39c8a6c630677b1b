// When each kernel of a process ran, kernels inside graphs too: a library that the CUDA driver loads into any process
// (CUDA_INJECTION64_PATH) and that writes a line for each kernel into the file that MLORA_TRACE names: start and end
// in nanoseconds, graph, node of the graph, name. trace.py makes a table of it. MLORA_CUPTI names libcupti, which lies
// elsewhere on every machine.
#include <cupti.h>
#include <dlfcn.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr size_t kBufferBytes = 8 << 20, kAlignment = 8;

std::FILE* file = nullptr;
decltype(&cuptiActivityGetNextRecord) next_record = nullptr;
decltype(&cuptiActivityFlushAll) flush_all = nullptr;

void give_buffer(uint8_t** buffer, size_t* bytes, size_t* most_records) {
  *buffer = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, kBufferBytes));
  *bytes = *buffer == nullptr ? 0 : kBufferBytes;
  *most_records = 0;
}

void take_buffer(CUcontext, uint32_t, uint8_t* buffer, size_t, size_t valid) {
  CUpti_Activity* record = nullptr;
  while (next_record(buffer, valid, &record) == CUPTI_SUCCESS) {
    if (record->kind != CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) continue;
    const auto* const kernel = reinterpret_cast<const CUpti_ActivityKernel10*>(record);
    std::fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu64 " %s\n", kernel->start, kernel->end, kernel->graphId,
                 kernel->graphNodeId, kernel->name);
  }
  std::free(buffer);
}

void finish() {
  flush_all(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
  std::fclose(file);
}

template <typename Function>
Function find(void* library, const char* name) {
  void* const found = dlsym(library, name);
  if (found == nullptr) std::fprintf(stderr, "trace: libcupti has no %s\n", name);
  return reinterpret_cast<Function>(found);
}

}  // namespace

// Called by the driver when it starts.
extern "C" int InitializeInjection() {
  const char* const path = std::getenv("MLORA_TRACE");
  if (path == nullptr) return 1;
  const char* const cupti = std::getenv("MLORA_CUPTI");
  void* const library = dlopen(cupti == nullptr ? "libcupti.so" : cupti, RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "trace: %s; name the file in MLORA_CUPTI\n", dlerror());
    return 0;
  }
  const auto register_callbacks =
      find<decltype(&cuptiActivityRegisterCallbacks)>(library, "cuptiActivityRegisterCallbacks");
  const auto enable = find<decltype(&cuptiActivityEnable)>(library, "cuptiActivityEnable");
  next_record = find<decltype(&cuptiActivityGetNextRecord)>(library, "cuptiActivityGetNextRecord");
  flush_all = find<decltype(&cuptiActivityFlushAll)>(library, "cuptiActivityFlushAll");
  if (register_callbacks == nullptr || enable == nullptr || next_record == nullptr || flush_all == nullptr) return 0;
  file = std::fopen(path, "w");
  if (file == nullptr) {
    std::fprintf(stderr, "trace: %s cannot be written\n", path);
    return 0;
  }
  CUptiResult result = register_callbacks(give_buffer, take_buffer);
  if (result == CUPTI_SUCCESS) result = enable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
  if (result != CUPTI_SUCCESS) {
    std::fprintf(stderr, "trace: CUPTI refuses to trace kernels: error %d\n", static_cast<int>(result));
    return 0;
  }
  std::atexit(finish);
  return 1;
}
