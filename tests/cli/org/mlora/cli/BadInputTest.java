package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad input gives one clear line, exit code 2, no stack trace, and leaves nothing behind. With
 * {@code -Dmlora.print=true} each kind is printed with its line.
 */
class BadInputTest {
  @TempDir static Path shared;
  @TempDir Path folder;

  private static Fixture original;

  @BeforeAll
  static void trainOnce() {
    original = Fixture.create(shared);
  }

  static Stream<BadInputs.Case> kinds() {
    return Stream.of(
            BadInputs.tables(),
            BadInputs.dataSets(),
            BadInputs.models(),
            BadInputs.flags(),
            BadDomainInputs.domains())
        .flatMap(kinds -> kinds);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesOneClearLineAndLeavesNothingBehind(BadInputs.Case bad) {
    Fixture fixture = original.copyTo(folder);
    bad.spoil().accept(fixture);
    Map<String, Long> before = fixture.listing();
    CommandRun run = bad.run().apply(fixture);
    run.requireOneLine(bad.says());
    assertThat(fixture.listing()).isEqualTo(before);
    run.print(bad.name(), folder);
  }

  @Test
  void writesToAFullDiskGiveOneLine() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    CommandRun run = BadInputs.predict(original, "raw.csv", full);
    run.requireOneLine(List.of("/dev/full", "No space left"));
    run.print("predict to a full device", shared);
  }

  @Test
  void verboseAddsTheStackTrace() {
    CommandRun run = original.prepare("none.csv", "new", "--verbose");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("InvalidInputException", "\tat ");
  }
}
