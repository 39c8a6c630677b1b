package org.mlora.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.mlora.checkpoint.RunFolder;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.model.ModelSpecJson;

/**
 * The content of a run's {@code config.json}.
 *
 * @param dataset checksum of the data set
 */
public record RunConfig(ModelSpec spec, TrainingConfig config, String dataset) {
  /** As it is kept. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("dataset", dataset);
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
    String where = run.resolve("config.json").toString();
    return new RunConfig(
        ModelSpecJson.read(json.path("model"), where + ": model"),
        TrainingConfigJson.read(json.path("training"), where + ": training"),
        new JsonFields(json, where).text("dataset"));
  }

  /**
   * Fails unless a run of the other configuration can go on as this one.
   *
   * @throws InvalidInputException naming what differs
   */
  void requireSame(RunConfig other, Path run) {
    if (!dataset.equals(other.dataset)) {
      throw new InvalidInputException(
          run
              + " was started with another data set (checksum "
              + dataset.substring(0, Math.min(12, dataset.length()))
              + "...); resume with that one or start a new run");
    }
    ObjectNode mine = toJson();
    ObjectNode its = other.toJson();
    for (String part : new String[] {"model", "training"}) {
      mine.path(part)
          .fields()
          .forEachRemaining(
              entry -> {
                JsonNode value = its.path(part).path(entry.getKey());
                if (!entry.getKey().startsWith("checkpoint_") && !value.equals(entry.getValue())) {
                  throw new InvalidInputException(
                      run
                          + " was started with "
                          + entry.getKey()
                          + " "
                          + entry.getValue()
                          + ", not "
                          + value
                          + "; resume with the same or start a new run");
                }
              });
    }
  }
}
