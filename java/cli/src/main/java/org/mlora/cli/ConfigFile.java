package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Flags from a JSON object, whose keys are long flag names without the dashes, and below them those
 * of a configuration of the published code.
 */
final class ConfigFile implements IDefaultValueProvider {
  static final String FLAG = "--config";

  private final Map<String, Value> values;
  private final List<String> given;

  /** A flag's value and the file that holds it. */
  private record Value(Path file, String text) {}

  private ConfigFile(Map<String, Value> values, List<String> given) {
    this.values = values;
    this.given = given;
  }

  /**
   * Lets the command that the arguments name take its defaults from their files, if there are any.
   *
   * @throws InvalidInputException if a file is no such object, or a key is no flag of the command
   */
  static void apply(CommandLine commands, String[] arguments) {
    CommandLine command = commands;
    for (String argument : arguments) {
      CommandLine next = command.getSubcommands().get(argument);
      if (next == null) {
        break;
      }
      command = next;
    }
    Map<String, Value> values = new LinkedHashMap<>();
    Optional<Path> own = argument(arguments, FLAG).map(Path::of);
    if (own.isPresent()) {
      JsonNode json =
          JsonFile.object(own.get(), FLAG, "flags as {\"lr\": 0.001, \"hidden\": [64, 32]}");
      for (Map.Entry<String, JsonNode> entry :
          (Iterable<Map.Entry<String, JsonNode>>) json::fields) {
        check(own.get(), entry.getKey(), command.getCommandSpec());
        OptionSpec option = command.getCommandSpec().findOption("--" + entry.getKey());
        values.put(entry.getKey(), new Value(own.get(), text(own.get(), entry, option)));
      }
    }
    addReference(command.getCommandSpec(), arguments, values);
    if (!values.isEmpty()) {
      command.setDefaultValueProvider(new ConfigFile(values, List.of(arguments)));
    }
  }

  /**
   * Flags that the command does not have, such as the adapter of a comparison, are left out;
   * options of its model too, where another model is given.
   */
  private static void addReference(
      CommandSpec command, String[] arguments, Map<String, Value> values) {
    Optional<String> name = either(arguments, ReferenceConfig.FLAG, values);
    if (name.isEmpty() || !command.optionsMap().containsKey(ReferenceConfig.FLAG)) {
      return;
    }
    Path file = Path.of(name.get());
    String quirks = either(arguments, "--compat", values).orElse("");
    Map<String, String> flags = ReferenceConfig.read(file, Words.quirks(quirks)).flags();
    boolean itsModel =
        either(arguments, "--model", values)
            .map(given -> given.equals(flags.get("model")))
            .orElse(true);
    flags.forEach(
        (key, text) -> {
          boolean fits = itsModel || !key.equals("option");
          if (fits && command.optionsMap().containsKey("--" + key)) {
            values.putIfAbsent(key, new Value(file, text));
          }
        });
  }

  private static Optional<String> either(
      String[] arguments, String flag, Map<String, Value> values) {
    return argument(arguments, flag)
        .or(() -> Optional.ofNullable(values.get(flag.substring(2))).map(Value::text));
  }

  private static Optional<String> argument(String[] arguments, String flag) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(flag + "=")) {
        return Optional.of(arguments[i].substring(flag.length() + 1));
      }
      if (arguments[i].equals(flag) && i + 1 < arguments.length) {
        return Optional.of(arguments[i + 1]);
      }
    }
    return Optional.empty();
  }

  private static String text(Path file, Map.Entry<String, JsonNode> entry, OptionSpec option) {
    JsonNode value = entry.getValue();
    List<String> parts = new ArrayList<>();
    for (JsonNode part : value.isArray() ? value : List.of(value)) {
      if (!part.isValueNode() || part.isNull()) {
        throw new InvalidInputException(
            file
                + ": key '"
                + entry.getKey()
                + "' must be a text, a number, true, false or a list of those");
      }
      if (value.isArray() && option.splitRegex().equals(",") && part.asText().contains(",")) {
        throw new InvalidInputException(
            file
                + ": key '"
                + entry.getKey()
                + "' lists '"
                + part.asText()
                + "', but commas divide this list; use a name without one");
      }
      parts.add(part.asText());
    }
    return String.join(",", parts);
  }

  private static void check(Path file, String key, CommandSpec command) {
    if (command.optionsMap().containsKey("--" + key) && !List.of("config", "help").contains(key)) {
      return;
    }
    List<String> keys =
        command.options().stream()
            .map(option -> option.longestName().substring(2))
            .filter(name -> !List.of("config", "help").contains(name))
            .toList();
    throw new InvalidInputException(
        file
            + ": key '"
            + key
            + "' is no flag of '"
            + command.qualifiedName()
            + "'; "
            + CloseWord.to(key, keys)
                .map(word -> "did you mean '" + word + "'?")
                .orElse("its flags are " + String.join(", ", keys)));
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? supplied(option).map(Value::text).orElse(null)
        : null;
  }

  /** Flags given override; picocli would even turn a switch off that is on in both. */
  private Optional<Value> supplied(OptionSpec option) {
    for (String name : option.names()) {
      if (given.stream().anyMatch(word -> word.equals(name) || word.startsWith(name + "="))) {
        return Optional.empty();
      }
    }
    for (String name : option.names()) {
      Value value = name.startsWith("--") ? values.get(name.substring(2)) : null;
      if (value != null) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** Where the option's value stands, to begin a message with; empty for the command line. */
  static String origin(OptionSpec option, CommandLine command) {
    return command.getDefaultValueProvider() instanceof ConfigFile config
        ? config.supplied(option).map(value -> value.file() + ": ").orElse("")
        : "";
  }
}
