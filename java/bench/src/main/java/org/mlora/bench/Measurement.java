package org.mlora.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.cases.Bench;
import org.mlora.bench.cases.BenchCase;
import org.mlora.bench.measure.Effort;
import org.mlora.bench.peer.MatrixProduct;
import org.mlora.bench.peer.Torch;
import org.mlora.bench.result.BenchReport;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.result.Machine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all benchmarks are asked, and how they answer. */
final class Measurement {
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

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  /** Measures the cases that the flags choose among all of an effort, and prints the result. */
  void run(Function<Effort, List<BenchCase>> all) {
    Effort effort = quick ? Effort.QUICK : Effort.FULL;
    List<BenchCase> cases =
        all.apply(effort).stream().filter(c -> only.matcher(c.name()).find()).toList();
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
