// Self-attention among the fields of a row, around the projections, which are products: forward what comes
// after them, backward the gradients of queries, keys, values and residuals.
//
// Fields are few (F) and heads narrow (w), so a warp takes one head of one row and keeps its queries, keys and
// values in shared memory, rows an odd number of floats apart, so that lanes that take fields each meet no bank
// conflicts. For one query after the other, lanes take keys: scores, softmax over the warp, and then columns of the
// result. Backward the probabilities are made again; dk and dv are summed in shared memory by the lane that owns a
// place. Sums in float, in a fixed order.
//
// Bytes: projections once, out once; backward projections, out, g and slopes once. Operations: about 4 F^2 w a
// head forward, 12 F^2 w backward.
#include <algorithm>

#include "interactions.h"
#include "matrix.h"

namespace mlora::cuda {
namespace {

constexpr int kMostWarps = 8;

// Rows of fields of a head in shared memory.
MLORA_BOTH constexpr int row_floats(int width) { return width % 2 == 0 ? width + 1 : width; }

// A head of a row: which warp has it, and where its share of shared memory is.
struct Head {
  int64_t p;
  int head;
};

MLORA_DEVICE Head head_of(const mlora_cuda_attention& a) {
  return {warp_in_grid() / a.heads, static_cast<int>(warp_in_grid() % a.heads)};
}

// Projection number which (0 to 3: q, k, v, r) of a field, at the head's first column.
template <typename E>
MLORA_DEVICE E* projection(uint64_t projections, const mlora_cuda_attention& a, const Head& at, int field, int which) {
  return pointer<E>(projections) + (at.p * a.fields + field) * a.ld + which * a.heads * a.width + at.head * a.width;
}

// A (fields, width) matrix in shared memory, of the warp's own.
struct Fields {
  Shared<float> memory;
  int first, row;

  MLORA_DEVICE int at(int field, int column) const { return first + field * row + column; }
};

template <typename E>
MLORA_DEVICE void stage(const mlora_cuda_attention& a, const Head& at, int which, const Fields& to) {
  for (int i = lane(); i < a.fields * a.width; i += 32) {
    const int field = i / a.width, j = i % a.width;
    to.memory[to.at(field, j)] = load(projection<const E>(a.projections, a, at, field, which) + j);
  }
}

// Shares of the keys for a query, into shared memory from first on; all lanes have written when it returns.
MLORA_DEVICE void attend(const mlora_cuda_attention& a, const Fields& q, const Fields& k, int query, int first) {
  const Shared<float>& memory = q.memory;
  const float scale = static_cast<float>(a.scale);
  float largest = -1;
  bool any = false;
  for (int h = lane(); h < a.fields; h += 32) {
    float score = 0;
    for (int j = 0; j < a.width; ++j) score = fma(memory[q.at(query, j)], memory[k.at(h, j)], score);
    score *= scale;
    memory[first + h] = score;
    largest = any && largest > score ? largest : score;
    any = true;
  }
  for (int mask = 16; mask > 0; mask /= 2) {
    const float other = shuffle_xor(largest, mask);
    const int other_any = shuffle_xor(any ? 1 : 0, mask);
    if (other_any != 0 && (!any || !(largest > other))) largest = other;
    any = any || other_any != 0;
  }
  float sum = 0;
  for (int h = lane(); h < a.fields; h += 32) {
    const float e = exponential(memory[first + h] - largest);
    memory[first + h] = e;
    sum += e;
  }
  sum = sum_of_team(sum, 32);
  for (int h = lane(); h < a.fields; h += 32) memory[first + h] = divide(memory[first + h], sum);
  warp_sync();
}

// Floats of shared memory of a warp: so many matrices of fields, and rows of one number a field.
MLORA_BOTH constexpr int head_floats(int fields, int width, int matrices, int rows) {
  return fields * row_floats(width) * matrices + fields * rows;
}

template <typename E>
MLORA_KERNEL forward(int capacity, mlora_cuda_attention a) {
  SharedMemory all;
  const int row = row_floats(a.width), size = a.fields * row, own = head_floats(a.fields, a.width, 3, 1);
  const Shared<float> memory = all.array<float>(thread_count() / 32 * own);
  const int first = warp_in_block() * own;
  const Fields q = {memory, first, row}, k = {memory, first + size, row}, v = {memory, first + 2 * size, row};
  const int shares = first + 3 * size;
  const Head at = head_of(a);
  if (at.p >= capacity) return;
  stage<E>(a, at, 0, q);
  stage<E>(a, at, 1, k);
  stage<E>(a, at, 2, v);
  warp_sync();
  for (int f = 0; f < a.fields; ++f) {
    attend(a, q, k, f, shares);
    for (int j = lane(); j < a.width; j += 32) {
      float sum = load(projection<const E>(a.projections, a, at, f, 3) + j);
      for (int h = 0; h < a.fields; ++h) sum = fma(memory[shares + h], memory[v.at(h, j)], sum);
      store(row_of<E>(a.out, at.p) + (f * a.heads + at.head) * a.width + j, sum < 0 ? 0.0f : sum);
    }
    warp_sync();
  }
}

template <typename E>
MLORA_KERNEL backward(int capacity, mlora_cuda_attention a, Matrix g) {
  SharedMemory all;
  const int row = row_floats(a.width), size = a.fields * row, own = head_floats(a.fields, a.width, 6, 2);
  const Shared<float> memory = all.array<float>(thread_count() / 32 * own);
  const int first = warp_in_block() * own;
  const Fields q = {memory, first, row}, k = {memory, first + size, row}, v = {memory, first + 2 * size, row};
  const Fields open = {memory, first + 3 * size, row}, dk = {memory, first + 4 * size, row},
               dv = {memory, first + 5 * size, row};
  const int shares = first + 6 * size, slopes = shares + a.fields;
  const float scale = static_cast<float>(a.scale);
  const Head at = head_of(a);
  if (at.p >= capacity) return;
  stage<E>(a, at, 0, q);
  stage<E>(a, at, 1, k);
  stage<E>(a, at, 2, v);
  for (int i = lane(); i < a.fields * a.width; i += 32) {
    const int f = i / a.width, j = i % a.width, column = (f * a.heads + at.head) * a.width + j;
    const bool through = load(row_of<const E>(a.out, at.p) + column) > 0;
    const float slope = through ? load(row_of<const E>(g, at.p) + column) : 0.0f;
    memory[open.at(f, j)] = slope;
    memory[dk.at(f, j)] = 0;
    memory[dv.at(f, j)] = 0;
    store(projection<E>(a.slopes, a, at, f, 3) + j, slope);
  }
  warp_sync();
  for (int f = 0; f < a.fields; ++f) {
    attend(a, q, k, f, shares);
    float mean = 0;
    for (int h = lane(); h < a.fields; h += 32) {
      float slope = 0;
      for (int j = 0; j < a.width; ++j) slope = fma(memory[open.at(f, j)], memory[v.at(h, j)], slope);
      memory[slopes + h] = slope;
      mean = fma(memory[shares + h], slope, mean);
    }
    mean = sum_of_team(mean, 32);
    for (int h = lane(); h < a.fields; h += 32) {
      memory[slopes + h] = scale * memory[shares + h] * (memory[slopes + h] - mean);
    }
    warp_sync();
    for (int i = lane(); i < a.fields * a.width; i += 32) {
      const int h = i / a.width, j = i % a.width;
      memory[dk.at(h, j)] = fma(memory[slopes + h], memory[q.at(f, j)], memory[dk.at(h, j)]);
      memory[dv.at(h, j)] = fma(memory[shares + h], memory[open.at(f, j)], memory[dv.at(h, j)]);
    }
    for (int j = lane(); j < a.width; j += 32) {
      float sum = 0;
      for (int h = 0; h < a.fields; ++h) sum = fma(memory[slopes + h], memory[k.at(h, j)], sum);
      store(projection<E>(a.slopes, a, at, f, 0) + j, sum);
    }
    warp_sync();
  }
  for (int i = lane(); i < a.fields * a.width; i += 32) {
    const int h = i / a.width, j = i % a.width;
    store(projection<E>(a.slopes, a, at, h, 1) + j, memory[dk.at(h, j)]);
    store(projection<E>(a.slopes, a, at, h, 2) + j, memory[dv.at(h, j)]);
  }
}

void check(const mlora_cuda_attention& a) {
  require(a.fields >= 1 && a.heads >= 1 && a.width >= 1, "attention has fields, and heads of a width");
  check_matrix(a.out, a.fields * a.heads * a.width, false);
  require(a.projections != 0 && a.projections % 16 == 0 && a.ld >= 4 * a.heads * a.width && a.ld % 8 == 0,
          "a row of projections has queries, keys, values and residuals of a field");
  require(static_cast<int64_t>(a.fields) * (6 * (a.width + 1) + 2) <= MLORA_CUDA_ATTENTION_FLOATS,
          "attention over these fields and heads does not fit in shared memory");
}

// Warps of a block for so many floats each, within 48 KB where one fits.
int warps_for(int floats) { return std::clamp(48 * 1024 / (4 * floats), 1, kMostWarps); }

}  // namespace

void attention_forward(const mlora_cuda_batch& source, int precision, const mlora_cuda_attention& a, Stream stream) {
  const Batch batch = view(source);
  check(a);
  const int floats = head_floats(a.fields, a.width, 3, 1), warps = warps_for(floats);
  const int64_t blocks = ceil_div(static_cast<int64_t>(batch.capacity) * a.heads, warps);
  with_element(precision, [&](auto element) {
    launch(forward<decltype(element)>, blocks, 32 * warps, shared_size<float>(warps * floats), stream, batch.capacity,
           a);
  });
}

void attention_backward(const mlora_cuda_batch& source, int precision, const mlora_cuda_attention& a, const Matrix& g,
                        Stream stream) {
  const Batch batch = view(source);
  check(a);
  check_matrix(g, a.out.width, false);
  require(a.slopes != 0 && a.slopes % 16 == 0, "slopes have a place");
  const int floats = head_floats(a.fields, a.width, 6, 2), warps = warps_for(floats);
  const int64_t blocks = ceil_div(static_cast<int64_t>(batch.capacity) * a.heads, warps);
  with_element(precision, [&](auto element) {
    launch(backward<decltype(element)>, blocks, 32 * warps, shared_size<float>(warps * floats), stream,
           batch.capacity, a, g);
  });
}

}  // namespace mlora::cuda
