package org.mlora.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.store.AtomicFolder;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.Manifest;
import org.mlora.error.InvalidInputException;

/**
 * Writes a prepared data set row by row; it appears under its name by {@link #commit}, or not at
 * all. The caller gives ids in range and labels 0 or 1, which {@link Dataset#open} checks; that
 * nothing was forgotten is checked by {@link #commit}.
 */
public final class DatasetWriter implements AutoCloseable {
  private static final AtomicFolder.Kind KIND =
      new AtomicFolder.Kind(
          Manifest.NAME,
          folder -> Manifest.read(folder, Dataset.FORMAT, SchemaJson.VERSION)::lists,
          "choose another folder, or overwrite it (--overwrite)");

  private final AtomicFolder folder;
  private final Schema schema;
  private final Map<Split, SplitWriter> splits = new EnumMap<>(Split.class);
  private final Map<String, NpyWriter> embeddings = new HashMap<>();
  private Vocabularies vocabularies = new Vocabularies(Map.of());

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
        writer.splits.put(split, new SplitWriter(target, split, schema));
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
    this.vocabularies = vocabularies;
  }

  /**
   * Where to put the embeddings of a pretrained field: a matrix (idCount, width), row 0 zeros. The
   * caller closes it.
   */
  public NpyWriter pretrained(Field.Pretrained field) {
    Path path = folder.path().resolve(FileNames.embeddings(field.name()));
    NpyWriter table = NpyWriter.matrix(path, NpyType.FLOAT32, field.width());
    embeddings.put(field.name(), table);
    return table;
  }

  /** Where to put additional files, which the manifest will list. */
  public Path path(String file) {
    return folder.path().resolve(file);
  }

  /**
   * Completes the data set: checksums, manifest, rename.
   *
   * @throws org.mlora.error.InvalidInputException where a row lacks the value of a field or its
   *     weight, or a field its vocabulary or its embeddings
   */
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
    vocabularies.requireFit(schema);
    requireEmbeddings();
    Manifest.of(folder.path(), Dataset.FORMAT, SchemaJson.VERSION, step).write(folder.path());
    step.run();
    folder.commit();
  }

  private void requireEmbeddings() {
    for (Field field : schema.fields()) {
      if (field instanceof Field.Pretrained given) {
        NpyWriter table = embeddings.get(given.name());
        long numbers = table == null ? 0 : table.written();
        long needed = (long) given.idCount() * given.width();
        if (numbers != needed) {
          throw new InvalidInputException(
              "the embeddings of field '"
                  + given.name()
                  + "' have "
                  + numbers
                  + " numbers where its ids and its width need "
                  + needed);
        }
      }
    }
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
   * schema has them its weight. A value that is not of its field's kind throws {@link
   * org.mlora.error.InvalidInputException}.
   */
  public static final class SplitWriter {
    private final Split split;
    private final List<Field> fields;
    private final List<NpyWriter> values = new ArrayList<>();
    private final List<NpyWriter> all = new ArrayList<>();
    private final NpyWriter[] offsets;
    private final long[] lengths;
    private final long[] ended;
    private final NpyWriter domain;
    private final NpyWriter label;
    private final Optional<NpyWriter> weight;

    private SplitWriter(Path folder, Split split, Schema schema) {
      this.split = split;
      fields = schema.fields();
      offsets = new NpyWriter[fields.size()];
      lengths = new long[fields.size()];
      ended = new long[fields.size()];
      try {
        for (int i = 0; i < offsets.length; i++) {
          String name = fields.get(i).name();
          if (fields.get(i) instanceof Field.MultiValued) {
            offsets[i] = open(folder, FileNames.offsets(name), NpyType.INT64);
            offsets[i].put(0L);
            values.add(open(folder, FileNames.ids(name), NpyType.INT32));
          } else {
            boolean number = fields.get(i) instanceof Field.Numeric;
            values.add(
                open(folder, FileNames.values(name), number ? NpyType.FLOAT32 : NpyType.INT32));
          }
        }
        domain = open(folder, FileNames.DOMAINS, NpyType.INT32);
        label = open(folder, FileNames.LABELS, NpyType.FLOAT32);
        weight = schema.weight().map(column -> open(folder, FileNames.WEIGHTS, NpyType.FLOAT32));
      } catch (Throwable e) {
        abandon();
        throw e;
      }
    }

    private NpyWriter open(Path folder, String name, NpyType type) {
      NpyWriter writer = NpyWriter.vector(folder.resolve(name), type);
      all.add(writer);
      return writer;
    }

    /** The id of a categorical or pretrained field. */
    public void id(int field, int id) {
      ids(field).put(id);
    }

    /** The ids of a categorical or pretrained field in several rows. */
    public void ids(int field, int[] ids, int count) {
      ids(field).put(ids, count);
    }

    private NpyWriter ids(int field) {
      boolean fits =
          fields.get(field) instanceof Field.Categorical
              || fields.get(field) instanceof Field.Pretrained;
      return values(field, fits, "takes no single id");
    }

    /** The number of a numeric field. */
    public void number(int field, float number) {
      values(field, fields.get(field) instanceof Field.Numeric, "takes no number").put(number);
    }

    /** One more id of a multi-valued field; {@link #endBag} ends the row's list. */
    public void bagId(int field, int id) {
      bags(field).put(id);
      lengths[field]++;
    }

    /** Ends the row's list of a multi-valued field. */
    public void endBag(int field) {
      bags(field);
      offsets[field].put(lengths[field]);
      ended[field] = lengths[field];
    }

    private NpyWriter bags(int field) {
      return values(field, fields.get(field) instanceof Field.MultiValued, "takes no list of ids");
    }

    private NpyWriter values(int field, boolean fits, String otherwise) {
      if (!fits) {
        throw new InvalidInputException(
            "field '"
                + fields.get(field).name()
                + "' "
                + otherwise
                + ": the schema says otherwise");
      }
      return values.get(field);
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
      if (weight.isEmpty()) {
        throw new InvalidInputException("rows have no weights: the schema names no weight column");
      }
      weight.get().put(number);
    }

    private void close() {
      for (int i = 0; i < offsets.length; i++) {
        boolean lists = fields.get(i) instanceof Field.MultiValued;
        requireRows(
            "the value of field '" + fields.get(i).name() + "'",
            lists ? offsets[i].written() - 1 : values.get(i).written());
        if (lengths[i] != ended[i]) {
          throw new InvalidInputException(
              "field '" + fields.get(i).name() + "': the last list of ids was not ended");
        }
      }
      weight.ifPresent(of -> requireRows("the weight", of.written()));
      all.forEach(NpyWriter::close);
    }

    private void requireRows(String what, long count) {
      if (count != label.written()) {
        throw new InvalidInputException(
            what
                + " was given for "
                + count
                + " "
                + split.label()
                + " rows, of which there are "
                + label.written()
                + "; give it once a row");
      }
    }

    private void abandon() {
      all.forEach(NpyWriter::abandon);
    }
  }
}
