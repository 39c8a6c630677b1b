// Sums over the rows of a matrix, each row weighted or not: gradients of biases (of g_shared), of narrow
// layers (x weighted by g) and of number vectors (gradients weighted by numbers).
//
// Rows go in column_parts parts of 64 rows or more (512 for B = 65536), so that sums have a fixed order
// and up to 128 parts x (width / 64) blocks. A block takes 64 columns of a part: warp w rows w, w + 8, ...,
// each lane two neighbouring columns; the 8 warps' sums meet in shared memory, in order. update_whole adds
// the parts. Several matrices in one launch.
#include <algorithm>

#include "batch.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;
constexpr int kColumns = 64;

struct Sums {
  mlora_cuda_columns columns[MLORA_CUDA_MOST];
  int first_slice[MLORA_CUDA_MOST + 1];  // in slices of 64 columns
  int count, part_rows;
};

MLORA_DEVICE float weight_of(const Batch& batch, const mlora_cuda_columns& columns, int64_t p) {
  if (columns.weights == 0) return 1;
  const float* const weights = pointer<const float>(columns.weights);
  return columns.numbers != 0 ? weights[batch.row[p]] : weights[p * columns.weight_stride];
}

template <typename E>
MLORA_DEVICE void add_rows(const Batch& batch, const mlora_cuda_columns& columns, int64_t begin, int64_t end,
                           int column, float (&sum)[2]) {
  const E* const matrix = pointer<const E>(columns.matrix);
  for (int64_t p = begin + warp_in_block(); p < end; p += kWarps) {
    const float weight = weight_of(batch, columns, p);
    for (int i = 0; i < 2; ++i) {
      if (column + i < columns.width) sum[i] = fma(weight, load(matrix + p * columns.ld + column + i), sum[i]);
    }
  }
}

// Grid: slices of all matrices, for each part.
template <typename E>
MLORA_KERNEL sum_columns(Batch batch, Sums sums) {
  SharedMemory memory;
  const Shared<float> shared = memory.array<float>(kWarps * kColumns);
  const int slices = sums.first_slice[sums.count];
  const int slice = static_cast<int>(block_index() % slices);
  const int64_t part = block_index() / slices;
  int c = 0;
  while (slice >= sums.first_slice[c + 1]) ++c;
  const mlora_cuda_columns& columns = sums.columns[c];
  const int first = (slice - sums.first_slice[c]) * kColumns;
  // Rows beyond the batch are zeros in matrices, and have no numbers.
  const int64_t begin = part * sums.part_rows, stop = begin + sums.part_rows, count = batch.state->count;
  const int64_t end = stop < count ? stop : count;
  float sum[2] = {};
  if (columns.is_float != 0) {
    add_rows<float>(batch, columns, begin, end, first + 2 * lane(), sum);
  } else {
    add_rows<E>(batch, columns, begin, end, first + 2 * lane(), sum);
  }
  for (int i = 0; i < 2; ++i) shared[warp_in_block() * kColumns + 2 * lane() + i] = sum[i];
  block_sync();
  const int own = thread_index();
  if (own < kColumns && first + own < columns.width) {
    float total = 0;
    for (int w = 0; w < kWarps; ++w) total += shared[w * kColumns + own];
    pointer<float>(columns.parts)[part * columns.part_ld + static_cast<int64_t>(first + own) * columns.part_stride] = total;
  }
}

}  // namespace

void column_sums(const mlora_cuda_batch& source, int precision, const mlora_cuda_columns* columns, int count,
                 Stream stream) {
  require(count >= 1 && count <= MLORA_CUDA_MOST, "sums of 1 to 32 matrices go in a launch");
  const Batch batch = view(source);
  Sums sums = {};
  sums.count = count;
  for (int c = 0; c < count; ++c) {
    require(columns[c].width >= 1 && columns[c].ld >= columns[c].width && columns[c].matrix != 0 && columns[c].parts != 0,
            "a matrix has columns, and its sums a place");
    require(columns[c].part_stride >= 1, "sums lie at least one apart");
    sums.columns[c] = columns[c];
    sums.first_slice[c + 1] = sums.first_slice[c] + static_cast<int>(ceil_div(columns[c].width, kColumns));
  }
  const int64_t parts = lay_out(source.capacity, source.domain_count).column_parts;
  sums.part_rows = std::max(64, round_up(source.capacity / 128, 64));
  const int64_t blocks = parts * sums.first_slice[count];
  const size_t shared = shared_size<float>(kWarps * kColumns);
  if (precision == MLORA_CUDA_BF16) {
    launch(sum_columns<Bf16>, blocks, kThreads, shared, stream, batch, sums);
  } else {
    launch(sum_columns<float>, blocks, kThreads, shared, stream, batch, sums);
  }
}

}  // namespace mlora::cuda
