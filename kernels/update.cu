// Gradients become steps: sums of parts in their order, and the optimizer on the sum while it is in a
// register.
//
// update_whole: W, b and vectors. A block takes 1024 values of a parameter, a thread four of them as one
// vector, all parameters of the network in one launch. Parts (128 of a bias) are read 8 at a time, so that
// a thread waits for memory 16 times and not 128 times.
// update_domains: the rows of A, B, c that the batch's runs have: a block takes 1024 values of a row; its
// parts are those of the run's chunks. Rows of other domains are not touched and cost nothing.
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
constexpr int kSlice = 1024;

struct Parts {
  const float* address;
  int64_t ld;
  int32_t count;
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
    for (int i = 0; i < 8; ++i) {
      if (part + i < count) sum += values[i];
    }
  }
  return sum;
}

// The same for n values, at most 4, side by side.
MLORA_DEVICE void sum4_parts(const float* at, int64_t ld, int count, int n, float (&sum)[4]) {
  if (n < 4 || ld % 4 != 0 || reinterpret_cast<uint64_t>(at) % 16 != 0) {
    MLORA_UNROLL
    for (int i = 0; i < 4; ++i) sum[i] = i < n ? sum_parts(at + i, ld, count) : 0.0f;
    return;
  }
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) sum[i] = 0;
  for (int part = 0; part < count; part += 8) {
    float values[8][4] = {};
    MLORA_UNROLL
    for (int k = 0; k < 8; ++k) {
      if (part + k < count) load4(at + (part + k) * ld, values[k]);
    }
    MLORA_UNROLL
    for (int k = 0; k < 8; ++k) {
      MLORA_UNROLL
      for (int i = 0; i < 4; ++i) {
        if (part + k < count) sum[i] += values[k][i];
      }
    }
  }
}

// Four values of a parameter with the gradient that their parts make.
MLORA_DEVICE void finish(const Settings& settings, const Parameter& p, StepNumbers step, int64_t at, int n,
                         const float* parts, int64_t ld, int count) {
  float g[4];
  sum4_parts(parts, ld, count, n, g);
  if (p.gradient == nullptr) {
    apply4_at(settings, p, step, at, n, g);
    return;
  }
  MLORA_UNROLL
  for (int i = 0; i < 4; ++i) {
    if (i < n) p.gradient[at + i] = g[i];
  }
}

// Values of four from k on that a row has.
MLORA_DEVICE int four_of(const Parameter& p, int64_t k) {
  return p.row_size - k < 4 ? static_cast<int>(p.row_size - k) : 4;
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

MLORA_KERNEL step_whole(const mlora_cuda_state* state, Settings settings, Whole whole, const float* work) {
  int i = 0;
  while (block_index() >= whole.first_slice[i + 1]) ++i;
  const Parameter& p = whole.parameter[i];
  StepNumbers step = numbers_at(settings, p.rate_scale, state->step);
  if (settings.row_wise() && p.gradient == nullptr) step.rate = work[i];
  const int64_t k = (block_index() - whole.first_slice[i]) * kSlice + 4 * thread_index();
  if (k >= p.row_size) return;
  finish(settings, p, step, k, four_of(p, k), whole.parts[i].address + k, whole.parts[i].ld, whole.parts[i].count);
}

MLORA_KERNEL step_domains(Batch batch, Settings settings, Whole whole, int64_t slice_size) {
  SharedMemory memory;
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
    const float* const parts = whole.parts[i].address + run.first_chunk * whole.parts[i].ld;
    const int64_t ld = whole.parts[i].ld, row = run.domain * p.row_size;
    StepNumbers step = numbers_at(settings, p.rate_scale, t);
    if (settings.row_wise() && p.gradient == nullptr) {
      float state = p.first[run.domain];
      step = row_wise_numbers(settings, p, run.domain, state, team,
                              [&](int64_t k) { return sum_parts(parts + k, ld, run.chunks); });
      if (team.rank() == 0) p.first[run.domain] = state;
    }
    const int64_t begin = (slice - whole.first_slice[i]) * slice_size;
    for (int64_t k = begin + 4 * thread_index(); k < begin + slice_size && k < p.row_size; k += 4 * kThreads) {
      finish(settings, p, step, row + k, four_of(p, k), parts + k, ld, run.chunks);
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

Whole all_of(const Settings& settings, const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts, int n,
             int64_t slice_size) {
  require(n >= 1 && n <= MLORA_CUDA_MOST, "an update has 1 to 32 parameters");
  Whole whole = {};
  whole.count = n;
  for (int i = 0; i < n; ++i) {
    check_parameter(settings, parameters[i]);
    require(parts[i].address != 0 && parts[i].ld >= 0, "a gradient has parts");
    whole.parameter[i] = parameter_of(parameters[i]);
    whole.parts[i] = {pointer<const float>(parts[i].address), parts[i].ld, parts[i].count};
    whole.first_slice[i + 1] = whole.first_slice[i] + ceil_div(parameters[i].row_size, slice_size);
  }
  return whole;
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
  const Whole whole = all_of(settings, parameters, parts, n, kSlice);
  for (int i = 0; i < n; ++i) require(parameters[i].rows == 1, "a WHOLE parameter has one row");
  const auto* const at = pointer<const mlora_cuda_state>(state);
  if (settings.row_wise()) {
    require(work != 0, "row-wise Adagrad needs work space");
    launch(measure_whole, n, kThreads, shared_size<float>(kThreads / 32), stream, settings, whole,
           pointer<float>(work));
  }
  launch(step_whole, whole.first_slice[n], kThreads, 0, stream, at, settings, whole, pointer<const float>(work));
}

void update_domains(const mlora_cuda_batch& source, const mlora_cuda_optimizer& optimizer,
                    const mlora_cuda_parameter* parameters, const mlora_cuda_parts* parts, int n, Stream stream) {
  const Batch batch = view(source);
  const Settings settings = settings_of(optimizer);
  const int64_t slice_size = settings.row_wise() ? int64_t{1} << 40 : kSlice;
  const Whole whole = all_of(settings, parameters, parts, n, slice_size);
  for (int i = 0; i < n; ++i) {
    require(parameters[i].gradient != 0 || parameters[i].stamp != 0, "rows of domains have stamps");
    require(parameters[i].rows == batch.domain_count, "a parameter by domain has a row for each domain");
  }
  const int64_t runs = lay_out(source.capacity, source.domain_count).max_runs;
  launch(step_domains, blocks_for(runs * whole.first_slice[n]), kThreads, shared_size<float>(kThreads / 32), stream,
         batch, settings, whole, slice_size);
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
