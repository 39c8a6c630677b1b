package org.mlora.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.cases.Bench;
import org.mlora.bench.cases.BenchCase;
import org.mlora.bench.cases.CpuCases;
import org.mlora.bench.measure.Effort;
import org.mlora.bench.peer.MatrixProduct;
import org.mlora.bench.peer.Torch;
import org.mlora.bench.result.BenchReport;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.result.Machine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
  @Option(names = "--quick", description = "Measure for about a minute in all, on smaller tables.")
  boolean quick;

  @Option(names = "--json", description = "Print one JSON document in place of the table.")
  boolean json;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of both sides (default: ${DEFAULT-VALUE}).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--only",
      paramLabel = "PATTERN",
      defaultValue = "",
      description = "Only cases in whose name this regular expression is found.")
  Pattern only = Pattern.compile("");

  @Spec picocli.CommandLine.Model.CommandSpec command;

  @Override
  public Integer call() {
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    List<BenchCase> cases =
        CpuCases.all(effort.tableIds()).stream()
            .filter(c -> only.matcher(c.name()).find())
            .toList();
    if (cases.isEmpty()) {
      throw new ParameterException(
          command.commandLine(), "no case is named like '" + only + "'; try --only predict");
    }
    if (threads < 1) {
      throw new ParameterException(
          command.commandLine(), "--threads is " + threads + "; give 1 or more");
    }
    BenchReport report = measure(effort, cases);
    PrintStream out = System.out;
    out.print(json ? report.toJson().toPrettyString() + "\n" : report.toText());
    out.flush();
    return 0;
  }

  private BenchReport measure(Effort effort, List<BenchCase> cases) {
    List<BenchRow> rows = new ArrayList<>();
    Torch torch = new Torch(threads);
    try (CpuBackend backend = new CpuBackend(threads);
        MatrixProduct sgemm = new MatrixProduct()) {
      Bench bench = new Bench(effort, backend, torch, sgemm);
      for (BenchCase one : cases) {
        System.err.printf("mlora: %2d/%d %s%n", rows.size() + 1, cases.size(), one.name());
        rows.add(one.measure(bench));
      }
      String machine =
          Machine.describe() + "; ours: " + backend.description() + "; peer: " + Torch.version();
      return new BenchReport(machine, rows);
    }
  }
}
