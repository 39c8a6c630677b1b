// Gradients become steps: sums of parts in their order, and the optimizer on the sum while it is in a
// register.
//
// update_whole: W, b and vectors. A block takes 1024 values of a parameter, a thread four of them as one
// vector, all parameters of the network in one launch. Parts are read 8 at a time; where they are many (128 of a
// bias), up to 8 shares of a block's threads take a share of the parts each, and fewer values, so that a thread waits
// for memory twice. The shares' sums meet in shared memory, in order.
// update_domains: the rows of A, B, c that the batch's runs have: a block takes 1024 values of a row; its
// parts are those of the run's chunks, shared out as those of a bias where runs have many chunks on average. Rows of
// other domains are not touched and cost nothing.
// Row-wise Adagrad wants the sum over a row before its first value moves: one block takes a whole row.
//
// Bytes: value, first and second read and written once, parts read once.
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "batch.h"
#include "families.h"
#include "optimizer.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kMostShares = 8;
constexpr int kSlice = 4 * kThreads;  // values, where threads have no share of the parts

struct Parts {
  const float* address;
  int64_t ld;
  int32_t count;
  int32_t shares;
};

struct Whole {
  Parameter parameter[MLORA_CUDA_MOST];
  Parts parts[MLORA_CUDA_MOST];
  int64_t first_slice[MLORA_CUDA_MOST + 1];
  int count;
};

MLORA_DEVICE float sum_parts(const float* at, int64_t ld, int count) {
  float sum = 0;
  for (int part = 0; part < count; part += 8) {
    float values[8];
    MLORA_UNROLL
    for (int i = 0; i < 8; ++i) values[i] = part + i < count ? at[(part + i) * ld] : 0.0f;
    MLORA_UNROLL
    for (int i = 0; i < 8; ++i) sum += values[i];
  }
  return sum;
}

// The same for n values, at most 4, side by side.
template <bool Vectors>
MLORA_DEVICE void sum4_parts(const float* at, int64_t ld, int count, int n, float (&sum)[4]) {
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) sum[i] = 0;
  for (int part = 0; part < count; part += 8) {
    Quad quads[8];
    MLORA_UNROLL
    for (int k = 0; k < 8; ++k) {
      const bool there = part + k < count;
      const float* const from = at + (part + k) * ld;
      if constexpr (Vectors) {
        quads[k] = there ? *reinterpret_cast<const Quad*>(from) : Quad();
      } else {
        MLORA_UNROLL
        for (int i = 0; i < 4; ++i) quads[k].words[i] = there && i < n ? bits_of(from[i]) : 0u;
      }
    }
    MLORA_UNROLL
    for (int k = 0; k < 8; ++k) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) sum[i] += float_of(quads[k].words[i]);
    }
  }
}

// Values of four from k on that a row has.
MLORA_DEVICE int four_of(const Parameter& p, int64_t k) {
  return p.row_size - k < 4 ? static_cast<int>(p.row_size - k) : 4;
}

// The step of a row's values from begin on, as many as the block takes at once, with the gradient that their parts
// make. All threads of the block come here; sums: kSlice floats.
MLORA_DEVICE void step_values(const Settings& settings, const Parameter& p, StepNumbers step, int64_t row,
                              int64_t begin, const float* parts, int64_t ld, int count, int shares,
                              const Shared<float>& sums) {
  const int each = kThreads / shares, share = thread_index() / each;
  const int64_t k = begin + 4 * (thread_index() % each);
  const int n = four_of(p, k), first = count * share / shares, last = count * (share + 1) / shares;
  const float* const own = parts + first * ld + k;
  float g[4];
  if (n == 4 && ld % 4 == 0 && reinterpret_cast<uint64_t>(own) % 16 == 0) {
    sum4_parts<true>(own, ld, last - first, n, g);
  } else {
    sum4_parts<false>(own, ld, last - first, n, g);
  }
  if (shares > 1) {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sums[4 * thread_index() + i] = g[i];
    block_sync();
    for (int other = each; share == 0 && other < kThreads; other += each) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) g[i] += sums[4 * (thread_index() + other) + i];
    }
    block_sync();
    if (share > 0) return;
  }
  const int64_t at = row * p.row_size + k;
  if (p.gradient == nullptr) {
    apply4_at(settings, p, step, at, n, g);
    return;
  }
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (i < n) p.gradient[at + i] = g[i];
  }
}

// One block for each parameter: its row-wise state, and the rate of its step into work.
MLORA_KERNEL measure_whole(Settings settings, Whole whole, float* work) {
  SharedMemory memory;
  const BlockTeam team = {memory.array<float>(kThreads / 32)};
  const int i = static_cast<int>(block_index());
  const Parameter& p = whole.parameter[i];
  if (p.gradient != nullptr) return;
  float sum = p.first[0];
  const StepNumbers step = row_wise_numbers(settings, p, 0, sum, team, [&](int64_t k) {
    return sum_parts(whole.parts[i].address + k, whole.parts[i].ld, whole.parts[i].count);
  });
  if (team.rank() == 0) {
    p.first[0] = sum;
    work[i] = step.rate;
  }
}

MLORA_KERNEL MLORA_BOUNDS(kThreads, 4) step_whole(const mlora_cuda_state* state, Settings settings, Whole whole, const float* work) {
  SharedMemory memory;
  const Shared<float> sums = memory.array<float>(kSlice);
  int i = 0;
  while (block_index() >= whole.first_slice[i + 1]) ++i;
  const Parameter& p = whole.parameter[i];
  const Parts& parts = whole.parts[i];
  StepNumbers step = numbers_at(settings, p.rate_scale, state->step);
  if (settings.row_wise() && p.gradient == nullptr) step.rate = work[i];
  const int64_t begin = (block_index() - whole.first_slice[i]) * (kSlice / parts.shares);
  step_values(settings, p, step, 0, begin, parts.address, parts.ld, parts.count, parts.shares, sums);
}

MLORA_KERNEL MLORA_BOUNDS(kThreads, 3) step_domains(Batch batch, Settings settings, Whole whole) {
  SharedMemory memory;
  const Shared<float> sums = memory.array<float>(kSlice);
  const BlockTeam team = {memory.array<float>(kThreads / 32)};
  const uint32_t t = batch.state->step;
  const int64_t slices = whole.first_slice[whole.count], items = batch.run_count() * slices;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Run run = batch.runs[item / slices];
    const int64_t slice = item % slices;
    int i = 0;
    while (slice >= whole.first_slice[i + 1]) ++i;
    const Parameter& p = whole.parameter[i];
    if (run.domain < 0 || (p.gradient == nullptr && !p.trains(run.domain))) continue;
    const int shares = whole.parts[i].shares;
    const int64_t ld = whole.parts[i].ld;
    const float* const parts = whole.parts[i].address + run.first_chunk * ld;
    StepNumbers step = numbers_at(settings, p.rate_scale, t);
    if (settings.row_wise() && p.gradient == nullptr) {
      float state = p.first[run.domain];
      step = row_wise_numbers(settings, p, run.domain, state, team,
                              [&](int64_t k) { return sum_parts(parts + k, ld, run.chunks); });
      if (team.rank() == 0) p.first[run.domain] = state;
    }
    const int64_t size = settings.row_wise() ? p.row_size : kSlice / shares;
    const int64_t begin = (slice - whole.first_slice[i]) * size;
    for (int64_t k = begin; k < begin + size && k < p.row_size; k += kSlice / shares) {
      step_values(settings, p, step, run.domain, k, parts, ld, run.chunks, shares, sums);
    }
    if (begin == 0 && thread_index() == 0 && p.gradient == nullptr) p.stamp[run.domain] = t;
  }
}

MLORA_KERNEL penalize(Whole whole) {
  int i = 0;
  while (block_index() >= whole.first_slice[i + 1]) ++i;
  const Parameter& p = whole.parameter[i];
  const int64_t begin = p.first_row * p.row_size + (block_index() - whole.first_slice[i]) * kSlice;
  const int64_t end = (p.first_row + p.row_count) * p.row_size;
  for (int64_t k = begin + thread_index(); k < begin + kSlice && k < end; k += kThreads) {
    p.gradient[k] += p.l2 * p.value[k];
  }
}

// Shares of a block's threads that so many parts are for: a share has 16, as long as there are enough shares.
int shares_for(int64_t parts) {
  int shares = 1;
  while (shares < kMostShares && parts > 16 * shares) shares *= 2;
  return shares;
}

Whole all_of(const Settings& settings, const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts, int n) {
  require(n >= 1 && n <= MLORA_CUDA_MOST, "an update has 1 to 32 parameters");
  Whole whole = {};
  whole.count = n;
  for (int i = 0; i < n; ++i) {
    check_parameter(settings, parameters[i]);
    require(parts[i].address != 0 && parts[i].ld >= 0, "a gradient has parts");
    whole.parameter[i] = parameter_of(parameters[i]);
    whole.parts[i] = {pointer<const float>(parts[i].address), parts[i].ld, parts[i].count, 1};
  }
  return whole;
}

// Shares the parameters out among blocks, by their shares of parts or by rows.
void slice(Whole& whole, bool rows) {
  for (int i = 0; i < whole.count; ++i) {
    const int64_t size = rows ? whole.parameter[i].row_size : kSlice / whole.parts[i].shares;
    whole.first_slice[i + 1] = whole.first_slice[i] + ceil_div(whole.parameter[i].row_size, size);
  }
}

}  // namespace

Settings settings_of(const mlora_cuda_optimizer& o) {
  require(o.kind >= MLORA_CUDA_SGD && o.kind <= MLORA_CUDA_ADAM, "the kind of the optimizer is not known");
  Settings s = {};
  s.kind = o.kind;
  s.untouched_move = o.untouched == MLORA_CUDA_UNTOUCHED_MOVE;
  s.rate = o.rate;
  // Zero would make 0 / 0 of values that never had a gradient; the smallest float changes nothing else.
  s.epsilon = std::max(static_cast<float>(o.epsilon), FLT_MIN);
  if (o.kind == MLORA_CUDA_ADAM) {
    require(o.a >= 0 && o.a < 1 && o.b >= 0 && o.b < 1, "beta1 and beta2 are in [0, 1)");
    require(o.corrections != 0 && o.correction_count >= 1, "Adam needs its table of corrections");
    s.b1 = static_cast<float>(o.a);
    s.b1_rest = static_cast<float>(1 - o.a);
    s.b2 = static_cast<float>(o.b);
    s.b2_rest = static_cast<float>(1 - o.b);
    s.b2_root = static_cast<float>(std::sqrt(o.b));
    // While m shrinks faster than u, a bound on the next move bounds all later ones.
    if (o.a <= std::sqrt(o.b) * (1 - 1e-5)) s.bound = static_cast<float>(o.rate / (1 - o.a) * (1 + 1e-6));
    s.corrections = pointer<const mlora_cuda_correction>(o.corrections);
    s.correction_count = static_cast<uint32_t>(o.correction_count);
  }
  return s;
}

bool moves_untouched(const Settings& settings, const mlora_cuda_parameter& parameter) {
  if (parameter.row_count == 0) return false;
  return settings.kind == MLORA_CUDA_ADAM ? settings.untouched_move : parameter.l2 != 0;
}

void check_parameter(const Settings& settings, const mlora_cuda_parameter& p) {
  require(p.value != 0 && p.rows >= 1 && p.row_size >= 1, "a parameter has rows of values");
  require(p.first_row >= 0 && p.row_count >= 0 && p.first_row + p.row_count <= p.rows,
          "the trained rows of a parameter are rows of it");
  if (p.gradient != 0) return;
  require(settings.kind == MLORA_CUDA_SGD || p.first != 0, "the optimizer needs the first moment of a parameter");
  require(settings.kind != MLORA_CUDA_ADAM || p.second != 0, "Adam needs the second moment of a parameter");
}

void update_whole(uint64_t state, const mlora_cuda_optimizer& optimizer, const mlora_cuda_parameter* parameters,
                  const mlora_cuda_parts* parts, int n, uint64_t work, Stream stream) {
  const Settings settings = settings_of(optimizer);
  Whole whole = all_of(settings, parameters, parts, n);
  for (int i = 0; i < n; ++i) {
    require(parameters[i].rows == 1, "a WHOLE parameter has one row");
    whole.parts[i].shares = shares_for(parts[i].count);
  }
  slice(whole, false);
  const auto* const at = pointer<const mlora_cuda_state>(state);
  if (settings.row_wise()) {
    require(work != 0, "row-wise Adagrad needs work space");
    launch(measure_whole, n, kThreads, shared_size<float>(kThreads / 32), stream, settings, whole,
           pointer<float>(work));
  }
  launch(step_whole, whole.first_slice[n], kThreads, shared_size<float>(kSlice), stream, at, settings, whole, pointer<const float>(work));
}

void update_domains(const mlora_cuda_batch& source, const mlora_cuda_optimizer& optimizer,
                    const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts, int n, Stream stream) {
  const Batch batch = view(source);
  const Settings settings = settings_of(optimizer);
  const auto layout = lay_out(source.capacity, source.domain_count);
  Whole whole = all_of(settings, parameters, parts, n);
  for (int i = 0; i < n; ++i) {
    require(parameters[i].gradient != 0 || parameters[i].stamp != 0, "rows of domains have stamps");
    require(parameters[i].rows == batch.domain_count, "a parameter by domain has a row for each domain");
    if (!settings.row_wise()) whole.parts[i].shares = shares_for(layout.max_chunks / layout.max_runs);
  }
  slice(whole, settings.row_wise());
  launch(step_domains, blocks_for(layout.max_runs * whole.first_slice[n]), kThreads,
         shared_size<float>(kSlice) + shared_size<float>(kThreads / 32), stream, batch, settings, whole);
}

void add_l2(const mlora_cuda_parameter* parameters, int n, Stream stream) {
  require(n >= 1 && n <= MLORA_CUDA_MOST, "an update has 1 to 32 parameters");
  Whole whole = {};
  for (int i = 0; i < n; ++i) {
    require(parameters[i].value != 0 && parameters[i].gradient != 0, "L2 needs values and a gradient");
    if (parameters[i].l2 == 0 || parameters[i].row_count == 0) continue;
    whole.parameter[whole.count] = parameter_of(parameters[i]);
    whole.first_slice[whole.count + 1] =
        whole.first_slice[whole.count] + ceil_div(parameters[i].row_count * parameters[i].row_size, kSlice);
    ++whole.count;
  }
  launch(penalize, whole.first_slice[whole.count], kThreads, 0, stream, whole);
}

}  // namespace mlora::cuda
