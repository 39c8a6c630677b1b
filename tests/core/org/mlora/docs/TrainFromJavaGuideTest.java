package org.mlora.docs;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.testing.Cpu;

/** The program of docs/how-to/train-from-java.md. */
class TrainFromJavaGuideTest {
  private static final String IMPORTS =
      """
      import java.nio.file.Path;
      import java.util.List;
      import org.mlora.backend.Backend;
      import org.mlora.backend.Device;
      import org.mlora.backend.DeviceOptions;
      import org.mlora.backend.cpu.CpuBackend;
      import org.mlora.data.Dataset;
      import org.mlora.metric.Comparison;
      import org.mlora.metric.Metric;
      import org.mlora.metric.PairedDifference;
      import org.mlora.model.ModelSpec;
      import org.mlora.train.ComparisonRunner;
      import org.mlora.train.RunConfig;
      import org.mlora.train.Trainer;
      import org.mlora.train.TrainingConfig;
      import org.mlora.train.TrainingListener;
      import org.mlora.train.TrainingResult;
      import org.mlora.train.Tuner;
      import org.mlora.train.TuningResult;
      import org.mlora.data.table.TableSource;
      import java.time.Duration;
      import java.util.Map;
      import java.util.concurrent.CompletableFuture;
      import java.util.concurrent.TimeUnit;
      import java.util.stream.Stream;
      """;

  /** What the blocks speak of without declaring it. */
  private static final String GIVEN =
      """
      static ModelSpec spec;
      static TrainingConfig config;
      static TrainingListener LOG;
      static String monday;
      static Stream<Map<String, String>> query(String day) { return Stream.of(); }
      """;

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

  @Test
  void itsOtherBlocksCompile() throws Exception {
    String source =
        IMPORTS
            + "class Blocks {\npublic static void main(String[] arguments) {}\n"
            + GIVEN
            + method("rows", JavaProgram.of("docs/how-to/train-from-java.md", "Rows"))
            + method("stop", JavaProgram.of("docs/how-to/train-from-java.md", "Stop and go on"))
            + method("settings", JavaProgram.of("docs/how-to/train-from-java.md", "Settings"))
            + method("gpu", JavaProgram.of("docs/how-to/use-a-gpu.md", "From Java"))
            + "}\n";
    assertThat(JavaProgram.run("Blocks.java", source, folder)).isEmpty();
  }

  private static String method(String name, List<String> blocks) {
    String head = "static void " + name + "(Dataset rows, Backend backend) {\n";
    return blocks.stream().collect(joining("", head, "}\n"));
  }

  private static double auc(String line) {
    assertThat(line).startsWith("  test ");
    return Double.parseDouble(line.substring("  test ".length()));
  }
}
