package org.mlora.cli;

import java.io.PrintWriter;
import picocli.CommandLine;

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
            .addSubcommand(new PrepareReferenceCommand(context)));
    root.addSubcommand(new TrainCommand(context));
    root.addSubcommand(new EvaluateCommand(context));
    root.addSubcommand(new PredictCommand(context));
    root.addSubcommand(new CompareCommand(context));
    root.addSubcommand(new OnboardCommand(context));
    root.addSubcommand(new ModelsCommand(context));
    root.addSubcommand(new InspectCommand(context));
    root.addSubcommand(new BenchCommand());
    root.addSubcommand(new DoctorCommand(context));
    root.addSubcommand(new CompletionCommand(context));
    root.setUsageHelpWidth(100);
    root.setUsageHelpLongOptionsMaxWidth(28);
    root.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    root.setOut(new PrintWriter(context.terminal().out(), true));
    root.setErr(new PrintWriter(context.terminal().err(), true));
    layHelpOut(root);
    return root;
  }

  private static void layHelpOut(CommandLine command) {
    command.getCommandSpec().usageMessage().sortOptions(false).abbreviateSynopsis(true);
    command.getSubcommands().values().forEach(Commands::layHelpOut);
  }
}
