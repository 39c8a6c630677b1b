package org.mlora.data.prepare;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * Any table with a label, a domain and fields: {@code prepare csv}, and rows that a program has.
 */
public final class TablePreparation {
  private final Options options;
  private final Progress progress;

  public TablePreparation(Options options, Progress progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * What to prepare.
   *
   * @param inputs tables with the same columns, which are joined
   * @param label see {@link LabelRule}
   * @param weightColumn says how much each row counts in the loss and in metrics, a number of 0 or
   *     more; empty: every row counts 1
   * @param selection which domains and ids are kept
   * @param vocabularyOfAllRows whether texts found in validation or test rows only get ids of their
   *     own, too; otherwise they are unknown
   * @param overwrite whether an existing data set is replaced
   */
  public record Options(
      List<TableSource> inputs,
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

    /**
     * Everything else as by default: all domains and ids kept, 60/20/20 with seed 123.
     *
     * @param label as {@link LabelRule#parse} takes it, for example {@code "rating>=4"}
     * @param fields as {@link FieldRequest#parseAll} takes them, for example {@code
     *     "user_id,price:numeric(log1p)"}
     * @throws InvalidInputException where label or fields are not written so
     */
    public static Options of(
        TableSource input, String label, String domainColumn, String fields, Path out) {
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
    public static Options like(TableSource input, Template template, Path out) {
      return byDefault(input, template.label(), template.schema().domain(), template.fields(), out);
    }

    private static Options byDefault(
        TableSource input,
        LabelRule label,
        String domainColumn,
        List<FieldRequest> fields,
        Path out) {
      return new Options(
          List.of(input),
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
    public Options withSplit(SplitRule split) {
      return with(weightColumn, selection, split, overwrite);
    }

    /** The same with a column of weights. */
    public Options withWeightColumn(String column) {
      return with(Optional.of(column), selection, split, overwrite);
    }

    /** The same with another selection. */
    public Options withSelection(Selection selection) {
      return with(weightColumn, selection, split, overwrite);
    }

    /** The same, replacing a data set that is there or not. */
    public Options withOverwrite(boolean overwrite) {
      return with(weightColumn, selection, split, overwrite);
    }

    private Options with(
        Optional<String> weights, Selection kept, SplitRule rule, boolean replace) {
      return new Options(
          inputs,
          label,
          domainColumn,
          weights,
          fields,
          kept,
          vocabularyOfAllRows,
          rule,
          replace,
          out);
    }
  }

  /**
   * Reads, writes, and tells what was done.
   *
   * @throws InvalidInputException with file and line, or the option that is wrong; nothing is left
   *     behind, as after anything that rows of the program throw
   */
  public PreparationReport run() {
    Source source =
        new Source(
            options.inputs(),
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
}
