// Binary cross-entropy of logits and its gradient, and predictions.
//
// A thread takes a position. Losses are written down and summed by one block in a tree of fixed shape, so that the
// reported loss has the same bits in every run.
#include "cross_entropy.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kSumThreads = 1024;

MLORA_KERNEL losses_of_rows(Batch batch, const float* logits, const float* labels, const float* weights, float* g,
                            double* losses) {
  const int64_t p = thread_in_grid();
  if (p >= batch.capacity) return;
  if (batch.domain[p] == kRest) {
    g[p] = 0;
    losses[p] = 0;
    return;
  }
  const Loss loss = cross_entropy(LabelledRow(batch, batch.row[p], labels, weights), logits[p]);
  losses[p] = loss.value;
  g[p] = loss.slope;
}

MLORA_KERNEL MLORA_BOUNDS(kSumThreads, 1) add_losses(const double* losses, int n, mlora_cuda_state* state) {
  SharedMemory memory;
  const Shared<double> sums = memory.array<double>(32);
  double sum = 0;
  for (int i = thread_index(); i < n; i += kSumThreads) sum += losses[i];
  for (int mask = 16; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
  if (lane() == 0) sums[warp_in_block()] = sum;
  block_sync();
  if (thread_index() != 0) return;
  double total = 0;
  for (int w = 0; w < kSumThreads / 32; ++w) total += sums[w];
  state->loss_sum += total;
  state->loss_rows += state->count;
}

MLORA_KERNEL put_predictions(Batch batch, const float* logits, Predictions out) {
  const int64_t p = thread_in_grid();
  if (p < batch.capacity && batch.domain[p] != kRest) out.put(batch, p, logits[p]);
}

}  // namespace

void loss(const mlora_cuda_batch& source, uint64_t logits, uint64_t labels, uint64_t weights, uint64_t g,
          uint64_t losses, Stream stream) {
  const Batch batch = view(source);
  require(logits != 0 && labels != 0 && g != 0 && losses != 0, "a loss needs logits, labels, g and work space");
  launch(losses_of_rows, ceil_div(batch.capacity, kThreads), kThreads, 0, stream, batch, pointer<const float>(logits),
         pointer<const float>(labels), pointer<const float>(weights), pointer<float>(g), pointer<double>(losses));
}

void sum_losses(const mlora_cuda_batch& source, uint64_t losses, Stream stream) {
  const Batch batch = view(source);
  require(losses != 0, "losses lie somewhere");
  launch(add_losses, 1, kSumThreads, shared_size<double>(32), stream, pointer<const double>(losses), batch.capacity,
         pointer<mlora_cuda_state>(source.state));
}

void predict(const mlora_cuda_batch& source, uint64_t logits, uint64_t out_logits, uint64_t out_probabilities,
             Stream stream) {
  const Batch batch = view(source);
  require(logits != 0, "predictions need logits");
  launch(put_predictions, ceil_div(batch.capacity, kThreads), kThreads, 0, stream, batch,
         pointer<const float>(logits), Predictions{pointer<float>(out_logits), pointer<float>(out_probabilities)});
}

}  // namespace mlora::cuda
