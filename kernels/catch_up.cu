// Lazy updates: rows that a step moves without a gradient are moved when they are next needed, step by
// step, to the same bits (see optimizer.h).
//
// catch_up_domains: before forward, and ahead for the batch that follows, a block for each run and parameter; where
// all domains were in the last batch it reads a stamp and ends. catch_up_all: a team of lanes for each trained row of
// the network, as many as have four values each. Values stay in registers for all their steps, four of a lane side by
// side, so that the numbers of a step are made once for four and divisions do not wait for each other. Moves too small
// to change a value are left out, so a row that waited for long costs some hundred steps with a division and then two
// products a step; with L2 all steps have a root and a division.
#include "batch.h"
#include "families.h"
#include "optimizer.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;

struct Lazy {
  Parameter parameter[MLORA_CUDA_MOST];
  WarpTeam team[MLORA_CUDA_MOST];
  int64_t first_warp[MLORA_CUDA_MOST + 1];
  int count;
};

MLORA_KERNEL move_domains(Batch batch, Settings settings, Lazy lazy, uint32_t ahead) {
  SharedMemory memory;
  const BlockTeam team = {memory.array<float>(kThreads / 32)};
  const Target target = target_of(batch.state, ahead);
  const int64_t items = static_cast<int64_t>(batch.run_count()) * lazy.count;
  for (int64_t item = block_index(); item < items; item += block_count()) {
    const Parameter& p = lazy.parameter[item % lazy.count];
    const int domain = batch.runs[item / lazy.count].domain;
    if (domain < 0 || !p.trains(domain)) continue;
    const uint32_t done = p.stamp[domain];
    if (!target.is_behind(done)) continue;
    catch_up_row(settings, p, domain, done, target.step, team);
    team.sync();
    if (team.rank() == 0) p.stamp[domain] = target.step;
  }
}

MLORA_KERNEL move_all(const mlora_cuda_state* state, Settings settings, Lazy lazy) {
  const int64_t warps = threads_in_grid() / 32;
  const uint32_t t = state->step;
  int i = 0;
  for (int64_t warp = warp_in_grid(); warp < lazy.first_warp[lazy.count]; warp += warps) {
    while (warp >= lazy.first_warp[i + 1]) ++i;
    const Parameter& p = lazy.parameter[i];
    const WarpTeam team = lazy.team[i];
    const int64_t row = (warp - lazy.first_warp[i]) * (32 / team.lanes) + lane() / team.lanes;
    const bool there = row < p.row_count;
    const uint32_t done = there ? p.stamp[p.first_row + row] : t;
    if (done < t) catch_up_row(settings, p, p.first_row + row, done, t, team);
    warp_sync();
    if (done < t && team.rank() == 0) p.stamp[p.first_row + row] = t;
  }
}

Lazy lazy_of(const Settings& settings, const mlora_cuda_parameter* parameters, int n) {
  require(n >= 1 && n <= MLORA_CUDA_MOST, "1 to 32 parameters catch up in a launch");
  Lazy lazy = {};
  for (int i = 0; i < n; ++i) {
    check_parameter(settings, parameters[i]);
    if (!moves_untouched(settings, parameters[i]) || parameters[i].stamp == 0) continue;
    const int lanes = lanes_for(settings, parameters[i].row_size);
    lazy.parameter[lazy.count] = parameter_of(parameters[i]);
    lazy.team[lazy.count] = {lanes};
    lazy.first_warp[lazy.count + 1] = lazy.first_warp[lazy.count] + ceil_div(parameters[i].row_count, 32 / lanes);
    ++lazy.count;
  }
  return lazy;
}

}  // namespace

void catch_up_domains(const mlora_cuda_batch& source, const mlora_cuda_optimizer& optimizer,
                      const mlora_cuda_parameter* parameters, int n, bool ahead, Stream stream) {
  const Batch batch = view(source);
  const Settings settings = settings_of(optimizer);
  const Lazy lazy = lazy_of(settings, parameters, n);
  for (int i = 0; i < n; ++i) {
    require(parameters[i].rows == batch.domain_count, "a parameter by domain has a row for each domain");
  }
  const int64_t runs = lay_out(source.capacity, source.domain_count).max_runs;
  launch(move_domains, blocks_for(runs * lazy.count), kThreads, shared_size<float>(kThreads / 32), stream, batch,
         settings, lazy, ahead ? 1u : 0u);
}

void catch_up_all(uint64_t state, const mlora_cuda_optimizer& optimizer, const mlora_cuda_parameter* parameters,
                  int n, Stream stream) {
  const Settings settings = settings_of(optimizer);
  const Lazy lazy = lazy_of(settings, parameters, n);
  const int64_t blocks = blocks_for(ceil_div(lazy.first_warp[lazy.count], kThreads / 32));
  launch(move_all, blocks, kThreads, 0, stream, pointer<const mlora_cuda_state>(state), settings, lazy);
}

}  // namespace mlora::cuda
