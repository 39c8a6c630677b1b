package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.mlora.data.store.FileDigest;
import org.mlora.data.store.Manifest;
import org.mlora.data.store.RegularFile;
import org.mlora.data.store.WholeFolder;
import org.mlora.error.ClosedException;
import org.mlora.error.InvalidInputException;

/**
 * A prepared data set: a folder with {@code schema.json}, vocabularies, and a folder of {@code
 * .npy} columns for each split, memory-mapped.
 *
 * <p>An open data set stays the one that was opened, with its vocabularies, also where its folder
 * is replaced or deleted. Buffers stay readable as long as they are reachable, also after {@link
 * #close}; a closed data set only gives out no more of them. Files must not be changed in place
 * while they are mapped (writers here never do: they rename whole folders).
 */
public final class Dataset implements AutoCloseable {
  static final String FORMAT = "mlora-dataset";

  private final Path folder;
  private final Schema schema;
  private final Manifest manifest;
  private final String checksum;
  private final Map<Split, Columns> splits;
  private final Map<String, FloatBuffer> pretrained;
  private final Supplier<Vocabularies> vocabularies;
  private boolean closed;

  private Dataset(
      Path folder,
      Schema schema,
      Manifest manifest,
      String checksum,
      Map<Split, Columns> splits,
      Map<String, FloatBuffer> pretrained,
      Supplier<Vocabularies> vocabularies) {
    this.folder = folder;
    this.schema = schema;
    this.manifest = manifest;
    this.checksum = checksum;
    this.splits = splits;
    this.pretrained = pretrained;
    this.vocabularies = vocabularies;
  }

  /**
   * Opens a prepared folder after checking that its files are there with their sizes, that ids and
   * domains are in range, labels 0 or 1, numbers finite, and weights 0 or more. Contents are
   * compared with their checksums by {@link #verify} only. Of a folder that is replaced meanwhile,
   * the new one is opened.
   *
   * @throws InvalidInputException naming the file that is wrong
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public static Dataset open(Path folder) {
    return WholeFolder.read(folder, place -> read(folder, place));
  }

  private static Dataset read(Path folder, Path place) {
    requirePrepared(place);
    Manifest manifest = Manifest.read(place, FORMAT, SchemaJson.VERSION);
    manifest.checkSizes(place);
    Schema schema = SchemaJson.read(place.resolve(SchemaJson.NAME));
    manifest.requireLists(place, DatasetFiles.of(schema), "prepare the data again");
    Map<Split, Columns> splits = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      splits.put(split, SplitReader.read(place.resolve(split.label()), schema));
    }
    Map<String, FloatBuffer> pretrained = new LinkedHashMap<>();
    for (Field field : schema.fields()) {
      if (field instanceof Field.Pretrained f) {
        pretrained.put(f.name(), SplitReader.embeddings(place, f));
      }
    }
    return new Dataset(
        folder,
        schema,
        manifest,
        checksum(place),
        splits,
        pretrained,
        Vocabularies.map(place, schema));
  }

  private static void requirePrepared(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(
          folder
              + (Files.exists(folder)
                  ? " is a file, not the folder of a data set"
                  : ": no such folder")
              + "; make a data set with 'mlora prepare'");
    }
    if (!RegularFile.isThere(folder.resolve(Manifest.NAME))) {
      throw new InvalidInputException(
          folder
              + " is no prepared data set (it has no manifest.json); make one with 'mlora prepare'");
    }
  }

  private static String checksum(Path folder) {
    return FileDigest.sha256(folder.resolve(Manifest.NAME));
  }

  /** What its rows consist of. */
  public Schema schema() {
    return schema;
  }

  /** The folder it was opened from. */
  public Path folder() {
    return folder;
  }

  /** The rows of a split; fields in the schema's order. The buffers are independent views. */
  public Columns columns(Split split) {
    Columns c = Objects.requireNonNull(opened(splits).get(split));
    List<Column> fields = new ArrayList<>();
    for (Column column : c.fields()) {
      if (column instanceof Column.Ids ids) {
        fields.add(new Column.Ids(ids.ids().duplicate()));
      } else if (column instanceof Column.Bags bags) {
        LongBuffer offsets = bags.offsets().duplicate();
        fields.add(new Column.Bags(offsets, bags.ids().duplicate()));
      } else if (column instanceof Column.Numbers numbers) {
        fields.add(new Column.Numbers(numbers.numbers().duplicate()));
      }
    }
    return new Columns(
        c.rows(), fields, c.domains().duplicate(), c.labels().duplicate(), c.weights().duplicate());
  }

  /** The rows that models are judged by: those of test, or of validation where there are none. */
  public Split judging() {
    return columns(Split.TEST).rows() > 0 ? Split.TEST : Split.VALIDATION;
  }

  /** Embeddings of a pretrained field, (idCount, width). */
  public FloatBuffer pretrained(String field) {
    FloatBuffer found = opened(pretrained).get(field);
    if (found == null) {
      throw new InvalidInputException("field '" + field + "' has no pretrained embeddings");
    }
    return found.duplicate();
  }

  /**
   * Reads the vocabularies.
   *
   * @throws InvalidInputException naming the file that is damaged
   */
  public Vocabularies vocabularies() {
    return opened(vocabularies).get();
  }

  /** Identifies the content: the SHA-256 of the manifest, which holds those of all files. */
  public String checksum() {
    return checksum;
  }

  /**
   * Reads every file and compares its checksum.
   *
   * @throws InvalidInputException naming the first file that differs, or where the folder is not
   *     the one that was opened any more
   * @throws org.mlora.error.InterruptedOperationException when the thread is interrupted
   */
  public void verify() {
    WholeFolder.read(
        opened(folder),
        place -> {
          if (!checksum.equals(checksum(place))) {
            throw new InvalidInputException(
                folder + " was replaced since it was opened; open it again");
          }
          manifest.checkContents(place);
          return place;
        });
  }

  private <T> T opened(T value) {
    if (closed) {
      throw new ClosedException("the data set " + folder);
    }
    return value;
  }

  @Override
  public void close() {
    closed = true;
  }
}
