// The inner loops, compiled once per instruction set and chosen at run time: a table of functions.
//
// Rows of activations and gradients start at multiples of 64 bytes and are padded with zeros to
// multiples of 16 floats; "columns" below is such a padded width, "ld" the distance of two rows.
// Every output element is one chain of additions in a fixed order, whatever the number of rows, so
// that a row gets the same bits in any batch.
#ifndef MLORA_CPU_SIMD_KERNELS_H
#define MLORA_CPU_SIMD_KERNELS_H

#include <cstdint>

#include "interactions.h"

namespace mlora {

// Columns of a bit mask word: bit i of word j is column 16 j + i.
using MaskWord = uint16_t;

// What closes a dense layer over rows of one domain: out = act(keep * scale * (z + bias) + s B + c).
struct Closing {
  const float* bias;     // (columns)
  const MaskWord* keep;  // (rows, mask_ld); null without dropout
  int64_t mask_ld;
  float scale;
  const float* s;  // (rows, rank); null without adapter
  int64_t s_ld;
  int rank;
  const float* b;  // (rank, columns)
  const float* c;  // (columns)
  bool relu;
};

// One step of an optimizer, with the numbers of step t.
struct Step {
  int kind;           // MLORA_SGD, MLORA_ADAGRAD, MLORA_ADAM
  float rate;         // includes TF1's bias correction
  float b1, b1_rest;  // beta1, 1 - beta1
  float b2, b2_rest;
  float b2_root;
  float epsilon;
  float correction;  // PyTorch form: 1 / sqrt(1 - beta2^t); TF1 form: 1
  float l2;          // 2 lambda
};

// Rows that untouched takes together; begin, w, m and u have room for so many.
constexpr int kTogether = 8;

struct Kernels {
  const char* name;
  // Columns of a packed panel of weights.
  int panel;

  // z (rows, columns) = x (rows, k) w, or += with add; w in panels (columns / panel, k, panel).
  void (*multiply)(int rows, int64_t k, const float* x, int64_t ldx, const float* w, int64_t columns, float* z,
                   int64_t ldz, bool add);
  // s[row, j] = x[row, :] . a[j, :] for j < rank; x and a padded with zeros to k (a multiple of 16).
  void (*shrink)(int rows, int64_t k, int rank, const float* x, int64_t ldx, const float* a, int64_t lda, float* s,
                 int64_t lds);
  // z (rows, columns) = t (rows, rank) a (rank, columns), or += with add.
  void (*expand)(int rows, int64_t columns, int rank, const float* t, int64_t ldt, const float* a, int64_t lda,
                 float* z, int64_t ldz, bool add);
  // Closes rows of a dense layer in place.
  void (*close)(int rows, int64_t columns, float* z, int64_t ldz, const Closing* closing);
  // g = g where out > 0 else 0 (with relu); gs = g * keep * scale (where gs is not null).
  void (*open)(int rows, int64_t columns, float* g, int64_t ldg, const float* out, int64_t ldo, bool relu,
               const MaskWord* keep, int64_t mask_ld, float scale, float* gs, int64_t ldgs);
  // c (ni, columns) = or += (unless first) sum over rows of l[row, i] r[row, :]; c with distance ldc.
  void (*outer)(int64_t rows, const float* l, int64_t ldl, int ni, const float* r, int64_t ldr, int64_t columns,
                float* c, int64_t ldc, bool first);

  // keep bits of a row: Philox, see org.mlora.random.Philox. words = columns / 16.
  void (*dropout)(int rows, const int32_t* row_numbers, int words, uint64_t seed, uint32_t stream, uint32_t step,
                  uint32_t threshold, MaskWord* keep, int64_t mask_ld);

  // y[0..n) += a * x[0..n)
  void (*add_scaled)(int64_t n, float a, const float* x, float* y);
  // Sum of (g + l2 w)^2 in a fixed order.
  float (*squares)(int64_t n, const float* g, const float* w, float l2);
  // One optimizer step on n values with gradient g.
  void (*step)(const Step* step, int64_t n, float* w, float* m, float* u, const float* g);
  // Adam steps begin[r] .. count - 1 without gradient, on up to kTogether rows of n values. Without a penalty, bound *
  // |m| / (u + epsilon) limits every move from now on; 0: no such bound is known.
  void (*untouched)(const Step* step, int64_t count, const float* rates, const float* corrections, float bound,
                    int rows, const int64_t* begin, int64_t n, float* const* w, float* const* m, float* const* u);
  // wt panels over i (ceil(in / panel), out, panel) from rows [i0, i1) of w's panel p (in, panel).
  void (*transpose)(const float* w, int64_t in, int64_t out, int64_t p, int64_t i0, int64_t i1, float* wt);

  const InteractionKernels* interactions;
};

// The best table for this processor, or the one that MLORA_CPU names.
const Kernels& kernels();
// Throws Invalid where MLORA_CPU is set to something else than a name.
void check_instruction_set();

const Kernels* avx512_kernels();
const Kernels* avx2_kernels();
const Kernels* neon_kernels();
const Kernels* baseline_kernels();

}  // namespace mlora
#endif
