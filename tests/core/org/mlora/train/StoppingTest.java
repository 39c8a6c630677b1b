package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.error.InterruptedOperationException;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.NoNativeLeaks;

/** Trainings that other threads stop, and jobs that are started again. */
@ExtendWith(NoNativeLeaks.class)
class StoppingTest {
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(2);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  private Dataset data() {
    return Clicks.dataset(folder.resolve("data"), List.of("toys", "books"), 400);
  }

  private static Trainer trainer(Backend backend) {
    return new Trainer(TrainerTest.SPEC, CONFIG, backend);
  }

  /** Leaves what a run has that was killed before it could say what it is. */
  private Path cutOff(String name) throws IOException {
    Path run = Files.createDirectory(folder.resolve(name));
    Files.createFile(run.resolve(".lock"));
    return run;
  }

  @Test
  void aJobThatIsStartedAgainGoesOnOrBeginsAnew() throws IOException {
    Path whole = folder.resolve("whole");
    Path job = folder.resolve("job");
    try (Dataset data = data()) {
      trainer(backend).trainOrResume(data, whole).close();
      for (int step : new int[] {1, 9}) {
        // Stopped before its first step and inside an epoch.
        Trainer[] stopping = new Trainer[1];
        Backend hooked =
            new HookedBackend(
                backend,
                now -> {
                  if (now == step) {
                    stopping[0].stop();
                  }
                });
        stopping[0] = trainer(hooked);
        try (TrainingResult result = stopping[0].trainOrResume(data, job)) {
          assertThat(result.stopped()).isTrue();
        }
      }
      trainer(backend).trainOrResume(data, job).close();
      assertThat(Bytes.ofRun(job)).isEqualTo(Bytes.ofRun(whole));

      Path killed = cutOff("killed");
      trainer(backend).trainOrResume(data, killed).close();
      assertThat(Bytes.ofRun(killed)).isEqualTo(Bytes.ofRun(whole));
    }
  }

  @Test
  void aFolderOfOthersIsNotTakenForARun() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("config.json"), "{}");
    try (Dataset data = data()) {
      assertThatThrownBy(() -> trainer(backend).trainOrResume(data, other))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("is not empty (it has config.json");
      assertThat(other).isDirectoryContaining("glob:**config.json");
    }
  }

  @Test
  void whatWasKilledBeforeItSaidWhatItIsBeginsAnewWhenItIsResumed() throws IOException {
    Path run = cutOff("run");
    Path updated = cutOff("updated");
    Path again = cutOff("again");
    try (Dataset data = data()) {
      trainer(backend).resume(data, run).close();
      ModelUpdate update =
          new ModelUpdate(ModelUpdate.defaults(run), backend, new TrainingListener() {});
      update.resume(run, data, updated).close();
      update.runOrResume(run, data, again).close();
      update.runOrResume(run, data, folder.resolve("other")).close();
      assertThat(Bytes.ofRun(again)).isEqualTo(Bytes.ofRun(updated));
      assertThat(Bytes.ofRun(folder.resolve("other"))).isEqualTo(Bytes.ofRun(updated));
    }
  }

  @Test
  void whoStopsAndWaitsFindsTheStateSaved() throws Exception {
    Path run = folder.resolve("run");
    CountDownLatch begun = new CountDownLatch(1);
    Backend telling = new HookedBackend(backend, step -> begun.countDown());
    Trainer trainer =
        new Trainer(TrainerTest.SPEC, CONFIG.withMaxEpochs(99_999).withPatience(99_999), telling);
    try (Dataset data = data()) {
      CompletableFuture<Boolean> stopped =
          CompletableFuture.supplyAsync(
              () -> {
                try (TrainingResult result = trainer.train(data, run)) {
                  return result.stopped();
                }
              });
      begun.await();
      assertThat(trainer.stopAndWait(LONG)).isTrue();
      assertThat(run.resolve("last/model.json")).isRegularFile();
      assertThat(stopped.get()).isTrue();
      Duration forever = ChronoUnit.FOREVER.getDuration();
      assertThat(trainer.stopAndWait(forever)).as("nothing runs any more").isTrue();
    }
  }

  @Test
  void whoStopsWaitsNoLongerThanToldTo() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Backend waiting =
        new HookedBackend(
            backend,
            step -> {
              begun.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    Trainer trainer = trainer(waiting);
    try (Dataset data = data()) {
      CompletableFuture<Void> training =
          CompletableFuture.runAsync(() -> trainer.train(data).close());
      begun.await();
      assertThat(trainer.stopAndWait(Duration.ofMillis(5))).isFalse();
      Thread.currentThread().interrupt();
      assertThat(trainer.stopAndWait(LONG)).as("an interrupted thread does not wait").isFalse();
      assertThat(Thread.interrupted()).isTrue();
      goOn.countDown();
      training.get();
    }
  }

  @Test
  void anInterruptedThreadTrainsNoFurtherStep() {
    AtomicInteger steps = new AtomicInteger();
    Backend interrupting =
        new HookedBackend(
            backend,
            step -> {
              steps.set(step);
              if (step == 5) {
                Thread.currentThread().interrupt();
              }
            });
    try (Dataset data = data()) {
      assertThatThrownBy(() -> trainer(interrupting).train(data))
          .isInstanceOf(InterruptedOperationException.class)
          .hasMessageContaining("while it trained");
      assertThat(steps).hasValue(5);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
