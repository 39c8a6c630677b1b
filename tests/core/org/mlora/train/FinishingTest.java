package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.serve.MloraModel;
import org.mlora.testing.NoNativeLeaks;

/** Trainings that are told to end with the best they have. */
@ExtendWith(NoNativeLeaks.class)
class FinishingTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(9);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 400);
  }

  /** Trains, and is told to finish before a step, of which an epoch of the data has eight. */
  private TrainingResult finished(
      ModelSpec spec, TrainingConfig config, int step, Function<Trainer, TrainingResult> way) {
    return told(Trainer::finish, spec, config, step, way);
  }

  private TrainingResult told(
      Consumer<Trainer> what,
      ModelSpec spec,
      TrainingConfig config,
      int step,
      Function<Trainer, TrainingResult> way) {
    Trainer[] trainer = new Trainer[1];
    Backend hooked =
        new HookedBackend(
            backend,
            now -> {
              if (now == step) {
                what.accept(trainer[0]);
              }
            });
    trainer[0] = new Trainer(spec, config, hooked);
    return way.apply(trainer[0]);
  }

  private static List<Phase> phases(TrainingResult result) {
    return result.history().stream().map(EpochRecord::phase).toList();
  }

  private static void assertSameModel(MloraModel one, MloraModel other) {
    assertThat(Bytes.ofEngine(one.engine()))
        .usingRecursiveComparison()
        .isEqualTo(Bytes.ofEngine(other.engine()));
    assertThat(one.calibration()).isPresent().isEqualTo(other.calibration());
  }

  @Test
  void aTrainingGivesWhatItWouldHaveGivenWithoutTheEpochInProgress() {
    Path run = folder.resolve("run");
    try (Dataset data = data();
        TrainingResult shorter =
            new Trainer(TrainerTest.SPEC, CONFIG.withMaxEpochs(2), backend).train(data);
        TrainingResult inMemory = finished(TrainerTest.SPEC, CONFIG, 20, t -> t.train(data));
        TrainingResult inFolder = finished(TrainerTest.SPEC, CONFIG, 20, t -> t.train(data, run))) {
      assertThat(inFolder.stopped()).isFalse();
      assertThat(inFolder.history()).hasSize(2);
      assertThat(inFolder.bestEpoch()).isEqualTo(shorter.bestEpoch());
      assertThat(inFolder.validation()).isEqualTo(shorter.validation());
      assertThat(inFolder.seconds())
          .isGreaterThan(inFolder.history().stream().mapToDouble(EpochRecord::seconds).sum());
      assertSameModel(inFolder.model(), shorter.model());
      assertSameModel(inMemory.model(), shorter.model());
    }
  }

  /** One that fails where anything is trained. */
  private Backend still() {
    return HookedBackend.dyingBefore(1, backend);
  }

  @Test
  void itsRunIsCompleteAndOpenedWhereItIsResumed() {
    Path run = folder.resolve("run");
    Path update = folder.resolve("update");
    try (Dataset data = data();
        TrainingResult ended = finished(TrainerTest.SPEC, CONFIG, 20, t -> t.train(data, run));
        TrainingResult resumed =
            new Trainer(TrainerTest.SPEC, CONFIG, still()).trainOrResume(data, run);
        MloraModel opened = MloraModel.open(run, backend)) {
      assertThat(resumed.stopped()).isFalse();
      assertThat(resumed.history()).isEqualTo(ended.history());
      assertThat(resumed.seconds()).isEqualTo(ended.seconds());
      assertSameModel(resumed.model(), ended.model());
      assertSameModel(opened, ended.model());
      assertThat(opened.evaluate(data, Split.TEST))
          .isEqualTo(ended.model().evaluate(data, Split.TEST));
      assertThat(Bytes.text(run.resolve("metrics.jsonl")).lines()).hasSize(2);
      new ModelUpdate(ModelUpdate.defaults(run).withMaxEpochs(1), backend)
          .run(run, data, update)
          .close();
    }
  }

  @Test
  void theFirstEpochEndsWhereNoneHas() {
    try (Dataset data = data();
        TrainingResult one =
            new Trainer(TrainerTest.SPEC, CONFIG.withMaxEpochs(1), backend).train(data);
        TrainingResult early = finished(TrainerTest.SPEC, CONFIG, 3, t -> t.train(data))) {
      assertThat(early.history()).hasSize(1);
      assertSameModel(early.model(), one.model());
    }
  }

  @Test
  void domainRegularizationIsGivenUpAsAnEpochIs() {
    TrainingConfig regularized = CONFIG.withRegularization(new Regularization(1, 0.5));
    Path run = folder.resolve("run");
    AtomicInteger steps = new AtomicInteger();
    Backend counting = new HookedBackend(backend, steps::set);
    try (Dataset data = data();
        TrainingResult one =
            new Trainer(TrainerTest.SPEC, regularized.withMaxEpochs(1), counting).train(data)) {
      int epoch = steps.get();
      assertThat(epoch).isGreaterThan(8 + 12);
      try (TrainingResult first =
              finished(TrainerTest.SPEC, regularized, 8 + 5, t -> t.train(data));
          TrainingResult second =
              finished(TrainerTest.SPEC, regularized, epoch + 8 + 5, t -> t.train(data, run));
          TrainingResult resumed =
              new Trainer(TrainerTest.SPEC, regularized, still()).resume(data, run)) {
        for (TrainingResult result : List.of(first, second, resumed)) {
          assertThat(result.stopped()).isFalse();
          assertThat(result.history()).hasSize(1);
          assertThat(result.validation()).isEqualTo(one.validation());
          assertSameModel(result.model(), one.model());
        }
        assertThat(second.seconds()).isGreaterThan(second.history().get(0).seconds());
        assertThat(resumed.seconds()).isEqualTo(second.seconds());
      }
    }
  }

  /** Before a step, of which the second epoch has those from 9 to 16, and where an epoch ended. */
  @ParameterizedTest
  @CsvSource({"12, true", "12, false", "0, true", "0, false"})
  void whatIsAskedToStopAsWellStops(int step, boolean stopFirst) {
    Path run = folder.resolve("run");
    Trainer[] trainer = new Trainer[1];
    Runnable both =
        () -> {
          List<Runnable> asked = List.of(trainer[0]::stop, trainer[0]::finish);
          asked.get(stopFirst ? 0 : 1).run();
          asked.get(stopFirst ? 1 : 0).run();
        };
    var listener =
        new TrainingListener() {
          @Override
          public void epochEnded(EpochRecord epoch) {
            if (step == 0) {
              both.run();
            }
          }
        };
    Backend hooked =
        new HookedBackend(
            backend,
            now -> {
              if (now == step) {
                both.run();
              }
            });
    trainer[0] = new Trainer(TrainerTest.SPEC, CONFIG, hooked, listener);
    try (Dataset data = data();
        TrainingResult whole = new Trainer(TrainerTest.SPEC, CONFIG, backend).train(data);
        TrainingResult stopped = trainer[0].train(data, run);
        TrainingResult resumed = new Trainer(TrainerTest.SPEC, CONFIG, backend).resume(data, run)) {
      assertThat(stopped.stopped()).isTrue();
      assertThat(stopped.history()).hasSize(1);
      assertSameModel(resumed.model(), whole.model());
    }
  }

  @Test
  void whatWasStoppedCanBeFinishedLater() {
    Path run = folder.resolve("run");
    try (Dataset data = data()) {
      told(Trainer::stop, TrainerTest.SPEC, CONFIG, 12, t -> t.train(data, run)).close();
      Trainer again = new Trainer(TrainerTest.SPEC, CONFIG, still());
      again.finish();
      try (TrainingResult result = again.resume(data, run)) {
        assertThat(result.stopped()).isFalse();
        assertThat(result.bestEpoch()).isEqualTo(1);
        assertThat(result.model().calibration()).isPresent();
      }
    }
  }

  @Test
  void phasesToComeAreLeftOut() {
    TrainingConfig choosing = CONFIG.withPhases(Phases.CONTROL_JOINT);
    try (Dataset data = data();
        TrainingResult control =
            new Trainer(TrainerTest.SPEC, choosing.withMaxEpochs(1), backend).train(data);
        TrainingResult inControl = finished(TrainerTest.SPEC, choosing, 12, t -> t.train(data));
        TrainingResult inJoint =
            finished(TrainerTest.SPEC, choosing.withMaxEpochs(1), 12, t -> t.train(data))) {
      assertThat(phases(control)).containsExactly(Phase.CONTROL, Phase.JOINT);
      assertThat(phases(inControl)).containsExactly(Phase.CONTROL);
      assertThat(phases(inJoint)).containsExactly(Phase.CONTROL);
      assertSameModel(inJoint.model(), inControl.model());
      assertThat(inControl.validation())
          .isEqualTo(CONFIG.earlyStop().of(control.history().get(0).validation()));
    }
  }

  @Test
  void expertsGetAnEpochOfTheirGate() {
    ModelSpec experts = TrainerTest.SPEC.withAdapter(new AdapterSpec.MoeMlora());
    TrainingConfig config = TrainingConfig.defaults(experts.adapter()).withBatch(64);
    TrainingConfig once = config.withMaxEpochs(1);
    try (Dataset data = data();
        TrainingResult early =
            finished(experts, once, 10, t -> t.train(data, folder.resolve("run")))) {
      // An expert was about to be trained: it is given up, and so are those after it.
      assertThat(phases(early)).containsExactly(Phase.PRETRAIN, Phase.GATE);
      assertThat(early.bestEpoch()).isEqualTo(2);
    }
  }

  @Test
  void anUpdateKeepsTheModelWhereNoEpochHasBeatenIt() {
    Path run = folder.resolve("run");
    try (Dataset data = data();
        TrainingResult model = new Trainer(TrainerTest.SPEC, CONFIG, backend).train(data, run)) {
      ModelUpdate update = new ModelUpdate(ModelUpdate.defaults(run), backend);
      update.finish();
      try (TrainingResult result = update.run(run, data, folder.resolve("updated"))) {
        assertThat(result.stopped()).isFalse();
        assertThat(result.bestEpoch()).isZero();
        assertThat(Bytes.ofEngine(result.model().engine()))
            .usingRecursiveComparison()
            .isEqualTo(Bytes.ofEngine(model.model().engine()));
      }
    }
  }
}
