// Addresses of the C API as pointers, and elements: float, or bf16, loaded and stored as floats.
#ifndef MLORA_KERNELS_MEMORY_H
#define MLORA_KERNELS_MEMORY_H

#include "hardware.h"
#include "mlora_cuda.h"

namespace mlora::cuda {

template <typename T>
MLORA_BOTH T* pointer(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

struct Bf16 {
  uint16_t bits;
};

template <int Precision>
struct ElementOf {
  using Type = float;
};
template <>
struct ElementOf<MLORA_CUDA_BF16> {
  using Type = Bf16;
};
template <int Precision>
using Element = typename ElementOf<Precision>::Type;

// 16 bytes that move at once.
struct alignas(16) Quad {
  uint32_t words[4];
};
struct alignas(8) Pair {
  uint32_t words[2];
};

MLORA_DEVICE float load(const float* from) { return *from; }
MLORA_DEVICE float load(const Bf16* from) { return float_of(static_cast<uint32_t>(from->bits) << 16); }
MLORA_DEVICE void store(float* to, float value) { *to = value; }
MLORA_DEVICE void store(Bf16* to, float value) { to->bits = static_cast<uint16_t>(to_bf16(value)); }

// Four elements at a multiple of four elements.
MLORA_DEVICE void load4(const float* from, float* values) {
  const Quad quad = *reinterpret_cast<const Quad*>(from);
  for (int i = 0; i < 4; ++i) values[i] = float_of(quad.words[i]);
}
MLORA_DEVICE void load4(const Bf16* from, float* values) {
  const Pair pair = *reinterpret_cast<const Pair*>(from);
  for (int i = 0; i < 2; ++i) {
    values[2 * i] = float_of(pair.words[i] << 16);
    values[2 * i + 1] = float_of(pair.words[i] & 0xFFFF0000u);
  }
}
MLORA_DEVICE void store4(float* to, const float* values) {
  Quad quad;
  for (int i = 0; i < 4; ++i) quad.words[i] = bits_of(values[i]);
  *reinterpret_cast<Quad*>(to) = quad;
}
MLORA_DEVICE void store4(Bf16* to, const float* values) {
  Pair pair;
  for (int i = 0; i < 2; ++i) pair.words[i] = pack_bf16(values[2 * i], values[2 * i + 1]);
  *reinterpret_cast<Pair*>(to) = pair;
}

// Eight bf16, two in a word.
MLORA_DEVICE void unpack8(const Quad& quad, float (&values)[8]) {
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) {
    values[2 * i] = float_of(quad.words[i] << 16);
    values[2 * i + 1] = float_of(quad.words[i] & 0xFFFF0000u);
  }
}
MLORA_DEVICE Quad pack8(const float (&values)[8]) {
  Quad quad;
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) quad.words[i] = pack_bf16(values[2 * i], values[2 * i + 1]);
  return quad;
}
// The low or the high halves of two words.
MLORA_DEVICE uint32_t halves(uint32_t first, uint32_t second, int high) {
  return permute_bytes(first, second, high != 0 ? 0x7632 : 0x5410);
}
// Zeros in place of all but the first elements, of which a word has so many, as rows may hold anything beyond their
// width.
template <int Per, int Words>
MLORA_DEVICE void keep_first(uint32_t (&words)[Words], int elements) {
  MLORA_UNROLL
  for (int i = 0; i < Words; ++i) {
    const int left = elements - Per * i;
    if (left < Per) words[i] = left <= 0 ? 0 : words[i] & 0xFFFFu;
  }
}

// Eight elements at a multiple of eight elements.
MLORA_DEVICE void load8(const float* from, float (&values)[8]) {
  load4(from, values);
  load4(from + 4, values + 4);
}
MLORA_DEVICE void load8(const Bf16* from, float (&values)[8]) {
  unpack8(*reinterpret_cast<const Quad*>(from), values);
}
// The same, or zeros; without a branch, so that several are on their way at once.
template <typename E>
MLORA_DEVICE void load8_where(bool there, const E* from, float (&values)[8]) {
  constexpr int kQuads = sizeof(E) / 2;
  Quad quads[kQuads];
  MLORA_UNROLL
  for (int i = 0; i < kQuads; ++i) quads[i] = there ? reinterpret_cast<const Quad*>(from)[i] : Quad();
  load8(reinterpret_cast<const E*>(quads), values);
}
MLORA_DEVICE void store8(float* to, const float (&values)[8]) {
  store4(to, values);
  store4(to + 4, values + 4);
}
MLORA_DEVICE void store8(Bf16* to, const float (&values)[8]) { *reinterpret_cast<Quad*>(to) = pack8(values); }

// Columns [column, column + 8) of a row of a matrix of that width; zeros beyond it.
template <typename E>
MLORA_DEVICE void load_columns(const E* row, int column, int width, float (&values)[8]) {
  if (column < width) {
    load8(row + column, values);
    if (column + 8 > width) {
      for (int j = 0; j < 8; ++j) values[j] = column + j < width ? values[j] : 0.0f;
    }
  } else {
    for (int j = 0; j < 8; ++j) values[j] = 0.0f;
  }
}

MLORA_BOTH constexpr int round_up(int n, int to) { return (n + to - 1) / to * to; }

}  // namespace mlora::cuda
#endif
