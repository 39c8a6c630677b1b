package org.mlora.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.mlora.data.prepare.AmazonPreparation;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code mlora prepare amazon}. */
@Command(
    name = "amazon",
    description = {
      "Prepares Amazon's 5-core reviews of 2014 or 2018 by the paper's rules.",
      "A category is the domain, every review a click, and negatives are drawn: for each click of a"
          + " user 2 to 5 items of the category, a rate of its own for each category."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare amazon --input amazon --categories 6 --out data/amazon-6",
      "  mlora prepare amazon --input amazon --out data/amazon-all"
    })
final class PrepareAmazonCommand implements Callable<Integer> {
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
          "Folder of files such as Video_Games_5.json.gz (2018) or reviews_Video_Games_5.json.gz"
              + " (2014), packed or not.")
  Path input;

  @Option(
      names = "--categories",
      defaultValue = "all",
      paramLabel = "WHICH",
      converter = CategoriesConverter.class,
      description =
          "6 or 13: those of the paper's data sets, which must be there; all: every file in --input"
              + " (default: ${DEFAULT-VALUE}).")
  Categories categories;

  /** Names of categories; none: all. Its own type, because picocli splits a List. */
  record Categories(List<String> names) {
    Categories {
      names = List.copyOf(names);
    }
  }

  PrepareAmazonCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    AmazonPreparation.Options options =
        new AmazonPreparation.Options(
            input,
            categories.names(),
            sampling.split(),
            sampling.seed,
            prepare.overwrite,
            prepare.out);
    return PrepareRun.execute(
        context, output, progress -> new AmazonPreparation(options, progress).run());
  }

  /** Reads which categories. */
  static final class CategoriesConverter implements ITypeConverter<Categories> {
    @Override
    public Categories convert(String text) {
      return switch (text.strip()) {
        case "6" -> new Categories(AmazonPreparation.SIX);
        case "13" -> new Categories(AmazonPreparation.THIRTEEN);
        case "all" -> new Categories(List.of());
        default -> throw new TypeConversionException("'" + text + "' is not one of 6, 13, all");
      };
    }
  }
}
