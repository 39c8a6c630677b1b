// Inner loops of interactions among the columns of one row, compiled once per instruction set like those
// of kernels.h. Widths need no padding here. Every number is one chain of additions in a fixed order.
#ifndef MLORA_CPU_SIMD_INTERACTIONS_H
#define MLORA_CPU_SIMD_INTERACTIONS_H

#include <cstdint>

namespace mlora {

// Where the fields' queries, keys and values of one row lie: field f of head h at f * ld + h * size; and the
// probabilities with which it attends to all fields, at f * ld + h * fields.
struct Heads {
  int64_t fields, heads, size, ld;
  float scale;  // of the scores
};

// What attend and attend_back need beside: keys or values of a head transposed, and gradients of its scores.
inline int64_t attend_scratch(int64_t fields, int64_t size) { return (size + fields) * ((fields + 15) / 16 * 16); }

// A panel of columns taken out of the maps of a few rows: column r * count + t is column begin + t of a map of row r.
// A row's maps, of width k, lie one after the other; a panel's lie Kernels::panel floats apart.
struct MapPanel {
  int64_t rows, k, begin, count;
};

struct InteractionKernels {
  float (*dot)(int64_t n, const float* a, const float* b);
  // out = a * b + c and out = s * x + c, column by column; out may be c.
  void (*multiply_add)(int64_t n, const float* a, const float* b, const float* c, float* out);
  void (*scale_add)(int64_t n, float s, const float* x, const float* c, float* out);
  // out[g] = sum of x[g * size .. (g + 1) * size).
  void (*sum_groups)(int64_t groups, int64_t size, const float* x, float* out);

  // Over fields of width k: the sum over pairs of their products, and its gradient added to dx.
  void (*bi_interaction)(int64_t fields, int64_t k, const float* x, float* out);
  void (*bi_interaction_back)(int64_t fields, int64_t k, const float* x, const float* g, float* dx);
  // The inner products of all pairs, and their gradient added to dx.
  void (*inner_products)(int64_t fields, int64_t k, const float* x, float* out);
  void (*inner_products_back)(int64_t fields, int64_t k, const float* x, const float* g, float* dx);

  // out += softmax(scale q k^T) v for each head; the probabilities are kept. scratch has attend_scratch floats.
  void (*attend)(const Heads& heads, const float* q, const float* k, const float* v, float* probabilities, float* out,
                 float* scratch);
  // Gradients of q, k and v from that of out (g).
  void (*attend_back)(const Heads& heads, const float* q, const float* k, const float* v, const float* probabilities,
                      const float* g, float* scratch, float* dq, float* dk, float* dv);

  // to (maps, panel) = columns of x, or of g where y > 0 and else 0.
  void (*gather_maps)(const MapPanel& at, int64_t maps, const float* x, int64_t ldx, float* to);
  void (*gather_map_slopes)(const MapPanel& at, int64_t maps, const float* y, int64_t ldy, const float* g, int64_t ldg,
                            float* to);
  // Columns of out = relu(from + bias), one bias for each map, or out += from; from (maps, panel).
  void (*scatter_maps)(const MapPanel& at, int64_t maps, const float* from, const float* bias, float* out,
                       int64_t ldo);
  void (*add_maps)(const MapPanel& at, int64_t maps, const float* from, float* out, int64_t ldo);
  // z (maps, panel) = start (panel) * x (maps, panel), and what dz adds to the gradients of both.
  void (*map_products)(int64_t maps, const float* start, const float* x, float* z);
  void (*map_products_back)(int64_t maps, const float* start, const float* x, const float* dz, float* dstart,
                            float* dx);
};

}  // namespace mlora
#endif
