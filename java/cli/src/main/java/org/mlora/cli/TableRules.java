package org.mlora.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.mlora.checkpoint.TemplateFolder;
import org.mlora.data.Schema;
import org.mlora.data.prepare.FieldRequest;
import org.mlora.data.prepare.FieldSyntax;
import org.mlora.data.prepare.Template;
import org.mlora.data.table.LabelRule;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the columns of a table become, by flags or like a model or a data set. */
final class TableRules {
  private static final String LABEL = "--label";
  private static final String DOMAIN_COLUMN = "--domain-column";
  private static final String FIELDS = "--fields";
  private static final List<String> RULES = List.of(LABEL, DOMAIN_COLUMN, FIELDS);

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--like",
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description =
          "Prepare the rows as this run, saved model or data set reads them: with its label, domain"
              + " column and fields, the boundaries of its buckets, its means and deviations, its given"
              + " embeddings; ids that it knows stay known, however few their rows.")
  Optional<Path> like;

  @Option(
      names = LABEL,
      paramLabel = "RULE",
      description =
          "A column of 0 and 1, or a comparison such as 'rating>=4' or 'clicked==yes' (==, !=, >=, >,"
              + " <=, <; texts by == and !=); needed without --like, as the two flags that follow.")
  Optional<String> label;

  @Option(
      names = DOMAIN_COLUMN,
      paramLabel = "NAME",
      description = "The column that says which domain a row belongs to.")
  Optional<String> domainColumn;

  @Option(
      names = FIELDS,
      paramLabel = "LIST",
      description = {
        "The columns the model sees, separated by commas; each",
        FieldSyntax.HELP + "."
      })
  Optional<String> fields;

  /**
   * Label, domain column and fields.
   *
   * @param weighted by what column the rows of {@code --like} count, where they have weights
   */
  record Columns(
      LabelRule label, String domain, List<FieldRequest> fields, Optional<String> weighted) {}

  /**
   * Those that were asked for.
   *
   * @throws InvalidInputException where they are given twice over or cannot be used
   * @throws MissingParameterException where they are not given
   */
  Columns columns() {
    List<OptionSpec> given = rules(true);
    if (like.isEmpty()) {
      if (given.size() < RULES.size()) {
        throw missing(rules(false));
      }
      return new Columns(
          LabelRule.parse(label.orElseThrow()),
          domainColumn.orElseThrow(),
          FieldRequest.parseAll(fields.orElseThrow()),
          Optional.empty());
    }
    if (!given.isEmpty()) {
      throw new InvalidInputException(
          "--like takes label, domain column and fields from "
              + like.get()
              + "; leave out "
              + joined(given, OptionSpec::longestName)
              + ", or --like");
    }
    Template template = TemplateFolder.open(like.get());
    Schema schema = template.schema();
    return new Columns(template.label(), schema.domain(), template.fields(), schema.weight());
  }

  private List<OptionSpec> rules(boolean given) {
    return RULES.stream()
        .map(command::findOption)
        .filter(option -> option.<Optional<?>>getValue().isPresent() == given)
        .toList();
  }

  /** As the parser says of flags that are always required. */
  private MissingParameterException missing(List<OptionSpec> options) {
    return new MissingParameterException(
        command.commandLine(),
        List.copyOf(options),
        "Missing required option"
            + (options.size() == 1 ? ": " : "s: ")
            + joined(options, o -> "'" + o.longestName() + "=" + o.paramLabel() + "'"));
  }

  private static String joined(List<OptionSpec> options, Function<OptionSpec, String> text) {
    return options.stream().map(text).collect(Collectors.joining(", "));
  }
}
