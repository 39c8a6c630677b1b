package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Disks that refuse what commands write. The commands run in processes that see such a disk. */
@Tag("slow")
class BadInputOnDiskTest {
  /** Runs what follows where it may mount file systems that no other process sees. */
  private static final List<String> SANDBOX =
      List.of("unshare", "--user", "--map-root-user", "--mount");

  @TempDir static Path shared;
  @TempDir Path folder;

  private static Fixture original;

  @BeforeAll
  static void trainOnce() {
    original = Fixture.create(shared);
  }

  /** A command that writes below DIR/disk. */
  enum Writer {
    PREPARE(
        "prepare csv --quiet --input DIR/raw.csv --label rating>=4 --domain-column shop"
            + " --fields user,item --out DIR/disk/new"),
    TRAIN("train --data DIR/data --out DIR/disk/new " + String.join(" ", Fixture.SMALL)),
    PREDICT(
        "predict --quiet --device reference --model DIR/run --input DIR/raw.csv"
            + " --out DIR/disk/new.csv");

    final String arguments;

    Writer(String arguments) {
      this.arguments = arguments;
    }
  }

  /**
   * A disk that refuses.
   *
   * @param script prepares DIR/disk for the command that follows it
   */
  record Disk(String name, boolean mounts, String script, String says) {}

  private static final List<Disk> DISKS =
      List.of(
          new Disk("full disk", true, "mount -t tmpfs -o size=4k none DIR/disk", "No space left"),
          new Disk(
              "read-only output",
              true,
              "mount --bind DIR/disk DIR/disk && mount -o remount,ro,bind DIR/disk",
              "read-only file system"),
          new Disk("files that cannot grow", false, "ulimit -f 0", "File too large"));

  record Kind(Writer writer, Disk disk) {
    @Override
    public String toString() {
      return disk.name() + " under " + writer.name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  static Stream<Kind> kinds() {
    return DISKS.stream()
        .flatMap(disk -> Stream.of(Writer.values()).map(writer -> new Kind(writer, disk)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesOneClearLineAndLeavesNothingBehind(Kind kind) throws Exception {
    assumeTrue(!kind.disk().mounts() || mayMount(), "this system lets the test mount nothing");
    Fixture fixture = original.copyTo(folder);
    Path disk = Files.createDirectory(fixture.path("disk"));
    Map<String, Long> before = fixture.listing();
    // What the command left on a disk that only its process sees goes to a file beside it.
    String script =
        String.join(
            "\n",
            "(" + kind.disk().script() + " && exec " + command(kind.writer()) + ")",
            "code=$?",
            "ls -A DIR/disk | tee DIR/left > /dev/null",
            "exit $code");
    CommandRun run = run(kind.disk().mounts(), script.replace("DIR", folder.toString()));
    run.requireOneLine(List.of("cannot write", disk.toString()));
    assertThat(run.err()).containsIgnoringCase(kind.disk().says());
    assertThat(fixture.path("left")).isEmptyFile();
    Files.delete(fixture.path("left"));
    assertThat(fixture.listing()).isEqualTo(before);
    run.print(kind.toString(), folder);
  }

  private static String command(Writer writer) {
    return Path.of(System.getProperty("java.home"), "bin", "java")
        + " -XX:-UsePerfData -cp '"
        + System.getProperty("java.class.path")
        + "' "
        + Main.class.getName()
        + " "
        + writer.arguments.replace(">", "\\>");
  }

  private static boolean mayMount() throws IOException, InterruptedException {
    return run(false, "command -v unshare > /dev/null").code() == 0
        && run(true, "true").code() == 0;
  }

  private static CommandRun run(boolean mounts, String script)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(mounts ? SANDBOX : List.of());
    command.addAll(List.of("bash", "-c", script));
    // Pipes, because a file could not grow either.
    Process process = new ProcessBuilder(command).start();
    String out = new String(process.getInputStream().readAllBytes());
    String err = new String(process.getErrorStream().readAllBytes());
    return new CommandRun(process.waitFor(), out, err);
  }
}
