// Samples per second of the native engine alone: the CPU rows of the design's performance table.
//
//   mlora_native_bench [--threads 2] [--seconds 1] [--only TEXT] [--clock wall|cpu]
//
// --clock cpu counts the time of the calling thread only: on a busy machine, with --threads 1.
// Each case runs in blocks; the fastest and the median block are shown, and the fraction of the rate of
// a plain matrix product of this engine (2 x 1024 x 384 x 256 multiply-adds).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "mlora.h"
#include "simd/kernels.h"

namespace {

int threads = 2;
double seconds = 1;
std::string only;
double sgemm_rate = 0;  // FLOP/s of all threads

void ok(mlora_status status) {
  if (status == MLORA_OK) return;
  std::fprintf(stderr, "%s\n", mlora_last_error());
  std::exit(1);
}

bool cpu_time = false;

double now() {
  if (cpu_time) {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Times {
  double fastest, median;
};

// Seconds of one call of body.
Times time(const std::function<void()>& body) {
  body();
  double start = now();
  body();
  const int calls = std::max(1, static_cast<int>(0.02 / std::max(now() - start, 1e-9)));
  for (int i = 0; i < calls; ++i) body();
  std::vector<double> blocks;
  const double end = now() + seconds;
  while (now() < end || blocks.size() < 5) {
    start = now();
    for (int i = 0; i < calls; ++i) body();
    blocks.push_back((now() - start) / calls);
  }
  std::sort(blocks.begin(), blocks.end());
  return {blocks.front(), blocks[blocks.size() / 2]};
}

struct Case {
  std::string name;
  int dim;  // of each of three embeddings
  int domains;
  double dropout;
  bool frozen, adapters;
};

struct Setup {
  mlora_network* network = nullptr;
  mlora_columns* columns = nullptr;
  mlora_engine* engine = nullptr;
  std::vector<int32_t> user, item, domain, order;
  std::vector<float> label;
  double flops = 0;  // of a forward pass of one row

  static constexpr int kRows = 1 << 17;
  static constexpr int kVocabulary = 100000;

  explicit Setup(const Case& c) {
    ok(mlora_network_create(c.domains, &network));
    int parameters = 0;
    std::vector<int> sizes, rows;
    const auto add = [&](int kind, int count, int size) {
      ok(mlora_network_parameter(network, kind, count, size));
      sizes.push_back(size);
      rows.push_back(count);
      return parameters++;
    };
    ok(mlora_network_input(network, MLORA_INPUT_ID, kVocabulary));
    ok(mlora_network_input(network, MLORA_INPUT_ID, kVocabulary));
    ok(mlora_network_value(network, 3 * c.dim));
    ok(mlora_network_lookup(network, 0, add(MLORA_ROWS_BY_ID, kVocabulary, c.dim), 0, 0));
    ok(mlora_network_lookup(network, 1, add(MLORA_ROWS_BY_ID, kVocabulary, c.dim), 0, c.dim));
    ok(mlora_network_lookup(network, MLORA_DOMAIN, add(MLORA_ROWS_BY_DOMAIN, c.domains, c.dim), 0, 2 * c.dim));
    const int tables = parameters;
    int in = 3 * c.dim, value = 0;
    for (int out : {256, 128, 64, 1}) {
      const bool last = out == 1;
      const int rank = last ? 0 : out / 16;
      const int w = add(MLORA_ROWS_WHOLE, 1, in * out), b = add(MLORA_ROWS_WHOLE, 1, out);
      int fa = -1, fb = -1, fc = -1;
      if (c.adapters && !last) {
        fa = add(MLORA_ROWS_BY_DOMAIN, c.domains, in * rank);
        fb = add(MLORA_ROWS_BY_DOMAIN, c.domains, rank * out);
        fc = add(MLORA_ROWS_BY_DOMAIN, c.domains, out);
        flops += 2.0 * rank * (in + out);
      }
      flops += 2.0 * in * out;
      ok(mlora_network_value(network, out));
      ok(mlora_network_dense(network, value, w, b, fa, fb, fc, rank, last ? 0 : 1, last ? 0 : c.dropout, value,
                             value + 1));
      ++value;
      in = out;
    }
    ok(mlora_network_logit(network, value));
    ok(mlora_engine_create(network, threads, &engine));
    std::mt19937 random(1);
    for (int p = 0; p < parameters; ++p) {
      const double scale = rows[p] == 1 ? 0.08 : 0.05;
      std::vector<float> values(static_cast<size_t>(sizes[p]) * rows[p]);
      for (float& v : values) v = static_cast<float>(scale * (static_cast<double>(random()) / 2147483648.0 - 1));
      ok(mlora_engine_write(engine, p, MLORA_SLOT_VALUE, 0, values.data(), static_cast<int64_t>(values.size())));
      ok(mlora_engine_rule(engine, p, 0, c.frozen && p < tables ? 0 : rows[p], 1, 0));
    }
    ok(mlora_engine_optimizer(engine, MLORA_ADAM, 1e-3, 0.9, 0.999, 1e-8, 0, 0, 1));
    // Domain sizes fall as 1 / k, like the peer's.
    std::vector<double> weights;
    for (int d = 0; d < c.domains; ++d) weights.push_back(1.0 / (d + 1));
    std::discrete_distribution<int> pick(weights.begin(), weights.end());
    for (int r = 0; r < kRows; ++r) {
      user.push_back(static_cast<int>(random() % kVocabulary));
      item.push_back(static_cast<int>(random() % kVocabulary));
      domain.push_back(pick(random));
      label.push_back(random() % 10 < 3 ? 1.0f : 0.0f);
      order.push_back(r);
    }
    ok(mlora_columns_create(network, kRows, &columns));
    ok(mlora_columns_ids(columns, 0, user.data()));
    ok(mlora_columns_ids(columns, 1, item.data()));
    ok(mlora_columns_domains(columns, domain.data()));
    ok(mlora_columns_labels(columns, label.data()));
    ok(mlora_engine_order(engine, columns, order.data(), kRows));
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    mlora_engine_destroy(engine);
    mlora_columns_destroy(columns);
    mlora_network_destroy(network);
  }
};

void row(const std::string& name, const Times& t, double samples, double flops) {
  std::printf("%-52s %9.0f us %10.0f /s  (median %10.0f /s)", name.c_str(), t.fastest * 1e6, samples / t.fastest,
              samples / t.median);
  if (flops > 0) std::printf("  %5.1f GFLOP/s %3.0f %%", samples * flops / t.fastest / 1e9,
                             100 * samples * flops / t.fastest / sgemm_rate);
  std::printf("\n");
  std::fflush(stdout);
}

bool wanted(const std::string& name) { return only.empty() || name.find(only) != std::string::npos; }

void train(const Case& c, int batch) {
  const std::string name = "train " + c.name + " B=" + std::to_string(batch);
  if (!wanted(name)) return;
  Setup setup(c);
  int at = 0;
  const Times t = time([&] {
    ok(mlora_engine_train(setup.engine, at, batch));
    at = (at + 2 * batch) % (Setup::kRows - batch);
  });
  row(name, t, batch, 3 * setup.flops);
}

void infer(const Case& c, int batch, int merge) {
  const char* const modes[] = {"auto", "never", "always"};
  const std::string name = "infer " + c.name + " B=" + std::to_string(batch) + " merge=" + modes[merge];
  if (!wanted(name)) return;
  Setup setup(c);
  ok(mlora_engine_merge(setup.engine, merge));
  std::vector<float> out(batch);
  int at = 0;
  const Times t = time([&] {
    ok(mlora_engine_predict(setup.engine, setup.columns, at, batch, nullptr, out.data()));
    at = (at + 7 * batch) % (Setup::kRows - batch);
  });
  row(name, t, batch, setup.flops);
}

// The rate of this engine's own matrix product, on all threads.
void sgemm() {
  constexpr int kM = 960, kK = 384, kN = 256;
  std::vector<std::thread> pool;
  std::vector<double> rates(threads);
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&rates, i] {
      std::vector<float> x(kM * kK, 0.5f), w(kK * kN, 0.25f), z(kM * kN);
      const Times t = time([&] { mlora::kernels().multiply(kM, kK, x.data(), kK, w.data(), kN, z.data(), kN, false); });
      rates[i] = 2.0 * kM * kK * kN / t.fastest;
    });
  }
  for (std::thread& thread : pool) thread.join();
  for (double rate : rates) sgemm_rate += rate;
  std::printf("%s, %d threads, matrix product %.1f GFLOP/s\n", mlora_cpu_instruction_set(), threads, sgemm_rate / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--threads") == 0) threads = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--only") == 0) only = argv[i + 1];
    if (std::strcmp(argv[i], "--clock") == 0) cpu_time = std::strcmp(argv[i + 1], "cpu") == 0;
  }
  sgemm();
  for (int batch : {1024, 8192}) {
    train({"in=24 D=10 dropout", 8, 10, 0.5, false, true}, batch);
    train({"in=24 D=10", 8, 10, 0, false, true}, batch);
    train({"in=24 D=1000", 8, 1000, 0, false, true}, batch);
    train({"in=24 D=10 no adapters", 8, 10, 0, false, false}, batch);
    train({"in=384 D=10 frozen dropout", 128, 10, 0.5, true, true}, batch);
    train({"in=384 D=10 frozen", 128, 10, 0, true, true}, batch);
    train({"in=384 D=1000 frozen", 128, 1000, 0, true, true}, batch);
    train({"in=384 D=10 frozen no adapters", 128, 10, 0, true, false}, batch);
    train({"in=384 D=10", 128, 10, 0, false, true}, batch);
  }
  for (int dim : {8, 128}) {
    for (int domains : {10, 100}) {
      const Case c = {"in=" + std::to_string(3 * dim) + " D=" + std::to_string(domains), dim, domains, 0, true, true};
      for (int batch : {1, 32, 1024}) {
        infer(c, batch, MLORA_MERGE_NEVER);
        if (batch == 1024) infer(c, batch, MLORA_MERGE_ALWAYS);
      }
    }
  }
  return 0;
}
