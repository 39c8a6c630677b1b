// The step state: 48 bytes that tell the kernels of a graph which rows this batch has and which step it
// is. Written by these one-thread kernels only (and the loss by loss.cu), in stream order.
#include "families.h"
#include "memory.h"

namespace mlora::cuda {
namespace {

MLORA_KERNEL set_state(mlora_cuda_state* state, uint32_t step, uint64_t seed, int32_t next, int32_t end) {
  if (thread_index() != 0) return;
  state->step = step;
  state->seed = seed;
  state->next = next;
  state->end = end;
}

MLORA_KERNEL seek(mlora_cuda_state* state, int32_t next, int32_t end) {
  if (thread_index() != 0) return;
  state->next = next;
  state->end = end;
}

MLORA_KERNEL take_loss(mlora_cuda_state* state) {
  if (thread_index() != 0) return;
  state->loss_sum = 0;
  state->loss_rows = 0;
}

MLORA_KERNEL advance(mlora_cuda_state* state, int32_t capacity, uint32_t steps) {
  if (thread_index() != 0) return;
  const int32_t left = state->end - state->next;
  const int32_t count = left < capacity ? left : capacity;
  state->step += steps;
  state->from = state->next;
  state->count = count;
  state->next += count;
}

void check_range(int32_t next, int32_t end) {
  require(next >= 0 && end >= next, "a range of the order begins at 0 or later and does not end before");
}

}  // namespace

void state_set(uint64_t state, int64_t step, int64_t seed, int32_t next, int32_t end, Stream stream) {
  require(step >= 0 && step < UINT32_MAX, "steps done are in [0, 2^32 - 1)");
  check_range(next, end);
  launch(set_state, 1, 32, 0, stream, pointer<mlora_cuda_state>(state), static_cast<uint32_t>(step),
         static_cast<uint64_t>(seed), next, end);
}

void state_seek(uint64_t state, int32_t next, int32_t end, Stream stream) {
  check_range(next, end);
  launch(seek, 1, 32, 0, stream, pointer<mlora_cuda_state>(state), next, end);
}

void state_take_loss(uint64_t state, Stream stream) {
  launch(take_loss, 1, 32, 0, stream, pointer<mlora_cuda_state>(state));
}

void state_advance(uint64_t state, int32_t capacity, bool of_training, Stream stream) {
  require(capacity >= 1, "a batch has room for at least one row");
  launch(advance, 1, 32, 0, stream, pointer<mlora_cuda_state>(state), capacity, of_training ? 1u : 0u);
}

}  // namespace mlora::cuda
