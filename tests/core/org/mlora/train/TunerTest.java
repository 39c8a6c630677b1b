package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.data.store.FolderTree;
import org.mlora.error.DivergedException;
import org.mlora.error.InterruptedOperationException;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class TunerTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(2).withSeed(7);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 400);
  }

  private static Tuner tuner(Backend backend) {
    return new Tuner(TrainerTest.SPEC, CONFIG, backend);
  }

  private static String record(Path search) throws IOException {
    return Files.readString(search.resolve(Tuner.RECORD));
  }

  @Test
  void leavesSettingsThatLearnNothingForTheBestOfThoseThatLearn() {
    TrainingConfig asleep = CONFIG.withLearningRate(1e-9).withMaxEpochs(6);
    Path search = folder.resolve("search");
    try (Dataset data = Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 2000)) {
      TuningResult found = new Tuner(TrainerTest.SPEC, asleep, backend).run(data, 5, search);
      assertThat(found.stopped()).isFalse();
      assertThat(found.ranked()).hasSize(5).first().isEqualTo(found.best());
      assertThat(found.ranked().stream().map(ranked -> ranked.validations().size()))
          .containsExactly(4, 4, 2, 1, 1);

      TuningResult.Ranked given =
          found.ranked().stream().filter(r -> r.config().equals(asleep)).findAny().orElseThrow();
      assertThat(given.spec()).isEqualTo(TrainerTest.SPEC);
      assertThat(given.validations()).hasSize(1);
      TuningResult.Ranked best = found.best();
      assertThat(best.validation()).isGreaterThan(given.validation() + 0.1);
      assertThat(best.config().optimizer().learningRate()).isGreaterThanOrEqualTo(1e-4);
      try (TrainingResult again = new Trainer(best.spec(), best.config(), backend).train(data)) {
        assertThat(again.validation()).isEqualTo(best.validations().get(0));
      }
      assertThat(search).isDirectoryContaining("glob:**tuning.json");
    }
  }

  @Test
  void neverReadsTestRows() {
    try (Dataset all = data();
        Dataset data = LeftOut.of(all, Split.TEST, folder.resolve("untested"))) {
      TuningResult without = tuner(backend).run(data, 2, folder.resolve("without"));
      assertThat(without).isEqualTo(tuner(backend).run(all, 2, folder.resolve("with")));
    }
  }

  @Test
  void stoppedAnywhereItGoesOnToTheSameResult() throws IOException {
    Path whole = folder.resolve("whole");
    Path search = folder.resolve("search");
    try (Dataset data = data()) {
      TuningResult undisturbed = tuner(backend).run(data, 4, whole);
      // Before its first step, inside the second epoch, by an error there, and between trainings.
      assertThat(stoppedBeforeStep(1, data, search).best().config()).isEqualTo(CONFIG);
      assertThat(search).isDirectoryContaining("glob:**candidate-0-seed-0");
      stoppedBeforeStep(10, data, search);
      List<Tuner> stopping = new ArrayList<>();
      var observer =
          new Tuner.Observer() {
            @Override
            public void ended(Tuner.Run run, double validation) {
              assertThat(validation).isBetween(0.0, 1.0);
              stopping.get(0).stop();
            }
          };
      stopping.add(new Tuner(TrainerTest.SPEC, CONFIG, backend, observer));
      assertThatThrownBy(() -> tuner(HookedBackend.dyingBefore(3, backend)).run(data, 4, search))
          .isInstanceOf(HookedBackend.Died.class);
      TuningResult part = stopping.get(0).run(data, 4, search);
      assertThat(part.stopped()).isTrue();
      assertThat(part.ranked().stream().mapToInt(r -> r.validations().size()).sum()).isEqualTo(1);

      assertThat(tuner(backend).run(data, 4, search)).isEqualTo(undisturbed);
      assertThat(record(search)).isEqualTo(record(whole));
      assertThat(tuner(backend).run(data, 4, search)).as("a finished one").isEqualTo(undisturbed);
    }
  }

  private TuningResult stoppedBeforeStep(int step, Dataset data, Path search) {
    List<Tuner> stopping = new ArrayList<>();
    Backend hooked =
        new HookedBackend(
            backend,
            now -> {
              if (now == step) {
                stopping.get(0).stop();
              }
            });
    stopping.add(tuner(hooked));
    TuningResult result = stopping.get(0).run(data, 4, search);
    assertThat(result.stopped()).isTrue();
    return result;
  }

  @Test
  void anInterruptEndsItAndTheSameSearchGoesOn() throws IOException {
    Path whole = folder.resolve("whole");
    Path search = folder.resolve("search");
    Backend interrupting =
        new HookedBackend(
            backend,
            step -> {
              if (step == 5) {
                Thread.currentThread().interrupt();
              }
            });
    try (Dataset data = data()) {
      TuningResult undisturbed = tuner(backend).run(data, 3, whole);
      assertThatThrownBy(() -> tuner(interrupting).run(data, 3, search))
          .isInstanceOf(InterruptedOperationException.class)
          .hasMessageContaining("interrupted while it trained");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(tuner(backend).run(data, 3, search)).isEqualTo(undisturbed);
      assertThat(record(search)).isEqualTo(record(whole));
    }
  }

  @Test
  void whoStopsAndWaitsFindsTheTrainingInProgressSaved() throws Exception {
    Path search = folder.resolve("search");
    CountDownLatch begun = new CountDownLatch(1);
    Backend telling = new HookedBackend(backend, step -> begun.countDown());
    TrainingConfig endless = CONFIG.withMaxEpochs(99_999).withPatience(99_999);
    Tuner tuner = new Tuner(TrainerTest.SPEC, endless, telling);
    try (Dataset data = data()) {
      CompletableFuture<TuningResult> result =
          CompletableFuture.supplyAsync(() -> tuner.run(data, 2, search));
      begun.await();
      assertThat(tuner.stopAndWait(Duration.ofMinutes(5))).isTrue();
      assertThat(search.resolve("candidate-0-seed-0/last/model.json")).isRegularFile();
      assertThat(result.get().stopped()).isTrue();
    }
  }

  @Test
  void stoppedBetweenTrainingsItBeginsNoOther() {
    Path search = folder.resolve("search");
    List<Tuner> stopping = new ArrayList<>();
    var observer =
        new Tuner.Observer() {
          @Override
          public TrainingListener started(Tuner.Run run) {
            assertThat(run.number()).as("trainings begun").isEqualTo(1);
            return new TrainingListener() {};
          }

          @Override
          public void ended(Tuner.Run run, double validation) {
            stopping.get(0).stop();
          }
        };
    try (Dataset data = data()) {
      stopping.add(new Tuner(TrainerTest.SPEC, CONFIG, backend, observer));
      assertThat(stopping.get(0).run(data, 2, search).stopped()).isTrue();
      assertThat(FolderTree.names(search)).containsExactly(Tuner.RECORD);
    }
  }

  @Test
  void stoppedAfterTheLastTrainingItIsComplete() {
    List<Tuner> stopping = new ArrayList<>();
    var observer =
        new Tuner.Observer() {
          @Override
          public void ended(Tuner.Run run, double validation) {
            if (run.number() == run.total()) {
              stopping.get(0).stop();
            }
          }
        };
    try (Dataset data = data()) {
      stopping.add(new Tuner(TrainerTest.SPEC, CONFIG, backend, observer));
      TuningResult found = stopping.get(0).run(data, 2, folder.resolve("search"));
      assertThat(found).isEqualTo(tuner(backend).run(data, 2, folder.resolve("other")));
      assertThat(found.stopped()).isFalse();
    }
  }

  @Test
  void whatAKilledSearchLeftOfRecordedTrainingsIsDeleted() throws IOException {
    Path search = folder.resolve("search");
    try (Dataset data = data()) {
      tuner(backend).run(data, 2, search);
      for (String left : List.of("candidate-0-seed-0/last", "candidate-0-seed-1", "notes")) {
        Files.createDirectories(search.resolve(left));
      }
      TuningResult again = tuner(HookedBackend.dyingBefore(1, backend)).run(data, 2, search);
      assertThat(again.stopped()).isFalse();
      // The second seed was not trained.
      assertThat(FolderTree.names(search))
          .containsExactly("candidate-0-seed-1", "notes", Tuner.RECORD);
    }
  }

  @Test
  void aFolderOfSomethingElseIsRefused() throws IOException {
    Path search = folder.resolve("search");
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("notes.txt"), "mine");
    try (Dataset data = data();
        Dataset more = Clicks.dataset(folder.resolve("more"), List.of("toys", "books"), 500)) {
      tuner(backend).run(data, 2, search);
      String before = record(search);
      Tuner faster = new Tuner(TrainerTest.SPEC, CONFIG.withLearningRate(0.1), backend);
      String refusal =
          search.resolve("tuning.json")
              + " was begun with other settings, data or candidates; choose another folder";
      assertThatThrownBy(() -> tuner(backend).run(more, 2, search))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(refusal);
      assertThatThrownBy(() -> tuner(backend).run(data, 3, search)).hasMessage(refusal);
      assertThatThrownBy(() -> faster.run(data, 2, search)).hasMessage(refusal);
      assertThat(record(search)).isEqualTo(before);
      for (Path place : List.of(other, other.resolve("notes.txt"))) {
        assertThatThrownBy(() -> tuner(backend).run(data, 2, place))
            .isInstanceOf(InvalidInputException.class)
            .hasMessage(place + " exists and holds no search; choose another folder");
      }
      assertThatThrownBy(() -> tuner(backend).run(data, 0, folder.resolve("none")))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("at least 1");
      // An empty folder, and one of a search that was killed while it began.
      Path begun = Files.createDirectory(folder.resolve("begun"));
      tuner(backend).run(data, 1, begun);
      Path killed = Files.createDirectory(folder.resolve("killed"));
      Files.writeString(killed.resolve(".tuning.json.part-1.2"), "{");
      tuner(backend).run(data, 1, killed);
      assertThat(record(killed)).isEqualTo(record(begun));
    }
  }

  @Test
  void checkpointsMayBeSavedAtOtherTimesWhenItGoesOn() {
    Path search = folder.resolve("search");
    try (Dataset data = data()) {
      TuningResult found = tuner(backend).run(data, 2, search);
      Tuner other = new Tuner(TrainerTest.SPEC, CONFIG.withCheckpointSteps(3), backend);
      assertThat(other.run(data, 2, search).best().validations())
          .isEqualTo(found.best().validations());
    }
  }

  @Test
  void aTrainingThatDivergesIsTheWorstAndIsTold() {
    TrainingConfig wild =
        CONFIG.withOptimizer(new Optimizer.Sgd(1e30)).withBatch(16).withMaxEpochs(1);
    List<String> heard = new ArrayList<>();
    var observer =
        new Tuner.Observer() {
          @Override
          public TrainingListener started(Tuner.Run run) {
            heard.add(run.number() + "/" + run.total() + " seed " + run.config().seed());
            return new TrainingListener() {};
          }

          @Override
          public void diverged(Tuner.Run run, DivergedException why) {
            heard.add("diverged " + run.candidate());
          }

          @Override
          public void ended(Tuner.Run run, double validation) {
            heard.add("ended" + (Double.isNaN(validation) ? " NaN" : ""));
          }
        };
    try (Dataset data = data()) {
      TuningResult found =
          new Tuner(TrainerTest.SPEC, wild, backend, observer)
              .run(data, 2, folder.resolve("search"));
      assertThat(heard)
          .containsExactly("1/2 seed 7", "diverged 0", "ended NaN", "2/2 seed 7", "ended");
      assertThat(found.best().config()).isNotEqualTo(wild);
      assertThat(found.ranked().get(1).validation()).isNaN();
    }
  }
}
