package org.mlora.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.testing.Cpu;

/** The program of docs/how-to/train-from-java.md. */
class TrainFromJavaGuideTest {
  @TempDir Path folder;

  @Test
  void itTrainsUpdatesOnboardsAndPredicts() throws Exception {
    Cpu.require(1).close();
    List<String> lines =
        JavaProgram.run(
            "DayByDay.java", JavaProgram.firstOf("docs/how-to/train-from-java.md"), folder);
    List<String> steps = lines.stream().filter(line -> !line.startsWith("  epoch ")).toList();
    assertThat(steps).hasSize(7);
    assertThat(steps.get(0)).isEqualTo("monday");
    assertThat(auc(steps.get(1))).isBetween(0.65, 1.0);
    assertThat(steps.get(2)).isEqualTo("tuesday");
    assertThat(steps.get(3)).matches("  best epoch \\d+");
    assertThat(steps.get(4)).isEqualTo("wednesday");
    assertThat(auc(steps.get(5))).isBetween(0.65, 1.0);
    assertThat(steps.get(6)).matches("garden 0\\.\\d+");
    assertThat(lines).filteredOn(line -> line.startsWith("  epoch ")).hasSizeGreaterThan(2);
  }

  private static double auc(String line) {
    assertThat(line).startsWith("  test ");
    return Double.parseDouble(line.substring("  test ".length()));
  }
}
