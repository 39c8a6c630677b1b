package org.mlora.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.LogitLine;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.Columns;
import org.mlora.data.Vocabularies;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.serve.MloraModel;
import org.mlora.testing.Buffers;
import org.mlora.testing.Cpu;
import org.mlora.testing.ModelCase;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.RandomProblem;

/** What holds for every model of the registry, with every kind of adapters. */
@ExtendWith(NoNativeLeaks.class)
class DomainModelsTest {
  private static final int ROWS = 120;

  static Stream<ModelCase> models() {
    return ModelCase.all();
  }

  /** The first problem of the model that has some domains. */
  private static RandomProblem problem(ModelCase model) {
    return Stream.iterate(1L, seed -> seed + 1)
        .map(seed -> model.problem(seed, ROWS, 0.2))
        .filter(problem -> problem.schema.domains().size() >= 3)
        .findFirst()
        .orElseThrow();
  }

  private static MloraModel model(RandomProblem problem, Backend backend) {
    Engine engine = backend.compile(problem.network);
    problem.fill(engine);
    ModelFile file =
        new ModelFile(
            problem.spec,
            problem.schema,
            "data",
            JsonNodeFactory.instance.objectNode(),
            Optional.of(calibration(problem.schema.domains().size())));
    return new MloraModel(file, new Vocabularies(Map.of()), engine);
  }

  /** Another line for each domain, so that a mistaken one is seen. */
  private static PlattScaling calibration(int domains) {
    List<LogitLine> lines =
        IntStream.range(0, domains).mapToObj(d -> new LogitLine(1 + 0.1 * d, 0.2 * d)).toList();
    return new PlattScaling(CalibrationScope.BY_DOMAIN, new LogitLine(0.9, -0.1), lines);
  }

  /** The problem's rows of a domain, with another number for their domain. */
  private static Columns rows(RandomProblem problem, int domain, int as) {
    Columns rows = problem.columnsOf(problem.rowsOf(domain));
    int[] domains = new int[rows.rows()];
    Arrays.fill(domains, as);
    return new Columns(rows.rows(), rows.fields(), Buffers.ints(domains), rows.labels());
  }

  /** Those whose adapters are the same for all rows of a domain. */
  static Stream<ModelCase> mergeable() {
    return models().filter(model -> !readsTheSample(model.adapter()));
  }

  private static boolean readsTheSample(AdapterSpec adapter) {
    return adapter instanceof AdapterSpec.MoeMlora moe
        && moe.gate() == AdapterSpec.MoeMlora.Gate.SAMPLE;
  }

  @ParameterizedTest
  @MethodSource("mergeable")
  void mergedAdaptersPredictAsTheyDoUnmerged(ModelCase model) {
    RandomProblem problem = problem(model);
    for (Backend backend : List.of(new ReferenceBackend(), Cpu.require(1))) {
      try (backend;
          MloraModel whole = model(problem, backend)) {
        for (int domain = 0; domain < problem.schema.domains().size(); domain++) {
          String name = problem.schema.domains().get(domain);
          try (MloraModel merged = DomainModels.merged(whole, name, backend)) {
            assertThat(merged.schema().domains()).containsExactly(name);
            assertThat(merged.network().ops())
                .noneMatch(op -> op instanceof Op.Dense dense && dense.adapter().isPresent());
            float[] expected = whole.predict(rows(problem, domain, domain));
            float[] actual = merged.predict(rows(problem, domain, 0));
            assertThat(actual)
                .hasSizeGreaterThan(5)
                .containsExactly(expected, Offset.offset(1e-6f));
          }
        }
      }
    }
  }

  /** The backbone's line belongs to logits that such a model does not have. */
  @Test
  void mergedAdaptersBringTheLineOfTheirDomainToUnknownOnes() {
    RandomProblem problem = problem(mergeable().findFirst().orElseThrow());
    PlattScaling lines = calibration(problem.schema.domains().size());
    try (Backend backend = new ReferenceBackend();
        MloraModel whole = model(problem, backend);
        MloraModel merged = DomainModels.merged(whole, "d1", backend);
        MloraModel alone = DomainModels.only(whole, "d1", backend)) {
      assertThat(merged.calibration()).hasValue(lines.as(1));
      assertThat(merged.calibration().orElseThrow().unknown()).isEqualTo(lines.domains().get(1));
      assertThat(alone.calibration()).hasValue(lines.of(List.of(1)));
      assertThat(alone.calibration().orElseThrow().unknown()).isEqualTo(lines.unknown());
    }
  }

  @Test
  void adaptersAtZeroLeaveUnknownDomainsTheLineOfTheBackbone() {
    RandomProblem problem = problem(mergeable().findFirst().orElseThrow());
    try (Backend backend = new ReferenceBackend();
        MloraModel whole = model(problem, backend)) {
      for (Parameter p : problem.network.parameters()) {
        if (p.role() == Role.ADAPTER) {
          FloatBuffer zeros = FloatBuffer.allocate(Math.toIntExact(p.size()));
          whole.engine().write(p, Engine.Slot.VALUE, 0, zeros);
        }
      }
      try (MloraModel merged = DomainModels.merged(whole, "d1", backend)) {
        assertThat(merged.calibration().orElseThrow().unknown())
            .isEqualTo(whole.calibration().orElseThrow().unknown());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aDomainAloneWithItsAdaptersPredictsTheSameBits(ModelCase model) {
    RandomProblem problem = problem(model);
    for (Backend backend : List.of(new ReferenceBackend(), Cpu.require(1))) {
      predictsTheSameBitsAlone(problem, backend);
    }
  }

  private static void predictsTheSameBitsAlone(RandomProblem problem, Backend backend) {
    try (backend;
        MloraModel whole = model(problem, backend);
        MloraModel alone = DomainModels.only(whole, problem.schema.domains().get(1), backend)) {
      assertThat(alone.predict(rows(problem, 1, 0)))
          .containsExactly(whole.predict(rows(problem, 1, 1)));
      assertThat(alone.spec()).isEqualTo(whole.spec());
    }
  }

  /** Nothing that an engine decides by the size of a network may go by its domains. */
  @Test
  void domainsOfAPublishedNetworkPredictTheSameBitsWhateverOthersThereAre() {
    ModelSpec spec = ModelSpec.defaults().withHidden(List.of(256, 128, 64));
    RandomProblem problem =
        Stream.iterate(1L, seed -> seed + 1)
            .map(seed -> new RandomProblem(spec, 0, 0.3, seed, ROWS))
            .filter(p -> p.schema.domains().size() == 3)
            .findFirst()
            .orElseThrow();
    predictsTheSameBitsAlone(problem, Cpu.require(1));
    predictTheSameBitsWithout(problem, Cpu.require(1));
  }

  @ParameterizedTest
  @MethodSource("models")
  void withoutADomainTheOthersPredictTheSameBitsAndItIsUnknown(ModelCase model) {
    RandomProblem problem = problem(model);
    for (Backend backend : List.of(new ReferenceBackend(), Cpu.require(1))) {
      predictTheSameBitsWithout(problem, backend);
    }
  }

  private static void predictTheSameBitsWithout(RandomProblem problem, Backend backend) {
    String dropped = problem.schema.domains().get(1);
    try (backend;
        MloraModel whole = model(problem, backend);
        MloraModel rest = DomainModels.without(whole, dropped, backend)) {
      assertThat(rest.schema().domains()).doesNotContain(dropped);
      for (int domain = 0; domain < problem.schema.domains().size(); domain++) {
        int before = domain == 1 ? -1 : domain;
        int after = domain == 1 ? -1 : domain > 1 ? domain - 1 : domain;
        assertThat(rest.predict(rows(problem, domain, after)))
            .containsExactly(whole.predict(rows(problem, domain, before)));
      }
    }
  }

  @Test
  void expertsThatAGateOfTheSampleWeighsAreNotMerged() {
    ModelCase gated = models().filter(m -> readsTheSample(m.adapter())).findFirst().orElseThrow();
    try (Backend backend = new ReferenceBackend();
        MloraModel whole = model(problem(gated), backend)) {
      assertThatThrownBy(() -> DomainModels.merged(whole, "d0", backend))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("depend on the sample");
    }
  }

  @Test
  void domainsThatAreNotThereAreNamed() {
    RandomProblem problem = problem(models().findFirst().orElseThrow());
    try (Backend backend = new ReferenceBackend();
        MloraModel whole = model(problem, backend);
        MloraModel one = DomainModels.only(whole, "d0", backend)) {
      assertThatThrownBy(() -> DomainModels.merged(whole, "toys", backend))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'toys'")
          .hasMessageContaining("d0, d1");
      assertThatThrownBy(() -> DomainModels.without(one, "d0", backend))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("only domain");
      assertThatThrownBy(() -> AdapterMerge.merge(whole.engine(), 9, one.engine()))
          .isInstanceOf(InvalidShapeException.class);
    }
  }
}
