package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  /** Rows taken at once: reading a mapped file one number at a time is slow. */
  private static final int CHUNK = 1 << 12;

  private final Source source;
  private final Selection selection;
  private final List<FieldPass> fields = new ArrayList<>();
  private Optional<WeightPass> weights = Optional.empty();
  private long positives;

  private Preparation(Source source, Selection selection) {
    this.source = source;
    this.selection = selection;
    for (String name : selection.minCount().keySet()) {
      FieldRequest field =
          source.fields().stream()
              .filter(f -> f.name().equals(name))
              .findAny()
              .orElseThrow(() -> noMinCount(name, "which is not among the fields"));
      if (!field.kind().learnsVocabulary()) {
        throw noMinCount(name, "which learns no ids from the rows; leave it out");
      }
    }
  }

  private static InvalidInputException noMinCount(String field, String why) {
    return new InvalidInputException("the least counts (--min-count) name '" + field + "', " + why);
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
        preparation.weights.ifPresent(WeightPass::close);
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
    weights = source.weightColumn().map(column -> new WeightPass(column, folder.path()));
    try (RowScan scan = new RowScan(source, fields, weights, folder.path(), progress);
        Spool assigned = new Spool(folder.path(), "spool-assigned", NpyType.INT32)) {
      scan.run();
      Runnable step = () -> progress.advance(scan.rows(), scan.bytes(), source.bytes());
      Domains domains =
          new Domains(scan.domains(), rowsByDomain(scan), selection, source.domainOrder());
      step.run();
      Tally tally = new Tally(domains.names());
      assign(scan, domains, assigned, tally);
      scan.delete();
      IntBuffer codes = assigned.ints();
      positives = tally.positives();
      if (tally.rows(Split.TRAIN) == 0) {
        throw new InvalidInputException("no row is in the training part; change the split");
      }
      write(folder, codes, domains, assigned, step);
      return new PreparationReport(
          out,
          scan.rows(),
          tally.rows(),
          positives,
          tally.domains(),
          domains.tooSmall(),
          domains.excluded(),
          idCounts(),
          rowsWithoutEmbedding(),
          scan.bytes(),
          (System.nanoTime() - start) / 1e9);
    }
  }

  private static long[] rowsByDomain(RowScan scan) {
    long[] rows = new long[scan.domains().size() + 1];
    for (int domain = 1; domain < rows.length; domain++) {
      rows[domain] = scan.rows(domain, 0) + scan.rows(domain, 1);
    }
    return rows;
  }

  /** Gives every row its final domain and its part. */
  private void assign(RowScan scan, Domains domains, Spool assigned, Tally tally) {
    if (source.split() instanceof SplitRule.ByTime rule) {
      assignByTime(scan.codes(), scan.times(), rule, domains, assigned, tally);
    } else {
      assignDrawnOrGiven(scan, domains, assigned, tally);
    }
  }

  private static void assignByTime(
      IntBuffer found,
      LongBuffer times,
      SplitRule.ByTime rule,
      Domains domains,
      Spool assigned,
      Tally tally) {
    TimeCuts cuts = TimeCuts.of(rule, times);
    for (int row = 0; row < found.limit(); row++) {
      int code = found.get(row);
      int domain = domains.id(RowCode.domain(code));
      int result = RowCode.DROPPED;
      if (domain >= 0) {
        result = RowCode.of(domain, cuts.part(times.get(row)), RowCode.label(code));
        tally.add(result);
      }
      assigned.writer().put(result);
    }
  }

  private void assignDrawnOrGiven(RowScan scan, Domains domains, Spool assigned, Tally tally) {
    IntBuffer found = scan.codes();
    boolean drawn = source.split() instanceof SplitRule.Stratified;
    StratifiedDraw draw =
        source.split() instanceof SplitRule.Stratified rule
            ? new StratifiedDraw(rule, strata(scan, domains))
            : new StratifiedDraw(new SplitRule.Stratified(100, 0, 0, 0), new long[0]);
    int[] code = new int[CHUNK];
    long[] random = new long[CHUNK];
    for (int at = 0; at < found.limit(); at += CHUNK) {
      int rows = Math.min(CHUNK, found.limit() - at);
      found.get(at, code, 0, rows);
      if (drawn) {
        draw.draw(at, rows, random);
      }
      for (int row = 0; row < rows; row++) {
        int domain = domains.id(RowCode.domain(code[row]));
        int label = RowCode.label(code[row]);
        int result = RowCode.DROPPED;
        if (domain >= 0) {
          int part = drawn ? draw.part(random[row], 2 * domain + label) : RowCode.part(code[row]);
          result = RowCode.of(domain, part, label);
          tally.add(result);
        }
        code[row] = result;
      }
      assigned.writer().put(code, rows);
    }
  }

  /** Rows of each domain that is kept, those with label 0 before those with label 1. */
  private static long[] strata(RowScan scan, Domains domains) {
    long[] strata = new long[2 * domains.names().size()];
    for (int found = 1; found <= scan.domains().size(); found++) {
      int domain = domains.id(found);
      if (domain >= 0) {
        strata[2 * domain] = scan.rows(found, 0);
        strata[2 * domain + 1] = scan.rows(found, 1);
      }
    }
    return strata;
  }

  private void write(
      AtomicFolder folder, IntBuffer codes, Domains domains, Spool assigned, Runnable step) {
    for (FieldPass field : fields) {
      step.run();
      field.study(codes);
    }
    Schema schema =
        new Schema(
            source.label().column(),
            source.label().text(),
            source.weightColumn(),
            source.domainColumn(),
            domains.names(),
            fields.stream().map(FieldPass::field).toList());
    try (DatasetWriter writer = DatasetWriter.create(folder, schema)) {
      Map<String, Vocabulary> vocabularies = new LinkedHashMap<>();
      for (int i = 0; i < fields.size(); i++) {
        FieldPass field = fields.get(i);
        step.run();
        field.write(codes, writer, i);
        field.vocabulary().ifPresent(v -> vocabularies.put(field.field().name(), v));
      }
      weights.ifPresent(of -> of.write(codes, writer));
      writer.write(new Vocabularies(vocabularies));
      endRows(codes, writer.splits());
      // The last column set aside: what remains in the folder is the data set.
      assigned.delete();
      writer.commit(step);
    }
  }

  private static void endRows(IntBuffer codes, DatasetWriter.SplitWriter[] parts) {
    int[] code = new int[CHUNK];
    int[][] domains = new int[parts.length][CHUNK];
    float[][] labels = new float[parts.length][CHUNK];
    for (int at = 0; at < codes.limit(); at += CHUNK) {
      int rows = Math.min(CHUNK, codes.limit() - at);
      codes.get(at, code, 0, rows);
      int[] counts = new int[parts.length];
      for (int row = 0; row < rows; row++) {
        if (code[row] >= 0) {
          int part = RowCode.part(code[row]);
          domains[part][counts[part]] = RowCode.domain(code[row]);
          labels[part][counts[part]++] = RowCode.label(code[row]);
        }
      }
      for (int part = 0; part < parts.length; part++) {
        parts[part].endRows(domains[part], labels[part], counts[part]);
      }
    }
  }

  private Map<String, Long> rowsWithoutEmbedding() {
    Map<String, Long> rows = new LinkedHashMap<>();
    for (FieldPass pass : fields) {
      pass.rowsWithoutEmbedding().ifPresent(n -> rows.put(pass.field().name(), n));
    }
    return rows;
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
