package org.mlora.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mlora prepare}: a group. */
@Command(
    name = "prepare",
    description =
        "Makes a data set that can be trained on, from CSV, public data or the paper's files.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora prepare movielens --input ml-1m --domain gender --out data/ml-1m",
      "  mlora prepare csv --input ratings.csv --label 'rating>=4' --domain-column category \\",
      "      --fields user_id,item_id --out data/ratings"
    })
final class PrepareCommand implements Runnable {
  @Spec CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name the source: movielens, csv, amazon, taobao or reference");
  }
}
