package org.mlora.bench.cases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.mlora.bench.measure.Times;
import org.mlora.bench.result.BenchRow;
import org.mlora.bench.workload.ClickFile;
import org.mlora.data.prepare.Progress;
import org.mlora.data.prepare.TablePreparation;
import org.mlora.data.store.FolderTree;
import org.mlora.data.table.TableSource;

/**
 * {@code mlora prepare csv}: megabytes (10^6) of text a second of processor time, that of the JVM's
 * own threads included.
 */
record PreparationCase(String name) implements BenchCase {
  private static final int REPEATS = 3;

  @Override
  public BenchRow measure(Bench bench) {
    try {
      Path folder = Files.createTempDirectory("mlora-bench");
      try {
        return measure(folder, bench.effort().csvMegabytes() * 1_000_000L);
      } finally {
        FolderTree.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the temporary folder cannot be used", e);
    }
  }

  private BenchRow measure(Path folder, long bytes) throws IOException {
    Path csv = folder.resolve("ratings.csv");
    ClickFile.write(csv, bytes);
    double megabytes = Files.size(csv) / 1e6;
    // The first time would measure the compiler of the JVM.
    prepare(csv, folder.resolve("prepared"));
    double[] seconds = new double[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
      seconds[i] = prepare(csv, folder.resolve("prepared"));
    }
    Times times = new Times(seconds);
    return BenchRow.rate(
        name,
        "MB/s per core",
        BenchRow.Value.of(megabytes / times.median(), times.spread(), ""),
        BenchRow.Value.NONE,
        OptionalDouble.empty());
  }

  /** Gives the seconds of processor time. */
  private static double prepare(Path csv, Path out) throws IOException {
    long start = processorNanos();
    new TablePreparation(
            TablePreparation.Options.of(
                TableSource.file(csv), "rating>=4", "category", "user_id,item_id", out),
            Progress.none())
        .run();
    double seconds = (processorNanos() - start) / 1e9;
    FolderTree.delete(out);
    return seconds;
  }

  private static long processorNanos() {
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      return system.getProcessCpuTime();
    }
    throw new IllegalStateException("this JVM does not tell its processor time");
  }
}
