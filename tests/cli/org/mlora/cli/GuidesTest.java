package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything that the README and the guides tell the reader to run is run, in one folder, as a
 * reader would: the tutorial first, the others after it. Blocks marked {@code sh} are commands.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuidesTest {
  private static final String TUTORIAL = "docs/tutorial.md";

  /** The line of a comparison whose interval is above zero. */
  private static final Pattern GAIN = Pattern.compile("(?m)^WAUC .* \\+0\\.0\\d+ to \\+0\\.\\d+$");

  private static final Path ROOT = Path.of(System.getProperty("mlora.repository"));

  @TempDir static Path folder;

  private static List<String> blocks(String guide, String language) throws IOException {
    Matcher matcher =
        Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
            .matcher(Files.readString(ROOT.resolve(guide)));
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  private static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs commands where {@code ./mlora} is the program of the class path. */
  private static String run(String script) throws IOException, InterruptedException {
    Path launcher = folder.resolve("mlora");
    String quoted = String.join("' '", java(Main.class.getName()));
    Files.writeString(launcher, "#!/bin/sh\nexec '" + quoted + "' \"$@\"\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    Path log = folder.resolve("commands.log");
    Process process =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int code = process.waitFor();
    assertThat(code).as("%s%n%s", script, Files.readString(log)).isZero();
    return Files.readString(log);
  }

  @Test
  @Order(1)
  void theTutorialLeadsFromATableToPredictions() throws Exception {
    String out = run(String.join("\n", blocks(TUTORIAL, "sh")));
    assertThat(out).contains("data set: data\n", "report: run/report.html\n");
    assertThat(out).as("shops that disagree").containsPattern(GAIN);
    List<String> scored = Files.readAllLines(folder.resolve("scored.csv"));
    assertThat(scored).hasSize(6);
    assertThat(scored.get(0)).isEqualTo("user_id,item_id,category,ctr");
  }

  @Test
  @Order(2)
  void theServiceOfTheTutorialAnswers() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    String source = blocks(TUTORIAL, "java").get(0).replace("8080", "" + port);
    Files.writeString(folder.resolve("Serve.java"), source);
    Process service =
        new ProcessBuilder(java("Serve.java")).directory(folder.toFile()).inheritIO().start();
    try {
      assertThat(Double.parseDouble(answer(service, port, "/u17/i4/toys"))).isBetween(0.01, 0.99);
      assertThatThrownBy(() -> answer(service, port, "/"))
          .isInstanceOf(FileNotFoundException.class);
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  private static String answer(Process service, int port, String path) throws Exception {
    URL address = new URL("http://localhost:" + port + path);
    while (true) {
      try (InputStream in = address.openStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      } catch (ConnectException e) {
        assertThat(service.isAlive()).as("the service runs").isTrue();
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  static Stream<String> guides() throws IOException {
    List<String> guides = new ArrayList<>();
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        String name = ROOT.relativize(file).toString();
        if (name.endsWith(".md") && !name.equals(TUTORIAL) && !blocks(name, "sh").isEmpty()) {
          guides.add(name);
        }
      }
    }
    return guides.stream();
  }

  @ParameterizedTest
  @Order(3)
  @MethodSource("guides")
  void theCommandsOfAGuideWork(String guide) throws Exception {
    String out = run(String.join("\n", blocks(guide, "sh")));
    if (guide.equals("docs/tutorial-tuning.md")) {
      assertThat(out).as("shops that disagree").containsPattern(GAIN);
    }
    if (guide.endsWith("weigh-rows.md")) {
      assertThat(lastPcoc(out)).as("of all rows, by a model of some").isBetween(0.9, 1.1);
    }
  }

  private static double lastPcoc(String out) {
    Matcher pcoc = Pattern.compile("PCOC ([0-9.]+)").matcher(out);
    double last = Double.NaN;
    while (pcoc.find()) {
      last = Double.parseDouble(pcoc.group(1));
    }
    return last;
  }

  @Test
  @Order(4)
  void theReadmeLeadsFromATableToPredictions() throws Exception {
    run(
        """
        rm -rf data run scored.csv
        mv ratings.csv tomorrow.csv
        grep -v garden tomorrow.csv > ratings.csv
        head -n 6 ratings.csv | cut -d, -f1-3 > new.csv
        """);
    Matcher commands =
        Pattern.compile("## From a CSV to predictions\n\n```\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(ROOT.resolve("README.md")));
    assertThat(commands.find()).isTrue();
    run(commands.group(1));
    assertThat(folder.resolve("grown/best/weights.safetensors")).isRegularFile();
  }
}
