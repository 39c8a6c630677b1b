// mlora_emulated.h: the emulated device as a C API.
#include <algorithm>
#include <cstring>
#include <vector>

#include "emulator.h"
#include "hardware.h"
#include "mlora_emulated.h"
#include "families.h"
#include "memory.h"
#include "runtime.h"
#include "status.h"

using mlora::cuda::given;
using mlora::cuda::guard;
using mlora::cuda::pointer;
using mlora::cuda::require;
using mlora::emulator::Event;
using mlora::emulator::Graph;
using mlora::emulator::LazyStream;
using mlora::emulator::Memory;
using mlora::emulator::Work;

struct mlora_emulated_graph {
  std::shared_ptr<Graph> graph;
};
struct mlora_emulated_event {
  Event event;
};

namespace {

struct Device {
  Memory memory;
  std::vector<std::shared_ptr<LazyStream>> streams;
  int64_t events = 0, graphs = 0;
};

Device& device() {
  static Device one;
  return one;
}

std::shared_ptr<LazyStream> stream_of(void* stream) {
  for (const auto& s : device().streams) {
    if (s.get() == static_cast<mlora::emulator::Stream*>(stream)) return s;
  }
  throw mlora::cuda::Invalid("this is no stream, or one that was destroyed");
}

// Null does the work at once.
void enqueue(void* stream, Work work) {
  if (stream == nullptr) {
    work();
  } else {
    stream_of(stream)->add(std::move(work));
  }
}

void finish(LazyStream& stream) {
  require(stream.capture == nullptr, "a stream that is captured cannot be waited for");
  stream.run_until(stream.position());
}

float number(uint64_t matrix, int64_t i, int precision) {
  if (precision == MLORA_CUDA_BF16) return mlora::cuda::load(pointer<const mlora::cuda::Bf16>(matrix) + i);
  const float value = pointer<const float>(matrix)[i];
  return precision == MLORA_CUDA_TF32 ? mlora::cuda::float_of(mlora::cuda::to_tf32(value)) : value;
}

// (rows, columns) of op(matrix) as float.
std::vector<float> operand(uint64_t matrix, int ld, bool transposed, int rows, int columns, int precision) {
  std::vector<float> out(static_cast<size_t>(rows) * columns);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      out[r * columns + c] = number(matrix, transposed ? c * ld + r : r * ld + c, precision);
    }
  }
  return out;
}

void multiply(const mlora_cuda_product& p) {
  const std::vector<float> a = operand(p.a, p.lda, p.transpose_a != 0, p.m, p.k, p.precision);
  const std::vector<float> b = operand(p.b, p.ldb, p.transpose_b != 0, p.k, p.n, p.precision);
  const bool half = p.precision == MLORA_CUDA_BF16 && p.c_float == 0;
  std::vector<float> row(p.n);
  for (int64_t m = 0; m < p.m; ++m) {
    std::fill(row.begin(), row.end(), 0.0f);
    for (int64_t k = 0; k < p.k; ++k) {
      const float left = a[m * p.k + k];
      for (int64_t n = 0; n < p.n; ++n) row[n] += left * b[k * p.n + n];
    }
    for (int64_t n = 0; n < p.n; ++n) {
      const int64_t at = m * p.ldc + n;
      if (half) {
        mlora::cuda::Bf16* const c = pointer<mlora::cuda::Bf16>(p.c) + at;
        mlora::cuda::store(c, p.beta != 0 ? row[n] + mlora::cuda::load(c) : row[n]);
      } else {
        float* const c = pointer<float>(p.c) + at;
        *c = p.beta != 0 ? row[n] + *c : row[n];
      }
    }
  }
}

}  // namespace

extern "C" {

mlora_cuda_status mlora_emulated_memory_limit(int64_t bytes) {
  return guard([&] { device().memory.limit = bytes; });
}
mlora_cuda_status mlora_emulated_allocate(int64_t bytes, uint64_t* address) {
  return guard([&] {
    given(address);
    *address = device().memory.allocate(bytes);
  });
}
mlora_cuda_status mlora_emulated_free(uint64_t address) {
  return guard([&] {
    for (const auto& stream : device().streams) {
      if (stream->capture == nullptr) finish(*stream);
    }
    device().memory.free(address);
  });
}
mlora_cuda_status mlora_emulated_memory(int64_t* free_bytes, int64_t* total_bytes) {
  return guard([&] {
    given(free_bytes);
    given(total_bytes);
    *total_bytes = device().memory.limit;
    *free_bytes = std::max<int64_t>(device().memory.limit - device().memory.used(), 0);
  });
}
int64_t mlora_emulated_live(void) {
  return device().memory.allocations() + static_cast<int64_t>(device().streams.size()) + device().events +
         device().graphs;
}

mlora_cuda_status mlora_emulated_stream_create(void** stream) {
  return guard([&] {
    given(stream);
    device().streams.push_back(std::make_shared<LazyStream>());
    *stream = static_cast<mlora::emulator::Stream*>(device().streams.back().get());
  });
}
mlora_cuda_status mlora_emulated_stream_destroy(void* stream) {
  return guard([&] {
    const std::shared_ptr<LazyStream> found = stream_of(stream);
    require(found->capture == nullptr, "a stream that is captured cannot be destroyed");
    auto& all = device().streams;
    all.erase(std::find(all.begin(), all.end(), found));
    finish(*found);
  });
}
mlora_cuda_status mlora_emulated_stream_synchronize(void* stream) {
  return guard([&] {
    if (stream != nullptr) finish(*stream_of(stream));
  });
}
mlora_cuda_status mlora_emulated_event_create(mlora_emulated_event** event) {
  return guard([&] {
    given(event);
    *event = new mlora_emulated_event;
    ++device().events;
  });
}
mlora_cuda_status mlora_emulated_event_destroy(mlora_emulated_event* event) {
  return guard([&] {
    given(event);
    delete event;
    --device().events;
  });
}
mlora_cuda_status mlora_emulated_event_record(mlora_emulated_event* event, void* stream) {
  return guard([&] {
    given(event);
    const std::shared_ptr<LazyStream> from = stream_of(stream);
    event->event = {from, from->position(), from->capture, from->after};
  });
}
mlora_cuda_status mlora_emulated_stream_wait(void* stream, mlora_emulated_event* event) {
  return guard([&] {
    const Event what = given(event).event;
    if (what.stream == nullptr) return;
    const std::shared_ptr<LazyStream> waiting = stream_of(stream);
    if (what.capture != nullptr) {
      require(waiting->capture == nullptr || waiting->capture == what.capture,
              "a stream cannot take part in two captures");
      if (waiting->capture == nullptr) {
        waiting->capture = what.capture;
        what.capture->streams.push_back(waiting.get());
      }
      waiting->after.insert(waiting->after.end(), what.after.begin(), what.after.end());
      return;
    }
    require(waiting->capture == nullptr, "a stream that is captured cannot wait for what is outside of the capture");
    waiting->add([what] { what.stream->run_until(what.position); });
  });
}
mlora_cuda_status mlora_emulated_event_synchronize(mlora_emulated_event* event) {
  return guard([&] {
    const Event& what = given(event).event;
    require(what.capture == nullptr, "an event of a capture cannot be waited for");
    if (what.stream != nullptr) what.stream->run_until(what.position);
  });
}

mlora_cuda_status mlora_emulated_copy_in(uint64_t to, const void* host, int64_t bytes, void* stream) {
  return guard([&] {
    device().memory.check(to, bytes);
    enqueue(stream, [=] { std::memcpy(pointer<void>(to), host, static_cast<size_t>(bytes)); });
  });
}
mlora_cuda_status mlora_emulated_copy_out(void* host, uint64_t from, int64_t bytes, void* stream) {
  return guard([&] {
    device().memory.check(from, bytes);
    enqueue(stream, [=] { std::memcpy(host, pointer<const void>(from), static_cast<size_t>(bytes)); });
  });
}
mlora_cuda_status mlora_emulated_copy(uint64_t to, uint64_t from, int64_t bytes, void* stream) {
  return guard([&] {
    device().memory.check(to, bytes);
    device().memory.check(from, bytes);
    enqueue(stream, [=] { std::memmove(pointer<void>(to), pointer<const void>(from), static_cast<size_t>(bytes)); });
  });
}
mlora_cuda_status mlora_emulated_fill(uint64_t address, uint32_t value, int64_t count, void* stream) {
  return guard([&] {
    device().memory.check(address, 4 * count);
    enqueue(stream, [=] { std::fill_n(pointer<uint32_t>(address), count, value); });
  });
}

mlora_cuda_status mlora_emulated_capture_begin(void* stream) {
  return guard([&] {
    const std::shared_ptr<LazyStream> first = stream_of(stream);
    require(first->capture == nullptr, "the stream is captured already");
    first->capture = std::make_shared<Graph>();
    first->capture->streams.push_back(first.get());
  });
}
mlora_cuda_status mlora_emulated_capture_end(void* stream, mlora_emulated_graph** graph) {
  return guard([&] {
    given(graph);
    const std::shared_ptr<LazyStream> first = stream_of(stream);
    const std::shared_ptr<Graph> captured = first->capture;
    require(captured != nullptr && captured->streams.front() == first.get(), "the capture was not begun by this stream");
    const std::vector<size_t> last = first->after;
    for (LazyStream* stream : captured->streams) {
      stream->capture = nullptr;
      stream->after.clear();
    }
    captured->require_joined(last);
    *graph = new mlora_emulated_graph{captured};
    ++device().graphs;
  });
}
mlora_cuda_status mlora_emulated_graph_launch(mlora_emulated_graph* graph, void* stream) {
  return guard([&] {
    enqueue(stream, [recorded = given(graph).graph] { recorded->run(); });
  });
}
mlora_cuda_status mlora_emulated_graph_nodes(const mlora_emulated_graph* graph, int64_t* nodes) {
  return guard([&] {
    given(nodes);
    *nodes = given(graph).graph->size();
  });
}
mlora_cuda_status mlora_emulated_graph_destroy(mlora_emulated_graph* graph) {
  return guard([&] {
    given(graph);
    delete graph;
    --device().graphs;
  });
}

mlora_cuda_status mlora_emulated_gemm(const mlora_cuda_product* product, void* stream) {
  return guard([&] {
    mlora::cuda::check_product(given(product));
    enqueue(stream, [p = *product] { multiply(p); });
  });
}

void mlora_emulated_set_schedule(uint64_t seed) { mlora::emulator::set_schedule(seed); }

}  // extern "C"
