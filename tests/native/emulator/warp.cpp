// Collectives of a warp: each lane leaves its operands in a slot, the last one computes for all.
#include <bit>
#include <cmath>
#include <cstring>

#include "emulator.h"
#include "state.h"

namespace mlora::emulator {
namespace {

int lane() { return state.running % 32; }

Warp& warp() { return state.warps[state.running / 32]; }

float number(uint32_t bits) { return std::bit_cast<float>(bits); }
// The tensor core reads the upper 19 bits of a tf32 operand.
float tf32(uint32_t bits) { return number(bits & ~0x1FFFu); }
float bf16(uint32_t pair, int half) { return number(half == 0 ? pair << 16 : pair & 0xFFFF0000u); }

// The tensor core adds exactly and cuts off what does not fit a float, at least that: where many sums follow each
// other, that shows.
float cut_off(double sum) {
  const auto nearest = static_cast<float>(sum);
  return std::fabs(nearest) > std::fabs(sum) ? std::nextafter(nearest, 0.0f) : nearest;
}

// d[g + 8 h][2 q + c] of lane 4 g + q is out[2 h + c] in every shape used here.
template <int K, typename A, typename B>
void multiply(Slot* slots, A a, B b) {
  float left[16][K], right[K][8];
  for (int l = 0; l < 32; ++l) {
    for (int i = 0; i < K / 2; ++i) a(slots[l], l / 4, l % 4, i, left);
    for (int i = 0; i < K / 4; ++i) b(slots[l], l / 4, l % 4, i, right);
  }
  for (int l = 0; l < 32; ++l) {
    for (int i = 0; i < 4; ++i) {
      const int row = l / 4 + i / 2 * 8, column = l % 4 * 2 + i % 2;
      double sum = slots[l].out[i];
      for (int k = 0; k < K; ++k) sum += double{left[row][k]} * right[k][column];
      slots[l].out[i] = cut_off(sum);
    }
  }
}

void multiply_tf32(Slot* slots) {
  multiply<8>(
      slots,
      [](const Slot& s, int g, int q, int i, float(*left)[8]) { left[g + i % 2 * 8][q + i / 2 * 4] = tf32(s.in[i]); },
      [](const Slot& s, int g, int q, int i, float(*right)[8]) { right[q + i * 4][g] = tf32(s.in[4 + i]); });
}

void multiply_bf16(Slot* slots) {
  multiply<16>(
      slots,
      [](const Slot& s, int g, int q, int i, float(*left)[16]) {
        const int word = i / 2, half = i % 2;
        left[g + word % 2 * 8][q * 2 + half + word / 2 * 8] = bf16(s.in[word], half);
      },
      [](const Slot& s, int g, int q, int i, float(*right)[8]) {
        const int word = i / 2, half = i % 2;
        right[q * 2 + half + word * 8][g] = bf16(s.in[4 + word], half);
      });
}

void mma(float d[4], const uint32_t a[4], const uint32_t b[2], const char* what, const char* file, int line,
         void (*complete)(Slot*)) {
  Slot& mine = warp().slots[warp().side][lane()];
  std::memcpy(mine.in, a, 16);
  std::memcpy(mine.in + 4, b, 8);
  std::memcpy(mine.out, d, 16);
  meet(warp(), what, file, line, complete);
  std::memcpy(d, mine.out, 16);
}

}  // namespace

void shuffle(const void* value, void* out, size_t bytes, int source, const char* file, int line) {
  // Copied by hand: ThreadSanitizer would see the slots through memcpy, and lanes do not race in them.
  Slot* slots = warp().slots[warp().side];
  for (size_t i = 0; i < bytes / 4; ++i) slots[lane()].in[i] = static_cast<const uint32_t*>(value)[i];
  meet(warp(), "shuffle", file, line, nullptr);
  for (size_t i = 0; i < bytes / 4; ++i) static_cast<uint32_t*>(out)[i] = slots[source & 31].in[i];
}

uint32_t ballot(bool predicate, const char* file, int line) {
  Slot* slots = warp().slots[warp().side];
  slots[lane()].in[0] = predicate;
  meet(warp(), "ballot", file, line, nullptr);
  uint32_t bits = 0;
  for (int l = 0; l < 32; ++l) bits |= slots[l].in[0] << l;
  return bits;
}

uint32_t match(uint32_t value, const char* file, int line) {
  Slot* slots = warp().slots[warp().side];
  slots[lane()].in[0] = value;
  meet(warp(), "match", file, line, nullptr);
  uint32_t bits = 0;
  for (int l = 0; l < 32; ++l) bits |= static_cast<uint32_t>(slots[l].in[0] == value) << l;
  return bits;
}

void mma_tf32(float d[4], const uint32_t a[4], const uint32_t b[2], const char* file, int line) {
  mma(d, a, b, "mma_tf32", file, line, multiply_tf32);
}

void mma_bf16(float d[4], const uint32_t a[4], const uint32_t b[2], const char* file, int line) {
  mma(d, a, b, "mma_bf16", file, line, multiply_bf16);
}

}  // namespace mlora::emulator
