package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.checkpoint.RunFolder;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.model.ModelSpecJson;

/**
 * The content of a run's {@code config.json}.
 *
 * @param dataset checksum of the data set
 * @param base checksum of the model that it goes on from; empty where it starts afresh
 */
public record RunConfig(
    ModelSpec spec, TrainingConfig config, String dataset, Optional<String> base) {
  private static final String BASE = "base";

  /** That of a training that starts afresh. */
  public RunConfig(ModelSpec spec, TrainingConfig config, String dataset) {
    this(spec, config, dataset, Optional.empty());
  }

  /** All settings by their names, those of a group after the group's and a dot. */
  public List<Map.Entry<String, String>> settings() {
    List<Map.Entry<String, String>> settings = new ArrayList<>();
    collect("", ModelSpecJson.write(spec), settings);
    collect("", TrainingConfigJson.write(config), settings);
    return settings;
  }

  private static void collect(
      String group, ObjectNode json, List<Map.Entry<String, String>> settings) {
    json.fields()
        .forEachRemaining(
            entry -> {
              String name = group + entry.getKey();
              if (entry.getValue() instanceof ObjectNode inner) {
                collect(name + ".", inner, settings);
              } else {
                settings.add(Map.entry(name, entry.getValue().toString().replace("\"", "")));
              }
            });
  }

  /** As it is kept. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("dataset", dataset);
    base.ifPresent(checksum -> json.put(BASE, checksum));
    json.set("model", ModelSpecJson.write(spec));
    json.set("training", TrainingConfigJson.write(config));
    return json;
  }

  /**
   * Reads a run's.
   *
   * @throws InvalidInputException when the folder holds no run, or the file is damaged
   */
  public static RunConfig read(Path run) {
    JsonNode json = RunFolder.readConfig(run);
    String where = run.resolve(RunFolder.CONFIG).toString();
    JsonObject fields = new JsonObject(json, where);
    return new RunConfig(
        ModelSpecJson.read(json.path("model"), where + ": model"),
        TrainingConfigJson.read(json.path("training"), where + ": training"),
        fields.text("dataset"),
        json.has(BASE) ? Optional.of(fields.text(BASE)) : Optional.empty());
  }

  /**
   * Fails unless a run of the other configuration can go on as this one.
   *
   * @throws InvalidInputException naming what differs
   */
  void requireSame(RunConfig other, Path run) {
    difference(other)
        .ifPresent(
            difference -> {
              throw new InvalidInputException(
                  run + " " + difference + "; resume with the same or start a new run");
            });
  }

  /** The first that differs of what a run cannot go on with; empty where nothing does. */
  Optional<String> difference(RunConfig other) {
    if (!dataset.equals(other.dataset)) {
      return Optional.of(
          "was started with another data set (checksum "
              + dataset.substring(0, Math.min(12, dataset.length()))
              + "...)");
    }
    if (!base.equals(other.base)) {
      return Optional.of(
          base.isEmpty()
              ? "was started with 'mlora train', not as an update of a model"
              : other.base.isEmpty()
                  ? "was started with 'mlora update'"
                  : "was started from another model");
    }
    ObjectNode mine = toJson();
    ObjectNode its = other.toJson();
    return Stream.of("model", "training")
        .flatMap(part -> differences("", mine.path(part), its.path(part)))
        .filter(difference -> !difference.startsWith("checkpoint_"))
        .findFirst()
        .map(difference -> "was started with " + difference);
  }

  /** Single values that differ, not whole objects: these may hold a number for each domain. */
  private static Stream<String> differences(String name, JsonNode mine, JsonNode its) {
    if (mine.equals(its)) {
      return Stream.empty();
    }
    if (!mine.isObject() || !its.isObject()) {
      return Stream.of(name + " " + value(mine) + ", not " + value(its));
    }
    Set<String> keys = new LinkedHashSet<>();
    mine.fieldNames().forEachRemaining(keys::add);
    its.fieldNames().forEachRemaining(keys::add);
    String group = name.isEmpty() ? "" : name + ".";
    return keys.stream().flatMap(key -> differences(group + key, mine.path(key), its.path(key)));
  }

  private static String value(JsonNode json) {
    return json.isMissingNode() ? "none" : json.toString();
  }
}
