package org.mlora.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The tree of commands. */
final class Commands {
  private Commands() {}

  static CommandLine create(Context context) {
    CommandLine root = new CommandLine(new RootCommand(context));
    root.addSubcommand(new DemoCommand(context));
    root.addSubcommand(
        new CommandLine(new PrepareCommand())
            .addSubcommand(new PrepareMovieLensCommand(context))
            .addSubcommand(new PrepareCsvCommand(context))
            .addSubcommand(new PrepareAmazonCommand(context))
            .addSubcommand(new PrepareTaobaoCommand(context))
            .addSubcommand(new PrepareReferenceCommand(context)));
    root.addSubcommand(new DataCommand(context));
    root.addSubcommand(new TrainCommand(context));
    root.addSubcommand(new EvaluateCommand(context));
    root.addSubcommand(new PredictCommand(context));
    root.addSubcommand(new CompareCommand(context));
    root.addSubcommand(new TuneCommand(context));
    root.addSubcommand(new ReproduceCommand(context));
    root.addSubcommand(new UpdateCommand(context));
    root.addSubcommand(new OnboardCommand(context));
    root.addSubcommand(new CalibrateCommand(context));
    root.addSubcommand(new ExportDomainCommand(context));
    root.addSubcommand(new DropDomainCommand(context));
    root.addSubcommand(new ModelsCommand(context));
    root.addSubcommand(new InspectCommand(context));
    root.addSubcommand(new BenchCommand());
    root.addSubcommand(new DoctorCommand(context));
    root.addSubcommand(new CompletionCommand(context));
    root.setUsageHelpWidth(Math.min(100, Math.max(60, context.terminal().columns())));
    root.setUsageHelpLongOptionsMaxWidth(28);
    root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    root.setHelpFactory(HelpText::new);
    root.setOut(new PrintWriter(context.terminal().out(), true));
    root.setErr(new PrintWriter(context.terminal().err(), true));
    Words.register(root);
    root.setExecutionStrategy(Commands::execute);
    layHelpOut(root);
    return root;
  }

  /**
   * With a flag for help picocli lets words pass that are no command, and helps with all of them.
   */
  private static int execute(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    CommandLine command = last.commandSpec().commandLine();
    List<String> words = last.unmatched().stream().filter(w -> !w.startsWith("-")).toList();
    if (last.isUsageHelpRequested() && !command.getSubcommands().isEmpty() && !words.isEmpty()) {
      throw new UnmatchedArgumentException(command, words);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static void layHelpOut(CommandLine command) {
    command
        .getCommandSpec()
        .usageMessage()
        .sortOptions(false)
        .commandListHeading("%nCommands:%n")
        .customSynopsis(synopsis(command));
    // As it is: an example that is broken into lines could not be copied.
    command
        .getHelpSectionMap()
        .put(
            UsageMessageSpec.SECTION_KEY_FOOTER,
            help -> String.join("\n", help.commandSpec().usageMessage().footer()) + "\n");
    command.getSubcommands().values().forEach(Commands::layHelpOut);
  }

  /** What must be given, by name; the rest is listed below it. */
  private static String synopsis(CommandLine command) {
    String required =
        command.getCommandSpec().options().stream()
            .filter(OptionSpec::required)
            .map(option -> option.longestName() + " " + option.paramLabel() + " ")
            .collect(Collectors.joining());
    return command.getCommandSpec().qualifiedName()
        + " "
        + (command.getSubcommands().isEmpty() ? required + "[OPTIONS]" : "COMMAND [OPTIONS]");
  }
}
