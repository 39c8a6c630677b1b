package org.mlora.checkpoint;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mlora.backend.Engine;
import org.mlora.data.Schema;
import org.mlora.data.Vocabularies;
import org.mlora.data.prepare.Template;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FileDigest;
import org.mlora.data.store.FolderIdentity;
import org.mlora.data.store.Manifest;
import org.mlora.data.store.RegularFile;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.train.Optimizer;

/**
 * A saved model: a folder with {@code model.json}, {@code weights.safetensors}, vocabularies, and
 * for a training that can go on {@code optimizer.safetensors}. {@code manifest.json} holds the
 * SHA-256 of every file. It is replaced as a whole, see {@link AtomicFolder}.
 */
public final class Checkpoint {
  private static final String FORMAT = "mlora-model";
  private static final int VERSION = 1;
  private static final String WEIGHTS = "weights.safetensors";
  static final String OPTIMIZER = "optimizer.safetensors";
  private static final String OTHERWISE = "use another checkpoint";
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind(
          ModelFile.NAME,
          folder -> {
            Manifest manifest = Manifest.read(folder, FORMAT, VERSION);
            return file -> file.equals(Manifest.NAME) || manifest.lists(file);
          },
          "choose another folder");

  /** How often a folder is read anew that is replaced meanwhile, as the best of a training is. */
  private static final int ATTEMPTS = 20;

  private final Path folder;
  private final Optional<FolderIdentity> identity;
  private final ModelFile model;
  private final String checksum;

  private Checkpoint(
      Path folder, Optional<FolderIdentity> identity, ModelFile model, String checksum) {
    this.folder = folder;
    this.identity = identity;
    this.model = model;
    this.checksum = checksum;
  }

  /**
   * Saves a model that can be used alone.
   *
   * @param overwrite whether a model that is there is replaced
   * @throws InvalidInputException when the folder cannot be written or holds anything else
   */
  public static void saveModel(
      Path folder, boolean overwrite, Engine engine, ModelFile model, Vocabularies vocabularies) {
    write(folder, overwrite, engine, model, vocabularies::write);
  }

  /** Saves weights and what the optimizer keeps, from which a training goes on. */
  public static void saveState(Path folder, Engine engine, Optimizer optimizer, ModelFile model) {
    write(
        folder,
        true,
        engine,
        model,
        fresh -> EngineState.writeMoments(engine, optimizer, fresh.resolve(OPTIMIZER)));
  }

  private interface Part {
    void write(Path fresh);
  }

  private static void write(
      Path folder, boolean overwrite, Engine engine, ModelFile model, Part part) {
    try (AtomicFolder place = AtomicFolder.begin(folder, overwrite, KIND)) {
      Path fresh = place.path();
      EngineState.writeWeights(engine, fresh.resolve(WEIGHTS));
      part.write(fresh);
      model.write(fresh, engine.network());
      Manifest.of(fresh, FORMAT, VERSION).write(fresh);
      place.commit();
    }
  }

  /** Refuses a folder that holds anything but a checkpoint, which a save would not replace. */
  static void requireReplaceable(Path folder) {
    KIND.requireReplaceable(folder);
  }

  /**
   * Opens a model's folder, or the folder of a run, whose best model is meant, after comparing
   * every file with its checksum.
   *
   * @throws InvalidInputException when there is no model, or a file is missing or damaged
   */
  public static Checkpoint open(Path folder) {
    for (int attempt = 1; ; attempt++) {
      Path place = ModelPlace.of(folder);
      Optional<FolderIdentity> before = FolderIdentity.byManifest(place);
      try {
        return read(place, before, checksum(place));
      } catch (InvalidInputException e) {
        boolean same = before.isPresent() && before.equals(FolderIdentity.byManifest(place));
        if (attempt == ATTEMPTS || same) {
          throw e;
        }
      }
    }
  }

  /**
   * What is made of a model's folder, or that of a run: made anew of the model that has taken its
   * place by the time it is read.
   *
   * @throws InvalidInputException as {@link #open} does, and when the folder is replaced again and
   *     again
   */
  public static <T> T use(Path folder, Function<Checkpoint, T> making) {
    for (int attempt = 1; ; attempt++) {
      Checkpoint opened = open(folder);
      try {
        return making.apply(opened);
      } catch (InvalidInputException e) {
        if (attempt == ATTEMPTS || opened.isThere()) {
          throw e;
        }
      }
    }
  }

  /**
   * Whether its folder still holds what was opened, and has since: another model may have come and
   * gone meanwhile.
   */
  private boolean isThere() {
    return checksum(folder).equals(checksum) && FolderIdentity.byManifest(folder).equals(identity);
  }

  /** That of a folder's manifest; empty where it has none, or none any more. */
  private static String checksum(Path folder) {
    try {
      return FileDigest.sha256(folder.resolve(Manifest.NAME));
    } catch (InvalidInputException e) {
      return "";
    }
  }

  private static Checkpoint read(Path folder, Optional<FolderIdentity> identity, String checksum) {
    Manifest manifest = Manifest.read(folder, FORMAT, VERSION);
    for (Manifest.Entry entry : manifest.files()) {
      Path file = folder.resolve(entry.path());
      if (!RegularFile.isThere(file)) {
        throw new InvalidInputException(
            file + " is missing, though the manifest lists it; use another checkpoint");
      }
      if (!FileDigest.sha256(file).equals(entry.sha256())) {
        throw new InvalidInputException(
            file + " differs from its checksum; it is damaged, use another checkpoint");
      }
    }
    manifest.requireLists(folder, List.of(ModelFile.NAME, WEIGHTS), OTHERWISE);
    ModelFile model = ModelFile.read(folder);
    if (!manifest.lists(OPTIMIZER)) {
      manifest.requireLists(folder, Vocabularies.files(model.schema()), OTHERWISE);
    }
    return new Checkpoint(folder, identity, model, checksum);
  }

  /** Where it was read from. */
  public Path folder() {
    return folder;
  }

  /** What {@code model.json} says. */
  public ModelFile model() {
    return model;
  }

  /**
   * The network of the model.
   *
   * @throws InvalidInputException when its settings and its schema give none
   */
  public Network network() {
    return network(model.schema());
  }

  /**
   * The network of the model for a schema that has grown.
   *
   * @throws InvalidInputException when its settings and the schema give none
   */
  public Network network(Schema schema) {
    try {
      return Models.build(model.spec(), schema);
    } catch (InvalidInputException e) {
      throw e.in(folder.resolve(ModelFile.NAME).toString());
    }
  }

  /** Identifies the content: the SHA-256 of the manifest, which holds those of all files. */
  public String checksum() {
    return checksum;
  }

  /**
   * Fills all parameters of an engine for the same network.
   *
   * @throws InvalidInputException when the folder has been replaced since it was opened
   */
  public void readWeights(Engine engine) {
    whole(
        () -> {
          EngineState.readWeights(engine, folder.resolve(WEIGHTS));
          return true;
        });
  }

  /** What is read must be of the model that was opened. */
  private <T> T whole(Supplier<T> reading) {
    try {
      return reading.get();
    } finally {
      if (!isThere()) {
        throw new InvalidInputException(folder + " was replaced while it was read; open it again");
      }
    }
  }

  /** Whether all values of one of its parameters are zero, without an engine. */
  public boolean isZero(Parameter parameter) {
    return EngineState.isZero(folder.resolve(WEIGHTS), parameter);
  }

  /** Fills what the optimizer keeps, in an engine for the same network that has been given it. */
  public void readMoments(Engine engine, Optimizer optimizer) {
    EngineState.readMoments(engine, optimizer, folder.resolve(OPTIMIZER));
  }

  /**
   * The vocabularies that ids were made with.
   *
   * @throws InvalidInputException when it is a training's last state, which has none
   */
  public Vocabularies vocabularies() {
    if (Files.exists(folder.resolve(OPTIMIZER))) {
      throw new InvalidInputException(folder + ModelPlace.stateFor(folder));
    }
    return whole(() -> Vocabularies.read(folder, model.schema()));
  }

  /** What tables are prepared like for the model; its embeddings are as training left them. */
  public Template template() {
    Map<String, FloatBuffer> embeddings = new LinkedHashMap<>();
    for (Parameter parameter : network().parameters()) {
      if (parameter.initializer() instanceof Initializer.Pretrained given) {
        embeddings.put(
            given.field(), whole(() -> EngineState.mapWeights(folder.resolve(WEIGHTS), parameter)));
      }
    }
    return new Template(folder, model.schema(), vocabularies(), embeddings);
  }
}
