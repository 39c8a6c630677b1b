// Rows go in tiles of kTile: product with W into the output's rows, then the adapter's S = x A_d and the
// closing (bias, dropout, S B_d + c_d, activation) run by run of equal domain while the tile is in L1.
// Backward the same way. Gradients of W are tiles of kRows x panel over all rows of a block.
#include "dense.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "error.h"
#include "simd/kernels.h"

namespace mlora {
namespace {

// Rows of W in one gradient task.
constexpr int64_t kRows = 96;
// Rows of the batch that make a task of small runs worth taking.
constexpr int64_t kEnough = 32;
// Up to this width, W is kept as rows of W^T and multiplied by dot products: panels would be mostly
// padding.
constexpr int64_t kNarrow = 8;

const float kOne[1] = {1.0f};

bool is_narrow(int64_t out) { return out <= kNarrow; }

}  // namespace

void Dense::lay_out(const DenseOp& shape, const Network& network, std::vector<Parameter>& parameters) {
  const int64_t in = network.values()[shape.in], out = network.values()[shape.out];
  parameters[shape.weight].layout =
      is_narrow(out) ? Layout{Layout::TRANSPOSED, in, out, 1} : Layout{Layout::PANELS, in, out, kernels().panel};
  parameters[shape.bias].layout = {Layout::PADDED, 1, out, 1};
  if (shape.adapted()) {
    parameters[shape.a].layout = {Layout::TRANSPOSED, in, shape.rank, 1};
    parameters[shape.b].layout = {Layout::PADDED, shape.rank, out, 1};
    parameters[shape.c].layout = {Layout::PADDED, 1, out, 1};
  }
}

Dense::Dense(int index, const DenseOp& shape, const Network& network, std::vector<Parameter>& parameters)
    : index_(index),
      shape_(shape),
      in_(network.values()[shape.in]),
      out_(network.values()[shape.out]),
      in_columns_(round_up(in_, 16)),
      out_columns_(round_up(out_, 16)),
      narrow_(is_narrow(out_)),
      panel_(kernels().panel),
      weight_(parameters[shape.weight]),
      bias_(parameters[shape.bias]) {
  threshold_ = static_cast<uint32_t>(std::lround(65536 * (1 - shape.dropout)));
  threshold_ = std::max(threshold_, 1u);
  scale_ = static_cast<float>(65536.0 / threshold_);
  adapter_scale_ = static_cast<float>(shape.adapter_scale);
  if (shape.adapted()) {
    a_ = &parameters[shape.a];
    b_ = &parameters[shape.b];
    c_ = &parameters[shape.c];
  }
}

void Dense::multiply(int rows, const float* x, int64_t ldx, const float* w, float* z, int64_t ldz) const noexcept {
  const Kernels& k = kernels();
  if (narrow_) {
    for (int r = 0; r < rows; ++r) std::memset(z + r * ldz, 0, out_columns_ * sizeof(float));
    k.shrink(rows, in_columns_, static_cast<int>(out_), x, ldx, w, in_columns_, z, ldz);
  } else {
    k.multiply(rows, in_, x, ldx, w, out_columns_, z, ldz, false);
  }
}

void Dense::draw(const Panel& panel, int64_t begin, int64_t end) const noexcept {
  const Rows<MaskWord>& keep = panel.frame->dense[index_].keep;
  if (fixed_rows_ > 0) {
    for (int64_t p = begin; p < end; ++p) {
      const MaskWord* from = fixed_.data() + panel.batch->number[p] * mask_words();
      std::copy(from, from + mask_words(), keep.at(p));
    }
  } else {
    kernels().dropout(static_cast<int>(end - begin), panel.batch->number.data() + begin,
                      static_cast<int>(mask_words()), panel.seed, static_cast<uint32_t>(shape_.stream), panel.step,
                      threshold_, keep.at(begin), keep.ld);
  }
}

void Dense::close(const Panel& panel, int64_t begin, int64_t end, int domain) const noexcept {
  const Rows<float>& x = panel.frame->value[shape_.in];
  const Rows<float>& z = panel.frame->value[shape_.out];
  const DenseRows& work = panel.frame->dense[index_];
  const int rows = static_cast<int>(end - begin);
  Closing closing = {};
  closing.bias = bias_.value.data();
  if (drops(panel.dropout)) {
    closing.keep = work.keep.at(begin);
    closing.mask_ld = work.keep.ld;
    closing.scale = scale_;
  }
  if (shape_.adapted() && domain >= 0) {
    float* s = work.s.at(begin);
    kernels().shrink(rows, in_columns_, shape_.rank, x.at(begin), x.ld, a_of(domain), in_columns_, s, work.s.ld);
    scale_rows(rows, shape_.rank, adapter_scale_, s, work.s.ld);
    closing.s = s;
    closing.s_ld = work.s.ld;
    closing.rank = shape_.rank;
    closing.b = b_->row(domain);
    closing.c = c_->row(domain);
  }
  closing.relu = shape_.activation == MLORA_ACTIVATION_RELU;
  kernels().close(rows, out_columns_, z.at(begin), z.ld, &closing);
}

void Dense::forward(const Panel& panel) noexcept {
  const Rows<float>& x = panel.frame->value[shape_.in];
  const Rows<float>& z = panel.frame->value[shape_.out];
  const Batch& batch = *panel.batch;
  int64_t run = batch.run_at(panel.begin);
  for (int64_t begin = panel.begin; begin < panel.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, panel.end);
    multiply(static_cast<int>(end - begin), x.at(begin), x.ld, weight_.value.data(), z.at(begin), z.ld);
    if (drops(panel.dropout)) draw(panel, begin, end);
    if (!shape_.adapted()) {
      close(panel, begin, end, -1);
      continue;
    }
    for (int64_t p = begin; p < end;) {
      const int64_t next = std::min(batch.runs[run].end, end);
      close(panel, p, next, batch.runs[run].domain);
      if (next == batch.runs[run].end) ++run;
      p = next;
    }
  }
}

void Dense::backward(const Panel& panel) noexcept {
  const Plan& plan = *panel.plan;
  if (!plan.value_needs[shape_.out]) return;
  const Kernels& k = kernels();
  const Batch& batch = *panel.batch;
  const Rows<float>& out = panel.frame->value[shape_.out];
  const Rows<float>& g = panel.frame->gradient[shape_.out];
  const Rows<float>& dx = panel.frame->gradient[shape_.in];
  const DenseRows& work = panel.frame->dense[index_];
  const bool relu = shape_.activation == MLORA_ACTIVATION_RELU;
  const bool drop = drops(panel.dropout);
  const bool needs_dx = plan.value_needs[shape_.in];
  const bool add = plan.adds[index_];
  int64_t run = batch.run_at(panel.begin);
  for (int64_t begin = panel.begin; begin < panel.end; begin += kTile) {
    const int64_t end = std::min(begin + kTile, panel.end);
    const int rows = static_cast<int>(end - begin);
    k.open(rows, out_columns_, g.at(begin), g.ld, out.at(begin), out.ld, relu,
           drop ? work.keep.at(begin) : nullptr, work.keep.ld, scale_, drop ? work.shared.at(begin) : nullptr,
           work.shared.ld);
    const Rows<float>& gs = drop ? work.shared : g;
    if (needs_dx && narrow_) {
      k.expand(rows, in_columns_, static_cast<int>(out_), gs.at(begin), gs.ld, weight_.value.data(), in_columns_,
               dx.at(begin), dx.ld, add);
    } else if (needs_dx) {
      k.multiply(rows, out_, gs.at(begin), gs.ld, transpose_.data(), in_columns_, dx.at(begin), dx.ld, add);
    }
    if (!shape_.adapted()) continue;
    for (int64_t p = begin; p < end;) {
      const Run& now = batch.runs[run];
      const int64_t next = std::min(now.end, end);
      if (now.domain >= 0) {
        const int n = static_cast<int>(next - p);
        k.shrink(n, out_columns_, shape_.rank, g.at(p), g.ld, b_->row(now.domain), out_columns_, work.t.at(p),
                 work.t.ld);
        scale_rows(n, shape_.rank, adapter_scale_, work.t.at(p), work.t.ld);
        if (needs_dx) {
          k.expand(n, in_columns_, shape_.rank, work.t.at(p), work.t.ld, a_of(now.domain), in_columns_, dx.at(p),
                   dx.ld, true);
        }
      }
      if (next == now.end) ++run;
      p = next;
    }
  }
}

void Dense::transpose_all() {
  transpose_.reserve(round_up(in_, panel_) * out_, "transposed weights");
  for (int64_t p = 0; p * panel_ < out_; ++p) {
    kernels().transpose(weight_.value.data(), in_, out_, p, 0, in_, transpose_.data());
  }
  transposed_ = true;
}

void Dense::prepare(const Sink& sink, const Plan& plan) {
  keeps_transpose_ = !narrow_ && plan.value_needs[shape_.in] && plan.value_needs[shape_.out];
  if (keeps_transpose_ && !transposed_) transpose_all();
  if (!keeps_transpose_ && !sink.keep && weight_.trains()) transposed_ = false;
  if (wants_weights(sink)) {
    weight_sum_.reserve(weight_.stride, "gradient of weights");
    bias_sum_.reserve(bias_.stride, "gradient of a bias");
  }
  if (wants_adapter(sink)) {
    crossing_sum_.reserve(2 * adapter_size(), "gradients of an adapter");
    if (shares_a()) shared_a_sum_.reserve(a_->stride, "gradient of a shared A");
  }
}

void Dense::add_tasks(const Block& block, std::vector<Task>& tasks) {
  if (!block.plan->value_needs[shape_.out]) return;
  const Sink& sink = *block.sink;
  if (wants_adapter(sink)) {
    const Batch& batch = *block.batch;
    int64_t first = batch.run_at(block.first);
    if (batch.runs[first].domain < 0) ++first;
    int64_t rows = 0;
    for (int64_t run = first; run < batch.run_count && batch.runs[run].begin < block.end; ++run) {
      rows += batch.runs[run].end - batch.runs[run].begin;
      const bool last = run + 1 == batch.run_count || batch.runs[run + 1].begin >= block.end;
      if (rows >= kEnough || last) {
        tasks.push_back({this, ADAPTERS, first, run + 1});
        first = run + 1;
        rows = 0;
      }
    }
  }
  if (shape_.adapted() && shares_a() && sink.wants(*a_)) tasks.push_back({this, SHARED_A, 0, 0});
  if (wants_weights(sink)) {
    const int64_t panels = narrow_ ? 1 : round_up(out_, panel_) / panel_;
    for (int64_t p = 0; p < panels; ++p) {
      for (int64_t i = 0; i < in_; i += narrow_ ? in_ : kRows) tasks.push_back({this, WEIGHTS, p, i});
    }
  }
}

void Dense::run(const Block& block, const Task& task, float* scratch) noexcept {
  if (task.kind == WEIGHTS) {
    run_weights(block, task.a, task.b);
  } else if (task.kind == SHARED_A) {
    run_shared_a(block);
  } else {
    run_adapters(block, task.a, task.b, scratch);
  }
}

void Dense::run_weights(const Block& block, int64_t p, int64_t i0) noexcept {
  const Kernels& k = kernels();
  const Sink& sink = *block.sink;
  const Rows<float>& x = block.frame->value[shape_.in];
  const Rows<float>& g =
      drops(block.dropout) ? block.frame->dense[index_].shared : block.frame->gradient[shape_.out];
  const int64_t rows = block.end - block.first;
  const bool first = block.starts();
  const bool done = block.ends() && sink.takes_parts();
  const int64_t column = p * panel_;
  if (i0 == 0 && sink.wants(bias_)) {
    const int64_t columns = narrow_ ? out_columns_ : std::min(panel_, out_columns_ - column);
    k.outer(rows, kOne, 0, 1, g.at(block.first) + column, g.ld, columns, bias_sum_.data() + column, columns, first);
    if (done) sink.take(bias_, 0, column, columns, bias_sum_.data() + column);
  }
  if (!sink.wants(weight_)) return;
  if (narrow_) {
    k.outer(rows, g.at(block.first), g.ld, static_cast<int>(out_), x.at(block.first), x.ld, in_columns_,
            weight_sum_.data(), in_columns_, first);
    if (done) sink.take(weight_, 0, 0, weight_.stride, weight_sum_.data());
    return;
  }
  const int64_t ni = std::min(kRows, in_ - i0);
  const int64_t offset = (p * in_ + i0) * panel_;
  k.outer(rows, x.at(block.first) + i0, x.ld, static_cast<int>(ni), g.at(block.first) + column, g.ld,
          std::min(panel_, out_columns_ - column), weight_sum_.data() + offset, panel_, first);
  if (!done) return;
  sink.take(weight_, 0, offset, ni * panel_, weight_sum_.data() + offset);
  if (keeps_transpose_ && !sink.keep) {
    k.transpose(weight_.value.data(), in_, out_, p, i0, i0 + ni, transpose_.data());
  }
}

void Dense::finish_whole(const Sink& sink) {
  if (sink.wants(weight_)) sink.take_row(weight_, 0, weight_sum_.data());
  if (sink.wants(bias_)) sink.take_row(bias_, 0, bias_sum_.data());
  transposed_ = false;
}

void Dense::run_shared_a(const Block& block) noexcept {
  const Rows<float>& x = block.frame->value[shape_.in];
  const Rows<float>& t = block.frame->dense[index_].t;
  // Rows of unknown domain come first, and have no adapter.
  const Run& front = block.batch->runs[0];
  const int64_t begin = std::max(block.first, front.domain < 0 ? front.end : 0);
  if (block.starts()) std::fill_n(shared_a_sum_.data(), a_->stride, 0.0f);
  if (begin < block.end) {
    kernels().outer(block.end - begin, t.at(begin), t.ld, shape_.rank, x.at(begin), x.ld, in_columns_,
                    shared_a_sum_.data(), in_columns_, false);
  }
  if (block.ends()) block.sink->take_row(*a_, 0, shared_a_sum_.data());
}

void Dense::run_adapters(const Block& block, int64_t first_run, int64_t end_run, float* sums) noexcept {
  const Kernels& k = kernels();
  const Sink& sink = *block.sink;
  const Rows<float>& x = block.frame->value[shape_.in];
  const Rows<float>& g = block.frame->gradient[shape_.out];
  const DenseRows& work = block.frame->dense[index_];
  for (int64_t i = first_run; i < end_run; ++i) {
    const Run& run = block.batch->runs[i];
    const bool wants_a = !shares_a() && sink.wants(*a_, run.domain);
    if (!wants_a && !sink.wants(*b_, run.domain) && !sink.wants(*c_, run.domain)) continue;
    const int64_t begin = std::max(run.begin, block.first), end = std::min(run.end, block.end);
    const bool first = run.begin >= block.first, last = run.end <= block.end;
    // A run that crosses blocks gathers in a place of its own; one may end in a block where another begins.
    const int place = first ? block.place_out : block.place_in;
    float* ga = first && last ? sums : crossing_sum_.data() + place * adapter_size();
    float* gb = ga + a_->stride;
    float* gc = gb + b_->stride;
    const int64_t rows = end - begin;
    if (wants_a) {
      k.outer(rows, work.t.at(begin), work.t.ld, shape_.rank, x.at(begin), x.ld, in_columns_, ga, in_columns_, first);
      if (last) sink.take_row(*a_, run.domain, ga);
    }
    if (sink.wants(*b_, run.domain)) {
      k.outer(rows, work.s.at(begin), work.s.ld, shape_.rank, g.at(begin), g.ld, out_columns_, gb, out_columns_,
              first);
      if (last) sink.take_row(*b_, run.domain, gb);
    }
    if (sink.wants(*c_, run.domain)) {
      k.outer(rows, kOne, 0, 1, g.at(begin), g.ld, out_columns_, gc, out_columns_, first);
      if (last) sink.take_row(*c_, run.domain, gc);
    }
  }
}

void Dense::fix_dropout(const uint8_t* keep, int64_t rows) {
  Array<MaskWord> words(rows * mask_words(), "dropout mask");
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < out_; ++i) {
      if (keep[r * out_ + i] != 0) words[r * mask_words() + i / 16] |= static_cast<MaskWord>(1u << (i % 16));
    }
  }
  fixed_ = std::move(words);
  fixed_rows_ = rows;
}

}  // namespace mlora
