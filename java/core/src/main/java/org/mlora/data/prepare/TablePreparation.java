package org.mlora.data.prepare;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;

/**
 * Any table with a label, a domain and fields: {@code prepare csv}, and rows that a program has.
 */
public final class TablePreparation {
  private final Options options;
  private final Progress progress;

  /** Prepares nothing yet, see {@link #run}. */
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
    /**
     * Checks the lists.
     *
     * @throws InvalidInputException when there is no input, or a field is named twice
     */
    public Options {
      inputs = List.copyOf(inputs);
      fields = List.copyOf(fields);
      if (inputs.isEmpty()) {
        throw new InvalidInputException("no input is given; give a table");
      }
      requireOnce(fields);
    }

    private static void requireOnce(List<FieldRequest> fields) {
      Set<String> names = new HashSet<>();
      for (FieldRequest field : fields) {
        if (!names.add(field.name())) {
          throw new InvalidInputException(
              "field '" + field.name() + "' is named twice (--fields); leave one of them out");
        }
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
      return of(input, LabelRule.parse(label), domainColumn, FieldRequest.parseAll(fields), out);
    }

    /** The same where label and fields are not written as texts. */
    public static Options of(
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
      return of(input, template.label(), template.schema().domain(), template.fields(), out);
    }

    /** The same of other tables, which are joined. */
    public Options withInputs(List<TableSource> inputs) {
      return with(inputs, weightColumn, selection, vocabularyOfAllRows, split, overwrite);
    }

    /** The same with another split. */
    public Options withSplit(SplitRule split) {
      return with(inputs, weightColumn, selection, vocabularyOfAllRows, split, overwrite);
    }

    /** The same with a column of weights. */
    public Options withWeightColumn(String column) {
      return with(inputs, Optional.of(column), selection, vocabularyOfAllRows, split, overwrite);
    }

    /** The same with another selection. */
    public Options withSelection(Selection selection) {
      return with(inputs, weightColumn, selection, vocabularyOfAllRows, split, overwrite);
    }

    /** The same with ids for the texts of validation and test rows, or without. */
    public Options withVocabularyOfAllRows(boolean allRows) {
      return with(inputs, weightColumn, selection, allRows, split, overwrite);
    }

    /** The same, replacing a data set that is there or not. */
    public Options withOverwrite(boolean overwrite) {
      return with(inputs, weightColumn, selection, vocabularyOfAllRows, split, overwrite);
    }

    private Options with(
        List<TableSource> tables,
        Optional<String> weights,
        Selection kept,
        boolean allRows,
        SplitRule rule,
        boolean replace) {
      return new Options(
          tables, label, domainColumn, weights, fields, kept, allRows, rule, replace, out);
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
