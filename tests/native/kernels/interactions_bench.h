// Times of the ops between embeddings and logits: three fields of 128 columns (of 16 for maps, 64 of them), 4
// heads of 8, 4 experts of 64.
#ifndef MLORA_TESTS_KERNELS_INTERACTIONS_BENCH_H
#define MLORA_TESTS_KERNELS_INTERACTIONS_BENCH_H

#include "bench_case.h"
#include "op_case.h"

class InteractionsBench : private BenchCase {
#if defined(MLORA_EMULATED)
  static constexpr int kWidth = 16;  // a program of the host's takes its time
#else
  static constexpr int kWidth = 128;
#endif
  static constexpr int kFields = 3, kPairs = 3, kInput = kFields * kWidth;

 public:
  InteractionsBench(int precision, int rows, int domains) : BenchCase(precision, rows, domains) {}

  void run() {
    columns();
    pairs();
    maps();
    attention();
    domains();
    norm();
    gates();
    packs();
  }

 private:
  const mlora_cuda_batch* batch() const { return &batch_.batch; }

  void columns() {
    const Matrix a = random_matrix(kInput), b = random_matrix(kInput), out = random_matrix(kInput);
    const mlora_cuda_matrix left = view_of(a), right = view_of(b), to = view_of(out);
    const mlora_cuda_copy copy = {left, to, 0, 0, kInput, 0};
    time("copy_columns", [&] { OK(mlora_cuda_copy_columns(batch(), precision_, &copy, 1, stream_)); });
    time("multiply_add", [&] { OK(mlora_cuda_multiply_add(batch(), precision_, &left, &right, &left, &to, stream_)); });
    const device::Array<float> w(repeated_floats(kInput, 0.1f)), products(rows_), slopes(rows_);
    const mlora_cuda_cross cross = {left, right, to, w.address(), w.address(), products.address(), slopes.address()};
    const Matrix start = random_matrix(kInput), in = random_matrix(kInput);
    const mlora_cuda_matrix dstart = view_of(start), din = view_of(in);
    time("cross_forward", [&] { OK(mlora_cuda_cross_forward(batch(), precision_, &cross, stream_)); });
    time("cross_backward", [&] { OK(mlora_cuda_cross_backward(batch(), precision_, &cross, &to, &dstart, &din, stream_)); });
  }

  void pairs() {
    const Matrix x = random_matrix(kInput), wide = random_matrix(kPairs * kWidth), other = random_matrix(kPairs * kWidth),
                 field = random_matrix(kWidth), number = random_matrix(kPairs), d = random_matrix(kInput);
    const mlora_cuda_matrix in = view_of(x), left = view_of(wide), out = view_of(other), pooled = view_of(field),
                            inner = view_of(number), dx = view_of(d);
    time("bi_interaction", [&] { OK(mlora_cuda_bi_interaction(batch(), precision_, kFields, &in, &pooled, stream_)); });
    time("bi_interaction_backward",
         [&] { OK(mlora_cuda_bi_interaction_backward(batch(), precision_, kFields, &in, &pooled, &dx, stream_)); });
    time("inner_products", [&] { OK(mlora_cuda_inner_products(batch(), precision_, kFields, &in, &inner, stream_)); });
    time("inner_products_backward",
         [&] { OK(mlora_cuda_inner_products_backward(batch(), precision_, kFields, &in, &inner, &dx, stream_)); });
    time("bilinear", [&] { OK(mlora_cuda_bilinear(batch(), precision_, kFields, 1, &in, &left, &out, stream_)); });
    const Matrix slopes = random_matrix(kPairs * kWidth);
    const mlora_cuda_matrix t = view_of(slopes);
    time("bilinear_backward", [&] {
      OK(mlora_cuda_bilinear_backward(batch(), precision_, kFields, 1, &in, &left, &out, &t, &dx, stream_));
    });
    const device::Array<float> squeeze(repeated_floats(kFields)), excite(repeated_floats(kFields)),
        kept(size_t(rows_) * (2 * kFields + 1)), back(kept.size());
    const mlora_cuda_senet senet = {in, dx, kFields, 1, squeeze.address(), excite.address(), kept.address(), back.address()};
    time("senet_forward", [&] { OK(mlora_cuda_senet_forward(batch(), precision_, &senet, stream_)); });
    time("senet_backward", [&] { OK(mlora_cuda_senet_backward(batch(), precision_, &senet, &in, &dx, stream_)); });
  }

  void maps() {
    const int k = 16, maps = kWidth / 2;
    const Matrix x0 = random_matrix(kFields * k), x = random_matrix(maps * k), y = random_matrix(maps * k),
                 d0 = random_matrix(kFields * k), d = random_matrix(maps * k);
    const device::Array<float> weight(repeated_floats(size_t(kFields) * maps * maps, 0.1f)), bias(repeated_floats(maps));
    mlora_cuda_cin cin = {view_of(x0), view_of(x), view_of(y), k, 0, weight.address(), bias.address(), 0};
    OK(mlora_cuda_cin_parts(rows_, &cin, &cin.parts));
    const device::Array<float> sums(cin.parts * (size_t(kFields) * maps + 1) * maps);
    cin.sums = sums.address();
    const mlora_cuda_matrix g = view_of(y), dstart = view_of(d0), din = view_of(d);
    time("cin_forward", [&] { OK(mlora_cuda_cin_forward(batch(), precision_, &cin, stream_)); });
    time("cin_backward", [&] { OK(mlora_cuda_cin_backward(batch(), precision_, &cin, &g, &dstart, &din, stream_)); });
    time("cin_gradient", [&] { OK(mlora_cuda_cin_gradient(batch(), precision_, &cin, &g, stream_)); });
  }

  void attention() {
    const int heads = 4, width = 8, all = 4 * heads * width;
    const Matrix projections(precision_, rows_ * kFields, all, repeated_floats(size_t(rows_) * kFields * all, 0.1f)),
        slopes(precision_, rows_ * kFields, all), out = random_matrix(kFields * heads * width);
    const mlora_cuda_attention a = {view_of(out), kFields, heads, width, projections.ld, 1, projections.address(), slopes.address()};
    const mlora_cuda_matrix g = view_of(out);
    time("attention_forward", [&] { OK(mlora_cuda_attention_forward(batch(), precision_, &a, stream_)); });
    time("attention_backward", [&] { OK(mlora_cuda_attention_backward(batch(), precision_, &a, &g, stream_)); });
    const int rank = 4, of_matrix = heads * width;
    const Matrix x = random_matrix(kInput), dx = random_matrix(kInput);
    const device::Array<float> low(repeated_floats(size_t(domains_) * rank * kInput, 0.1f)), s(size_t(rows_) * kFields * rank),
        t(s.size()), parts(batch_.layout.max_chunks * size_t(rank) * (kInput / kFields + all));
    const uint64_t b = low.address();
    const mlora_cuda_field_adapters adapters = {kFields, rank, kInput / kFields, of_matrix, kInput / kFields, projections.ld, 1,
                                                low.address(), {b, b, b, b}, x.address(), dx.address(), projections.address(),
                                                slopes.address(), s.address(), t.address(), parts.address()};
    time("field_adapters_forward", [&] { OK(mlora_cuda_field_adapters_forward(batch(), precision_, &adapters, stream_)); });
    time("field_adapters_backward", [&] { OK(mlora_cuda_field_adapters_backward(batch(), precision_, &adapters, stream_)); });
    time("field_adapters_gradient", [&] { OK(mlora_cuda_field_adapters_gradient(batch(), precision_, &adapters, stream_)); });
  }

  void domains() {
    const int out = 256, experts = 4, expert = 64;
    const Matrix x = random_matrix(kInput), h = random_matrix(out), d = random_matrix(kInput), mixed = random_matrix(expert),
                 gate = random_matrix(experts), dgate = random_matrix(experts), dh = random_matrix(out);
    const size_t size = size_t(kInput) * out;
    const device::Array<float> weight(repeated_floats(size * domains_, 0.1f)), bias(repeated_floats(size_t(out) * domains_)),
        shared(repeated_floats(size)), shared_bias(repeated_floats(out)),
        sums(batch_.layout.max_chunks * (size + out)), shared_sums(size);
    const mlora_cuda_domain_dense dense = {view_of(x), view_of(h), MLORA_CUDA_RELU, 0, weight.address(), bias.address(),
                                           shared.address(), shared_bias.address(), sums.address(), shared_sums.address()};
    const mlora_cuda_matrix g = view_of(h), dx = view_of(d);
    time("domain_dense_forward", [&] { OK(mlora_cuda_domain_dense_forward(batch(), precision_, &dense, stream_)); });
    time("domain_dense_backward",
         [&] { OK(mlora_cuda_domain_dense_backward(batch(), precision_, &dense, &g, &dx, stream_)); });
    time("domain_dense_gradient", [&] { OK(mlora_cuda_domain_dense_gradient(batch(), precision_, &dense, &g, stream_)); });
    time("domain_dense_shared", [&] { OK(mlora_cuda_domain_dense_shared(batch(), &dense, stream_)); });
    const mlora_cuda_matrix in = view_of(h), by = view_of(gate), to = view_of(mixed), din = view_of(dh), dby = view_of(dgate);
    time("mixture", [&] { OK(mlora_cuda_mixture(batch(), precision_, &in, &by, &to, stream_)); });
    time("mixture_backward", [&] { OK(mlora_cuda_mixture_backward(batch(), precision_, &in, &by, &to, &din, &dby, stream_)); });
  }

  void norm() {
    const Matrix x = random_matrix(kInput), y = random_matrix(kInput), d = random_matrix(kInput);
    const device::Array<float> gamma(repeated_floats(kInput)), own(repeated_floats(size_t(kInput) * domains_)),
        moving(std::vector<float>(1 + 2 * kInput, 1)), own_moving(std::vector<float>(moving.size() * domains_, 1)),
        runs(size_t(batch_.layout.max_runs) * 6 * kInput), sums(size_t(batch_.layout.max_chunks) * 2 * kInput),
        shared_sums(2 * kInput);
    const mlora_cuda_partitioned_norm norm = {
        view_of(x),       view_of(y), gamma.address(), gamma.address(), own.address(),        own.address(), moving.address(),
        own_moving.address(), 0.99,   1e-3,            runs.address(),  sums.address(), shared_sums.address()};
    const mlora_cuda_matrix g = view_of(y), dx = view_of(d);
    time("partitioned_norm_forward",
         [&] { OK(mlora_cuda_partitioned_norm_forward(batch(), precision_, &norm, 1, stream_)); });
    time("partitioned_norm_backward",
         [&] { OK(mlora_cuda_partitioned_norm_backward(batch(), precision_, &norm, &g, &dx, stream_)); });
    time("partitioned_norm_share", [&] { OK(mlora_cuda_partitioned_norm_share(batch(), &norm, stream_)); });
    time("partitioned_norm_move", [&] { OK(mlora_cuda_partitioned_norm_move(batch(), &norm, 1, 0, domains_, stream_)); });
  }

  void gates() {
    const Matrix x = random_matrix(kInput), out = random_matrix(kInput), dx = random_matrix(kInput);
    const mlora_cuda_matrix in = view_of(x), to = view_of(out), din = view_of(dx);
    for (int gates : {kInput, kFields}) {
      const Matrix scores = random_matrix(gates), dscores = random_matrix(gates);
      const mlora_cuda_gate gate = {in, view_of(scores), to, 2, 1, 0};
      const mlora_cuda_matrix dgate = view_of(dscores);
      const std::string of = gates == kInput ? " of columns" : " of fields";
      time("gate_forward" + of, [&] { OK(mlora_cuda_gate_forward(batch(), precision_, &gate, stream_)); });
      time("gate_backward" + of, [&] { OK(mlora_cuda_gate_backward(batch(), precision_, &gate, &to, &din, &dgate, stream_)); });
    }
    time("add", [&] { OK(mlora_cuda_add(batch(), precision_, &in, &din, MLORA_CUDA_RELU, &to, stream_)); });
  }

  void packs() {
    const int out = 64, parts = 4;
    const device::Array<float> weights(repeated_floats(size_t(parts) * kInput * out, 0.1f)), sums(weights.size());
    const Matrix packed(precision_, kInput, parts * out);
    const uint64_t element = precision_ == MLORA_CUDA_BF16 ? 2 : 4;
    std::vector<mlora_cuda_piece> pieces, apart;
    for (uint64_t i = 0; i < parts; ++i) {
      const uint64_t own = weights.address() + 4 * i * kInput * out;
      pieces.push_back({own, packed.address() + element * i * out, kInput, out, packed.ld, 0});
      apart.push_back({own, sums.address() + 4 * i * out, kInput, out, parts * out, 0});
    }
    time("pack", [&] { OK(mlora_cuda_pack(precision_, pieces.data(), parts, stream_)); });
    time("unpack", [&] { OK(mlora_cuda_unpack(apart.data(), parts, stream_)); });
    const Matrix x = random_matrix(kInput), split(precision_, rows_ * kFields, kWidth);
    const mlora_cuda_matrix in = view_of(x);
    time("split_fields",
         [&] { OK(mlora_cuda_split_fields(batch(), precision_, kFields, &in, split.address(), split.ld, stream_)); });
    time("join_fields",
         [&] { OK(mlora_cuda_join_fields(batch(), precision_, kFields, split.address(), split.ld, &in, stream_)); });
  }
};

#endif
