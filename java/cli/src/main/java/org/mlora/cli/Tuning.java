package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mlora.data.JsonObject;
import org.mlora.data.store.FileErrors;
import org.mlora.error.InvalidInputException;
import org.mlora.train.Candidate;
import org.mlora.train.RunConfig;
import org.mlora.train.SuccessiveHalving;

/** The record of a search, {@code tuning.json}, written anew after every training. */
final class Tuning {
  static final String NAME = "tuning.json";

  private final Path file;
  private final ObjectNode begun;
  private final long firstSeed;
  private final List<Candidate> candidates;
  private final SuccessiveHalving halving;
  private final Map<SuccessiveHalving.Trial, Double> results = new LinkedHashMap<>();

  private Tuning(
      Path file,
      ObjectNode begun,
      long firstSeed,
      List<Candidate> candidates,
      boolean lowerIsBetter) {
    this.file = file;
    this.begun = begun;
    this.firstSeed = firstSeed;
    this.candidates = List.copyOf(candidates);
    this.halving = new SuccessiveHalving(candidates.size(), lowerIsBetter);
  }

  /**
   * Begins a search, or goes on with the one in the folder.
   *
   * @param settings that the candidates vary
   * @throws InvalidInputException where the folder holds a search with other settings
   */
  static Tuning in(
      Path folder, RunConfig settings, List<Candidate> candidates, boolean lowerIsBetter) {
    ObjectNode begun = settings.toJson();
    begun.withObject("training").remove(List.of("checkpoint_every_ms", "checkpoint_steps"));
    ArrayNode drawn = begun.putArray("candidates");
    candidates.forEach(candidate -> drawn.add(json(candidate)));
    long seed = settings.config().seed();
    Tuning tuning = new Tuning(folder.resolve(NAME), begun, seed, candidates, lowerIsBetter);
    if (Files.exists(tuning.file)) {
      tuning.read();
      return tuning;
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(folder, e);
    }
    tuning.write();
    return tuning;
  }

  private void read() {
    JsonNode json = JsonFile.object(file, "--out", "what 'mlora tune' wrote");
    // As text, since numbers that were read have other types than those that were made.
    if (!json.path("begun").toString().equals(begun.toString())) {
      throw new InvalidInputException(
          file + " was begun with other settings, data or candidates; choose another folder");
    }
    for (JsonNode result : json.path("results")) {
      results.put(
          new SuccessiveHalving.Trial(
              result.path("candidate").asInt(), (int) (result.path("seed").asLong() - firstSeed)),
          result.path("validation").asDouble(Double.NaN));
    }
  }

  SuccessiveHalving halving() {
    return halving;
  }

  List<Candidate> candidates() {
    return candidates;
  }

  Map<SuccessiveHalving.Trial, Double> results() {
    return Map.copyOf(results);
  }

  /** The best candidate so far. */
  Candidate best() {
    return candidates.get(halving.best(results));
  }

  /** Keeps a result. */
  void add(SuccessiveHalving.Trial trial, double value) {
    results.put(trial, value);
    write();
  }

  private void write() {
    TextFile.write(file, json().toPrettyString());
  }

  /** {@code {"begun", "results": [{"candidate", "seed", "validation"}], "best"}}. */
  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("begun", begun);
    ArrayNode list = json.putArray("results");
    results.forEach(
        (trial, value) -> {
          ObjectNode item = list.addObject();
          item.put("candidate", trial.candidate()).put("seed", firstSeed + trial.seed());
          JsonObject.putNumber(item, "validation", value);
        });
    json.put("best", candidates.indexOf(best()));
    return json;
  }

  private static ObjectNode json(Candidate candidate) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("alpha", candidate.adapter().alpha())
        .put("adapter_l2", candidate.adapter().l2())
        .put("adapter_rate_scale", candidate.adapter().rateScale())
        .put("learning_rate", candidate.learningRate())
        .put("embedding_l2", candidate.embeddingL2())
        .put("dropout", candidate.dropout());
  }
}
