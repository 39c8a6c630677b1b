package org.mlora.bench;

import java.util.List;
import java.util.concurrent.Callable;
import org.mlora.bench.cases.CpuCases;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mlora bench cpu}. */
@Command(
    name = "cpu",
    description = {
      "Measures training, inference and preparation on the CPU, in turns with the same model in"
          + " libtorch (its fastest way of applying adapters counts) and with its matrix product.",
      "The ratio says how many times better ours is."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./mlora bench cpu --quick",
      "  ./mlora bench cpu --json > bench.json",
      "  ./mlora bench cpu --only predict --threads 1"
    })
public final class CpuCommand implements Callable<Integer> {
  @Mixin Measurement measurement = new Measurement();

  @Override
  public Integer call() {
    measurement.run(effort -> List.copyOf(CpuCases.all(effort.tableIds())));
    return 0;
  }
}
