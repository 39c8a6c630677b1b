package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Vocabulary;
import org.mlora.data.VocabularyQueue;
import org.mlora.data.npy.NpyType;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TextList;

/** A multi-valued field. */
final class BagPass implements FieldPass {
  private final FieldRequest request;
  private final FieldRequest.Kind.Multi kind;
  private final byte[] separator;
  private final Spool ids;
  private final Spool offsets;
  private final IdStudy study;
  private final VocabularyQueue queue;
  private long length;

  BagPass(
      FieldRequest request,
      FieldRequest.Kind.Multi kind,
      Path folder,
      String name,
      int minCount,
      boolean all) {
    this.request = request;
    this.kind = kind;
    this.separator = kind.separator().getBytes(StandardCharsets.UTF_8);
    this.ids = new Spool(folder, name, NpyType.INT32);
    this.offsets = new Spool(folder, name + "-offsets", NpyType.INT64);
    this.study = new IdStudy(minCount, all, request.known());
    this.queue = study.queue(ids.writer());
  }

  @Override
  public void scan(TableReader row, int column) {
    TextList.forEach(
        row.bytes(),
        row.start(column),
        row.end(column),
        separator,
        (bytes, from, to) -> {
          queue.add(bytes, from, to);
          length++;
        });
    offsets.writer().put(length);
  }

  @Override
  public void study(IntBuffer codes) {
    queue.flush();
    IntBuffer found = ids.ints();
    LongBuffer ends = offsets.longs();
    study.startCounting();
    // The last row that each id was counted in, from 1: an id may stand in a list more than once.
    int[] lastRows = new int[study.found() + 1];
    int at = 0;
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      for (; at < ends.get(row); at++) {
        int id = found.get(at);
        if (code >= 0 && lastRows[id] != row + 1) {
          lastRows[id] = row + 1;
          study.count(id, RowCode.trains(code));
        }
      }
    }
    study.finish();
  }

  @Override
  public Field field() {
    return new Field.MultiValued(
        request.name(),
        study.vocabulary().size() + 1,
        new Field.IdRule.Vocabulary(),
        kind.separator(),
        kind.pooling(),
        request.width());
  }

  @Override
  public Optional<Vocabulary> vocabulary() {
    return Optional.of(study.vocabulary());
  }

  @Override
  public void write(IntBuffer codes, DatasetWriter out, int index) {
    IntBuffer found = ids.ints();
    LongBuffer ends = offsets.longs();
    DatasetWriter.SplitWriter[] parts = out.splits();
    int at = 0;
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      int end = (int) ends.get(row);
      if (code >= 0) {
        DatasetWriter.SplitWriter part = parts[RowCode.part(code)];
        for (; at < end; at++) {
          part.bagId(index, study.id(found.get(at)));
        }
        part.endBag(index);
      }
      at = end;
    }
    ids.delete();
    offsets.delete();
  }

  @Override
  public void close() {
    ids.close();
    offsets.close();
  }
}
