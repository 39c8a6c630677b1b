package org.mlora.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.Manifest;

/**
 * Writes a prepared data set row by row; it appears under its name by {@link #commit}, or not at
 * all. The caller gives values that fit the schema (ids in range, labels 0 or 1).
 */
public final class DatasetWriter implements AutoCloseable {
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind(
          Manifest.NAME,
          folder -> Manifest.read(folder, Dataset.FORMAT, SchemaJson.VERSION)::lists);

  private final AtomicFolder folder;
  private final Schema schema;
  private final Map<Split, SplitWriter> splits = new EnumMap<>(Split.class);

  private DatasetWriter(AtomicFolder folder, Schema schema) {
    this.folder = folder;
    this.schema = schema;
  }

  /** Starts a data set in a folder begun by {@link #begin}; the writer closes the folder. */
  public static DatasetWriter create(AtomicFolder folder, Schema schema) {
    DatasetWriter writer = new DatasetWriter(folder, schema);
    try {
      SchemaJson.write(schema, folder.path().resolve(SchemaJson.NAME));
      for (Split split : Split.values()) {
        Path target = Files.createDirectory(folder.path().resolve(split.label()));
        writer.splits.put(split, new SplitWriter(target, schema));
      }
      return writer;
    } catch (IOException e) {
      writer.close();
      throw FileErrors.cannotWrite(folder.path(), e);
    } catch (Throwable e) {
      writer.close();
      throw e;
    }
  }

  /** Starts the temporary folder of a data set. */
  public static AtomicFolder begin(Path target, boolean overwrite) {
    return AtomicFolder.begin(target, overwrite, KIND);
  }

  /** The rows of one split. */
  public SplitWriter split(Split split) {
    return Objects.requireNonNull(splits.get(split));
  }

  /** All splits, by {@link Split#ordinal}. */
  public SplitWriter[] splits() {
    return splits.values().toArray(new SplitWriter[0]);
  }

  /** Writes the vocabularies. */
  public void write(Vocabularies vocabularies) {
    vocabularies.write(folder.path());
  }

  /** Where to put the embeddings of a pretrained field: a matrix (idCount, width), row 0 zeros. */
  public NpyWriter pretrained(Field.Pretrained field) {
    Path path = folder.path().resolve(FileNames.of(field.name()) + ".embedding.npy");
    return NpyWriter.matrix(path, NpyType.FLOAT32, field.width());
  }

  /** Where to put additional files, which the manifest will list. */
  public Path path(String file) {
    return folder.path().resolve(file);
  }

  public Schema schema() {
    return schema;
  }

  /** Completes the data set: checksums, manifest, rename. */
  public void commit() {
    commit(() -> {});
  }

  /**
   * The same.
   *
   * @param step called while it is not complete; may throw to end the work
   */
  public void commit(Runnable step) {
    splits.values().forEach(SplitWriter::close);
    Manifest.of(folder.path(), Dataset.FORMAT, SchemaJson.VERSION, step).write(folder.path());
    step.run();
    folder.commit();
  }

  @Override
  public void close() {
    try {
      splits.values().forEach(SplitWriter::abandon);
    } finally {
      folder.close();
    }
  }

  /**
   * Columns of one split; every row gives each field once, then its domain and label, and where the
   * schema has them its weight.
   */
  public static final class SplitWriter {
    private final List<NpyWriter> values = new ArrayList<>();
    private final List<NpyWriter> all = new ArrayList<>();
    private final NpyWriter[] offsets;
    private final long[] lengths;
    private final NpyWriter domain;
    private final NpyWriter label;
    private final Optional<NpyWriter> weight;

    private SplitWriter(Path folder, Schema schema) {
      offsets = new NpyWriter[schema.fields().size()];
      lengths = new long[offsets.length];
      for (int i = 0; i < offsets.length; i++) {
        Field field = schema.fields().get(i);
        String name = FileNames.of(field.name());
        if (field instanceof Field.MultiValued) {
          offsets[i] = open(folder, name + ".offsets.npy", NpyType.INT64);
          offsets[i].put(0L);
          values.add(open(folder, name + ".ids.npy", NpyType.INT32));
        } else {
          boolean number = field instanceof Field.Numeric;
          values.add(open(folder, name + ".npy", number ? NpyType.FLOAT32 : NpyType.INT32));
        }
      }
      domain = open(folder, "domain.npy", NpyType.INT32);
      label = open(folder, "label.npy", NpyType.FLOAT32);
      weight = schema.weight().map(column -> open(folder, FileNames.WEIGHTS, NpyType.FLOAT32));
    }

    private NpyWriter open(Path folder, String name, NpyType type) {
      NpyWriter writer = NpyWriter.vector(folder.resolve(name), type);
      all.add(writer);
      return writer;
    }

    /** The id of a categorical or pretrained field. */
    public void id(int field, int id) {
      values.get(field).put(id);
    }

    /** The ids of a categorical or pretrained field in several rows. */
    public void ids(int field, int[] ids, int count) {
      values.get(field).put(ids, count);
    }

    /** The number of a numeric field. */
    public void number(int field, float number) {
      values.get(field).put(number);
    }

    /** One more id of a multi-valued field; {@link #endBag} ends the row's list. */
    public void bagId(int field, int id) {
      values.get(field).put(id);
      lengths[field]++;
    }

    /** Ends the row's list of a multi-valued field. */
    public void endBag(int field) {
      offsets[field].put(lengths[field]);
    }

    /** Ends the row. */
    public void endRow(int domainId, boolean positive) {
      domain.put(domainId);
      label.put(positive ? 1f : 0f);
    }

    /** Ends several rows. */
    public void endRows(int[] domainIds, float[] labels, int count) {
      domain.put(domainIds, count);
      label.put(labels, count);
    }

    /** How much a row counts. */
    public void weight(float number) {
      weight.orElseThrow().put(number);
    }

    private void close() {
      all.forEach(NpyWriter::close);
    }

    private void abandon() {
      all.forEach(NpyWriter::abandon);
    }
  }
}
