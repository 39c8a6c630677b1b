package org.mlora.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mlora.data.prepare.Selection;
import org.mlora.data.prepare.SplitRule;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora prepare csv}. */
@Command(
    name = "csv",
    description = "Prepares any CSV, TSV or Parquet file: one row an impression, with a header.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare csv --input ratings.csv --label 'rating>=4' --domain-column category \\",
      "      --fields user_id,item_id --min-domain-rows 3300 --out data/epinions",
      "  mlora prepare csv --input clicks.tsv.gz --label click --domain-column page \\",
      "      --fields 'user,item,tags:multi(|),price:numeric(log1p),city:hashed(1000)@4' \\",
      "      --split-column part --out data/clicks",
      "  mlora prepare csv --input clicks.csv --label click --domain-column shop --fields user,item \\",
      "      --exclude-domain toys --out data/all-but-toys",
      "  mlora prepare csv --like runs/monday --input tuesday.csv --split 90/10/0 --out data/tuesday"
    })
final class PrepareCsvCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin PrepareFlags prepare;
  @Mixin FormatFlags format;

  @Option(
      names = "--input",
      required = true,
      split = ",",
      hideParamSyntax = true,
      paramLabel = "FILE",
      converter = FlagTypes.File.class,
      description =
          "CSV or TSV (also .gz) or .parquet; several with the same columns, separated by commas,"
              + " are joined.")
  List<Path> inputs;

  @Mixin TableRules rules;

  @Option(
      names = "--weight-column",
      paramLabel = "NAME",
      description =
          "How much each row counts, in training and in metrics: a column of numbers of 0 or more"
              + " (default: all the same).")
  Optional<String> weightColumn;

  @Option(
      names = "--min-domain-rows",
      defaultValue = "1",
      paramLabel = "N",
      converter = FlagTypes.Count.class,
      description = "Leave out domains with fewer rows (default: ${DEFAULT-VALUE}).")
  int minDomainRows;

  @Option(
      names = "--exclude-domain",
      paramLabel = "NAME",
      description =
          "Leave out these domains (several: separated by commas, or the flag again), for example to"
              + " onboard one later; the other rows fall into the same parts as with them.")
  List<String> excludedDomains = List.of();

  @Option(
      names = "--min-count",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "FIELD=N",
      description = "Ids with fewer training rows are read as unknown, for example item_id=5.")
  Map<String, String> minCount = new LinkedHashMap<>();

  @Option(
      names = "--split",
      paramLabel = "A/B/C",
      description =
          "Percent of rows for training, validation and test, drawn within every domain and label"
              + " (default: 60/20/20).")
  Optional<String> split;

  @Option(
      names = "--split-column",
      paramLabel = "NAME",
      description = "Take the part from a column: 0, 1, 2 or train, validation, test.")
  Optional<String> splitColumn;

  @Option(
      names = "--time-column",
      paramLabel = "NAME",
      description =
          "Divide by the order of this column, numbers or dates, and not by chance: the earliest rows"
              + " of the table train, the latest test; those of one time stay together.")
  Optional<String> timeColumn;

  @Option(
      names = "--seed",
      defaultValue = "123",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of the draw (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--vocabulary-of-all-rows",
      description = "Give ids found only in validation or test rows their own (untrained) row.")
  boolean vocabularyOfAllRows;

  PrepareCsvCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (inputs.contains(Path.of("-"))) {
      throw new InvalidInputException(
          "--input - is no file; give /dev/stdin to read standard input");
    }
    refuseTogether(split, "--split");
    refuseTogether(timeColumn, "--time-column");
    TableRules.Columns columns = rules.columns();
    if (weightColumn.isEmpty() && !output.quiet) {
      columns.weighted().ifPresent(this::tellOfWeights);
    }
    TablePreparation.Options options =
        new TablePreparation.Options(
            inputs.stream().map(file -> TableSource.file(file, format.format())).toList(),
            columns.label(),
            columns.domain(),
            weightColumn,
            columns.fields(),
            new Selection(minDomainRows, excludedDomains, counts()),
            vocabularyOfAllRows,
            splitRule(),
            prepare.overwrite,
            prepare.out);
    return PrepareRun.execute(
        context, output, progress -> new TablePreparation(options, progress).run());
  }

  private void tellOfWeights(String column) {
    context
        .terminal()
        .tell(
            "mlora: the rows of --like count as '"
                + column
                + "' says, these count 1 each; if they have weights too, add --weight-column");
  }

  private void refuseTogether(Optional<String> other, String name) {
    if (other.isPresent() && splitColumn.isPresent()) {
      throw new InvalidInputException(
          name + " and --split-column are both given; leave one of them out");
    }
  }

  private SplitRule splitRule() {
    if (splitColumn.isPresent()) {
      return new SplitRule.ByColumn(splitColumn.get());
    }
    SplitRule.Stratified shares = SplitRule.parse(split.orElse("60/20/20"), seed);
    return timeColumn.<SplitRule>map(shares::byTime).orElse(shares);
  }

  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    minCount.forEach(
        (field, text) -> {
          try {
            counts.put(field, Integer.parseInt(text.strip()));
          } catch (NumberFormatException e) {
            throw new InvalidInputException(
                "--min-count "
                    + field
                    + "="
                    + text
                    + " is not a whole number; for example item_id=5",
                e);
          }
        });
    return counts;
  }
}
