package org.mlora.data.prepare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.mlora.data.store.FileErrors;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.Tables;
import org.mlora.error.InvalidInputException;

/** {@code prepare csv}: any table with a label, a domain and fields. */
public final class CsvPreparation {
  private final Options options;
  private final Progress progress;

  public CsvPreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * What to prepare.
   *
   * @param inputs CSV, TSV (both possibly gzipped) or Parquet files with the same columns
   * @param format of text inputs
   * @param label see {@link LabelRule}
   * @param weightColumn says how much each row counts in the loss and in metrics, a number of 0 or
   *     more; empty: every row counts 1
   * @param selection which domains and ids are kept
   * @param vocabularyOfAllRows whether texts found in validation or test rows only get ids of their
   *     own, too; otherwise they are unknown
   * @param overwrite whether an existing data set is replaced
   */
  public record Options(
      List<Path> inputs,
      DelimitedFormat format,
      LabelRule label,
      String domainColumn,
      Optional<String> weightColumn,
      List<FieldRequest> fields,
      Selection selection,
      boolean vocabularyOfAllRows,
      SplitRule split,
      boolean overwrite,
      Path out) {
    public Options {
      inputs = List.copyOf(inputs);
      fields = List.copyOf(fields);
      if (inputs.isEmpty()) {
        throw new InvalidInputException("no input file is given");
      }
    }

    /** Everything else as by default: all domains and ids kept, 60/20/20 with seed 123. */
    public static Options of(
        Path input, String label, String domainColumn, String fields, Path out) {
      return byDefault(
          input, LabelRule.parse(label), domainColumn, FieldRequest.parseAll(fields), out);
    }

    /**
     * Rows as a data set or a model reads them, so that the model, or one trained on the data set,
     * can be evaluated, updated, calibrated and onboarded with them; everything else as by default.
     *
     * <p>Buckets and standardised numbers follow the boundaries, means and deviations of the
     * template, and pretrained fields have its embeddings. Ids are those of training rows and those
     * that the template knows. Rows count 1 each, unless {@link #withWeightColumn} says otherwise.
     *
     * @param template for example {@code TemplateFolder.open(run)}
     * @throws InvalidInputException where the template's schema cannot be that of a table
     */
    public static Options like(Path input, Template template, Path out) {
      return byDefault(input, template.label(), template.schema().domain(), template.fields(), out);
    }

    private static Options byDefault(
        Path input, LabelRule label, String domainColumn, List<FieldRequest> fields, Path out) {
      return new Options(
          List.of(input),
          DelimitedFormat.automatic(),
          label,
          domainColumn,
          Optional.empty(),
          fields,
          Selection.all(),
          false,
          new SplitRule.Stratified(60, 20, 20, 123),
          false,
          out);
    }

    /** The same with another split. */
    public Options withSplit(SplitRule rule) {
      return with(weightColumn, selection, rule);
    }

    /** The same with a column of weights. */
    public Options withWeightColumn(String column) {
      return with(Optional.of(column), selection, split);
    }

    /** The same with another selection. */
    public Options withSelection(Selection selection) {
      return with(weightColumn, selection, split);
    }

    private Options with(Optional<String> weights, Selection selection, SplitRule rule) {
      return new Options(
          inputs,
          format,
          label,
          domainColumn,
          weights,
          fields,
          selection,
          vocabularyOfAllRows,
          rule,
          overwrite,
          out);
    }
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line, or the option that is wrong; nothing is left
   *     behind
   */
  public PreparationReport run() {
    List<Supplier<TableReader>> tables =
        options.inputs().stream()
            .<Supplier<TableReader>>map(path -> () -> Tables.open(path, options.format()))
            .toList();
    Source source =
        new Source(
            tables,
            size(options.inputs()),
            options.label(),
            options.domainColumn(),
            options.weightColumn(),
            Optional.empty(),
            options.fields(),
            options.split(),
            options.vocabularyOfAllRows());
    return Preparation.run(
        source, options.selection(), options.out(), options.overwrite(), progress);
  }

  /** Size of the files together. */
  static long size(List<Path> files) {
    long sum = 0;
    for (Path file : files) {
      try {
        sum += Files.size(file);
      } catch (IOException e) {
        throw FileErrors.cannotRead(file, e);
      }
    }
    return sum;
  }
}
