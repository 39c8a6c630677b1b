package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.TableReader;

/**
 * One field on its way from text to columns: it sees every row of text once and sets it aside, then
 * learns what it needs from the training rows, then writes its column.
 */
interface FieldPass extends AutoCloseable {
  /** Sets the cell of the current row aside. */
  void scan(TableReader row, int column);

  /** Learns vocabulary or statistics; {@code codes} has a {@link RowCode} for each row. */
  void study(IntBuffer codes);

  /** The field, known after {@link #study}. */
  Field field();

  /** The vocabulary, where ids are looked up. */
  Optional<Vocabulary> vocabulary();

  /** Kept rows whose text has no embedding, where embeddings are given. */
  default OptionalLong rowsWithoutEmbedding() {
    return OptionalLong.empty();
  }

  /** Writes the values of all rows that are kept, and deletes what was set aside. */
  void write(IntBuffer codes, DatasetWriter out, int index);

  @Override
  void close();

  /**
   * Makes the pass for a field.
   *
   * @param minCount least number of training rows for an id of its own
   */
  static FieldPass of(
      FieldRequest request, int number, Path folder, int minCount, boolean vocabularyOfAllRows) {
    String spool = "spool-" + number;
    FieldRequest.Kind kind = request.kind();
    if (kind instanceof FieldRequest.Kind.Categorical || kind instanceof FieldRequest.Kind.Hashed) {
      return new IdPass(request, folder, spool, minCount, vocabularyOfAllRows);
    }
    if (kind instanceof FieldRequest.Kind.Multi multi) {
      return new BagPass(request, multi, folder, spool, minCount, vocabularyOfAllRows);
    }
    if (kind instanceof FieldRequest.Kind.Pretrained files) {
      return new PretrainedPass(
          request.name(), EmbeddingFiles.read(files), Optional.of(files.ids()), folder, spool);
    }
    if (kind instanceof FieldRequest.Kind.Embedded embedded) {
      return new PretrainedPass(request.name(), embedded, Optional.empty(), folder, spool);
    }
    return new NumberPass(request, folder, spool);
  }
}
