package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  @TempDir Path folder;

  private Path input;

  @BeforeEach
  void writeInput() throws IOException {
    input = folder.resolve("in.csv");
    Files.writeString(input, TestData.csv(200));
  }

  private Path config(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }

  private CommandRun prepare(Path config, Object... more) {
    Object[] words = new Object[4 + more.length];
    words[0] = "prepare";
    words[1] = "csv";
    words[2] = "--config";
    words[3] = config;
    System.arraycopy(more, 0, words, 4, more.length);
    return CommandRun.of(words);
  }

  private String flags(String more) {
    return "{\"input\": \"%s\", \"label\": \"rating>=4\", \"domain-column\": \"shop\", %s}"
        .formatted(input, more);
  }

  @Test
  void givesEveryFlagThatTheCommandLineDoesNot() throws IOException {
    Path config = config(flags("\"fields\": [\"user\", \"item\"], \"json\": true, \"seed\": 7"));
    CommandRun run = prepare(config, "--out", folder.resolve("data"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).startsWith("{").contains("\"rows\" : 200");
  }

  @Test
  void isOverriddenByTheCommandLine() throws IOException {
    Path config = config(flags("\"fields\": \"user,nosuch\", \"json\": true"));
    CommandRun run = prepare(config, "--fields=user", "--json", "--out", folder.resolve("data"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).startsWith("{").contains("\"user\"").doesNotContain("\"item\"");
  }

  @Test
  void refusesWhatIsNestedTooDeeply() throws IOException {
    CommandRun run = prepare(config("[".repeat(100_000)), "--out", folder.resolve("data"));
    run.requireOneLine(List.of("config.json", "is not JSON", "depth", "correct it"));
  }

  @Test
  void refusesAnUnknownKeyByFileAndName() throws IOException {
    Path config = config(flags("\"fields\": \"user\", \"min-domain-row\": 3"));
    CommandRun run = prepare(config, "--out", folder.resolve("data"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errorLines())
        .singleElement()
        .asString()
        .contains("config.json", "'min-domain-row'", "did you mean 'min-domain-rows'?");
  }

  @Test
  void refusesABadValueByFileAndFlag() throws IOException {
    Path config = config(flags("\"fields\": \"user\", \"seed\": \"soon\""));
    CommandRun run = prepare(config, "--out", folder.resolve("data"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errorLines())
        .singleElement()
        .asString()
        .contains("config.json", "--seed", "'soon' is not a whole number");
  }

  @Test
  void refusesAListedNameThatItsCommaWouldDivide() throws IOException {
    Path config = config(flags("\"fields\": \"user\", \"columns\": [\"toys, used\"]"));
    prepare(config, "--out", folder.resolve("data"))
        .requireOneLine(List.of("config.json: key 'columns' lists 'toys, used'", "comma"));
    Path nested = config(flags("\"fields\": [\"user:multi(|,sum)\", \"item\"]"));
    prepare(nested, "--quiet", "--out", folder.resolve("data")).requireDone();
  }

  @Test
  void refusesBrokenJsonByLine() throws IOException {
    CommandRun run = prepare(config("{\"lr\": 1,\n \"lr\": 2}"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errorLines()).singleElement().asString().contains("config.json line 2");
  }

  @Test
  void refusesAMissingFile() {
    CommandRun run = prepare(folder.resolve("none.json"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.errorLines()).singleElement().asString().contains("none.json: no such file");
  }
}
