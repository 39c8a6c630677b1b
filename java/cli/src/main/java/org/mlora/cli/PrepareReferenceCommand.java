package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.mlora.cli.terminal.Interruption;
import org.mlora.data.Dataset;
import org.mlora.data.prepare.ReferenceLayout;
import org.mlora.data.prepare.ReferencePreparation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora prepare reference}. */
@Command(
    name = "reference",
    description = {
      "Prepares data in the layout of the published code, or writes that layout.",
      "The layout is a folder with domain_k/{train,val,test}.csv."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare reference --input dataset/Movielens/gender/split_by_gender --out data/gender",
      "  mlora prepare reference --export --input data/gender --out dataset/gender"
    })
final class PrepareReferenceCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin PrepareFlags prepare;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "The folder that holds domain_0, domain_1, ...; with --export a data set.")
  Path input;

  @Option(
      names = "--export",
      description = "The other way: from a prepared data set to the layout of the published code.")
  boolean export;

  PrepareReferenceCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (!export) {
      ReferencePreparation.Options options =
          new ReferencePreparation.Options(input, prepare.overwrite, prepare.out);
      return PrepareRun.execute(
          context, output, progress -> new ReferencePreparation(options, progress).run());
    }
    context.interruption().needs(Interruption.Ending.CLEAN_UP);
    try (Dataset data = Dataset.open(input)) {
      ReferenceLayout.write(data, prepare.out, prepare.overwrite);
      output.print(
          context.terminal(),
          () ->
              JsonNodeFactory.instance
                  .objectNode()
                  .put("out", prepare.out.toString())
                  .put("domains", data.schema().domains().size()),
          () -> data.schema().domains().size() + " domains written to " + prepare.out);
    }
    return ExitCode.DONE;
  }
}
