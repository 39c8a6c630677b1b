package org.mlora.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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

/** Flags from a JSON object: its keys are long flag names without the dashes. */
final class ConfigFile implements IDefaultValueProvider {
  static final String FLAG = "--config";

  private static final long MAX_BYTES = 1 << 20;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path file;
  private final Map<String, String> values;
  private final List<String> given;

  private ConfigFile(Path file, Map<String, String> values, List<String> given) {
    this.file = file;
    this.values = values;
    this.given = given;
  }

  /**
   * Lets the command that the arguments name take its defaults from their config file, if there is
   * one.
   *
   * @throws InvalidInputException if the file is no such object, or a key is no flag of the command
   */
  static void apply(CommandLine commands, String[] arguments) {
    Optional<Path> file = file(arguments);
    if (file.isEmpty()) {
      return;
    }
    CommandLine command = commands;
    for (String argument : arguments) {
      CommandLine next = command.getSubcommands().get(argument);
      if (next == null) {
        break;
      }
      command = next;
    }
    Map<String, String> values = read(file.get());
    for (String key : values.keySet()) {
      check(file.get(), key, command.getCommandSpec());
    }
    command.setDefaultValueProvider(new ConfigFile(file.get(), values, List.of(arguments)));
  }

  private static Optional<Path> file(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(FLAG + "=")) {
        return Optional.of(Path.of(arguments[i].substring(FLAG.length() + 1)));
      }
      if (arguments[i].equals(FLAG) && i + 1 < arguments.length) {
        return Optional.of(Path.of(arguments[i + 1]));
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidInputException(
            file + " is larger than 1 MiB; a config file is one small JSON object");
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (!json.isObject()) {
        throw new InvalidInputException(
            file + " holds no JSON object; write flags as {\"lr\": 0.001, \"hidden\": [64, 32]}");
      }
      Map<String, String> values = new LinkedHashMap<>();
      json.fields().forEachRemaining(e -> values.put(e.getKey(), text(file, e)));
      return values;
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(file + ": no such file; correct " + FLAG, e);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          file
              + " line "
              + e.getLocation().getLineNr()
              + " is not JSON ("
              + e.getOriginalMessage()
              + "); correct it",
          e);
    } catch (IOException e) {
      throw new InvalidInputException(file + " cannot be read: " + e + "; correct " + FLAG, e);
    }
  }

  private static String text(Path file, Map.Entry<String, JsonNode> entry) {
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
    return argument instanceof OptionSpec option && supplies(option) ? value(option) : null;
  }

  private @Nullable String value(OptionSpec option) {
    for (String name : option.names()) {
      String value = name.startsWith("--") ? values.get(name.substring(2)) : null;
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** Flags given override; picocli would even turn a switch off that is on in both. */
  private boolean supplies(OptionSpec option) {
    for (String name : option.names()) {
      if (given.stream().anyMatch(word -> word.equals(name) || word.startsWith(name + "="))) {
        return false;
      }
    }
    return value(option) != null;
  }

  /** Where the option's value stands, to begin a message with; empty for the command line. */
  static String origin(OptionSpec option, CommandLine command) {
    return command.getDefaultValueProvider() instanceof ConfigFile config && config.supplies(option)
        ? config.file + ": "
        : "";
  }
}
