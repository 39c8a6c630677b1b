package org.mlora.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.mlora.data.EnumLabel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The flags of the command that runs, as they were given and as they are. */
final class GivenFlags {
  /** Orders above this are about output and device, not about the result. */
  private static final int LAST_OF_RESULT = 59;

  /** Orders from here on are about the model and its training, not about which and where. */
  private static final int FIRST_OF_RECIPE = 10;

  private static final List<String> NO_RECIPE = List.of("model", "adapter", "reference-config");

  private GivenFlags() {}

  /** Names of the flags of the command line. */
  static Set<String> names(CommandSpec command) {
    return command.commandLine().getParseResult().matchedOptions().stream()
        .map(OptionSpec::longestName)
        .collect(Collectors.toSet());
  }

  /** Whether flags were given that say what the result is, others than those named. */
  static boolean anyOf(CommandSpec command, String... others) {
    return command.commandLine().getParseResult().matchedOptions().stream()
        .filter(option -> concernsResult(option) && !option.longestName().equals("--resume"))
        .anyMatch(option -> !List.of(others).contains(option.longestName()));
  }

  private static boolean concernsResult(OptionSpec option) {
    return option.order() <= LAST_OF_RESULT;
  }

  /**
   * The command line once more, with one more flag, for a shell; the launcher says in {@code
   * mlora.command} how it was called.
   */
  static String again(CommandSpec command, String flag) {
    List<String> words = new ArrayList<>();
    words.add(System.getProperty("mlora.command", "mlora"));
    words.addAll(command.root().commandLine().getParseResult().originalArgs());
    if (!words.contains(flag)) {
      words.add(flag);
    }
    return words.stream().map(GivenFlags::quoted).collect(Collectors.joining(" "));
  }

  /** A word of a command line, for a shell. */
  static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./~-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** Every flag that says what the result is, with its value. */
  static List<Map.Entry<String, String>> values(CommandSpec command) {
    List<Map.Entry<String, String>> values = new ArrayList<>();
    for (OptionSpec option : command.options()) {
      if (concernsResult(option) && !option.longestName().equals("--resume")) {
        text(option.getValue())
            .ifPresent(text -> values.add(Map.entry(option.longestName().substring(2), text)));
      }
    }
    return values;
  }

  /**
   * The flags that make a recipe, which another command or another data set can take: those of the
   * network and of training, whichever the model. Switches that are off and times of checkpoints
   * are left out.
   */
  static Map<String, String> recipe(CommandSpec command) {
    Map<String, String> recipe = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      String name = option.longestName().substring(2);
      boolean fits = option.order() >= FIRST_OF_RECIPE && concernsResult(option);
      if (fits
          && !NO_RECIPE.contains(name)
          && !name.startsWith("checkpoint-")
          && !Boolean.FALSE.equals(option.getValue())) {
        text(option.getValue()).ifPresent(text -> recipe.put(name, text));
      }
    }
    return recipe;
  }

  /** As it could be given; empty where nothing was. */
  private static Optional<String> text(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.flatMap(GivenFlags::text);
    }
    if (value instanceof List<?> list) {
      return list.isEmpty()
          ? Optional.empty()
          : Optional.of(
              list.stream().flatMap(part -> text(part).stream()).collect(Collectors.joining(",")));
    }
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty()
          ? Optional.empty()
          : Optional.of(
              map.entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + entry.getValue())
                  .collect(Collectors.joining(",")));
    }
    if (value instanceof Enum<?> word) {
      return Optional.of(EnumLabel.of(word));
    }
    if (value instanceof Duration time) {
      return Optional.of(time.toSeconds() + "s");
    }
    return Optional.ofNullable(value).map(String::valueOf);
  }
}
