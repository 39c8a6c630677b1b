package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/** A field whose embeddings are given; texts without an embedding are unknown. */
final class PretrainedPass implements FieldPass {
  private final String name;
  private final FieldRequest.Kind.Embedded given;
  private final Optional<Path> suspect;
  private final Spool spool;
  private long rowsWithout;

  /**
   * A field.
   *
   * @param suspect the file of ids, which is wrong if it names no text of the rows
   */
  PretrainedPass(
      String name,
      FieldRequest.Kind.Embedded given,
      Optional<Path> suspect,
      Path folder,
      String spoolName) {
    this.name = name;
    this.given = given;
    this.suspect = suspect;
    this.spool = new Spool(folder, spoolName, NpyType.INT32);
  }

  @Override
  public void scan(TableReader row, int column) {
    int from = row.start(column);
    int to = row.end(column);
    // An empty cell is a missing value, whatever the ids of a data set prepared before hold.
    spool.writer().put(from == to ? 0 : given.ids().id(row.bytes(), from, to));
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
    if (rowsWithout == rows && suspect.isPresent()) {
      throw new InvalidInputException(
          suspect.get() + " names no text that column '" + name + "' holds; is it the right file?");
    }
  }

  @Override
  public Field field() {
    return new Field.Pretrained(
        name,
        given.ids().size() + 1,
        new Field.IdRule.Vocabulary(),
        given.width(),
        given.trained());
  }

  @Override
  public Optional<Vocabulary> vocabulary() {
    return Optional.of(given.ids());
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
      for (int i = 0; i < given.embeddings().limit(); i++) {
        table.put(given.embeddings().get(i));
      }
    }
  }

  @Override
  public void close() {
    spool.close();
  }
}
