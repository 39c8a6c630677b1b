// A parameter in memory: values, optimizer state and gradient in the layout its op wants, and when each
// of its rows was last updated.
//
// Layouts of a row that is a matrix (height, width):
//   PLAIN       as it is (rows of embedding tables)
//   PADDED      (height, width rounded up to 16): biases, B, c
//   TRANSPOSED  (width, height rounded up to 16): A, and W of layers too narrow for panels
//   PANELS      (width / panel, height, panel): W as multiply reads it
// What pads stays zero.
#ifndef MLORA_CPU_PARAMETER_H
#define MLORA_CPU_PARAMETER_H

#include <cstdint>

#include "memory.h"
#include "network.h"

namespace mlora {

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

struct Layout {
  enum Kind { PLAIN, PADDED, TRANSPOSED, PANELS };
  Kind kind = PLAIN;
  int64_t height = 1, width = 1;
  int64_t panel = 1;

  // Values in a row, with padding.
  int64_t stride() const;
  // Calls body(physical, logical, length, distance) for runs of logical values [logical, logical +
  // length) that lie distance apart from physical on, covering logical values [begin, end) of a row.
  template <typename Body>
  void runs(int64_t begin, int64_t end, const Body& body) const {
    if (kind == PLAIN) {
      body(begin, begin, end - begin, 1);
      return;
    }
    int64_t i = begin / width, j = begin % width;
    for (int64_t at = begin; at < end;) {
      int64_t length = end - at < width - j ? end - at : width - j;
      if (kind == PADDED) {
        body(i * round_up(width, 16) + j, at, length, 1);
      } else if (kind == TRANSPOSED) {
        body(j * round_up(height, 16) + i, at, length, round_up(height, 16));
      } else {
        if (length > panel - j % panel) length = panel - j % panel;
        body((j / panel * height + i) * panel + j % panel, at, length, 1);
      }
      at += length;
      j += length;
      if (j == width) {
        j = 0;
        ++i;
      }
    }
  }
  // Zeroes what pads a row.
  void clear_padding(float* row) const;
};

struct Parameter {
  int row_kind = MLORA_ROWS_WHOLE;
  int64_t rows = 1;
  int64_t row_size = 1;  // logical values in a row
  Layout layout;
  int64_t stride = 1;

  Array<float> value, first, second, gradient;
  // Step up to which a row's updates are done, where its rule trains it; empty for WHOLE parameters and until trained.
  Array<uint32_t> stamp;

  // Moving statistics: a step moves them without a gradient.
  bool statistics = false;
  // How it is trained, or which rows move.
  int64_t rule_first = 0, rule_count = 0;
  double rate_scale = 1, l2 = 0;

  int64_t size() const { return rows * row_size; }
  bool trains() const { return rule_count > 0 && !statistics; }
  bool trains(int64_t row) const { return trains() && row >= rule_first && row - rule_first < rule_count; }
  bool moves(int64_t row) const { return statistics && row >= rule_first && row - rule_first < rule_count; }
  float* row(int64_t i) const { return value.data() + i * stride; }

  // Copies logical values [offset, offset + count); a null array reads as zeros. Row-wise state has
  // one value a row, repeated on reading; on writing the first value of a row counts.
  void read(const Array<float>& from, int64_t offset, float* target, int64_t count, bool row_wise) const;
  void write(const Array<float>& to, int64_t offset, const float* source, int64_t count, bool row_wise) const;
};

}  // namespace mlora
#endif
