package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;

@Tag("slow")
class KillTest {
  private static final int KILLS = 20;

  @TempDir Path folder;

  @Test
  void endsWithTheBitsOfAnUninterruptedRunAfterTwentyKills()
      throws IOException, InterruptedException {
    Path whole = folder.resolve("whole");
    Path run = folder.resolve("killed");
    try (Dataset data =
        Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 1500)) {
      new Trainer(
              TrainerTest.SPEC, KilledTraining.config().withCheckpointSteps(0), new CpuBackend(1))
          .train(data, whole)
          .close();
    }
    Random random = new Random(11);
    int killed = 0;
    while (killed < KILLS) {
      Process process = start(run);
      // A life takes about half a second to reach its first step.
      if (process.waitFor(700 + random.nextInt(1500), TimeUnit.MILLISECONDS)) {
        assertThat(process.exitValue()).isZero();
        break;
      }
      process.destroyForcibly();
      process.waitFor();
      killed++;
    }
    assertThat(killed).as("kills before the training ended").isEqualTo(KILLS);
    assertThat(start(run).waitFor()).isZero();

    assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
        .hasSameSizeAs(Files.readAllLines(whole.resolve("metrics.jsonl")));
    try (var left = Files.list(run)) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("best", "last", "config.json", "metrics.jsonl", ".lock");
    }
  }

  private Process start(Path run) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            KilledTraining.class.getName(),
            folder.resolve("data").toString(),
            run.toString())
        .inheritIO()
        .start();
  }
}
