// The emulated runtime: streams that do nothing before they are waited for, captures, memory.
#include <string>
#include <vector>

#include "../check.h"
#include "mlora_emulated.h"

namespace {

#define OK(call) CHECK((call) == MLORA_CUDA_OK, mlora_cuda_last_error())

struct Fixture {
  void* stream = nullptr;
  uint64_t memory = 0;
  Fixture() {
    OK(mlora_emulated_stream_create(&stream));
    OK(mlora_emulated_allocate(1024, &memory));
  }
  ~Fixture() {
    mlora_emulated_free(memory);
    mlora_emulated_stream_destroy(stream);
  }
  std::vector<uint32_t> read() const {
    std::vector<uint32_t> words(256);
    OK(mlora_emulated_copy_out(words.data(), memory, 1024, stream));
    OK(mlora_emulated_stream_synchronize(stream));
    return words;
  }
};

TEST(work_is_done_when_it_is_waited_for) {
  Fixture f;
  uint32_t word = 1;
  OK(mlora_emulated_copy_in(f.memory, &word, 4, f.stream));
  word = 2;  // a mistake: the copy has not been waited for
  uint32_t out = 0;
  OK(mlora_emulated_copy_out(&out, f.memory, 4, f.stream));
  CHECK(out == 0);
  OK(mlora_emulated_stream_synchronize(f.stream));
  CHECK(out == 2);
}

TEST(a_stream_that_waits_for_an_event_sees_what_was_before_it) {
  Fixture f;
  void* other = nullptr;
  mlora_emulated_event* event = nullptr;
  OK(mlora_emulated_stream_create(&other));
  OK(mlora_emulated_event_create(&event));
  OK(mlora_emulated_fill(f.memory, 7, 1, f.stream));
  OK(mlora_emulated_event_record(event, f.stream));
  OK(mlora_emulated_fill(f.memory, 8, 1, f.stream));
  OK(mlora_emulated_stream_wait(other, event));
  uint32_t out = 0;
  OK(mlora_emulated_copy_out(&out, f.memory, 4, other));
  OK(mlora_emulated_stream_synchronize(other));
  CHECK(out == 7);
  CHECK(f.read()[0] == 8);
  OK(mlora_emulated_event_destroy(event));
  OK(mlora_emulated_stream_destroy(other));
}

TEST(a_graph_does_its_work_as_often_as_it_is_launched) {
  Fixture f;
  void* other = nullptr;
  mlora_emulated_event *fork = nullptr, *join = nullptr;
  OK(mlora_emulated_stream_create(&other));
  OK(mlora_emulated_event_create(&fork));
  OK(mlora_emulated_event_create(&join));
  OK(mlora_emulated_fill(f.memory, 0, 256, f.stream));
  OK(mlora_emulated_capture_begin(f.stream));
  OK(mlora_cuda_state_advance(f.memory, 10, 1, f.stream));
  OK(mlora_emulated_event_record(fork, f.stream));
  OK(mlora_emulated_stream_wait(other, fork));
  OK(mlora_emulated_fill(f.memory + 512, 5, 1, other));
  OK(mlora_emulated_event_record(join, other));
  CHECK(mlora_emulated_stream_synchronize(f.stream) == MLORA_CUDA_INVALID);
  OK(mlora_emulated_stream_wait(f.stream, join));
  mlora_emulated_graph* graph = nullptr;
  OK(mlora_emulated_capture_end(f.stream, &graph));
  int64_t nodes = 0;
  OK(mlora_emulated_graph_nodes(graph, &nodes));
  CHECK(nodes == 2, nodes);
  OK(mlora_cuda_state_set(f.memory, 4, 1, 0, 25, f.stream));
  for (int i = 0; i < 3; ++i) OK(mlora_emulated_graph_launch(graph, f.stream));
  const std::vector<uint32_t> words = f.read();
  const auto* state = reinterpret_cast<const mlora_cuda_state*>(words.data());
  CHECK(state->step == 7 && state->from == 20 && state->count == 5 && state->next == 25);
  CHECK(words[128] == 5);
  OK(mlora_emulated_graph_destroy(graph));
  OK(mlora_emulated_event_destroy(fork));
  OK(mlora_emulated_event_destroy(join));
  OK(mlora_emulated_stream_destroy(other));
}

// The second one of two branches beside the first takes what the first one of them makes.
TEST(branches_beside_each_other_run_in_either_order_too) {
  Fixture f;
  void* sides[2] = {};
  mlora_emulated_event* event = nullptr;
  OK(mlora_emulated_event_create(&event));
  for (void*& side : sides) OK(mlora_emulated_stream_create(&side));
  for (const bool waits : {false, true}) {
    OK(mlora_emulated_capture_begin(f.stream));
    OK(mlora_emulated_fill(f.memory, 1, 1, f.stream));
    OK(mlora_emulated_event_record(event, f.stream));
    for (void* side : sides) OK(mlora_emulated_stream_wait(side, event));
    OK(mlora_emulated_fill(f.memory + 256, 2, 1, sides[1]));
    OK(mlora_emulated_fill(f.memory, 2, 1, sides[0]));
    OK(mlora_emulated_event_record(event, sides[0]));
    if (waits) OK(mlora_emulated_stream_wait(sides[1], event));
    OK(mlora_emulated_copy(f.memory + 512, f.memory, 4, sides[1]));
    for (void* side : sides) {
      OK(mlora_emulated_event_record(event, side));
      OK(mlora_emulated_stream_wait(f.stream, event));
    }
    mlora_emulated_graph* graph = nullptr;
    OK(mlora_emulated_capture_end(f.stream, &graph));
    int early = 0;
    for (int i = 0; i < 3; ++i) {
      OK(mlora_emulated_graph_launch(graph, f.stream));
      early += f.read()[128] == 1;
    }
    CHECK(waits ? early == 0 : early > 0 && early < 3, early);
    OK(mlora_emulated_graph_destroy(graph));
  }
  OK(mlora_emulated_event_destroy(event));
  for (void* side : sides) OK(mlora_emulated_stream_destroy(side));
}

TEST(branches_of_a_graph_run_in_either_order_so_that_missing_waits_show) {
  Fixture f;
  void* other = nullptr;
  mlora_emulated_event* event = nullptr;
  OK(mlora_emulated_stream_create(&other));
  OK(mlora_emulated_event_create(&event));
  for (const bool waits : {false, true}) {
    OK(mlora_emulated_capture_begin(f.stream));
    OK(mlora_emulated_fill(f.memory, 1, 1, f.stream));
    OK(mlora_emulated_event_record(event, f.stream));
    OK(mlora_emulated_stream_wait(other, event));
    OK(mlora_emulated_copy(f.memory + 512, f.memory, 4, other));
    OK(mlora_emulated_event_record(event, other));
    if (waits) OK(mlora_emulated_stream_wait(f.stream, event));
    OK(mlora_emulated_fill(f.memory, 2, 1, f.stream));
    OK(mlora_emulated_stream_wait(f.stream, event));
    OK(mlora_emulated_fill(f.memory + 256, 3, 1, f.stream));
    mlora_emulated_graph* graph = nullptr;
    OK(mlora_emulated_capture_end(f.stream, &graph));
    OK(mlora_emulated_graph_launch(graph, f.stream));
    CHECK(f.read()[128] == 1);
    OK(mlora_emulated_graph_launch(graph, f.stream));
    CHECK(f.read()[128] == (waits ? 1 : 2));
    OK(mlora_emulated_graph_destroy(graph));
  }
  OK(mlora_emulated_event_destroy(event));
  OK(mlora_emulated_stream_destroy(other));
}

TEST(a_capture_that_leaves_a_stream_behind_is_refused) {
  Fixture f;
  void* other = nullptr;
  mlora_emulated_event* fork = nullptr;
  OK(mlora_emulated_stream_create(&other));
  OK(mlora_emulated_event_create(&fork));
  OK(mlora_emulated_capture_begin(f.stream));
  OK(mlora_emulated_event_record(fork, f.stream));
  OK(mlora_emulated_stream_wait(other, fork));
  OK(mlora_emulated_fill(f.memory, 5, 1, other));
  OK(mlora_emulated_event_record(fork, other));
  OK(mlora_emulated_fill(f.memory, 5, 1, other));  // after what the first one waits for
  OK(mlora_emulated_stream_wait(f.stream, fork));
  OK(mlora_emulated_fill(f.memory + 512, 5, 1, f.stream));
  mlora_emulated_graph* graph = nullptr;
  CHECK(mlora_emulated_capture_end(f.stream, &graph) == MLORA_CUDA_INVALID);
  OK(mlora_emulated_event_destroy(fork));
  OK(mlora_emulated_stream_destroy(other));
}

TEST(memory_has_bounds_and_an_end) {
  Fixture f;
  uint32_t word = 0;
  CHECK(mlora_emulated_copy_in(f.memory + 1022, &word, 4, f.stream) == MLORA_CUDA_INVALID);
  CHECK(mlora_emulated_copy_in(f.memory + 4096, &word, 4, f.stream) == MLORA_CUDA_INVALID);
  CHECK(mlora_emulated_fill(f.memory, 1, 257, f.stream) == MLORA_CUDA_INVALID);
  CHECK(mlora_emulated_free(f.memory + 4) == MLORA_CUDA_INVALID);
  uint64_t address = 0;
  OK(mlora_emulated_memory_limit(4096));
  CHECK(mlora_emulated_allocate(4000, &address) == MLORA_CUDA_OUT_OF_MEMORY);
  CHECK(std::string(mlora_cuda_last_error()).find("3072 of 4096 bytes are free") != std::string::npos,
        mlora_cuda_last_error());
  OK(mlora_emulated_memory_limit(int64_t{1} << 30));
  OK(mlora_emulated_allocate(4000, &address));
  OK(mlora_emulated_free(address));
}

TEST(wrong_arguments_are_refused_when_work_is_enqueued) {
  Fixture f;
  mlora_cuda_product product = {};
  product.m = product.n = product.k = 1;
  product.lda = product.ldb = product.ldc = 1;
  CHECK(mlora_cuda_multiply(&product, f.stream) == MLORA_CUDA_INVALID);
  CHECK(mlora_emulated_stream_synchronize(&product) == MLORA_CUDA_INVALID);
}

TEST(nothing_is_left_behind) { CHECK(mlora_emulated_live() == 0, mlora_emulated_live()); }

}  // namespace
