package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.mlora.error.InvalidInputException;
import org.mlora.train.Candidate;
import picocli.CommandLine.Model.CommandSpec;

/** Flags of model and training, kept as {@code recipe.json}, which {@code --config} reads. */
record Recipe(Map<String, String> flags) {
  static final String NAME = "recipe.json";

  Recipe {
    flags = Map.copyOf(flags);
  }

  /** Those of the command that runs. */
  static Recipe of(CommandSpec command) {
    return new Recipe(GivenFlags.recipe(command));
  }

  /** The same with what a search found. */
  Recipe with(Candidate found, AdapterName adapter) {
    Map<String, String> changed = new TreeMap<>(flags);
    changed.put("lr", Double.toString(found.learningRate()));
    changed.put("embedding-l2", Double.toString(found.embeddingL2()));
    changed.put("dropout", Double.toString(found.dropout()));
    if (adapter != AdapterName.NONE) {
      if (found.adapter().alpha() > 0) {
        changed.put("alpha", Integer.toString(found.adapter().alpha()));
      }
      changed.put("adapter-l2", Double.toString(found.adapter().l2()));
      changed.put("adapter-lr", Double.toString(found.adapterRate()));
    }
    return new Recipe(changed);
  }

  /** Writes it into a folder. */
  void write(Path folder) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    new TreeMap<>(flags).forEach(json::put);
    TextFile.write(folder.resolve(NAME), json.toPrettyString());
  }

  /**
   * Fails unless a folder was begun with this recipe.
   *
   * @throws InvalidInputException where it holds none, or another: naming a flag that differs
   */
  void requireSame(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      throw new InvalidInputException(
          "--out " + folder + " exists and was not begun by this command; choose another folder");
    }
    JsonNode json = JsonFile.object(file, "--out", "flags of train");
    TreeSet<String> names = new TreeSet<>(flags.keySet());
    json.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String then = json.path(name).asText("");
      String now = flags.getOrDefault(name, "");
      if (!then.equals(now)) {
        throw new InvalidInputException(
            folder
                + " was begun with "
                + (then.isEmpty() ? "no --" + name : "--" + name + " " + then)
                + ", not "
                + (now.isEmpty() ? "without it" : now)
                + "; go on with the same or choose another folder");
      }
    }
  }
}
