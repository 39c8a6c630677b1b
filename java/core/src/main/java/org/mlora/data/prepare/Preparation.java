package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.store.AtomicFolder;
import org.mlora.error.InvalidInputException;

/**
 * From tables to a prepared data set. The text is read once; ids and numbers are set aside on the
 * disk beside the result, so that memory holds vocabularies only, whatever the number of rows.
 */
final class Preparation {
  private final Source source;
  private final Selection selection;
  private final List<FieldPass> fields = new ArrayList<>();
  private long positives;

  private Preparation(Source source, Selection selection) {
    this.source = source;
    this.selection = selection;
    for (String field : selection.minCount().keySet()) {
      if (source.fields().stream().noneMatch(f -> f.name().equals(field))) {
        throw new InvalidInputException(
            "--min-count names '" + field + "', which is not among the fields");
      }
    }
  }

  static PreparationReport run(
      Source source, Selection selection, Path out, boolean overwrite, Progress progress) {
    long start = System.nanoTime();
    try (AtomicFolder folder = DatasetWriter.begin(out, overwrite)) {
      Preparation preparation = new Preparation(source, selection);
      try {
        return preparation.run(folder, out, progress, start);
      } finally {
        preparation.fields.forEach(FieldPass::close);
      }
    }
  }

  private PreparationReport run(AtomicFolder folder, Path out, Progress progress, long start) {
    for (FieldRequest request : source.fields()) {
      int minCount = selection.minCount().getOrDefault(request.name(), 1);
      fields.add(
          FieldPass.of(
              request, fields.size(), folder.path(), minCount, source.vocabularyOfAllRows()));
    }
    try (RowScan scan = new RowScan(source, fields, folder.path(), progress);
        Spool assigned = new Spool(folder.path(), "spool-assigned", NpyType.INT32)) {
      scan.run();
      IntBuffer found = scan.codes();
      Domains domains =
          new Domains(
              scan.domains(),
              rowsByDomain(found, scan.domains().size() + 1),
              selection,
              source.domainOrder());
      assign(found, domains, assigned);
      scan.delete();
      IntBuffer codes = assigned.ints();
      Tally tally = new Tally(codes, domains.names());
      positives = tally.positives();
      if (tally.rows(Split.TRAIN) == 0) {
        throw new InvalidInputException("no row is in the training part; change the split");
      }
      write(folder, codes, domains, assigned);
      return new PreparationReport(
          out,
          scan.rows(),
          tally.rows(),
          positives,
          tally.domains(),
          domains.tooSmall(),
          domains.excluded(),
          idCounts(),
          scan.bytes(),
          (System.nanoTime() - start) / 1e9);
    }
  }

  private static long[] rowsByDomain(IntBuffer codes, int count) {
    long[] rows = new long[count];
    for (int row = 0; row < codes.limit(); row++) {
      rows[RowCode.domain(codes.get(row))]++;
    }
    return rows;
  }

  /** Gives every row its final domain and its part. */
  private void assign(IntBuffer found, Domains domains, Spool assigned) {
    long[] strata = new long[2 * domains.names().size()];
    for (int row = 0; row < found.limit(); row++) {
      int code = found.get(row);
      int domain = domains.id(RowCode.domain(code));
      if (domain >= 0) {
        strata[2 * domain + (RowCode.positive(code) ? 1 : 0)]++;
      }
    }
    boolean random = source.split() instanceof SplitRule.Stratified;
    StratifiedDraw draw =
        source.split() instanceof SplitRule.Stratified rule
            ? new StratifiedDraw(rule, strata)
            : new StratifiedDraw(new SplitRule.Stratified(100, 0, 0, 0), strata);
    for (int row = 0; row < found.limit(); row++) {
      int code = found.get(row);
      int domain = domains.id(RowCode.domain(code));
      boolean positive = RowCode.positive(code);
      int result = RowCode.DROPPED;
      if (domain >= 0) {
        int part = random ? draw.part(row, 2 * domain + (positive ? 1 : 0)) : RowCode.part(code);
        result = RowCode.of(domain, part, positive);
      }
      assigned.writer().put(result);
    }
  }

  private void write(AtomicFolder folder, IntBuffer codes, Domains domains, Spool assigned) {
    fields.forEach(f -> f.study(codes));
    Schema schema =
        new Schema(
            source.label().column(),
            source.label().text(),
            source.domainColumn(),
            domains.names(),
            fields.stream().map(FieldPass::field).toList());
    try (DatasetWriter writer = DatasetWriter.create(folder, schema)) {
      Map<String, Vocabulary> vocabularies = new LinkedHashMap<>();
      for (int i = 0; i < fields.size(); i++) {
        FieldPass field = fields.get(i);
        field.write(codes, writer, i);
        field.vocabulary().ifPresent(v -> vocabularies.put(field.field().name(), v));
      }
      writer.write(new Vocabularies(vocabularies));
      DatasetWriter.SplitWriter[] parts = writer.splits();
      for (int row = 0; row < codes.limit(); row++) {
        int code = codes.get(row);
        if (code >= 0) {
          parts[RowCode.part(code)].endRow(RowCode.domain(code), RowCode.positive(code));
        }
      }
      // The last column set aside: what remains in the folder is the data set.
      assigned.delete();
      writer.commit();
    }
  }

  private Map<String, Integer> idCounts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (FieldPass pass : fields) {
      OptionalInt count = pass.field().tableRows();
      count.ifPresent(n -> counts.put(pass.field().name(), n));
    }
    return counts;
  }
}
