package org.mlora.data.prepare;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyFile;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/** A field whose embeddings are given; texts without an embedding are unknown. */
final class PretrainedPass implements FieldPass {
  private final FieldRequest request;
  private final boolean trained;
  private final Path idFile;
  private final Vocabulary vocabulary;
  private final NpyFile embeddings;
  private final FloatBuffer values;
  private final Spool spool;
  private long rowsWithout;

  PretrainedPass(
      FieldRequest request, FieldRequest.Kind.Pretrained kind, Path folder, String name) {
    this.request = request;
    this.trained = kind.trained();
    this.idFile = kind.ids();
    this.vocabulary = Vocabulary.readGiven(idFile);
    this.embeddings = NpyFile.map(kind.embeddings());
    this.values = embeddings.floats();
    if (embeddings.rows() != vocabulary.size()) {
      throw new InvalidInputException(
          kind.embeddings()
              + " has "
              + embeddings.rows()
              + " rows and "
              + kind.ids()
              + " "
              + vocabulary.size()
              + " lines; each line names the row of the same number");
    }
    requireUsable(kind.embeddings());
    this.spool = new Spool(folder, name, NpyType.INT32);
  }

  private void requireUsable(Path file) {
    int width = embeddings.width();
    if (width > Field.MAX_WIDTH) {
      throw new InvalidInputException(
          file + " is " + width + " wide; embeddings are at most " + Field.MAX_WIDTH);
    }
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        throw new InvalidInputException(
            file
                + " row "
                + (i / width + 1)
                + " holds "
                + values.get(i)
                + "; give finite numbers, zeros for instance");
      }
    }
  }

  @Override
  public void scan(TableReader row, int column) {
    spool.writer().put(vocabulary.id(row.bytes(), row.start(column), row.end(column)));
  }

  @Override
  public void study(IntBuffer codes) {
    // Its vocabulary is given: the rows only tell whether it is the right one.
    IntBuffer ids = spool.ints();
    long rows = 0;
    for (int row = 0; row < codes.limit(); row++) {
      if (codes.get(row) >= 0) {
        rows++;
        rowsWithout += ids.get(row) == 0 ? 1 : 0;
      }
    }
    if (rowsWithout == rows) {
      throw new InvalidInputException(
          idFile
              + " names no text that column '"
              + request.name()
              + "' holds; is it the right file?");
    }
  }

  @Override
  public Field field() {
    return new Field.Pretrained(
        request.name(),
        vocabulary.size() + 1,
        new Field.IdRule.Vocabulary(),
        embeddings.width(),
        trained);
  }

  @Override
  public Optional<Vocabulary> vocabulary() {
    return Optional.of(vocabulary);
  }

  @Override
  public OptionalLong rowsWithoutEmbedding() {
    return OptionalLong.of(rowsWithout);
  }

  @Override
  public void write(IntBuffer codes, DatasetWriter out, int index) {
    IntBuffer ids = spool.ints();
    DatasetWriter.SplitWriter[] parts = out.splits();
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      if (code >= 0) {
        parts[RowCode.part(code)].id(index, ids.get(row));
      }
    }
    spool.delete();
    Field.Pretrained field = (Field.Pretrained) field();
    try (NpyWriter table = out.pretrained(field)) {
      for (int i = 0; i < field.width(); i++) {
        table.put(0f);
      }
      for (int i = 0; i < values.limit(); i++) {
        table.put(values.get(i));
      }
    }
  }

  @Override
  public void close() {
    spool.close();
  }
}
