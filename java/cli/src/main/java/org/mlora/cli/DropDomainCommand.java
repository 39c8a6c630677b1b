package org.mlora.cli;

import java.util.concurrent.Callable;
import org.mlora.domain.DomainModels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mlora drop-domain}. */
@Command(
    name = "drop-domain",
    description = {
      "Makes a model without one domain of a trained model.",
      "All other domains keep their numbers. Rows of the dropped domain are of unknown domain to the"
          + " new model, which answers them like those of any domain it does not know."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  mlora drop-domain --model runs/shops --domain toys --out models/without-toys"})
final class DropDomainCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;
  @Mixin DomainFlags flags;

  DropDomainCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    return flags.run(context, output, device, DomainModels::without);
  }
}
