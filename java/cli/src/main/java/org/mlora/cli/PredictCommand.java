package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.mlora.backend.Backend;
import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.StatusLine;
import org.mlora.data.UnknownDomain;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.Tables;
import org.mlora.error.InvalidInputException;
import org.mlora.report.NumberText;
import org.mlora.serve.Predictor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora predict}. */
@Command(
    name = "predict",
    description = {
      "Predicts the click-through rate of raw rows.",
      "A table with the columns of the model's schema goes in, the same rows in the same order with a"
          + " column 'ctr' come out. Memory does not grow with the number of rows."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora predict --model runs/gender --input rows.csv --out predictions.csv",
      "  zcat rows.tsv.gz | mlora predict --model runs/gender --input - --out - > predictions.tsv"
    })
final class PredictCommand implements Callable<Integer> {
  /** In place of a file: standard input or output. */
  private static final Path STANDARD = Path.of("-");

  private final Context context;

  @Mixin OutputFlags output;
  @Mixin DeviceFlags device;
  @Mixin FormatFlags format;

  @Mixin ModelFolder model;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      converter = FlagTypes.File.class,
      description = "CSV or TSV (also .gz) or .parquet; - reads standard input.")
  Path input;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      converter = FlagTypes.File.class,
      description = "Where the rows go (.gz is compressed); - writes standard output.")
  Path out;

  @Option(names = "--overwrite", description = "Replace the file --out.")
  boolean overwrite;

  @Option(
      names = "--unknown-domain",
      defaultValue = "error",
      paramLabel = "WHAT",
      description =
          "For rows of a domain that the model does not know: error, fallback (the network without"
              + " adapters answers) or skip (default: ${DEFAULT-VALUE}).")
  UnknownDomain unknownDomain;

  PredictCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    boolean toStandardOutput = out.equals(STANDARD);
    if (toStandardOutput && output.json) {
      throw new InvalidInputException(
          "--json and --out - both want standard output; give --out a file");
    }
    refuseSameFile();
    context.interruption().needs(Interruption.Ending.CLEAN_UP);
    long rows;
    try (Backend backend = device.openForSessions(context.terminal(), output);
        // What becomes of unknown domains is settled before rows get to it.
        Predictor trained = Predictor.open(model.path, backend, UnknownDomain.FALLBACK);
        TableReader table = table();
        StatusLine status = new StatusLine(context.terminal(), output.quiet);
        RowSink sink =
            toStandardOutput ? RowSink.of(context.terminal()) : RowSink.of(out, overwrite)) {
      rows =
          new Prediction(trained, table, unknownDomain, sink)
              .run(
                  device.cpuThreads(),
                  done -> {
                    context.interruption().check();
                    status.update(() -> "predicting  " + NumberText.count(done) + " rows");
                  });
      sink.commit();
    }
    if (output.json) {
      context
          .terminal()
          .print(
              JsonNodeFactory.instance.objectNode().put("rows", rows).put("out", out.toString()));
    } else if (!toStandardOutput) {
      context.terminal().print(NumberText.count(rows) + " rows with column 'ctr': " + out);
    }
    return ExitCode.DONE;
  }

  private void refuseSameFile() {
    if (input.equals(STANDARD) || out.equals(STANDARD)) {
      return;
    }
    Path from = input.toAbsolutePath().normalize();
    Path to = out.toAbsolutePath().normalize();
    if (from.equals(to) || Files.exists(from) && Files.exists(to) && same(from, to)) {
      throw new InvalidInputException(
          "--out " + out + " is the file that --input reads; choose another name");
    }
  }

  private static boolean same(Path from, Path to) {
    try {
      return Files.isSameFile(from, to);
    } catch (IOException e) {
      return false;
    }
  }

  private TableReader table() {
    if (input.equals(STANDARD)) {
      InputStream in = context.terminal().in();
      return DelimitedReader.of(in, "standard input", format.format());
    }
    return Tables.open(input, format.format());
  }
}
