package org.mlora.bench;

import java.util.concurrent.Callable;
import org.mlora.bench.cases.CpuCases;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mlora bench models}. */
@Command(
    name = "models",
    description =
        "Measures training steps of every model on the CPU: with adapters beside those without, with"
            + " 10 and 1000 domains; where domains have layers of their own, with 10 and 100.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  ./mlora bench models --quick", "  ./mlora bench models --only 'dcn|pnn'"})
public final class ModelsCommand implements Callable<Integer> {
  @Mixin Measurement measurement = new Measurement();

  @Override
  public Integer call() {
    measurement.run(effort -> CpuCases.models(effort.tableIds()));
    return 0;
  }
}
