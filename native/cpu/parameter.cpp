#include "parameter.h"

#include <algorithm>
#include <cstring>

namespace mlora {

int64_t Layout::stride() const {
  switch (kind) {
    case PADDED:
      return height * round_up(width, 16);
    case TRANSPOSED:
      return width * round_up(height, 16);
    case PANELS:
      return round_up(width, panel) * height;
    default:
      return height * width;
  }
}

void Layout::clear_padding(float* row) const {
  if (kind == PLAIN) return;
  // Lines of some values and what pads them; of panels only the last has such lines.
  int64_t lines = height, used = width, length = round_up(width, 16);
  if (kind == TRANSPOSED) {
    lines = width;
    used = height;
    length = round_up(height, 16);
  } else if (kind == PANELS) {
    row += width / panel * panel * height;
    used = width % panel;
    length = used == 0 ? 0 : panel;
  }
  for (int64_t i = 0; i < lines; ++i) std::fill(row + i * length + used, row + (i + 1) * length, 0.0f);
}

void Parameter::read(const Array<float>& from, int64_t offset, float* target, int64_t count, bool row_wise) const {
  if (from.empty()) {
    std::fill(target, target + count, 0.0f);
    return;
  }
  while (count > 0) {
    const int64_t i = offset / row_size, begin = offset % row_size;
    const int64_t n = std::min(count, row_size - begin);
    if (row_wise) {
      std::fill(target, target + n, from[i]);
    } else {
      const float* source = from.data() + i * stride;
      layout.runs(begin, begin + n, [&](int64_t physical, int64_t logical, int64_t length, int64_t distance) {
        float* to = target + (logical - begin);
        if (distance == 1) {
          std::memcpy(to, source + physical, length * sizeof(float));
        } else {
          for (int64_t k = 0; k < length; ++k) to[k] = source[physical + k * distance];
        }
      });
    }
    target += n;
    offset += n;
    count -= n;
  }
}

void Parameter::write(const Array<float>& to, int64_t offset, const float* source, int64_t count,
                      bool row_wise) const {
  while (count > 0) {
    const int64_t i = offset / row_size, begin = offset % row_size;
    const int64_t n = std::min(count, row_size - begin);
    if (row_wise) {
      if (begin == 0) to[i] = source[0];
    } else {
      float* target = to.data() + i * stride;
      // A diverged run leaves NaN in the padding; whoever writes values wants it gone.
      layout.clear_padding(target);
      layout.runs(begin, begin + n, [&](int64_t physical, int64_t logical, int64_t length, int64_t distance) {
        const float* from = source + (logical - begin);
        if (distance == 1) {
          std::memcpy(target + physical, from, length * sizeof(float));
        } else {
          for (int64_t k = 0; k < length; ++k) target[physical + k * distance] = from[k];
        }
      });
    }
    source += n;
    offset += n;
    count -= n;
  }
}

}  // namespace mlora
