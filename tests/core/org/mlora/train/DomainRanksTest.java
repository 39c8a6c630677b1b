package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.DomainRanks;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;
import org.mlora.testing.NoNativeLeaks;

/** Domains whose adapters have a lower rank than their layer. */
@ExtendWith(NoNativeLeaks.class)
class DomainRanksTest {
  private static final List<String> DOMAINS = List.of("toys", "books", "games");

  @TempDir Path folder;

  private static ModelSpec spec(DomainRanks ranks) {
    return TrainerTest.SPEC.withAdapter(
        new AdapterSpec.Mlora(4).withL2(1e-3).withDomainRanks(ranks));
  }

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        TrainingConfig.adam(0.01),
        new Optimizer.Sgd(0.1),
        new Optimizer.Adagrad(0.05, 1e-8, 0.1),
        new Optimizer.RowWiseAdagrad(0.05, 1e-8, 0.1));
  }

  /** Layer 0 has rank 4 and 16 outputs; books have rank 1. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void whatADomainDoesNotUseIsZeroAfterTrainingToo(Optimizer optimizer) {
    TrainingConfig config = TrainerTest.CONFIG.withMaxEpochs(2).withOptimizer(optimizer);
    for (Backend backend : List.of(new CpuBackend(1), new ReferenceBackend())) {
      try (backend;
          Dataset data = Clicks.dataset(folder.resolve(backend.description()), DOMAINS, 200);
          TrainingResult result =
              new Trainer(spec(new DomainRanks(0, Map.of("books", 1))), config, backend)
                  .train(data)) {
        Map<String, float[]> values = Bytes.ofEngine(result.model().engine());
        float[] a = values.get("A0");
        float[] b = values.get("B0");
        int in = a.length / 3 / 4;
        for (int domain = 0; domain < 3; domain++) {
          for (int r = 0; r < 4; r++) {
            boolean idle = domain == 1 && r > 0;
            for (int i = 0; i < in; i++) {
              assertThat(a[(domain * in + i) * 4 + r] == 0).isEqualTo(idle);
            }
            double length = 0;
            for (int u = 0; u < 16; u++) {
              length += Math.abs(b[(domain * 4 + r) * 16 + u]);
            }
            assertThat(length == 0).isEqualTo(idle);
          }
        }
        int second = values.get("A1").length / 3 / 2; // rank 2, 8 outputs
        assertThat(DomainRanks.idle(result.model().network()))
            .isEqualTo(3 * (in + 16) + (second + 8));
      }
    }
  }

  @Test
  void ranksFollowTheTrainingRowsOfADomain() {
    try (Backend backend = new CpuBackend(1);
        Dataset data = Clicks.dataset(folder.resolve("data"), DOMAINS, List.of(1000, 100, 400));
        TrainingResult result =
            new Trainer(
                    spec(new DomainRanks(200, Map.of("games", 2))),
                    TrainerTest.CONFIG.withMaxEpochs(1),
                    backend)
                .train(data, folder.resolve("run"))) {
      AdapterSpec.Mlora settled = result.model().spec().adapter().factors().orElseThrow();
      assertThat(settled.domainRanks())
          .isEqualTo(new DomainRanks(0, Map.of("toys", 3, "books", 1, "games", 2)));
      Network network = result.model().network();
      assertThat(network.parameter("A0").orElseThrow().shape()).endsWith(4);
    }
  }

  @Test
  void domainsAndNumbersThatCannotBeAreNamed() {
    try (Backend backend = new CpuBackend(1);
        Dataset data = Clicks.dataset(folder.resolve("data"), DOMAINS, 50)) {
      Trainer unknown =
          new Trainer(spec(new DomainRanks(0, Map.of("shoes", 1))), TrainerTest.CONFIG, backend);
      assertThatThrownBy(() -> unknown.train(data))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'shoes'")
          .hasMessageContaining("toys, books, games");
    }
    assertThatThrownBy(() -> new DomainRanks(0, Map.of("toys", 0)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("'toys' is 0");
    assertThatThrownBy(
            () ->
                spec(new DomainRanks(10, Map.of()))
                    .adapter()
                    .factors()
                    .orElseThrow()
                    .withSharedA(true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("shared A");
  }
}
