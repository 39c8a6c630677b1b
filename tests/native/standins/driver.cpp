// libcuda.so.1 for tests on machines without an NVIDIA driver: one device whose memory is the process's,
// whose streams do their work at once or record it. Only what org.mlora.cuda.jcuda calls is here; whatever
// else the binding refers to is bound lazily, and never called. It lets go of no context while there are graphs, so that
// one that nobody destroyed is seen.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace {

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, INVALID_CONTEXT = 201 };
enum { ILLEGAL_STATE = 401, CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901 };

struct Graph {
  std::vector<std::function<void()>> nodes;
};
struct Stream {
  bool capturing = false;
  bool invalidated = false;  // what it captures
  Graph recorded;
};
struct Event {
  int64_t mark = 0;
};

std::mutex lock;
std::map<uintptr_t, size_t> blocks;
size_t held = 0;
int64_t marks = 0, graphs = 0;
thread_local bool bound = false;
char context;

size_t limit() {
  const char* text = std::getenv("MLORA_STANDIN_BYTES");
  return text == nullptr ? size_t{64} << 20 : std::strtoull(text, nullptr, 10);
}

bool inside(uintptr_t address, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  auto block = blocks.upper_bound(address);
  if (block == blocks.begin()) return false;
  --block;
  return address + bytes <= block->first + block->second;
}

int enqueue(Stream* stream, std::function<void()> work) {
  if (!bound) return INVALID_CONTEXT;
  if (stream->capturing) {
    stream->recorded.nodes.push_back(std::move(work));
  } else {
    work();
  }
  return OK;
}

}  // namespace

extern "C" {
int cuInit(unsigned) { return OK; }
int cuDriverGetVersion(int* version) { return *version = 13000, OK; }
int cuDeviceGetCount(int* count) { return *count = 1, OK; }
int cuDeviceGet(int* device, int index) {
  if (index != 0) return INVALID_DEVICE;
  return *device = 0, OK;
}
int cuDeviceGetName(char* name, int length, int) { return std::strncpy(name, "stand-in", length), OK; }
int cuDeviceTotalMem_v2(size_t* bytes, int) { return *bytes = limit(), OK; }
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 16 ? 4 : attribute == 75 ? 9 : 0;
  return OK;
}
int cuDevicePrimaryCtxRetain(void** made, int) { return *made = &context, OK; }
int cuDevicePrimaryCtxRelease_v2(int) { return bound = false, graphs == 0 ? OK : INVALID_VALUE; }
int cuCtxSetCurrent(void* which) { return bound = which == &context, OK; }
int cuCtxSynchronize() { return bound ? OK : INVALID_CONTEXT; }
int cuMemGetInfo_v2(size_t* free_bytes, size_t* total) {
  if (!bound) return INVALID_CONTEXT;
  *total = limit();
  *free_bytes = limit() - held;
  return OK;
}
int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  if (!bound) return INVALID_CONTEXT;
  std::lock_guard<std::mutex> guard(lock);
  if (bytes == 0) return INVALID_VALUE;
  if (held + bytes > limit()) return OUT_OF_MEMORY;
  void* block = std::malloc(bytes);
  std::memset(block, 0xFF, bytes);
  blocks[reinterpret_cast<uintptr_t>(block)] = bytes;
  held += bytes;
  return *address = reinterpret_cast<uint64_t>(block), OK;
}
int cuMemFree_v2(uint64_t address) {
  std::lock_guard<std::mutex> guard(lock);
  auto block = blocks.find(address);
  if (block == blocks.end()) return INVALID_VALUE;
  held -= block->second;
  blocks.erase(block);
  std::free(reinterpret_cast<void*>(address));
  return OK;
}
int cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  return (*address = std::malloc(bytes)) == nullptr ? OUT_OF_MEMORY : OK;
}
int cuMemFreeHost(void* address) { return std::free(address), OK; }
int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, Stream* stream) {
  if (!inside(to, bytes)) return INVALID_VALUE;
  return enqueue(stream, [=] { std::memcpy(reinterpret_cast<void*>(to), from, bytes); });
}
int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, Stream* stream) {
  if (!inside(from, bytes)) return INVALID_VALUE;
  return enqueue(stream, [=] { std::memcpy(to, reinterpret_cast<void*>(from), bytes); });
}
int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, Stream* stream) {
  if (!inside(to, bytes) || !inside(from, bytes)) return INVALID_VALUE;
  return enqueue(stream, [=] { std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes); });
}
int cuMemsetD32Async(uint64_t at, unsigned value, size_t count, Stream* stream) {
  if (!inside(at, 4 * count)) return INVALID_VALUE;
  return enqueue(stream, [=] {
    for (size_t i = 0; i < count; i++) reinterpret_cast<unsigned*>(at)[i] = value;
  });
}
int cuStreamCreateWithPriority(Stream** stream, unsigned, int) { return *stream = new Stream, OK; }
int cuStreamDestroy_v2(Stream* stream) { return delete stream, OK; }
int cuStreamSynchronize(Stream* stream) {
  stream->invalidated = stream->capturing;
  return stream->capturing ? CAPTURE_UNSUPPORTED : OK;
}
int cuStreamWaitEvent(Stream*, Event*, unsigned) { return OK; }
int cuStreamBeginCapture_v2(Stream* stream, int) { return stream->capturing = true, OK; }
int cuStreamEndCapture(Stream* stream, Graph** graph) {
  if (!stream->capturing) return ILLEGAL_STATE;
  stream->capturing = false;
  Graph recorded;
  std::swap(recorded, stream->recorded);
  if (std::exchange(stream->invalidated, false)) return CAPTURE_INVALIDATED;
  *graph = new Graph(std::move(recorded));
  ++graphs;
  return OK;
}
int cuGraphInstantiateWithFlags(Graph** instance, Graph* graph, unsigned long long) {
  return *instance = new Graph(*graph), ++graphs, OK;
}
int cuGraphLaunch(Graph* graph, Stream* stream) {
  for (const auto& node : graph->nodes) {
    if (int status = enqueue(stream, node)) return status;
  }
  return OK;
}
int cuGraphExecDestroy(Graph* graph) { return delete graph, --graphs, OK; }
int cuGraphDestroy(Graph* graph) { return cuGraphExecDestroy(graph); }
int cuEventCreate(Event** event, unsigned) { return *event = new Event, OK; }
int cuEventDestroy_v2(Event* event) { return delete event, OK; }
int cuEventRecord(Event* event, Stream*) { return event->mark = ++marks, OK; }
int cuEventSynchronize(Event*) { return OK; }
int cuEventElapsedTime(float* milliseconds, Event* start, Event* end) {
  return *milliseconds = static_cast<float>(end->mark - start->mark), OK;
}
}
