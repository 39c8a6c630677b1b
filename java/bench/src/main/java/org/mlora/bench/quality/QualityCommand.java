package org.mlora.bench.quality;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.peer.Torch;
import org.mlora.bench.result.Machine;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Comparison;
import org.mlora.train.ComparisonRunner;
import org.mlora.train.TrainingListener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mlora bench quality}. */
@Command(
    name = "quality",
    description = {
      "Trains the MLP without and with adapters by our engine and by PyTorch (autograd and"
          + " torch.optim, its own random numbers) on a prepared data set, and compares test WAUC.",
      "Both follow the published recipe: no penalties, mixed batches, stop on mean AUC."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  ./mlora bench quality --data data/permage --seeds 15")
public final class QualityCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Prepared data set with categorical fields.")
  Path data = Path.of("");

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Trainings of each setting on each side (default: ${DEFAULT-VALUE}).")
  int seeds = 5;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of both sides (default: ${DEFAULT-VALUE}).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "Print one JSON document in place of the table.")
  boolean json;

  @Override
  public Integer call() {
    if (seeds < 2 || threads < 1) {
      throw new InvalidInputException("give --seeds 2 or more and --threads 1 or more");
    }
    List<Long> numbers = LongStream.rangeClosed(1, seeds).boxed().toList();
    Torch.useThreads(threads);
    try (Dataset dataset = Dataset.open(data);
        CpuBackend backend = new CpuBackend(threads)) {
      if (dataset.schema().weight().isPresent()) {
        throw new InvalidInputException(
            data + " has row weights, which the peer does not know; prepare it without them");
      }
      String machine =
          Machine.describe() + "; ours: " + backend.description() + "; peer: " + Torch.version();
      QualityReport report =
          compare(dataset, backend, numbers, machine, line -> System.err.println("mlora: " + line));
      System.out.print(json ? report.toJson().toPrettyString() + "\n" : report.toText());
      System.out.flush();
    }
    return 0;
  }

  static QualityReport compare(
      Dataset data, Backend backend, List<Long> seeds, String machine, Consumer<String> progress) {
    Comparison peer = new TorchRunner(data, progress).run(seeds);
    List<ComparisonRunner.Setting> settings =
        Recipe.ADAPTERS.stream()
            .map(name -> new ComparisonRunner.Setting(name, Recipe.spec(name), Recipe.config()))
            .toList();
    ComparisonRunner.Observer observer =
        new ComparisonRunner.Observer() {
          @Override
          public TrainingListener started(ComparisonRunner.Setting setting, long seed) {
            progress.accept("ours, " + setting.name() + ", seed " + seed);
            return new TrainingListener() {};
          }
        };
    Comparison ours = new ComparisonRunner(backend, observer).run(data, settings, seeds);
    return new QualityReport(machine, ours, peer);
  }
}
