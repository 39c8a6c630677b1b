// Matrices from float to bf16 and back, rounded to the nearest: the first copies of weights (later ones the
// optimizer writes), and tests. A thread takes an element.
#include "families.h"
#include "memory.h"

namespace mlora::cuda {
namespace {

template <typename From, typename To>
MLORA_KERNEL convert_elements(const From* from, int from_ld, To* to, int to_ld, int rows, int width) {
  const int64_t i = thread_in_grid();
  if (i >= static_cast<int64_t>(rows) * width) return;
  store(to + i / width * to_ld + i % width, load(from + i / width * from_ld + i % width));
}

}  // namespace

void convert(bool to_bf16, uint64_t from, int from_ld, uint64_t to, int to_ld, int rows, int width, Stream stream) {
  require(rows >= 0 && width >= 0 && from_ld >= width && to_ld >= width, "rows are as long as their columns");
  const int64_t blocks = ceil_div(static_cast<int64_t>(rows) * width, 256);
  if (to_bf16) {
    launch(convert_elements<float, Bf16>, blocks, 256, 0, stream, pointer<const float>(from), from_ld,
           pointer<Bf16>(to), to_ld, rows, width);
  } else {
    launch(convert_elements<Bf16, float>, blocks, 256, 0, stream, pointer<const Bf16>(from), from_ld,
           pointer<float>(to), to_ld, rows, width);
  }
}

}  // namespace mlora::cuda
