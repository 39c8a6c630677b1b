// Sums over the rows of a matrix, each row weighted or not: gradients of biases (of g_shared), of narrow
// layers (x weighted by g) and of number vectors (gradients weighted by numbers).
//
// Rows go in column_parts parts of 64 rows or more (512 for B = 65536), so that sums have a fixed order
// and up to 128 parts x (width / 64) blocks. A block takes 64 columns of a part: a lane 8 of them, as one vector, a
// warp 4 rows at a time, the 8 warps 32, and a thread reads 4 such rows before it adds the first. The sums of a
// warp's lanes meet by shuffles, those of the warps in shared memory, in order. update_whole adds the parts. Several
// matrices in one launch.
//
// Bytes: the matrix once, in 2 to 4 waits for memory for 512 rows.
#include <algorithm>

#include "batch.h"
#include "families.h"

namespace mlora::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kThreads = 32 * kWarps;
constexpr int kColumns = 64;
constexpr int kLanes = kColumns / 8;           // for a row
constexpr int kRows = kWarps * (32 / kLanes);  // of a block at a time

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

// Eight columns from one on, of which left are there; as one vector, which may have more than are there, or one by
// one where rows do not lie so.
template <bool Vectors, typename E>
MLORA_DEVICE void read8(const E* at, int left, float (&values)[8]) {
  if constexpr (Vectors) {
    load8_where(left > 0, at, values);
  } else {
    MLORA_UNROLL
    for (int j = 0; j < 8; ++j) values[j] = j < left ? load(at + j) : 0.0f;
  }
}

// Adds rows [begin, end) of columns [column, column + 8), those that are the lane's.
template <bool Vectors, typename E>
MLORA_DEVICE void add_rows(const Batch& batch, const mlora_cuda_columns& columns, int64_t begin, int64_t end,
                           int column, float (&sum)[8]) {
  constexpr int kAtOnce = 4;
  const E* const matrix = pointer<const E>(columns.matrix) + column;
  const int left = columns.width - column;
  for (int64_t p0 = begin; p0 < end; p0 += kAtOnce * kRows) {
    float values[kAtOnce][8], weights[kAtOnce];
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      const int64_t p = p0 + k * kRows;
      read8<Vectors>(matrix + p * columns.ld, p < end ? left : 0, values[k]);
    }
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) weights[k] = p0 + k * kRows < end ? weight_of(batch, columns, p0 + k * kRows) : 0.0f;
    MLORA_UNROLL
    for (int k = 0; k < kAtOnce; ++k) {
      MLORA_UNROLL
      for (int j = 0; j < 8; ++j) sum[j] = fma(weights[k], values[k][j], sum[j]);
    }
  }
}

// Grid: slices of all matrices, for each part.
template <typename E>
MLORA_KERNEL MLORA_BOUNDS(kThreads, 3) sum_columns(Batch batch, Sums sums) {
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
  const int64_t own = begin + warp_in_block() * (32 / kLanes) + lane() / kLanes;
  const int column = lane() % kLanes * 8;
  const bool vectors = columns.ld % 8 == 0 && columns.matrix % 16 == 0;
  float sum[8] = {};
  if (columns.is_float != 0) {
    vectors ? add_rows<true, float>(batch, columns, own, end, first + column, sum)
            : add_rows<false, float>(batch, columns, own, end, first + column, sum);
  } else {
    vectors ? add_rows<true, E>(batch, columns, own, end, first + column, sum)
            : add_rows<false, E>(batch, columns, own, end, first + column, sum);
  }
  MLORA_UNROLL
  for (int j = 0; j < 8; ++j) {
    for (int mask = kLanes; mask < 32; mask *= 2) sum[j] += shuffle_xor(sum[j], mask);
    if (lane() < kLanes) shared[warp_in_block() * kColumns + column + j] = sum[j];
  }
  block_sync();
  const int to = thread_index();
  if (to < kColumns && first + to < columns.width) {
    float total = 0;
    for (int w = 0; w < kWarps; ++w) total += shared[w * kColumns + to];
    pointer<float>(columns.parts)[part * columns.part_ld + static_cast<int64_t>(first + to) * columns.part_stride] = total;
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
