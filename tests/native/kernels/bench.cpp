// Time of every kernel of a training step at the shapes of the published model: input 3 x 128, hidden
// 256-128-64, ranks 16-8-4, dropout 0.5, Adam; and of the ops of other models over the same fields. One JSON
// line for each kernel and batch size, to be laid beside the predictions of kernels/README.md.
//
//   mlora_kernel_bench [DOMAINS [PRECISION [BATCH...]]]     precision: fp32, 3xtf32, tf32, bf16
#include "bench_case.h"
#include "interactions_bench.h"
#include "optimizer_case.h"

namespace {

constexpr int kField = 128, kInput = 3 * kField;
#if defined(MLORA_EMULATED)
constexpr int kIds = 1000, kOrder = 10000;
#else
constexpr int kIds = 100000, kOrder = 10000000;
#endif

// Steps that a row waits for: as ids of batches of 8192 rows do, and of 1024.
constexpr int kBehind[] = {12, 98};

struct Layer {
  int in, out, rank;
};
constexpr Layer kLayers[] = {{kInput, 256, 16}, {256, 128, 8}, {128, 64, 4}};

// A parameter of zeros with Adam's state.
struct Zeros {
  device::Array<float> value, first, second;
  device::Array<uint32_t> stamp;
  mlora_cuda_parameter parameter = {};

  Zeros(int rows, int row_size)
      : value(size_t(rows) * row_size), first(value.size()), second(value.size()), stamp(rows) {
    for (device::Array<float>* values : {&value, &first, &second}) values->clear();
    stamp.clear();
    parameter = {value.address(), first.address(), second.address(), stamp.address(), 0, 0, rows, row_size, 0, rows, 1, 0};
  }
};

// A parameter whose values move without a gradient for as long as it is timed, under an optimizer whose first moment
// hardly shrinks.
struct Waiting : Zeros {
  Waiting(int rows, int row_size) : Zeros(rows, row_size) {
    const std::vector<float> values = repeated_floats(value.size(), 0.01f);
    value.write(values);
    first.write(values);
    second.write(std::vector<float>(values.size(), 0.01f));
  }
};

class Bench : private BenchCase {
 public:
  Bench(int precision, int rows, int domains) : BenchCase(precision, rows, domains), optimizer_(MLORA_CUDA_ADAM),
        slow_(MLORA_CUDA_ADAM, MLORA_CUDA_UNTOUCHED_MOVE, MLORA_CUDA_EPSILON_TENSORFLOW, 0.9995) {}

  void run() {
    void* const s = stream_;
    const mlora_cuda_batch* const b = &batch_.batch;
    time("state_advance", [&] { OK(mlora_cuda_state_seek(b->state, batch_.from, batch_.from + rows_, s));
                                OK(mlora_cuda_state_advance(b->state, rows_, 1, s)); });
    time("batch_group", [&] { OK(mlora_cuda_batch_group(b, s)); });
    const device::Array<int32_t> order(kOrder);
    time("shuffle", [&] { OK(mlora_cuda_shuffle(order.address(), kOrder, 1, 1, s)); });
    lookup();
    for (const Layer& layer : kLayers) dense(layer);
    head();
    if (precision_ == MLORA_CUDA_BF16) tower();
    tables();
  }

 private:
  std::vector<int32_t> random_ids(int count) const {
    std::mt19937 random(6);
    std::vector<int32_t> ids(batch_.domains.size());
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<unsigned>(count));
    return ids;
  }

  // A user, an item and the domain, of a row each.
  struct Inputs {
    const device::Array<int32_t> users, items;
    const Zeros user_table, item_table, domain_table;

    explicit Inputs(const Bench& of)
        : users(of.random_ids(kIds)), items(of.random_ids(kIds)), user_table(kIds, kField), item_table(kIds, kField),
          domain_table(of.domains_, kField), domains(of.domains_) {}
    std::array<mlora_cuda_field, 3> describe(const Matrix& x) const {
      return {{{MLORA_CUDA_FIELD_ID, 0, users.address(), 0, 0, user_table.value.address(), kIds, kField, 0, x.address(), x.ld, 0},
               {MLORA_CUDA_FIELD_ID, 0, items.address(), 0, 0, item_table.value.address(), kIds, kField, kField, x.address(), x.ld, 0},
               {MLORA_CUDA_FIELD_DOMAIN, 0, 0, 0, 0, domain_table.value.address(), domains, kField, 2 * kField, x.address(), x.ld, 0}}};
    }

   private:
    const int domains;
  };

  void lookup() {
    const Matrix x(precision_, rows_, kInput);
    const Inputs inputs(*this);
    const auto fields = inputs.describe(x);
    time("lookup", [&] { OK(mlora_cuda_lookup(&batch_.batch, precision_, fields.data(), 3, stream_)); });
  }

  void dense(const Layer& l) {
    const Matrix x = random_matrix(l.in), h = random_matrix(l.out), g = random_matrix(l.out), shared = random_matrix(l.out),
                 dx = random_matrix(l.in);
    const Zeros a(domains_, l.in * l.rank), b(domains_, l.rank * l.out), c(domains_, l.out), weight(1, l.in * l.out),
        bias(1, l.out);
    const int rank_ld = round_up(l.rank, 8);
    const int64_t adapter = int64_t{l.rank} * (l.in + l.out) + l.out;
    const device::Array<float> s(size_t(rows_) * rank_ld), t(size_t(rows_) * rank_ld),
        parts(size_t(batch_.layout.max_chunks) * adapter), sums(size_t(batch_.layout.column_parts) * l.out),
        dw(size_t(l.in) * l.out), shared_a(size_t(l.in) * l.rank);
    const device::Array<uint32_t> mask(size_t(rows_) * ((l.out + 31) / 32));
    mlora_cuda_dense d = {precision_, l.in, l.out, l.rank, MLORA_CUDA_RELU, 1, 0.5, 1, 0, 0, x.address(), h.address(),
                                bias.value.address(), a.value.address(), b.value.address(), c.value.address(),
                                s.address(), t.address(), mask.address(), g.address(), shared.address(), dx.address(),
                                parts.address(), 0, x.ld, h.ld, dx.ld, 0, 0, 0, 0};
    const std::string shape = check::join(" ", l.in, "-", l.out);
    const mlora_cuda_batch* const batch = &batch_.batch;
    time("dense_forward" + shape, [&] { OK(mlora_cuda_dense_forward(batch, &d, MLORA_CUDA_DRAW_DROPOUT, stream_)); });
    time("dense_backward" + shape, [&] { OK(mlora_cuda_dense_backward(batch, &d, 1, stream_)); });
    time("adapter_gradient" + shape, [&] { OK(mlora_cuda_adapter_gradient(batch, &d, 1, stream_)); });
    d.shares_a = 1;
    d.shared_a_sum = shared_a.address();
    time("adapter_gradient of a shared A" + shape, [&] { OK(mlora_cuda_adapter_gradient(batch, &d, 1, stream_)); });
    d.shares_a = 0;
    const mlora_cuda_columns columns = {shared.address(), 0, l.out, shared.ld, 0, 0, 0, 1, sums.address(), l.out};
    time("column_sums" + shape, [&] { OK(mlora_cuda_column_sums(batch, precision_, &columns, 1, stream_)); });
    const mlora_cuda_product product = {precision_, rows_, l.out, l.in, 0, 0, x.address(), weights_of(l, weight),
                                        h.address(), x.ld, l.out, h.ld, 0, 0, 0, 0, 0};
    time("multiply" + shape, [&] { OK(mlora_cuda_multiply(&product, stream_)); });
    const device::Array<float> work(size_t(32 << 20) / 4);
    const mlora_cuda_product long_k = {precision_, l.in, l.out, rows_, 1, 0, x.address(), shared.address(), dw.address(), x.ld,
                                       shared.ld, l.out, 1, 0, 0, work.address(), 32 << 20};
    time("multiply, gradient of W" + shape, [&] { OK(mlora_cuda_multiply(&long_k, stream_)); });
    const mlora_cuda_parameter whole[] = {weight.parameter, bias.parameter};
    const mlora_cuda_parts from[] = {{dw.address(), 0, 1, 0}, {sums.address(), l.out, batch_.layout.column_parts, 0}};
    time("update_whole" + shape,
         [&] { OK(mlora_cuda_update_whole(batch->state, &optimizer_.optimizer, whole, from, 2, 0, stream_)); });
    const mlora_cuda_parameter rows[] = {a.parameter, b.parameter, c.parameter};
    const mlora_cuda_parts chunks[] = {
        {parts.address(), adapter, 0, 0},
        {parts.address() + 4 * uint64_t(l.rank) * l.in, adapter, 0, 0},
        {parts.address() + 4 * uint64_t(l.rank) * (l.in + l.out), adapter, 0, 0}};
    time("catch_up_domains" + shape,
         [&] { OK(mlora_cuda_catch_up_domains(batch, &optimizer_.optimizer, rows, 3, 0, stream_)); });
    time("update_domains" + shape,
         [&] { OK(mlora_cuda_update_domains(batch, &optimizer_.optimizer, rows, chunks, 3, stream_)); });
  }

  // W in the precision's elements; its values do not matter to the time.
  uint64_t weights_of(const Layer& l, const Zeros& weight) {
    if (precision_ != MLORA_CUDA_BF16) return weight.value.address();
    copy_ = device::Array<uint16_t>(size_t(l.in) * l.out);
    copy_.clear();
    return copy_.address();
  }

  void head() {
    const int in = kLayers[2].out;
    const Matrix x = random_matrix(in), dx = random_matrix(in);
    const device::Array<float> w(repeated_floats(in)), bias(repeated_floats(1)), z(repeated_floats(rows_)), g(rows_),
        labels(std::vector<float>(batch_.domains.size(), 1)), sums(size_t(batch_.layout.column_parts) * (in + 1));
    const device::Array<double> losses(rows_);
    const mlora_cuda_batch* const b = &batch_.batch;
    time("narrow_forward", [&] { OK(mlora_cuda_narrow_forward(b, precision_, in, 1, x.address(), x.ld, w.address(),
                                                              bias.address(), z.address(), stream_)); });
    time("loss", [&] {
      OK(mlora_cuda_loss(b, z.address(), labels.address(), 0, g.address(), losses.address(), stream_));
      OK(mlora_cuda_sum_losses(b, losses.address(), stream_));
    });
    time("narrow_backward", [&] { OK(mlora_cuda_narrow_backward(b, precision_, in, 1, g.address(), w.address(),
                                                                dx.address(), dx.ld, 0, stream_)); });
    const mlora_cuda_columns columns[] = {
        {x.address(), 0, in, x.ld, 1, g.address(), 0, 1, sums.address(), in},
        {g.address(), 1, 1, 1, 0, 0, 0, 1, sums.address() + 4 * uint64_t(batch_.layout.column_parts) * in, 1}};
    time("column_sums logit", [&] { OK(mlora_cuda_column_sums(b, precision_, columns, 2, stream_)); });
  }

  // A layer of a tower: what it reads of parameters, and where it leaves what.
  struct TowerLayer {
    Matrix h, g, shared;
    Zeros a, b, c, bias;
    device::Array<uint16_t> w;
    device::Array<float> s, t, chunks, weight_parts, bias_parts;

    TowerLayer(int precision, int rows, int domains, const Layer& l)
        : h(precision, rows, l.out), g(precision, rows, l.out), shared(precision, rows, l.out),
          a(domains, l.in * l.rank), b(domains, l.rank * l.out), c(domains, l.out), bias(1, l.out),
          w(size_t(l.in) * l.out), s(size_t(rows) * round_up(l.rank, 8)), t(s.size()) {
      w.clear();
    }
    mlora_cuda_dense describe(const Layer& l, int number, const Matrix& x) const {
      return {MLORA_CUDA_BF16, l.in, l.out, l.rank, MLORA_CUDA_RELU, number, 0.5, 1, 0, MLORA_CUDA_DRAW_DROPOUT,
              x.address(), h.address(), bias.value.address(), a.value.address(), b.value.address(), c.value.address(),
              s.address(), t.address(), 0, g.address(), shared.address(), 0, 0, 0, x.ld, h.ld, 0, 0, w.address(), 0, 0};
    }
  };

  void tower() {
    const Matrix x = random_matrix(kInput), dx(precision_, rows_, kInput);
    const device::Array<float> weight(repeated_floats(kLayers[2].out)), bias(repeated_floats(1)), logits(rows_), g(rows_),
        labels(std::vector<float>(batch_.domains.size(), 1));
    const device::Array<double> losses(rows_);
    std::vector<TowerLayer> layers;
    std::vector<mlora_cuda_dense> described;
    layers.reserve(std::size(kLayers));
    for (const Layer& l : kLayers) {
      layers.emplace_back(precision_, rows_, domains_, l);
      const size_t number = layers.size() - 1;
      described.push_back(layers.back().describe(l, static_cast<int>(number), number == 0 ? x : layers[number - 1].h));
    }
    const Inputs inputs(*this);
    const auto fields = inputs.describe(x);
    mlora_cuda_tower tower = {described.data(), nullptr, 3, 0, weight.address(), bias.address(), logits.address(),
                              labels.address(), 0, g.address(), losses.address(), 0, 0};
    time("tower_forward", [&] { OK(mlora_cuda_tower_forward(&batch_.batch, &tower, stream_)); });
    time("tower_train, no gradient of the input", [&] { OK(mlora_cuda_tower_train(&batch_.batch, &tower, stream_)); });
    described[0].dx = dx.address();
    described[0].dx_ld = dx.ld;
    time("tower_train", [&] { OK(mlora_cuda_tower_train(&batch_.batch, &tower, stream_)); });
    tower.fields = fields.data();
    tower.field_count = 3;
    time("tower_forward, lookup in it", [&] { OK(mlora_cuda_tower_forward(&batch_.batch, &tower, stream_)); });
    time("tower_train, lookup in it", [&] { OK(mlora_cuda_tower_train(&batch_.batch, &tower, stream_)); });
    int32_t parts = 0;
    OK(mlora_cuda_weight_parts(described.data(), 3, rows_, &parts));
    for (size_t i = 0; i < layers.size(); ++i) {
      const Layer& l = kLayers[i];
      layers[i].chunks = device::Array<float>(size_t(batch_.layout.max_chunks) * (l.rank * (l.in + l.out) + l.out));
      layers[i].weight_parts = device::Array<float>(size_t(parts) * l.in * l.out);
      layers[i].bias_parts = device::Array<float>(size_t(parts) * l.out);
      described[i].adapter_parts = layers[i].chunks.address();
      described[i].weight_parts = layers[i].weight_parts.address();
      described[i].bias_parts = layers[i].bias_parts.address();
    }
    time("adapter_gradient", [&] { OK(mlora_cuda_adapter_gradient(&batch_.batch, described.data(), 3, stream_)); });
    time("weight_gradient", [&] { OK(mlora_cuda_weight_gradient(&batch_.batch, described.data(), 3, stream_)); });
  }

  void tables() {
    const device::Array<int32_t> users(random_ids(kIds)), items(random_ids(kIds));
    const Matrix g = random_matrix(kInput);
    const Zeros user_table(kIds, kField), item_table(kIds, kField), domain_table(domains_, kField);
    const mlora_cuda_parameter parameters[] = {user_table.parameter, item_table.parameter, domain_table.parameter};
    const mlora_cuda_use uses[] = {
        {0, MLORA_CUDA_FIELD_ID, 0, 0, users.address(), 0, g.address(), g.ld, 0},
        {1, MLORA_CUDA_FIELD_ID, 0, kField, items.address(), 0, g.address(), g.ld, 0},
        {2, MLORA_CUDA_FIELD_DOMAIN, 0, 2 * kField, 0, 0, g.address(), g.ld, 0}};
    mlora_cuda_tables tables = {parameters, uses, 3, 3, 0, precision_, 0};
    int64_t bytes = 0;
    OK(mlora_cuda_tables_bytes(rows_, &tables, &bytes));
    const device::Array<uint8_t> memory(bytes);
    tables.memory = memory.address();
    const mlora_cuda_batch* const b = &batch_.batch;
    time("tables_collect", [&] { OK(mlora_cuda_tables_collect(b, &tables, stream_)); });
    time("tables_catch_up", [&] { OK(mlora_cuda_tables_catch_up(b, &tables, &optimizer_.optimizer, 0, stream_)); });
    time("tables_update", [&] { OK(mlora_cuda_tables_update(b, &tables, &optimizer_.optimizer, stream_)); });
    // Rows that are so many steps behind again and again: their stamps are cleared each time, which counts.
    const Waiting users_wait(kIds, kField), items_wait(kIds, kField), domains_wait(domains_, kField);
    mlora_cuda_parameter waiting[] = {users_wait.parameter, items_wait.parameter, domains_wait.parameter};
    tables.tables = waiting;
    // The timed advances have moved it, on a device many times.
    OK(mlora_cuda_state_set(b->state, 0, TestBatch::kSeed, batch_.from, batch_.from + rows_, stream_));
    int step = 0;
    for (const int behind : kBehind) {
      for (; step <= behind; ++step) advance();
      for (const double l2 : {0.0, 3e-4}) {
        for (mlora_cuda_parameter& parameter : waiting) parameter.l2 = l2;
        time(check::join("tables_catch_up ", behind, " steps", l2 > 0 ? ", L2" : ""), [&] {
          for (const Waiting* table : {&users_wait, &items_wait, &domains_wait}) device::clear(stream_, table->stamp);
          OK(mlora_cuda_tables_catch_up(b, &tables, &slow_.optimizer, 0, stream_));
        });
      }
    }
  }

  void advance() {
    const uint64_t state = batch_.batch.state;
    OK(mlora_cuda_state_seek(state, batch_.from, batch_.from + rows_, stream_));
    OK(mlora_cuda_state_advance(state, rows_, 1, stream_));
  }

  TestOptimizer optimizer_, slow_;
  device::Array<uint16_t> copy_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const int domains = argc > 1 ? std::atoi(argv[1]) : 10;
    int precision = MLORA_CUDA_BF16;
    for (int p = MLORA_CUDA_FP32; argc > 2 && p <= MLORA_CUDA_BF16; ++p) {
      if (std::string(argv[2]) == name_of(p)) precision = p;
    }
    std::vector<int> batches;
    for (int i = 3; i < argc; ++i) batches.push_back(std::atoi(argv[i]));
    if (batches.empty()) batches = {8192, 1024, 65536};  // what is measured first is what a limit leaves
    for (int rows : batches) Bench(precision, rows, domains).run();
    for (int rows : batches) InteractionsBench(precision, rows, domains).run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
