package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.testing.Cpu;

/** One run lives through twenty kills by SIGKILL, each at a random moment. */
@Tag("slow")
class KillTest {
  private static final int KILLS = 20;
  private static final long SEED = 11;

  @TempDir Path folder;

  @Test
  void endsWithTheBitsOfAnUninterruptedRunAfterTwentyKills()
      throws IOException, InterruptedException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("killed");
    int steps = trainWithoutInterruption(whole);
    Random random = new Random(SEED);
    List<String> kills = new ArrayList<>();
    for (int kill = 1; kill <= KILLS; kill++) {
      // The first kill comes while the process starts; twenty lives are too short to end the run.
      int life = kill == 1 ? 0 : random.nextInt(steps / (KILLS + 5));
      Process process = start(run);
      waitForSteps(process, life);
      TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
      assertThat(process.isAlive()).as("the training goes on at kill " + kill).isTrue();
      process.destroyForcibly().waitFor();
      assertThat(process.exitValue()).as("SIGKILL").isEqualTo(128 + 9);
      kills.add(unfinished(run));
      System.out.printf(
          "kill %2d after %3d steps; half-written: %s%n", kill, life, kills.get(kill - 1));
    }
    assertThat(kills)
        .as("some kills hit the writing of a checkpoint")
        .anyMatch(k -> !k.equals("-"));

    Process last = start(run);
    waitForSteps(last, Integer.MAX_VALUE);
    assertThat(last.waitFor()).isZero();
    Bytes.ofRun(run).forEach((name, sum) -> System.out.println(name + " sha256 " + sum));
    assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
        .hasSameSizeAs(Files.readAllLines(whole.resolve("metrics.jsonl")));
    assertThat(names(run))
        .containsExactlyInAnyOrder("best", "last", "config.json", "metrics.jsonl", ".lock");
  }

  /** Trains with one thread, the killed run with two; gives the number of steps. */
  private int trainWithoutInterruption(Path whole) {
    AtomicInteger steps = new AtomicInteger();
    try (CpuBackend backend = Cpu.require(1);
        Dataset data =
            Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 1500)) {
      HookedBackend counting = new HookedBackend(backend, steps::set);
      new Trainer(TrainerTest.SPEC, KilledTraining.config().withCheckpointSteps(0), counting)
          .train(data, whole)
          .close();
    }
    return steps.get();
  }

  private Process start(Path run) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            KilledTraining.class.getName(),
            folder.resolve("data").toString(),
            run.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** A process prints a line before each step. */
  private static void waitForSteps(Process process, int steps) throws IOException {
    BufferedReader out = process.inputReader();
    for (int i = 0; i < steps && out.readLine() != null; i++) {}
  }

  /** What only exists while a checkpoint is written, or replaces another. */
  private static String unfinished(Path run) throws IOException {
    Set<String> left = new TreeSet<>(names(run));
    left.removeAll(Set.of("best", "last", "config.json", "metrics.jsonl", ".lock"));
    return left.isEmpty() ? "-" : String.join(" ", left);
  }

  private static Set<String> names(Path run) throws IOException {
    if (!Files.exists(run)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(run)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }
}
