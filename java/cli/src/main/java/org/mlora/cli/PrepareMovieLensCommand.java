package org.mlora.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.mlora.data.prepare.MovieLensPreparation;
import org.mlora.data.prepare.SplitRule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora prepare movielens}. */
@Command(
    name = "movielens",
    description = {
      "Prepares MovieLens 100K or 1M by the paper's rules.",
      "An attribute of the user is the domain, the label is rating == 5."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare movielens --input ml-1m --domain gender --out data/ml-1m-gender",
      "  mlora prepare movielens --input ml-100k --domain occupation --seed 7 --out data/ml-100k"
    })
final class PrepareMovieLensCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin PrepareFlags prepare;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "The unpacked folder: u.data and u.user, or ratings.dat and users.dat.")
  Path input;

  @Option(
      names = "--domain",
      required = true,
      paramLabel = "NAME",
      description = "gender, age (7 groups) or occupation.")
  MovieLensPreparation.Domain domain;

  @Option(
      names = "--exclude-domain",
      paramLabel = "NAME",
      description =
          "Leave out these domains (several: separated by commas, or the flag again), for example to"
              + " onboard one later; the other rows fall into the same parts as with them.")
  List<String> excludedDomains = List.of();

  @Option(
      names = "--split",
      defaultValue = "60/20/20",
      paramLabel = "A/B/C",
      description =
          "Percent of rows for training, validation and test, drawn within every domain and label"
              + " (default: ${DEFAULT-VALUE}).")
  String split;

  @Option(
      names = "--seed",
      defaultValue = "123",
      converter = FlagTypes.Seed.class,
      paramLabel = "N",
      description = "Seed of the draw (default: ${DEFAULT-VALUE}).")
  long seed;

  PrepareMovieLensCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    MovieLensPreparation.Options options =
        new MovieLensPreparation.Options(
            input,
            domain,
            excludedDomains,
            SplitRule.parse(split, seed),
            prepare.overwrite,
            prepare.out);
    return PrepareRun.execute(
        context, output, progress -> new MovieLensPreparation(options, progress).run());
  }
}
