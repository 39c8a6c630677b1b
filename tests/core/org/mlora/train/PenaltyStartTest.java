package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.testing.NoNativeLeaks;

/** The penalty on embeddings of models that want them to have grown before it begins. */
@ExtendWith(NoNativeLeaks.class)
class PenaltyStartTest {
  private static final double L2 = 1e-3;
  private static final ModelSpec SPEC = TrainerTest.SPEC.withModel("nfm").withEmbeddingL2(L2);
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private static ModelSpec from(int step) {
    return SPEC.withOptions(Map.of("embedding_l2_from", Integer.toString(step)));
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 300);
  }

  private float[] users(Dataset data, ModelSpec spec) {
    try (TrainingResult result = new Trainer(spec, CONFIG, backend).train(data)) {
      return Bytes.ofEngine(result.model().engine()).get("emb_uid");
    }
  }

  @Test
  void beforeItsStepThereIsNone() {
    try (Dataset data = data()) {
      float[] without = users(data, SPEC.withEmbeddingL2(0));
      assertThat(users(data, from(1_000_000))).isEqualTo(without);
      assertThat(users(data, from(4))).isNotEqualTo(without).isNotEqualTo(users(data, from(0)));
    }
  }

  @Test
  void beginsAtItsStepOfEachPhaseAndStays() {
    List<Double> lambdas = new ArrayList<>();
    Backend recording = new Recording(backend, lambdas);
    int steps;
    try (Dataset data = data();
        TrainingResult result =
            new Trainer(from(9), CONFIG.withPhases(Phases.CONTROL_JOINT), recording).train(data)) {
      steps = lambdas.size() / result.history().size() * 3;
    }
    for (int i = 0; i < lambdas.size(); i++) {
      assertThat(lambdas.get(i)).as("step %d", i).isEqualTo(i % steps < 9 ? 0 : L2);
    }
    assertThat(lambdas).hasSize(2 * steps).contains(L2);
  }

  /** Notes the lambda of the users' embeddings before every training step. */
  private record Recording(Backend backend, List<Double> lambdas) implements Backend {
    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public Engine compile(Network network) {
      Engine engine = backend.compile(network);
      Parameter users = network.parameter("emb_uid").orElseThrow();
      double[] now = {Double.NaN};
      return (Engine)
          Proxy.newProxyInstance(
              Engine.class.getClassLoader(),
              new Class<?>[] {Engine.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("optimize")) {
                  now[0] = ((Optimization) arguments[0]).rules().get(users.index()).l2();
                } else if (method.getName().equals("train")) {
                  lambdas.add(now[0]);
                }
                return method.invoke(engine, arguments);
              });
    }

    @Override
    public void close() {}
  }
}
