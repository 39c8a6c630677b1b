package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class HelpTest {
  private static CommandLine tree() {
    return Commands.create(new Context(Terminal.ofProcess(java.util.Map.of()), new Interruption()));
  }

  private static void collect(CommandLine command, List<CommandLine> all) {
    all.add(command);
    command.getSubcommands().values().forEach(sub -> collect(sub, all));
  }

  static Stream<String> commands() {
    List<CommandLine> all = new ArrayList<>();
    collect(tree(), all);
    return all.stream().map(c -> c.getCommandSpec().qualifiedName().substring("mlora".length()));
  }

  private static CommandRun help(String command) {
    List<Object> words = new ArrayList<>(List.of(command.strip().split(" ")));
    words.removeIf(""::equals);
    words.add("--help");
    return CommandRun.of(words.toArray());
  }

  @ParameterizedTest(name = "mlora{0}")
  @MethodSource("commands")
  void tellsUsageFlagsAndExamplesOnStandardOutput(String command) {
    CommandRun run = help(command);
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith("Usage: mlora" + command)
        .containsAnyOf("Examples:\n", "Start with:\n")
        .doesNotContain("${", "%n");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 100);
  }

  @ParameterizedTest(name = "mlora{0}")
  @MethodSource("commands")
  void breaksDescriptionsBetweenWordsAlone(String command) {
    List<String> shown = List.of(help(command).out().split("\\s+"));
    CommandLine found = tree();
    for (String name : command.strip().split(" ")) {
      found = name.isEmpty() ? found : found.getSubcommands().get(name);
    }
    for (OptionSpec option : found.getCommandSpec().options()) {
      for (String word : String.join(" ", option.description()).split("\\s+")) {
        if (!word.contains("${") && !word.contains("%")) {
          assertThat(shown).contains(word);
        }
      }
    }
  }

  @Test
  void helpIsACommandToo() {
    assertThat(CommandRun.of("help").out()).isEqualTo(help("").out());
    assertThat(CommandRun.of("help", "prepare", "csv").out()).isEqualTo(help("prepare csv").out());
    assertThat(CommandRun.of("help", "train").code()).isZero();
  }

  @Test
  void helpOfACommandThatIsNotThereSuggestsOne() {
    for (String command : List.of("trian", "prepare cvs")) {
      CommandRun run = help(command);
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).isEqualTo(CommandRun.of((Object[]) command.split(" ")).err());
    }
    assertThat(CommandRun.of("help", "trian").err()).contains("did you mean 'train'?");
    // A flag of other commands is no reason to keep help back.
    assertThat(help("--quiet").out()).isEqualTo(help("").out());
  }

  /** Examples that the parser refuses would teach wrong flags. */
  @ParameterizedTest(name = "mlora{0}")
  @MethodSource("commands")
  void itsExamplesAreUnderstoodByTheParser(String command) {
    String text = help(command).out().replaceAll("\\\\\n *", "");
    List<String> lines = text.lines().filter(line -> line.matches("  mlora .*")).toList();
    for (String line : lines) {
      String words = line.replaceAll("\\s{4,}.*| [|>] .*", "").strip();
      if (!words.contains("COMMAND")) {
        parse(words.substring("mlora".length()).replace("'", "").strip());
      }
    }
  }

  private static void parse(String words) {
    CommandLine commands = tree();
    commands.setErr(new PrintWriter(new StringWriter()));
    commands.parseArgs(words.isEmpty() ? new String[0] : words.split("\\s+"));
  }

  @Test
  void completionKnowsEveryFlagOfEveryCommand() {
    String script = CommandRun.of("generate-completion").out();
    List<CommandLine> all = new ArrayList<>();
    collect(tree(), all);
    for (CommandLine command : all) {
      assertThat(script).contains(command.getCommandName());
      for (OptionSpec option : command.getCommandSpec().options()) {
        assertThat(script).contains(option.longestName());
      }
    }
  }

  @Test
  void aloneItShowsTheCommands() {
    CommandRun run = CommandRun.of();
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Commands:", "  onboard ", "Exit codes: 0 done, 2 bad input");
  }
}
