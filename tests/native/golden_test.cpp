// The engine against golden numbers computed in double precision: forward, loss, every gradient, L2,
// dropout and three Adam steps. The folder is MLORA_GOLDEN.
#include <numeric>

#include "check.h"
#include "golden.h"

namespace {

constexpr double kRelative = 2e-6;

// A batch of the golden file as columns.
struct GoldenBatch {
  std::vector<int32_t> uid, pid, domain, rows;
  std::vector<float> label;
  ColumnsHandle columns;

  GoldenBatch(const Golden& golden, const Json& batch)
      : uid(batch["uid"].as<int32_t>()),
        pid(batch["pid"].as<int32_t>()),
        domain(batch["domain"].as<int32_t>()),
        rows(uid.size()),
        label(batch["label"].as<float>()),
        columns(new_columns(golden.network, static_cast<int>(uid.size()))) {
    OK(mlora_columns_ids(columns.get(), 0, uid.data()));
    OK(mlora_columns_ids(columns.get(), 1, pid.data()));
    OK(mlora_columns_domains(columns.get(), domain.data()));
    OK(mlora_columns_labels(columns.get(), label.data()));
    std::iota(rows.begin(), rows.end(), 0);
  }
};

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::fabs(v));
  return most;
}

void check_near(const std::vector<float>& got, const std::vector<double>& want, double relative, const std::string& what) {
  CHECK(got.size() == want.size(), what);
  const double floor = largest(want);
  for (size_t i = 0; i < got.size(); ++i) {
    CHECK(check::close(got[i], want[i], relative, floor), what, "[", i, "] = ", got[i], " not ", want[i]);
  }
}

void check_gradients(const Golden& golden, const EngineHandle& engine, const Json& want, const std::string& what) {
  for (size_t i = 0; i < golden.names.size(); ++i) {
    if (!want.has(golden.names[i])) continue;
    const std::vector<float> got =
        read(engine, static_cast<int>(i), golden.values[i].size(), MLORA_SLOT_GRADIENT);
    check_near(got, want[golden.names[i]].flat(), kRelative, what + " " + golden.names[i]);
  }
}

void forward_and_gradients(const std::string& model) {
  const Golden golden(model, 0);
  const EngineHandle engine = golden.engine();
  golden.rules(engine, 0);
  for (size_t b = 0; b < 3; ++b) {
    const Json& json = golden.json["batches"][b];
    const GoldenBatch batch(golden, json);
    std::vector<float> logits(batch.rows.size()), probabilities(batch.rows.size());
    OK(mlora_engine_predict(engine.get(), batch.columns.get(), 0, static_cast<int>(batch.rows.size()), logits.data(),
                            probabilities.data()));
    check_near(logits, json["logit"].flat(), kRelative, "logit");
    check_near(probabilities, json["prob"].flat(), kRelative, "probability");
    double loss = 0;
    OK(mlora_engine_gradients(engine.get(), batch.columns.get(), batch.rows.data(),
                              static_cast<int>(batch.rows.size()), 0, &loss));
    CHECK(check::close(loss, json["loss"].number, kRelative, 0), loss);
    if (b == 0) check_gradients(golden, engine, golden.json["batch0_grads"], "gradient");
  }
  golden.rules(engine, golden.json["l2_lambda"].number);
  const GoldenBatch batch(golden, golden.json["batches"][0]);
  double loss = 0;
  OK(mlora_engine_gradients(engine.get(), batch.columns.get(), batch.rows.data(), static_cast<int>(batch.rows.size()), 0,
                            &loss));
  check_gradients(golden, engine, golden.json["batch0_l2"]["grads"], "gradient with L2");
}

void adam(const std::string& model, const std::string& field, int rule, int untouched) {
  const Golden golden(model, 0);
  const EngineHandle engine = golden.engine();
  const Json& settings = golden.json["adam"];
  OK(mlora_engine_optimizer(engine.get(), MLORA_ADAM, settings["lr"].number, settings["beta1"].number,
                            settings["beta2"].number, settings["eps"].number, rule, untouched, 1));
  golden.rules(engine, 0);
  const Json& want = golden.json[field];
  for (size_t b = 0; b < 3; ++b) {
    const GoldenBatch batch(golden, golden.json["batches"][b]);
    const int count = static_cast<int>(batch.rows.size());
    OK(mlora_engine_order(engine.get(), batch.columns.get(), batch.rows.data(), count));
    OK(mlora_engine_train(engine.get(), 0, count));
    double sum = 0;
    int64_t rows = 0;
    OK(mlora_engine_take_loss(engine.get(), &sum, &rows));
    CHECK(rows == count);
    if (want.has("losses")) {
      CHECK(check::close(sum / static_cast<double>(rows), want["losses"][b].number, 2 * kRelative, 0), sum);
    }
  }
  for (size_t i = 0; i < golden.names.size(); ++i) {
    const std::vector<float> got = read(engine, static_cast<int>(i), golden.values[i].size());
    const std::vector<double> expected = want["params"][golden.names[i]].flat();
    for (size_t k = 0; k < got.size(); ++k) {
      // Adam divides by the gradient's size: rounding of a gradient near 0 moves a value by up to a step.
      CHECK(check::close(got[k], expected[k], kRelative, 0.25), field, " ", golden.names[i], "[", k, "] = ", got[k],
            " not ", expected[k]);
    }
  }
}

void dropout(const std::string& model) {
  const Golden golden(model, 0.5);
  const EngineHandle engine = golden.engine();
  golden.rules(engine, 0);
  const Json& want = golden.json["dropout_case"];
  const GoldenBatch batch(golden, golden.json["batches"][0]);
  for (size_t layer = 0; layer < want["masks"].list.size(); ++layer) {
    const std::vector<uint8_t> mask = want["masks"][layer].as<uint8_t>();
    OK(mlora_engine_fix_dropout(engine.get(), static_cast<int>(layer), mask.data(), static_cast<int64_t>(mask.size())));
  }
  double loss = 0;
  OK(mlora_engine_gradients(engine.get(), batch.columns.get(), batch.rows.data(), static_cast<int>(batch.rows.size()), 1,
                            &loss));
  CHECK(check::close(loss, want["loss"].number, kRelative, 0), loss);
  check_gradients(golden, engine, want["grads"], "gradient with dropout");
}

}  // namespace

// One file: the network of a model, with or without adapters.
#define GOLDEN(file)                                                                                              \
  TEST(golden_##file##_forward_and_gradients) { forward_and_gradients(#file); }                                   \
  TEST(golden_##file##_dropout) { dropout(#file); }                                                               \
  TEST(golden_##file##_adam_tensorflow) { adam(#file, "adam3_tf", MLORA_EPSILON_TENSORFLOW, MLORA_UNTOUCHED_MOVE); } \
  TEST(golden_##file##_adam_pytorch) { adam(#file, "adam3_torch", MLORA_EPSILON_PYTORCH, MLORA_UNTOUCHED_MOVE); }  \
  TEST(golden_##file##_adam_lazy) { adam(#file, "adam3_tf_lazy", MLORA_EPSILON_TENSORFLOW, MLORA_UNTOUCHED_STAY); }

GOLDEN(mlora)
GOLDEN(mlp_single)
GOLDEN(wdl)
GOLDEN(nfm)
GOLDEN(autoint)
GOLDEN(pnn)
GOLDEN(deepfm)
GOLDEN(dcn)
GOLDEN(xdeepfm)
GOLDEN(fibinet)
