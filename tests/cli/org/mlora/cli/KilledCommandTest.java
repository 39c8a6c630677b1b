package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.store.FileDigest;

/** {@code mlora train} ended by signals in the midst of its work, then {@code --resume}. */
@Tag("slow")
class KilledCommandTest {
  private static final int KILLS = 20;

  @TempDir Path folder;

  private long trainingMillis;
  private Map<String, String> whole;

  @BeforeEach
  void trainWithoutInterruption() throws Exception {
    Files.writeString(path("raw.csv"), TestData.csv(20_000, "books", "games", "music", "toys"));
    CommandRun prepared =
        CommandRun.of(
            "prepare",
            "csv",
            "--quiet",
            "--label=rating>=4",
            "--domain-column=shop",
            "--fields=user,item",
            "--input",
            path("raw.csv"),
            "--out",
            path("data"));
    assertThat(prepared.code()).as(prepared.toString()).isZero();
    CommandRun doctor = CommandRun.of("doctor");
    assumeTrue(doctor.code() == 0, doctor.out());
    Process process = start("whole", 1);
    awaitStart(process, "whole");
    long start = System.nanoTime();
    requireDone(process, "whole");
    trainingMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    whole = sums("whole");
  }

  private Path path(String name) {
    return folder.resolve(name);
  }

  private Process start(String run, int threads, String... more) {
    return CommandProcess.start(
        folder,
        run,
        Fixture.words(
            more,
            "train",
            "--device=cpu",
            "--quiet",
            "--threads=" + threads,
            "--batch=64",
            "--epochs=3",
            "--patience=3",
            "--phases=pretrain-finetune",
            "--checkpoint-steps=25",
            "--data",
            path("data"),
            "--out",
            path(run)));
  }

  /** A run writes its configuration when it begins. */
  private void awaitStart(Process process, String run) throws InterruptedException {
    while (process.isAlive() && !Files.exists(path(run).resolve("config.json"))) {
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }

  private void requireDone(Process process, String run) throws Exception {
    assertThat(process.waitFor()).as(Files.readString(path(run + ".err"))).isZero();
  }

  private Map<String, String> sums(String run) {
    Map<String, String> sums = new TreeMap<>();
    for (String file :
        new String[] {
          "best/weights.safetensors", "last/weights.safetensors", "last/optimizer.safetensors"
        }) {
      sums.put(file, FileDigest.sha256(path(run).resolve(file)));
    }
    return sums;
  }

  @Test
  void resumedAfterSigkillItEndsWithTheBitsOfAnUninterruptedRun() throws Exception {
    Random random = new Random(5);
    int kills = 0;
    for (int attempt = 1; kills < KILLS; attempt++) {
      assertThat(attempt).as("attempts, some of them after the end").isLessThan(4 * KILLS);
      String run = "killed" + attempt;
      Process process = start(run, 1 + attempt % 2);
      awaitStart(process, run);
      long millis = random.nextLong(Math.max(1, trainingMillis));
      if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
        continue;
      }
      process.destroyForcibly();
      boolean killed = process.waitFor() == 128 + 9;
      kills += killed ? 1 : 0;
      int epochs = epochs(run);
      requireDone(start(run, 1 + kills % 2, "--resume"), run);
      assertThat(sums(run)).as(run).isEqualTo(whole);
      System.out.printf(
          "kill %2d after %4d ms, %2d of %d epochs done; resumed: same bits%n",
          kills, millis, epochs, epochs(run));
    }
    whole.forEach((file, sum) -> System.out.println(file + " sha256 " + sum));
  }

  private int epochs(String run) throws IOException {
    Path metrics = path(run).resolve("metrics.jsonl");
    return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
  }

  @Test
  void interruptedItSaysWhereItsCheckpointIsAndHowToGoOn() throws Exception {
    Process process = start("stopped", 2);
    awaitStart(process, "stopped");
    process.waitFor(trainingMillis / 3, TimeUnit.MILLISECONDS);
    process.destroy();
    assertThat(process.waitFor()).isEqualTo(130);
    assertThat(Files.readString(path("stopped.err")))
        .contains("mlora: interrupted; checkpoint: " + path("stopped").resolve("last"))
        .contains("resume with: mlora train ", " --resume\n");
    assertThat(path("stopped.out")).isEmptyFile();
    requireDone(start("stopped", 1, "--resume"), "stopped");
    assertThat(sums("stopped")).isEqualTo(whole);
  }

  @Test
  void oneAndTwoThreadsTrainToTheSameBits() throws Exception {
    requireDone(start("two", 2), "two");
    assertThat(sums("two")).isEqualTo(whole);
  }
}
