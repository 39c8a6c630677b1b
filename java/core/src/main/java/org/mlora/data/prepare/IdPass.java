package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.TextHash;
import org.mlora.data.Vocabulary;
import org.mlora.data.VocabularyQueue;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.TableReader;

/** A categorical field: a vocabulary, or hashes. */
final class IdPass implements FieldPass {
  /** Rows taken at once: reading a mapped file one number at a time is slow. */
  private static final int CHUNK = 1 << 12;

  private final FieldRequest request;
  private final Optional<FieldRequest.Kind.Hashed> hashed;
  private final Spool spool;
  private final NpyWriter sink;
  private final IdStudy study;
  private final VocabularyQueue queue;

  IdPass(FieldRequest request, Path folder, String name, int minCount, boolean all) {
    this.request = request;
    this.hashed =
        request.kind() instanceof FieldRequest.Kind.Hashed h ? Optional.of(h) : Optional.empty();
    this.spool = new Spool(folder, name, NpyType.INT32);
    this.sink = spool.writer();
    this.study = new IdStudy(minCount, all, request.known());
    this.queue = study.queue(sink);
  }

  @Override
  public void scan(TableReader row, int column) {
    byte[] bytes = row.bytes();
    int from = row.start(column);
    int to = row.end(column);
    if (hashed.isPresent()) {
      sink.put(TextHash.id(bytes, from, to, hashed.get().rows()));
    } else {
      queue.add(bytes, from, to);
    }
  }

  @Override
  public void study(IntBuffer codes) {
    if (hashed.isPresent()) {
      return;
    }
    queue.flush();
    IntBuffer found = spool.ints();
    study.startCounting();
    int[] code = new int[CHUNK];
    int[] id = new int[CHUNK];
    for (int at = 0; at < codes.limit(); at += CHUNK) {
      int rows = Math.min(CHUNK, codes.limit() - at);
      codes.get(at, code, 0, rows);
      found.get(at, id, 0, rows);
      for (int row = 0; row < rows; row++) {
        if (code[row] >= 0) {
          study.count(id[row], RowCode.trains(code[row]));
        }
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
    int[] code = new int[CHUNK];
    int[] id = new int[CHUNK];
    int[][] ids = new int[parts.length][CHUNK];
    for (int at = 0; at < codes.limit(); at += CHUNK) {
      int rows = Math.min(CHUNK, codes.limit() - at);
      codes.get(at, code, 0, rows);
      found.get(at, id, 0, rows);
      int[] counts = new int[parts.length];
      for (int row = 0; row < rows; row++) {
        if (code[row] >= 0) {
          int part = RowCode.part(code[row]);
          ids[part][counts[part]++] = look ? study.id(id[row]) : id[row];
        }
      }
      for (int part = 0; part < parts.length; part++) {
        parts[part].ids(index, ids[part], counts[part]);
      }
    }
    spool.delete();
  }

  @Override
  public void close() {
    spool.close();
  }
}
