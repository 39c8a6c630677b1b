package org.mlora.checkpoint;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.mlora.calibration.PlattScaling;
import org.mlora.data.EnumLabel;
import org.mlora.data.Schema;
import org.mlora.data.SchemaJson;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.StrictJson;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.model.ModelSpecJson;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;

/**
 * The content of {@code model.json}.
 *
 * @param dataset checksum of the data set that it was trained on
 * @param training configuration, position and history of the training, as its writer wants them
 * @param calibration what predictions make of logits; empty: their sigmoids
 */
public record ModelFile(
    ModelSpec spec,
    Schema schema,
    String dataset,
    ObjectNode training,
    Optional<PlattScaling> calibration) {
  /** Its file name. */
  public static final String NAME = "model.json";

  private static final String CALIBRATION = "calibration";
  private static final int VERSION = 1;
  private static final int MAX_MEBIBYTES = 1024;

  /** Without calibration. */
  public ModelFile(ModelSpec spec, Schema schema, String dataset, ObjectNode training) {
    this(spec, schema, dataset, training, Optional.empty());
  }

  /** The same with another calibration, or none. */
  public ModelFile withCalibration(Optional<PlattScaling> other) {
    return new ModelFile(spec, schema, dataset, training, other);
  }

  /**
   * Writes the file into a folder, with a summary of the network for people.
   *
   * @throws InvalidInputException when it cannot be written, or would be too large to be read
   */
  void write(Path folder, Network network) {
    Path file = folder.resolve(NAME);
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        StrictJson.writer()
            .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .writeValue(out, toJson(network));
        out.write('\n');
      }
      if (Files.size(file) > (long) MAX_MEBIBYTES << 20) {
        throw new InvalidInputException(
            "the model's "
                + NAME
                + " is larger than 1 GiB, with "
                + schema.domains().size()
                + " domains; it would not be read, train with fewer domains");
      }
    } catch (IOException e) {
      throw FileErrors.cannotWrite(file, e);
    }
  }

  private ObjectNode toJson(Network network) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("version", VERSION);
    json.set("spec", ModelSpecJson.write(spec));
    json.put("dataset", dataset);
    json.set("network", summary(network));
    json.set("training", training);
    calibration.ifPresent(scaling -> json.set(CALIBRATION, scaling.toJson()));
    json.set("schema", SchemaJson.toJson(schema));
    return json;
  }

  private static ObjectNode summary(Network network) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("domains", network.domains());
    Map<Role, Long> sizes = new EnumMap<>(Role.class);
    network.parameters().forEach(p -> sizes.merge(p.role(), p.size(), Long::sum));
    ObjectNode parameters = json.putObject("parameters");
    sizes.forEach((role, size) -> parameters.put(EnumLabel.of(role), size));
    ObjectNode shapes = json.putObject("shapes");
    for (Parameter parameter : network.parameters()) {
      parameter.shape().forEach(shapes.putArray(parameter.name())::add);
    }
    return json;
  }

  /**
   * Reads the file of a folder.
   *
   * @throws InvalidInputException naming what is wrong
   */
  static ModelFile read(Path folder) {
    Path file = folder.resolve(NAME);
    JsonNode json = StrictJson.read(file, MAX_MEBIBYTES, "model file");
    if (!json.has("version")) {
      throw new InvalidInputException(
          file + " is no model file: it is no JSON object with a \"version\"; use another copy");
    }
    if (json.path("version").asInt(-1) != VERSION) {
      throw new InvalidInputException(
          file
              + " has version "
              + json.path("version")
              + "; this program reads "
              + VERSION
              + ", use the one that wrote it");
    }
    if (!(json.path("training") instanceof ObjectNode training)) {
      throw new InvalidInputException(file + ": \"training\" is missing or no object");
    }
    try {
      Schema schema = SchemaJson.parse(json.path("schema"));
      return new ModelFile(
          ModelSpecJson.read(json.path("spec"), file + ": spec"),
          schema,
          json.path("dataset").asText(),
          training,
          json.has(CALIBRATION)
              ? Optional.of(PlattScaling.fromJson(json.get(CALIBRATION), schema.domains().size()))
              : Optional.empty());
    } catch (InvalidInputException e) {
      throw e.in(file.toString());
    }
  }
}
