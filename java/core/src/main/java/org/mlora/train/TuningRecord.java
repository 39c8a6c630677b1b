package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.mlora.data.JsonObject;
import org.mlora.data.store.AtomicFile;
import org.mlora.data.store.FolderTree;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Metric;

/** The record of a search, {@link Tuner#RECORD}, written anew after every training. */
final class TuningRecord {
  private final Path file;
  private final RunConfig settings;
  private final ObjectNode begun;
  private final List<Candidate> candidates;
  private final SuccessiveHalving halving;
  private final Map<SuccessiveHalving.Trial, Double> results = new LinkedHashMap<>();

  private TuningRecord(Path file, RunConfig settings, List<Candidate> candidates) {
    this.file = file;
    this.settings = settings;
    this.begun = begun(settings, candidates);
    this.candidates = candidates;
    boolean lower = settings.config().earlyStop().better() == Metric.Better.LOWER;
    this.halving = new SuccessiveHalving(candidates.size(), lower);
  }

  /**
   * Begins a search, or goes on with the one in the folder.
   *
   * @param settings that the candidates vary
   * @throws InvalidInputException where the folder holds a search with other settings, or something
   *     else
   */
  static TuningRecord in(Path folder, RunConfig settings, List<Candidate> candidates) {
    TuningRecord record = new TuningRecord(folder.resolve(Tuner.RECORD), settings, candidates);
    if (Files.exists(record.file)) {
      record.take(Tuner.readRecord(folder));
      return record;
    }
    if (Files.exists(folder) && !isFree(folder)) {
      throw new InvalidInputException(
          folder + " exists and holds no search; choose another folder");
    }
    record.write();
    return record;
  }

  /** Whether it holds no more than what is left of a record whose first writing was cut off. */
  private static boolean isFree(Path folder) {
    return Files.isDirectory(folder)
        && FolderTree.names(folder).stream().allMatch(name -> name.startsWith("." + Tuner.RECORD));
  }

  /** Takes the results of what was begun in the same way. */
  private void take(JsonNode json) {
    // As text, since numbers that were read have other types than those that were made.
    if (!json.path("begun").toString().equals(begun.toString())) {
      throw new InvalidInputException(
          file + " was begun with other settings, data or candidates; choose another folder");
    }
    for (JsonNode result : json.path("results")) {
      int seed = (int) (result.path("seed").asLong() - settings.config().seed());
      results.put(
          new SuccessiveHalving.Trial(result.path("candidate").asInt(), seed),
          result.path("validation").asDouble(Double.NaN));
    }
  }

  /** The training to come; empty where the search is at its end. */
  Optional<SuccessiveHalving.Trial> next() {
    return halving.next(results);
  }

  /** Trainings that ended. */
  Set<SuccessiveHalving.Trial> trials() {
    return results.keySet();
  }

  /** Trainings of the whole search. */
  int total() {
    return halving.trainings();
  }

  Candidate candidate(SuccessiveHalving.Trial trial) {
    return candidates.get(trial.candidate());
  }

  /** Keeps the result of a training; NaN where it diverged. */
  void add(SuccessiveHalving.Trial trial, double value) {
    results.put(trial, value);
    write();
  }

  /**
   * Fails where trainings ended, and all of them diverged.
   *
   * @throws DivergedException then
   */
  void requireAny() {
    if (!results.isEmpty() && results.values().stream().allMatch(value -> Double.isNaN(value))) {
      throw new DivergedException(
          "the loss of every candidate became NaN or infinite; lower the learning rate");
    }
  }

  /** What is known by now. */
  TuningResult result(boolean stopped) {
    List<TuningResult.Ranked> ranked =
        halving.ranked(results).stream()
            .map(
                number -> {
                  Candidate candidate = candidates.get(number);
                  return new TuningResult.Ranked(
                      candidate,
                      candidate.on(settings.spec()),
                      candidate.on(settings.config()),
                      SuccessiveHalving.of(number, results));
                })
            .toList();
    return new TuningResult(stopped, ranked);
  }

  private void write() {
    AtomicFile.write(file, json().toPrettyString() + "\n");
  }

  /** {@code {"begun", "results": [{"candidate", "seed", "validation"}], "best"}}. */
  private ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("begun", begun);
    ArrayNode list = json.putArray("results");
    results.forEach(
        (trial, value) -> {
          ObjectNode item = list.addObject();
          item.put("candidate", trial.candidate());
          item.put("seed", settings.config().seed() + trial.seed());
          JsonObject.putNumber(item, "validation", value);
        });
    json.put("best", halving.best(results));
    return json;
  }

  /** What a search has to have been begun with to be gone on with. */
  private static ObjectNode begun(RunConfig settings, List<Candidate> candidates) {
    ObjectNode begun = settings.toJson();
    begun.withObject("training").remove(List.of("checkpoint_every_ms", "checkpoint_steps"));
    ArrayNode drawn = begun.putArray("candidates");
    candidates.forEach(candidate -> drawn.add(json(candidate)));
    return begun;
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
