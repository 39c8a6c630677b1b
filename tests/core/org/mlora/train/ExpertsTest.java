package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.model.AdapterSpec;
import org.mlora.model.AdapterSpec.MoeMlora.Gate;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.serve.MloraModel;
import org.mlora.testing.NoNativeLeaks;

/** The three phases of MoE-MLoRA. */
@ExtendWith(NoNativeLeaks.class)
class ExpertsTest {
  private static final TrainingConfig CONFIG =
      TrainerTest.CONFIG.withPhases(Phases.PRETRAIN_SPECIALIZE_GATE).withPatience(2);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private static ModelSpec spec(int experts, Gate gate) {
    return TrainerTest.SPEC.withAdapter(
        new AdapterSpec.MoeMlora(new AdapterSpec.Mlora(2), experts, gate));
  }

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 2500);
  }

  /** Keeps the weights of every epoch's end. */
  private static final class Watched implements TrainingListener {
    private final List<Map<String, float[]>> weights = new ArrayList<>();
    private final List<EpochRecord> epochs = new ArrayList<>();
    private final Path run;
    private final Backend backend;

    Watched(Path run, Backend backend) {
      this.run = run;
      this.backend = backend;
    }

    @Override
    public void epochEnded(EpochRecord epoch) {
      Checkpoint last = Checkpoint.open(run.resolve("last"));
      try (Engine engine =
          backend.compile(Models.build(last.model().spec(), last.model().schema()))) {
        last.readWeights(engine);
        weights.add(Bytes.ofEngine(engine));
        epochs.add(epoch);
      }
    }
  }

  private static List<String> changed(Map<String, float[]> a, Map<String, float[]> b) {
    return a.keySet().stream().filter(n -> !Arrays.equals(a.get(n), b.get(n))).sorted().toList();
  }

  @Test
  void aPhaseMovesWhatItIsAboutAndNothingElse() {
    Path run = folder.resolve("run");
    Watched watched = new Watched(run, backend);
    try (Dataset data = data();
        TrainingResult result =
            new Trainer(spec(0, Gate.SAMPLE), CONFIG, backend, watched).train(data, run)) {
      List<Parameter> parameters = result.model().network().parameters();
      List<List<Parameter>> experts = result.model().network().experts();
      assertThat(experts).hasSize(3);
      int expert = -1;
      for (int i = 1; i < watched.epochs.size(); i++) {
        EpochRecord before = watched.epochs.get(i - 1);
        EpochRecord epoch = watched.epochs.get(i);
        List<String> moved = changed(watched.weights.get(i - 1), watched.weights.get(i));
        if (epoch.phase() != before.phase() || epoch.steps() < before.steps()) {
          expert++; // a stage begins: the best weights of the one before were taken up
          assertThat(epoch.phase()).isEqualTo(expert < 3 ? Phase.SPECIALIZE : Phase.GATE);
        } else if (epoch.phase() == Phase.PRETRAIN) {
          assertThat(moved).noneMatch(n -> role(parameters, n) == Role.ADAPTER);
          assertThat(moved).noneMatch(n -> role(parameters, n) == Role.GATE);
        } else if (epoch.phase() == Phase.SPECIALIZE) {
          assertThat(moved)
              .containsExactlyInAnyOrderElementsOf(
                  experts.get(expert).stream().map(Parameter::name).toList());
        } else {
          assertThat(moved).containsExactly("expert_gate", "expert_gate_b", "expert_gate_w");
        }
      }
      assertThat(expert).isEqualTo(3);
    }
  }

  private static Role role(List<Parameter> parameters, String name) {
    return parameters.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow().role();
  }

  @Test
  void anExpertLearnsOnItsOwnDomainAlone() {
    Path run = folder.resolve("run");
    Watched watched = new Watched(run, backend);
    try (Dataset data = data();
        TrainingResult result =
            new Trainer(spec(6, Gate.DOMAIN), CONFIG, backend, watched).train(data, run)) {
      int rows = data.columns(Split.VALIDATION).rows();
      int specialized = 0;
      for (EpochRecord epoch : watched.epochs) {
        Evaluation validation = epoch.validation();
        if (epoch.phase() == Phase.SPECIALIZE) {
          specialized++;
          assertThat(validation.domains()).filteredOn(d -> d.rows() > 0).hasSize(1);
          assertThat(validation.rows()).isLessThan(rows);
        } else {
          assertThat(validation.rows()).isEqualTo(rows);
        }
      }
      assertThat(specialized).isGreaterThanOrEqualTo(6 * 2);
      assertThat(result.history().get(result.bestEpoch() - 1).phase()).isEqualTo(Phase.GATE);
    }
  }

  @Test
  void speedIsOfTheRowsThatWereRead() {
    Path run = folder.resolve("run");
    Watched watched = new Watched(run, backend);
    try (Dataset data = data();
        TrainingResult result =
            new Trainer(spec(3, Gate.DOMAIN), CONFIG.withMaxEpochs(2), backend, watched)
                .train(data, run)) {
      Columns train = data.columns(Split.TRAIN);
      double rows = 0;
      double seconds = 0;
      for (EpochRecord epoch : watched.epochs) {
        rows +=
            epoch.validation().domains().stream()
                .filter(domain -> domain.rows() > 0)
                .mapToLong(
                    domain -> rowsOf(train, data.schema().domains().indexOf(domain.domain())))
                .sum();
        seconds += epoch.trainSeconds();
        assertThat(epoch.trainSeconds()).isPositive().isLessThan(epoch.seconds());
      }
      // Two epochs of each phase, of which one reads a third of the rows for each expert.
      assertThat(rows).isEqualTo(3 * 2 * train.rows());
      assertThat(result.samplesPerSecond()).isCloseTo(rows / seconds, withinPercentage(0.01));
    }
  }

  private static long rowsOf(Columns columns, int domain) {
    return IntStream.range(0, columns.rows())
        .filter(i -> columns.domains().get(i) == domain)
        .count();
  }

  @Test
  void expertsAddToTheBestBackboneWhatDomainsDisagreeAbout() {
    try (Dataset data = data();
        TrainingResult result =
            new Trainer(spec(0, Gate.DOMAIN), CONFIG.withPatience(4), backend).train(data)) {
      assertThat(best(result, Phase.GATE)).isGreaterThan(best(result, Phase.PRETRAIN));
    }
  }

  private static double best(TrainingResult result, Phase phase) {
    return result.history().stream()
        .filter(epoch -> epoch.phase() == phase)
        .mapToDouble(epoch -> epoch.validation().meanAuc())
        .max()
        .orElseThrow();
  }

  @Test
  void aDomainThatCannotBeJudgedLeavesItsExpertAsItStarts() {
    try (Dataset data =
            Clicks.dataset(
                folder.resolve("data"), List.of("toys", "books", "games"), List.of(2500, 0, 2500));
        TrainingResult result =
            new Trainer(spec(5, Gate.DOMAIN), CONFIG.withPatience(6), backend).train(data)) {
      Map<String, float[]> values = Bytes.ofEngine(result.model().engine());
      assertThat(Stream.of("B0_0", "B0_2", "B0_3"))
          .anySatisfy(b -> assertThat(values.get(b)).isNotEqualTo(new float[values.get(b).length]));
      assertThat(values.get("B0_1")).containsOnly(0f);
      assertThat(values.get("B0_4")).containsOnly(0f);
    }
  }

  @Test
  void aNewDomainLearnsHowToWeighTheExpertsThatAreThere() {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    try (Dataset two = Clicks.dataset(folder.resolve("two"), List.of("toys", "books"), 400);
        Dataset three = data()) {
      new Trainer(spec(0, Gate.DOMAIN), CONFIG.withMaxEpochs(3), backend).train(two, run).close();
      try (MloraModel before = MloraModel.open(run, backend);
          TrainingResult after =
              new Onboarding(CONFIG, backend, new TrainingListener() {})
                  .run(run, three, "games", grown)) {
        Map<String, float[]> old = Bytes.ofEngine(before.engine());
        Map<String, float[]> now = Bytes.ofEngine(after.model().engine());
        assertThat(now.get("expert_gate")).hasSize(3 * 2).startsWith(old.get("expert_gate"));
        assertThat(now.get("A0_1")).containsExactly(old.get("A0_1"));
        assertThat(now).doesNotContainKey("A0_2");
      }
    }
  }

  @Test
  void otherAdaptersHaveNoExpertsToSpecialize() {
    try (Dataset data = data()) {
      Path run = folder.resolve("run");
      assertThatThrownBy(() -> new Trainer(TrainerTest.SPEC, CONFIG, backend).train(data, run))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("use adapter moe-mlora");
      assertThat(run).doesNotExist();
    }
  }
}
