package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.data.Dataset;
import org.mlora.testing.Cpu;
import org.mlora.testing.Script;

/**
 * A training that cannot write a checkpoint any more ends with one clear error; the checkpoint
 * before stays, nothing half-written does, and with room again the run goes on to the same bits.
 * The training runs in a process that is denied what the test is about.
 */
@Tag("slow")
class UnwritableDiskTest {
  private static final int KIB = 1024;

  @TempDir Path folder;

  private final CpuBackend backend = Cpu.require(1);
  private Path run;
  private Map<String, Long> listing;
  private Optional<String> checkpoint;

  @BeforeEach
  void leaveARunUnfinished() throws IOException {
    run = folder.resolve("run");
    try (Dataset data =
        Clicks.dataset(folder.resolve("data"), List.of("toys", "books", "games"), 1500)) {
      new Trainer(TrainerTest.SPEC, KilledTraining.config(), HookedBackend.dyingBefore(20, backend))
          .train(data, run)
          .close();
    } catch (HookedBackend.Died e) {
      assertThat(run.resolve("last")).isDirectory();
    }
    listing = listing();
    checkpoint = Optional.of(Bytes.text(run.resolve("last/manifest.json")));
  }

  /**
   * The limit lets no file of a checkpoint pass, or the weights, but not the twice larger moments.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keepsTheCheckpointWhereAFileCannotGrow(boolean weightsPass) throws Exception {
    long weights = Files.size(run.resolve("last/weights.safetensors"));
    long limit = weightsPass ? weights / KIB + 1 : 1;
    expectRefusal(Script.run("ulimit -f " + limit + "; exec " + training(run)), "file too large");
  }

  @Test
  void keepsTheCheckpointOnAFullDisk() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    String room = "size=$(( $(du -sk " + run + " | cut -f1) + 12 ))k";
    expectRefusal(
        Script.mounting(
            String.join(
                "\n",
                "mount -t tmpfs -o " + room + " none " + small + " && cp -a " + run + "/. " + small,
                training(small),
                "code=$?",
                "rm -rf " + run + "/* " + run + "/.l* && cp -a " + small + "/. " + run,
                "exit $code")),
        "no space left on device");
  }

  @Test
  void keepsTheCheckpointOnAReadOnlyDisk() throws Exception {
    String readOnly =
        "mount --bind " + run + " " + run + " && mount -o remount,ro,bind " + run + "\n";
    expectRefusal(Script.mounting(readOnly + "exec " + training(run)), "read-only file system");
  }

  private void expectRefusal(Script.Ended training, String reason) throws IOException {
    assertThat(training.code()).as(training.output()).isEqualTo(1);
    assertThat(training.output().lines().filter(line -> line.contains("Exception")).findFirst())
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .contains("InvalidInputException: cannot write")
                    .containsIgnoringCase(reason));
    assertThat(listing()).isEqualTo(listing);
    assertThat(Bytes.text(run.resolve("last/manifest.json"))).isEqualTo(checkpoint.orElseThrow());
    Path whole = folder.resolve("whole");
    try (Dataset data = Dataset.open(folder.resolve("data"))) {
      trainer().resume(data, run).close();
      trainer().train(data, whole).close();
    }
    assertThat(Bytes.ofRun(run)).isEqualTo(Bytes.ofRun(whole));
  }

  private Trainer trainer() {
    return new Trainer(TrainerTest.SPEC, KilledTraining.config(), backend);
  }

  private String training(Path where) {
    return String.join(
        " ",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:-UsePerfData --enable-native-access=ALL-UNNAMED -cp",
        "'" + System.getProperty("java.class.path") + "'",
        KilledTraining.class.getName(),
        folder.resolve("data").toString(),
        where.toString());
  }

  /** Every file of the run with its size. */
  private Map<String, Long> listing() throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      return files
          .filter(Files::isRegularFile)
          .collect(
              java.util.stream.Collectors.toMap(
                  file -> run.relativize(file).toString(), file -> file.toFile().length()));
    }
  }
}
