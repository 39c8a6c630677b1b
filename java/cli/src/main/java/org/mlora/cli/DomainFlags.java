package org.mlora.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.mlora.backend.Backend;
import org.mlora.serve.MloraModel;
import picocli.CommandLine.Option;

/** Flags of commands that make a model of some of another model's domains. */
final class DomainFlags {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "RUN",
      converter = FlagTypes.File.class,
      description =
          "Folder of a run (its best model is taken) or of a saved model; stays as it is.",
      order = 1)
  Path model;

  @Option(
      names = "--domain",
      required = true,
      paramLabel = "NAME",
      description = "A domain of the model, as its data set named it.",
      order = 2)
  String domain;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      converter = FlagTypes.File.class,
      description = "Folder of the new model.",
      order = 3)
  Path out;

  /** Makes the new model from the whole one. */
  interface Making {
    MloraModel of(MloraModel whole, String domain, Backend backend);
  }

  /** Opens, makes, saves, and tells what was made. */
  int run(Context context, OutputFlags output, DeviceFlags device, Making making) {
    NewFolder.require(out);
    try (Backend backend = device.open(context.terminal(), output);
        MloraModel whole = MloraModel.open(model, backend);
        MloraModel made = making.of(whole, domain, backend)) {
      made.saveNew(out);
      long before = whole.network().size();
      long after = made.network().size();
      int domains = made.schema().domains().size();
      if (output.json) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model", out.toString());
        made.schema().domains().forEach(json.putArray("domains")::add);
        json.put("parameters", after).put("parameters_before", before);
        context.terminal().print(json);
      } else {
        context
            .terminal()
            .print(
                "%s: %d %s, %,d parameters (%s has %,d)"
                    .formatted(
                        out, domains, domains == 1 ? "domain" : "domains", after, model, before));
      }
    }
    return ExitCode.DONE;
  }
}
