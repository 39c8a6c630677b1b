package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.mlora.error.InvalidInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mlora data}. */
@Command(
    name = "data",
    description = {
      "Tells where public data sets come from, and checks files that were downloaded.",
      "Nothing is downloaded: most terms ask you to read them. Where the publisher gives a checksum,"
          + " --check compares with it; where none is published, it says so, and --record keeps"
          + " yours, so that a later --check notices a change."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora data",
      "  mlora data --check ml-1m.zip",
      "  mlora data --check Video_Games_5.json.gz,Software_5.json.gz --record"
    })
final class DataCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;

  @Option(
      names = "--check",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "FILE,..",
      converter = FlagTypes.File.class,
      description = "Check these files.")
  List<Path> check = List.of();

  @Option(
      names = "--record",
      description = "Write FILE.sha256 beside each file that has none (sha256sum -c reads it).")
  boolean record;

  DataCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (check.isEmpty()) {
      if (record) {
        throw new InvalidInputException("--record names no file; give it by --check");
      }
      output.print(context.terminal(), DataCommand::guideJson, DataCommand::guide);
      return ExitCode.DONE;
    }
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    StringBuilder text = new StringBuilder();
    for (Path file : check) {
      FileCheck checked = FileCheck.of(file, record);
      list.add(checked.json());
      text.append(checked.text()).append('\n');
    }
    output.print(context.terminal(), () -> list, () -> text.toString().strip());
    return ExitCode.DONE;
  }

  private static String guide() {
    StringBuilder text = new StringBuilder();
    for (KnownData data : KnownData.ALL) {
      text.append(data.name()).append('\n');
      text.append("  files   ").append(data.file()).append('\n');
      text.append("  from    ").append(data.page()).append('\n');
      text.append("  terms   ").append(data.terms()).append('\n');
      text.append("  md5     ").append(data.md5().orElse("none is published")).append('\n');
      text.append("  then    ").append(data.use()).append("\n\n");
    }
    return text.append("Check a download with: mlora data --check FILE").toString();
  }

  private static ArrayNode guideJson() {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (KnownData data : KnownData.ALL) {
      ObjectNode item = list.addObject();
      item.put("name", data.name()).put("file", data.file()).put("page", data.page());
      item.put("terms", data.terms());
      data.md5().ifPresentOrElse(sum -> item.put("md5", sum), () -> item.putNull("md5"));
      item.put("use", data.use());
    }
    return list;
  }
}
