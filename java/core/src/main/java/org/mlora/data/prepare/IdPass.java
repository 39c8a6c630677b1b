package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.TextHash;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.TableReader;

/** A categorical field: a vocabulary, or hashes. */
final class IdPass implements FieldPass {
  private final FieldRequest request;
  private final Optional<FieldRequest.Kind.Hashed> hashed;
  private final Spool spool;
  private final NpyWriter sink;
  private final IdStudy study;

  IdPass(FieldRequest request, Path folder, String name, int minCount, boolean all) {
    this.request = request;
    this.hashed =
        request.kind() instanceof FieldRequest.Kind.Hashed h ? Optional.of(h) : Optional.empty();
    this.spool = new Spool(folder, name, NpyType.INT32);
    this.sink = spool.writer();
    this.study = new IdStudy(minCount, all);
  }

  @Override
  public void scan(TableReader row, int column) {
    byte[] bytes = row.bytes();
    int from = row.start(column);
    int to = row.end(column);
    sink.put(
        hashed.isPresent()
            ? TextHash.id(bytes, from, to, hashed.get().rows())
            : study.find(bytes, from, to));
  }

  @Override
  public void study(IntBuffer codes) {
    if (hashed.isPresent()) {
      return;
    }
    IntBuffer found = spool.ints();
    study.startCounting();
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      if (code >= 0) {
        study.count(found.get(row), RowCode.trains(code));
      }
    }
    study.finish();
  }

  @Override
  public Field field() {
    return hashed.isPresent()
        ? new Field.Categorical(
            request.name(), hashed.get().rows(), new Field.IdRule.Hashed(), request.width())
        : new Field.Categorical(
            request.name(),
            study.vocabulary().size() + 1,
            new Field.IdRule.Vocabulary(),
            request.width());
  }

  @Override
  public Optional<Vocabulary> vocabulary() {
    return hashed.isPresent() ? Optional.empty() : Optional.of(study.vocabulary());
  }

  @Override
  public void write(IntBuffer codes, DatasetWriter out, int index) {
    IntBuffer found = spool.ints();
    boolean look = hashed.isEmpty();
    DatasetWriter.SplitWriter[] parts = out.splits();
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      if (code >= 0) {
        int id = found.get(row);
        parts[RowCode.part(code)].id(index, look ? study.id(id) : id);
      }
    }
    spool.delete();
  }

  @Override
  public void close() {
    spool.close();
  }
}
