// A block of a tower (tower.cu): its rows, and what becomes of them layer by layer.
#ifndef MLORA_KERNELS_TOWER_BLOCK_H
#define MLORA_KERNELS_TOWER_BLOCK_H

#include "field_source.h"
#include "tower.h"

namespace mlora::cuda {

template <typename Shape>
class TowerBlock {
  static constexpr int kTiles = Shape::kTiles, kWarps = Shape::kWarps, kRows = Shape::kRows, kThreads = Shape::kThreads;
  static constexpr int kAcross = Shape::kAcross, kTaken = kTiles / kAcross;
  static constexpr int kSlices = kWarps / kTiles;  // of k, where a warp sums a tile with ranks

 public:
  MLORA_DEVICE TowerBlock(const Batch& batch, const Tower& tower) : batch_(batch), tower_(tower), plan_(tower.plan) {}

  // Domains of the rows, and their input; all threads come here.
  template <bool Training>
  MLORA_DEVICE void open() {
    if (thread_index() < kRows) {
      const int p = position(thread_index());
      const bool there = p < batch_.capacity;
      plan_.rows.get()[thread_index()] = there ? batch_.domain[p] : kRest;
      plan_.rows.get()[kRows + thread_index()] = there ? batch_.number[p] : 0;
    }
    if (tower_.field_count > 0) {
      look_up<Training>();
    } else {
      read_rows();
    }
    block_sync();
  }
  // Whether no row is of the batch.
  MLORA_DEVICE bool is_rest() const { return plan_.rows.get()[0] == kRest; }

  // The units that rows keep.
  MLORA_DEVICE void drop() {
    for (int l = 0; l < tower_.count; ++l) {
      const mlora_cuda_dense& layer = tower_.layer[l];
      const int words = tower_words(layer.out);
      if (layer.drops == MLORA_CUDA_GIVEN_DROPOUT) {
        for (int i = thread_index(); i < kRows * words; i += kThreads) {
          const int row = i / words, word = i % words;
          const bool there = position(row) < batch_.capacity;
          plan_.keep.get()[bits_at(l, row, 32 * word)] = there ? pointer<const uint32_t>(layer.mask)[position(row) * words + word] : 0;
        }
      } else if (layer.drops == MLORA_CUDA_DRAW_DROPOUT) {
        const Drawing drawing(batch_, layer, tower_.keep[l].threshold);
        MLORA_ROLLED
        for (int task = warp_in_block(); task < kRows / 2 * ((words + 3) / 4); task += kWarps) {
          const int block = task / (kRows / 2), row = task % (kRows / 2) * 2 + lane() / 16, at = 4 * block + lane() % 16;
          const uint32_t word = drawing.word(block, static_cast<uint32_t>(static_cast<int32_t>(plan_.rows.get()[kRows + row])));
          if (lane() % 16 < 4 && at < words) plan_.keep.get()[bits_at(l, row, 32 * at)] = word;
        }
      }
    }
    block_sync();
  }

  template <bool Training>
  MLORA_DEVICE void forward(int l) {
    pass<false>(l, tower_.layer[l].out, [&](int tile, int n, float (&d)[8][4]) { close_forward<Training>(l, tile, n, d); });
  }
  // down: whether a gradient goes to what the layer reads; that of its adapter needs t in any case.
  MLORA_DEVICE void backward(int l, bool down) {
    pass<true>(l, down ? tower_.layer[l].in : 0, [&](int tile, int n, float (&d)[8][4]) { close_backward(l, tile, n, d); });
  }

  // Logits; in training losses, slopes and the gradient of the last layer too.
  template <bool Training>
  MLORA_DEVICE void head() {
    MLORA_ROLLED
    for (int first = 4 * warp_in_block(); first < kRows; first += 4 * kWarps) close_rows<Training>(first);
    if constexpr (Training) {
      block_sync();
      const int width = tower_.layer[tower_.count - 1].out, vectors = round_up(width, kUnit) / 8;
      for (int i = thread_index(); i < kRows * vectors; i += kThreads) {
        const int row = i / vectors, column = i % vectors * 8;
        float values[8];
        load8_where(column < width, tower_.logit_weight + column, values);
        MLORA_UNROLL
        for (int j = 0; j < 8; ++j) values[j] *= plan_.slopes.get()[row];
        put_gradient(tower_.count - 1, row, column, values);
      }
      block_sync();
    }
  }

  // Zeros for a block without rows; what it looked up are zeros already.
  template <bool Training>
  MLORA_DEVICE void clear() const {
    if (thread_index() < kRows && position(thread_index()) < batch_.capacity) {
      const int p = position(thread_index());
      tower_.logits[p] = 0;
      if constexpr (Training) {
        tower_.g[p] = 0;
        tower_.losses[p] = 0;
      }
    }
    if constexpr (Training) {
      const mlora_cuda_dense& first = tower_.layer[0];
      if (first.dx != 0) clear_rows(first.dx, first.dx_ld);
      for (int l = 0; l < tower_.count; ++l) {
        const mlora_cuda_dense& layer = tower_.layer[l];
        clear_rows(layer.h, layer.out_ld);
        clear_rows(layer.g, layer.out_ld);
        if (drops(l)) clear_rows(layer.g_shared, layer.out_ld);
      }
    }
  }

 private:
  static constexpr int kAtOnce = 4;  // vectors of the input that a thread waits for

  // What another launch has written.
  MLORA_DEVICE void read_rows() {
    const mlora_cuda_dense& first = tower_.layer[0];
    const int vectors = round_up(first.in, kUnit) / 8;
    MLORA_ROLLED
    for (int from = thread_index(); from < kRows * vectors; from += kAtOnce * kThreads) {
      Quad quads[kAtOnce];
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * kThreads, row = i / vectors, column = i % vectors * 8;
        const bool there = row < kRows && column < first.in && position(row) < batch_.capacity;
        const Bf16* const at = pointer<const Bf16>(first.x) + position(row) * first.x_ld + column;
        quads[k] = there ? *reinterpret_cast<const Quad*>(at) : Quad();
      }
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * kThreads, row = i / vectors, column = i % vectors * 8;
        if (row >= kRows) continue;
        keep_first<2>(quads[k].words, first.in - column);
        plan_.values.get()[value_at(0, row, column, first.in)] = quads[k];
      }
    }
  }

  // What fields have for the rows, as lookup.cu does; in training to memory too, for gradients of parameters.
  template <bool Training>
  MLORA_DEVICE void look_up() {
    const mlora_cuda_dense& first = tower_.layer[0];
    const int vectors = round_up(first.in, kUnit) / 8;
    MLORA_ROLLED
    for (int i = thread_index(); i < kRows * tower_.field_count; i += kThreads) {
      const int p = position(i % kRows);
      FieldSource source = {-1, 1};
      if (p < batch_.capacity) source = source_of(batch_, tower_.field[i / kRows], p);
      plan_.sources.get()[i] = {{static_cast<uint32_t>(source.row), bits_of(source.weight)}};
    }
    for (int v = thread_index(); v < vectors; v += kThreads) {
      int f = 0;
      while (f < tower_.field_count && 8 * v >= tower_.field[f].column + tower_.field[f].width) ++f;
      plan_.field_of.get()[v] = f;
    }
    block_sync();
    MLORA_ROLLED
    for (int from = thread_index(); from < kRows * vectors; from += kAtOnce * kThreads) {
      float values[kAtOnce][8], weights[kAtOnce];
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * kThreads, row = i / vectors, v = i % vectors;
        const int f = row < kRows ? plan_.field_of.get()[v] : tower_.field_count;
        const Pair source = f < tower_.field_count ? plan_.sources.get()[f * kRows + row] : Pair{{~0u, 0}};
        const mlora_cuda_field& field = tower_.field[f < tower_.field_count ? f : 0];
        const auto own = static_cast<int32_t>(source.words[0]);
        const bool there = own >= 0 && own < field.table_rows;
        const float* const at = pointer<const float>(field.table) + (there ? int64_t{own} * field.width + 8 * v - field.column : 0);
        weights[k] = float_of(source.words[1]);
        load8_where(there, at, values[k]);
      }
      MLORA_UNROLL
      for (int k = 0; k < kAtOnce; ++k) {
        const int i = from + k * kThreads, row = i / vectors, column = i % vectors * 8;
        if (row >= kRows) continue;
        MLORA_UNROLL
        for (int j = 0; j < 8; ++j) values[k][j] = fma(weights[k], values[k][j], 0.0f);
        const Quad quad = pack8(values[k]);
        plan_.values.get()[value_at(0, row, column, first.in)] = quad;
        if (Training && column < first.in) put(first.x, first.x_ld, row, column, quad);
      }
    }
  }

  // Batches are so small that an int counts their elements.
  MLORA_DEVICE int position(int row) const { return static_cast<int>(block_index()) * kRows + row; }
  MLORA_DEVICE bool drops(int l) const { return tower_.layer[l].drops != MLORA_CUDA_NO_DROPOUT; }
  // Eight columns of a row of values of that width, which layers read in turn from one side and write to the other.
  MLORA_DEVICE int value_at(int side, int row, int column, int width) const {
    return (side == 0 ? row : row - kRows) * tower_stride(width) + column / 8 + (side == 0 ? 0 : plan_.values.count);
  }
  MLORA_DEVICE int bits_at(int l, int row, int column) const {
    return row * plan_.words + plan_.first_word[l] + column / 32;
  }
  // Row g or g + 8 of a tile.
  MLORA_DEVICE static int row_of(int tile, int r) { return 16 * tile + lane() / 4 + 8 * r; }

  // Runs use(domain, begin, end) for the rows [begin, end) of each domain of a tile; those of none have no adapter.
  template <typename Use>
  MLORA_DEVICE void over_domains(int tile, const Use& use) const {
    const int own = plan_.rows.get()[16 * tile + lane() % 16], before = shuffle_up(own, 1);
    MLORA_ROLLED
    for (uint32_t firsts = ballot(lane() < 16 && (lane() == 0 || own != before)); firsts != 0;) {
      const int begin = lowest_bit(firsts), domain = plan_.rows.get()[16 * tile + begin];
      firsts &= firsts - 1;
      if (domain >= 0) use(domain, begin, firsts != 0 ? lowest_bit(firsts) : 16);
    }
  }
  // A lane's vectors of rows g and g + 8, those that are in [begin, end); zeros in place of others.
  template <typename T, typename Read>
  MLORA_DEVICE static void of_domain(int begin, int end, T (&values)[2], const Read& read) {
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      const int row = lane() / 4 + 8 * r;
      values[r] = T();
      if (row >= begin && row < end) values[r] = read(r);
    }
  }

  // Zeros in place of elements whose bit is not set.
  MLORA_DEVICE static void keep_only(Quad& quad, uint32_t bits) {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      const uint32_t two = bits >> 2 * i & 3;
      quad.words[i] &= 0xFFFFu * ((two & 1) | (two & 2) << 15);
    }
  }

  MLORA_DEVICE void clear_rows(uint64_t matrix, int ld) const {
    const int vectors = ld / 8;
    for (int i = thread_index(); i < kRows * vectors; i += kThreads) {
      const int p = position(i / vectors);
      if (p < batch_.capacity) *reinterpret_cast<Quad*>(pointer<Bf16>(matrix) + p * ld + i % vectors * 8) = Quad();
    }
  }
  MLORA_DEVICE void put(uint64_t matrix, int ld, int row, int column, const Quad& quad) const {
    if (position(row) < batch_.capacity) {
      *reinterpret_cast<Quad*>(pointer<Bf16>(matrix) + position(row) * ld + column) = quad;
    }
  }

  // width: columns of the product that are wanted.
  template <bool Backward, typename Close>
  MLORA_DEVICE void pass(int l, int width, const Close& close) {
    const mlora_cuda_dense& layer = tower_.layer[l];
    const int depth = Backward ? layer.out : layer.in, side = (Backward ? l + 1 : l) % 2;
    const TowerSplit split = TowerSplit::of<Shape>(depth, width);
    const int sums = kRows * tower_stride(side == 0 ? depth : width);
    const auto product = [&](int task, int from, int to, float (&d)[kAcross][8][4]) {
      const WeightReader<Backward> weights(pointer<const Bf16>(layer.w), layer.in, layer.out, task / kTaken * kGroup, from, to);
      multiply_wide(d, weights, from, to, [&](int k, int i, Quad (&x)[2]) {
        const int tile = task % kTaken * kAcross + i, column = k + lane() % 4 * 8;
        MLORA_UNROLL
        for (int r = 0; r < 2; ++r) {
          x[r] = plan_.values.get()[value_at(side, row_of(tile, r), column, depth)];
          if (Backward && drops(l)) keep_only(x[r], plan_.keep.get()[bits_at(l, row_of(tile, r), column)] >> column % 32);
        }
      });
    };
    if (layer.rank > 0) {
      shrink<Backward>(layer, side, depth);
      block_sync();
      add_low(layer, depth, Backward ? layer.t : layer.s);
    }
    // More tiles than warps, which then are whole, go round after round.
    MLORA_ROLLED
    for (int round = 0; round == 0 || round * kWarps < split.tiles; ++round) {
      const int task = round * kWarps + warp_in_block();
      const int part = split.tiles > 0 ? task / split.tiles : split.parts;
      const int tile = task - part * split.tiles;
      float d[kAcross][8][4] = {};
      if (part < split.parts) {
        const int to = (part + 1) * split.part;
        product(tile, part * split.part, to < depth ? to : depth, d);
        if (part > 0) leave_sums(d, sums, task - split.tiles);
      }
      if (round == 0) block_sync();
      if (part == 0) {
        MLORA_ROLLED
        for (int other = task + split.tiles; other < split.parts * split.tiles; other += split.tiles) {
          add_sums(d, sums, other - split.tiles);
        }
        MLORA_UNROLL
        for (int i = 0; i < kAcross; ++i) close(tile % kTaken * kAcross + i, tile / kTaken * kGroup, d[i]);
      }
    }
    block_sync();
  }

  MLORA_DEVICE void leave_sums(const float (&d)[kAcross][8][4], int sums, int slot) const {
    MLORA_UNROLL
    for (int t = 0; t < 8 * kAcross; ++t) {
      Quad quad;
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) quad.words[i] = bits_of(d[t / 8][t % 8][i]);
      plan_.values.get()[sums + (8 * kAcross * slot + t) * 32 + lane()] = quad;
    }
  }
  MLORA_DEVICE void add_sums(float (&d)[kAcross][8][4], int sums, int slot) const {
    MLORA_UNROLL
    for (int t = 0; t < 8 * kAcross; ++t) {
      const Quad quad = plan_.values.get()[sums + (8 * kAcross * slot + t) * 32 + lane()];
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) d[t / 8][t % 8][i] += float_of(quad.words[i]);
    }
  }

  // Parts of the sums of rows with the factor that goes down: of a tile and every kSlices-th 32 values of k each, by
  // slice, sixteen ranks, tile, and r: a lane's four ranks.
  template <bool Backward>
  MLORA_DEVICE void shrink(const mlora_cuda_dense& layer, int side, int depth) const {
    const int rounds = (layer.rank + kRanks - 1) / kRanks, tile = warp_in_block() % kTiles, slice = warp_in_block() / kTiles;
    if (kUnit * slice >= depth) return;
    MLORA_ROLLED
    for (int round = 0; round < rounds; ++round) {
      float d[2][4] = {};
      over_domains(tile, [&](int domain, int begin, int end) {
        const Factors factors(layer, domain);
        MLORA_ROLLED
        for (int k = kUnit * slice; k < depth; k += kUnit * kSlices) {
          uint32_t right[2][4];
          load_down<Backward>(factors, k, kRanks * round, right);
          Quad x[2];
          of_domain(begin, end, x, [&](int r) -> Quad {
            return plan_.values.get()[value_at(side, row_of(tile, r), k + lane() % 4 * 8, depth)];
          });
          multiply_down(d, x, right);
        }
      });
      MLORA_UNROLL
      for (int r = 0; r < 2; ++r) {
        Quad quad;
        MLORA_UNROLL
        for (int i = 0; i < 4; ++i) quad.words[i] = bits_of(d[i % 2][2 * r + i / 2]);
        plan_.low_parts.get()[((slice * rounds + round) * kTiles + tile) * 64 + 32 * r + lane()] = quad;
      }
    }
  }
  // Adds them, and writes them to out (C, rank in eights), where that is wanted.
  MLORA_DEVICE void add_low(const mlora_cuda_dense& layer, int depth, uint64_t out) const {
    const int each = (layer.rank + kRanks - 1) / kRanks * kTiles * 64, ld = round_up(layer.rank, 8);
    const int units = (depth + kUnit - 1) / kUnit, parts = units < kSlices ? units : kSlices;
    const auto scale = static_cast<float>(layer.adapter_scale);
    MLORA_ROLLED
    for (int i = thread_index(); i < each; i += kThreads) {
      float sum[4] = {};
      for (int part = 0; part < parts; ++part) {
        const Quad quad = plan_.low_parts.get()[part * each + i];
        MLORA_UNROLL
        for (int j = 0; j < 4; ++j) sum[j] += float_of(quad.words[j]);
      }
      MLORA_UNROLL
      for (int j = 0; j < 4; ++j) sum[j] *= scale;
      const int row = row_of(i / 64 % kTiles, i / 32 % 2), n = i / 64 / kTiles * kRanks + lane() % 4 * 4;
      const int at = row * plan_.low_words + n / 2;
      plan_.low.get()[at] = pack_bf16(sum[0], sum[1]);
      plan_.low.get()[at + 1] = pack_bf16(sum[2], sum[3]);
      if (out != 0 && n < ld && plan_.rows.get()[row] >= 0) store4(pointer<float>(out) + position(row) * ld + n, sum);
    }
  }
  // Adds what the other factor makes of them to 64 columns of a tile.
  template <bool Backward>
  MLORA_DEVICE void expand(const mlora_cuda_dense& layer, int tile, int n, float (&d)[8][4]) const {
    if (layer.rank == 0) return;
    over_domains(tile, [&](int domain, int begin, int end) {
      const Factors factors(layer, domain);
      MLORA_ROLLED
      for (int first = 0; first < layer.rank; first += kRanks) {
        Pair low[2];
        of_domain(begin, end, low, [&](int r) -> Pair {
          const int at = row_of(tile, r) * plan_.low_words + first / 2 + lane() % 4 * 2;
          return {{plan_.low.get()[at], plan_.low.get()[at + 1]}};
        });
        multiply_up<Backward>(d, factors, first, n, low);
      }
    });
  }

  // The logits of four rows, eight lanes each; what follows of them is asked for before they are known.
  template <bool Training>
  MLORA_DEVICE void close_rows(int first) const {
    const int width = tower_.layer[tower_.count - 1].out, side = tower_.count % 2, row = first + lane() / 8;
    const int p = position(row);
    const bool rest = plan_.rows.get()[row] == kRest;
    const float bias = *tower_.logit_bias;
    LabelledRow labelled = {};
    if (Training && !rest) labelled = LabelledRow(batch_, batch_.row[p], tower_.labels, tower_.weights);
    float sum = 0;
    for (int column = lane() % 8 * 8; column < width; column += 64) {
      float values[8], weights[8];
      unpack8(plan_.values.get()[value_at(side, row, column, width)], values);
      load8(tower_.logit_weight + column, weights);
      MLORA_UNROLL
      for (int j = 0; j < 8; ++j) sum = fma(values[j], weights[j], sum);
    }
    sum = sum_of_team(sum, 8);
    if (lane() % 8 != 0) return;
    const float logit = rest ? 0.0f : sum + bias;
    if (p < batch_.capacity) tower_.logits[p] = logit;
    if constexpr (!Training) {
      if (!rest) tower_.predictions.put(batch_, p, logit);
    } else {
      const Loss loss = rest ? Loss() : cross_entropy(labelled, logit);
      if (p < batch_.capacity) {
        tower_.losses[p] = loss.value;
        tower_.g[p] = loss.slope;
      }
      plan_.slopes.get()[row] = loss.slope;
    }
  }

  // h of 16 rows and 64 columns.
  template <bool Training>
  MLORA_DEVICE void close_forward(int l, int tile, int n, float (&d)[8][4]) const {
    const mlora_cuda_dense& layer = tower_.layer[l];
    const int own = n + lane() % 4 * 16, side = (l + 1) % 2;
    const bool relu = layer.activation == MLORA_CUDA_RELU;
    const float scale = drops(l) ? tower_.keep[l].scale : 1.0f;
    uint32_t keep[2] = {0xFFFFu, 0xFFFFu}, live[2] = {};
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      if (drops(l) && own < layer.out) keep[r] = plan_.keep.get()[bits_at(l, row_of(tile, r), own)] >> own % 32;
    }
    MLORA_UNROLL
    for (int i = 0; i < 2; ++i) {
      float bias[8];
      load8_where(own + 8 * i < layer.out, pointer<const float>(layer.bias) + own + 8 * i, bias);
      MLORA_UNROLL
      for (int t = 0; t < 8; ++t) {
        MLORA_UNROLL
        for (int r = 0; r < 2; ++r) {
          float& value = d[t][2 * r + i];
          value = (keep[r] >> (8 * i + t) & 1) != 0 ? (value + bias[t]) * scale : 0.0f;
        }
      }
    }
    expand<false>(layer, tile, n, d);
    MLORA_UNROLL
    for (int r = 0; r < 2; ++r) {
      const int row = row_of(tile, r), domain = plan_.rows.get()[row];
      float shift[2][8];
      MLORA_UNROLL
      for (int i = 0; i < 2; ++i) {
        const bool adapted = layer.rank > 0 && domain >= 0 && own + 8 * i < layer.out;
        const int64_t from = static_cast<int64_t>(domain > 0 ? domain : 0) * layer.out + own + 8 * i;
        load8_where(adapted, pointer<const float>(layer.c) + from, shift[i]);
      }
      // All of them are to be on their way before one is used.
      warp_sync();
      MLORA_UNROLL
      for (int i = 0; i < 2; ++i) {
        const int column = own + 8 * i;
        const bool inside = column < layer.out && domain != kRest;
        float values[8];
        MLORA_UNROLL
        for (int t = 0; t < 8; ++t) {
          const float value = d[t][2 * r + i] + shift[i][t];
          // Leaves NaN as it is: a diverged run must show.
          values[t] = !inside || (relu && value < 0) ? 0.0f : value;
          live[r] |= static_cast<uint32_t>(!relu || value > 0) << (8 * i + t);
        }
        const Quad quad = pack8(values);
        if (column < round_up(layer.out, kUnit)) plan_.values.get()[value_at(side, row, column, layer.out)] = quad;
        if (Training && column < layer.out) put(layer.h, layer.out_ld, row, column, quad);
      }
    }
    if constexpr (Training) {
      MLORA_UNROLL
      for (int r = 0; r < 2; ++r) {
        const uint32_t word = live[r] | shuffle_xor(live[r], 1) << 16;
        if (lane() % 2 == 0 && own < layer.out) plan_.live.get()[bits_at(l, row_of(tile, r), own)] = word;
      }
    }
  }
  // The gradient of what a layer reads, 16 rows and 64 columns.
  MLORA_DEVICE void close_backward(int l, int tile, int n, float (&d)[8][4]) const {
    const mlora_cuda_dense& layer = tower_.layer[l];
    const int own = n + lane() % 4 * 16;
    if (drops(l)) {
      MLORA_UNROLL
      for (int i = 0; i < 32; ++i) d[i / 4][i % 4] *= tower_.keep[l].scale;
    }
    expand<true>(layer, tile, n, d);
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) {
      const int row = row_of(tile, i / 2), column = own + i % 2 * 8;
      float values[8];
      MLORA_UNROLL
      for (int t = 0; t < 8; ++t) values[t] = d[t][i];
      if (l > 0) {
        put_gradient(l - 1, row, column, values);
      } else if (column < layer.in) {
        put(layer.dx, layer.dx_ld, row, column, pack8(values));
      }
    }
  }
  // Eight columns of the gradient of h, which become the layer's own.
  MLORA_DEVICE void put_gradient(int l, int row, int column, float (&values)[8]) const {
    const mlora_cuda_dense& layer = tower_.layer[l];
    const bool inside = column < layer.out;
    const uint32_t live = inside ? plan_.live.get()[bits_at(l, row, column)] >> column % 32 : 0;
    MLORA_UNROLL
    for (int j = 0; j < 8; ++j) values[j] = (live >> j & 1) != 0 ? values[j] : 0.0f;
    const Quad quad = pack8(values);
    if (column < round_up(layer.out, kUnit)) plan_.values.get()[value_at((l + 1) % 2, row, column, layer.out)] = quad;
    if (!inside) return;
    put(layer.g, layer.out_ld, row, column, quad);
    if (!drops(l)) return;
    const uint32_t keep = plan_.keep.get()[bits_at(l, row, column)] >> column % 32;
    unpack8(quad, values);
    MLORA_UNROLL
    for (int j = 0; j < 8; ++j) values[j] = (keep >> j & 1) != 0 ? values[j] * tower_.keep[l].scale : 0.0f;
    put(layer.g_shared, layer.out_ld, row, column, pack8(values));
  }

  const Batch& batch_;
  const Tower& tower_;
  const TowerPlan& plan_;
};

}  // namespace mlora::cuda
#endif
