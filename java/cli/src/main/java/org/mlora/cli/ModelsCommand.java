package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.mlora.model.ModelOption;
import org.mlora.model.Models;
import org.mlora.report.TextTable;
import org.mlora.report.TextTable.Column;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mlora models}. */
@Command(
    name = "models",
    description = "Lists the models, and the options that only some of them have.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mlora models",
      "  mlora train --data data --model dcn --option cross_form=matrix --out run"
    })
final class ModelsCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;

  ModelsCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    output.print(context.terminal(), ModelsCommand::json, this::text);
    return ExitCode.DONE;
  }

  private String text() {
    TextTable models = TextTable.of(Column.left("model"), Column.left("published as"));
    StringBuilder options = new StringBuilder();
    for (String name : Models.names()) {
      models.row(name, Models.title(name));
      for (ModelOption<?> option : Models.options(name)) {
        options.append(
            "%n  %s: %s=%s%n      %s%n"
                .formatted(name, option.name(), option.absent(), option.description()));
      }
    }
    return models.render(context.terminal().charset())
        + "\nOptions and their defaults, for --option NAME=VALUE:\n"
        + options;
  }

  private static ArrayNode json() {
    ArrayNode models = JsonNodeFactory.instance.arrayNode();
    for (String name : Models.names()) {
      ObjectNode model = models.addObject().put("name", name).put("title", Models.title(name));
      ArrayNode options = model.putArray("options");
      for (ModelOption<?> option : Models.options(name)) {
        options
            .addObject()
            .put("name", option.name())
            .put("default", option.absent())
            .put("description", option.description());
      }
    }
    return models;
  }
}
