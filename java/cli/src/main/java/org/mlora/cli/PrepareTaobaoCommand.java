package org.mlora.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.mlora.data.prepare.TaobaoPreparation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora prepare taobao}. */
@Command(
    name = "taobao",
    description = {
      "Prepares Taobao's theme click log by the paper's rules.",
      "A theme is the domain, and negatives are drawn: for each click of a user 2 to 5 items of the"
          + " theme, a rate of its own for each theme. Users and items bring their embeddings."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare taobao --input taobao --themes 10 --out data/taobao-10",
      "  mlora prepare taobao --input taobao --embeddings none --out data/taobao-all"
    })
final class PrepareTaobaoCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin PrepareFlags prepare;
  @Mixin SamplingFlags sampling;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description =
          "Folder of theme_click_log.csv, user_embedding.csv and item_embedding.csv, gzip or not.")
  Path input;

  @Option(
      names = "--themes",
      paramLabel = "N",
      converter = FlagTypes.Count.class,
      description =
          "The first N themes of the log, such as 10, 20 or 30 of the paper (default: all).")
  Optional<Integer> themes;

  @Option(
      names = "--embeddings",
      defaultValue = "frozen",
      paramLabel = "HOW",
      description =
          "Those that come with the data are frozen, as in the paper, or trained; none: fields of"
              + " ids (default: ${DEFAULT-VALUE}).")
  TaobaoPreparation.Embeddings embeddings;

  PrepareTaobaoCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    TaobaoPreparation.Options options =
        new TaobaoPreparation.Options(
            input,
            themes.map(OptionalInt::of).orElse(OptionalInt.empty()),
            embeddings,
            sampling.split(),
            sampling.seed,
            prepare.overwrite,
            prepare.out);
    return PrepareRun.execute(
        context, output, progress -> new TaobaoPreparation(options, progress).run());
  }
}
