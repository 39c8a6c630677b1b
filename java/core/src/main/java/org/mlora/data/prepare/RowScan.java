package org.mlora.data.prepare;

import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TableSource;
import org.mlora.data.table.TimeText;
import org.mlora.error.InvalidInputException;

/** The one pass over the text: label, domain, part and weight of every row, and its fields. */
final class RowScan implements AutoCloseable {
  private static final int PROGRESS_ROWS = 1 << 16;

  private final Source source;
  private final List<FieldPass> fields;
  private final Optional<WeightPass> weights;
  private final Progress progress;
  private final LabelRule.Reader label;
  private final Vocabulary domains = new Vocabulary();
  private final Spool codes;
  private final Optional<TimeColumn> times;
  private long[] strata = new long[1 << 6];
  private long rows;
  private long bytes;

  RowScan(
      Source source,
      List<FieldPass> fields,
      Optional<WeightPass> weights,
      Path folder,
      Progress progress) {
    this.source = source;
    this.fields = fields;
    this.weights = weights;
    this.progress = progress;
    this.label = source.label().reader();
    this.codes = new Spool(folder, "spool-codes", NpyType.INT32);
    try {
      this.times =
          source.split() instanceof SplitRule.ByTime by
              ? Optional.of(
                  new TimeColumn(
                      by.column(),
                      new TimeText(by.column()),
                      new Spool(folder, "spool-times", NpyType.INT64)))
              : Optional.empty();
    } catch (Throwable e) {
      codes.close();
      throw e;
    }
  }

  /** The column that rows are divided by. */
  private record TimeColumn(String name, TimeText text, Spool spool) {}

  /** Reads all tables. */
  void run() {
    String emptiness = "the input has no rows";
    for (TableSource table : source.tables()) {
      try (TableReader reader = table.open()) {
        emptiness = reader.emptiness();
        read(reader);
        bytes += reader.bytesRead();
      }
    }
    progress.advance(rows, bytes, source.bytes());
    if (rows == 0) {
      throw new InvalidInputException(emptiness);
    }
  }

  private void read(TableReader reader) {
    int labelColumn = reader.column(source.label().column());
    int domainColumn = reader.column(source.domainColumn());
    OptionalInt partColumn =
        source.split() instanceof SplitRule.ByColumn by
            ? OptionalInt.of(reader.column(by.column()))
            : OptionalInt.empty();
    int timeColumn = times.isPresent() ? reader.column(times.get().name()) : -1;
    int weightColumn = weights.isPresent() ? reader.column(weights.get().column()) : -1;
    int[] columns = source.fields().stream().mapToInt(f -> reader.column(f.name())).toArray();
    FieldPass[] passes = fields.toArray(new FieldPass[0]);
    int[] code = new int[1 << 10];
    int waiting = 0;
    while (reader.next()) {
      int positive = label.positive(reader, labelColumn) ? 1 : 0;
      int part = partColumn.isPresent() ? part(reader, partColumn.getAsInt()) : RowCode.NO_PART;
      int domain = domain(reader, domainColumn);
      count(2 * domain + positive);
      code[waiting++] = RowCode.of(domain, part, positive);
      if (waiting == code.length) {
        codes.writer().put(code, waiting);
        waiting = 0;
      }
      if (timeColumn >= 0) {
        TimeColumn time = times.get();
        time.spool().writer().put(time.text().read(reader, timeColumn));
      }
      if (weightColumn >= 0) {
        weights.get().scan(reader, weightColumn);
      }
      for (int i = 0; i < passes.length; i++) {
        scan(passes[i], reader, columns[i]);
      }
      if ((++rows & PROGRESS_ROWS - 1) == 0) {
        progress.advance(rows, bytes + reader.bytesRead(), source.bytes());
      }
    }
    codes.writer().put(code, waiting);
  }

  private void count(int stratum) {
    if (stratum >= strata.length) {
      strata = Arrays.copyOf(strata, 2 * stratum);
    }
    strata[stratum]++;
  }

  private static void scan(FieldPass pass, TableReader reader, int column) {
    try {
      pass.scan(reader, column);
    } catch (InvalidInputException e) {
      throw placed(reader, e);
    }
  }

  /** A vocabulary does not know which row its text came from. */
  private static InvalidInputException placed(TableReader reader, InvalidInputException e) {
    return e.getCause() instanceof CharacterCodingException
        ? new InvalidInputException(reader.place() + ": " + e.getMessage(), e)
        : e;
  }

  private int domain(TableReader reader, int column) {
    int from = reader.start(column);
    int to = reader.end(column);
    if (from == to) {
      throw new InvalidInputException(
          reader.place() + ": domain column '" + source.domainColumn() + "' is empty");
    }
    int id;
    try {
      id = domains.add(reader.bytes(), from, to);
    } catch (InvalidInputException e) {
      throw placed(reader, e);
    }
    if (id > RowCode.MAX_DOMAIN) {
      throw new InvalidInputException(
          reader.place()
              + ": too many domains; is '"
              + source.domainColumn()
              + "' the right column?");
    }
    return id;
  }

  private int part(TableReader reader, int column) {
    int from = reader.start(column);
    if (reader.end(column) == from + 1) {
      int digit = reader.bytes()[from] - '0';
      if (digit >= 0 && digit <= 2) {
        return digit;
      }
    }
    return switch (reader.text(column).strip().toLowerCase(Locale.ROOT)) {
      case "train" -> 0;
      case "validation", "val" -> 1;
      case "test" -> 2;
      default ->
          throw new InvalidInputException(
              reader.place()
                  + ": split column is '"
                  + reader.text(column)
                  + "'; it must be 0, 1 or 2, or train, validation or test");
    };
  }

  /** Rows read. */
  long rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }

  Vocabulary domains() {
    return domains;
  }

  /** Rows with a label of one of {@link #domains}. */
  long rows(int domain, int label) {
    int stratum = 2 * domain + label;
    return stratum < strata.length ? strata[stratum] : 0;
  }

  /** A {@link RowCode} a row, its domain an id of {@link #domains}. */
  IntBuffer codes() {
    return codes.ints();
  }

  /** The time of each row, where rows are divided by it. */
  LongBuffer times() {
    return times.orElseThrow().spool().longs();
  }

  /** Gives the disk space back. */
  void delete() {
    codes.delete();
    times.ifPresent(time -> time.spool().delete());
  }

  @Override
  public void close() {
    codes.close();
    times.ifPresent(time -> time.spool().close());
  }
}
