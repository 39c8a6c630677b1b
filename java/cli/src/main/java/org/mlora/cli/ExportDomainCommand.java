package org.mlora.cli;

import java.util.concurrent.Callable;
import org.mlora.domain.DomainModels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora export-domain}. */
@Command(
    name = "export-domain",
    description = {
      "Makes a model of one domain of a trained model.",
      "The domain's adapters are merged into the weights (W + A B, b + c): the new model has none, is"
          + " smaller, and predicts the same for this domain but for rounding. Rows of any other"
          + " domain are of unknown domain to it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora export-domain --model runs/shops --domain toys --out models/toys",
      "  mlora predict --model models/toys --input toys.csv --out scored.csv"
    })
final class ExportDomainCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;
  @Mixin DomainFlags flags;

  @Option(
      names = "--keep-adapter",
      description = "Keep the domain's adapters beside the weights; predictions keep their bits.",
      order = 4)
  boolean keepAdapter;

  ExportDomainCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    return flags.run(
        context, output, device, keepAdapter ? DomainModels::only : DomainModels::merged);
  }
}
