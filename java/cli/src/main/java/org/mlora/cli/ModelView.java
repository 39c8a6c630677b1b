package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.mlora.calibration.CalibrationScope;
import org.mlora.calibration.PlattScaling;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.EnumLabel;
import org.mlora.data.Names;
import org.mlora.model.AdapterSpec;
import org.mlora.model.DomainRanks;
import org.mlora.model.ModelSpecJson;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/**
 * What a trained model is made of.
 *
 * @param sizes numbers by part
 */
record ModelView(Path folder, ModelFile file, Network network, Map<Role, Long> sizes)
    implements View {
  static ModelView of(Checkpoint checkpoint) {
    Network network = checkpoint.network();
    Map<Role, Long> sizes = new EnumMap<>(Role.class);
    for (Role role : Role.values()) {
      sizes.put(role, 0L);
    }
    for (Parameter parameter : network.parameters()) {
      sizes.merge(parameter.role(), parameter.size(), Long::sum);
    }
    return new ModelView(checkpoint.folder(), checkpoint.model(), network, sizes);
  }

  private String calibration() {
    return file.calibration().map(PlattScaling::scope).orElse(CalibrationScope.NONE).label();
  }

  private static String shape(Parameter parameter) {
    return parameter.shape().stream().map(NumberText::count).collect(Collectors.joining(" x "));
  }

  @Override
  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", folder.toString());
    json.set("spec", ModelSpecJson.write(file.spec()));
    json.put("dataset", file.dataset());
    json.put("label", file.schema().labelRule());
    json.put("domain_column", file.schema().domain());
    file.schema().weight().ifPresent(column -> json.put("weight_column", column));
    file.schema().domains().forEach(json.putArray("domains")::add);
    json.put("calibration", calibration());
    ObjectNode parameters = json.putObject("parameters");
    sizes.forEach((role, size) -> parameters.put(EnumLabel.of(role), size));
    parameters.put("total", network.size());
    parameters.put("idle", DomainRanks.idle(network));
    json.put("bytes", network.size() * Float.BYTES);
    ArrayNode tensors = json.putArray("tensors");
    for (Parameter parameter : network.parameters()) {
      ObjectNode tensor = tensors.addObject();
      tensor.put("name", parameter.name()).put("part", EnumLabel.of(parameter.role()));
      parameter.shape().forEach(tensor.putArray("shape")::add);
      tensor.put("numbers", parameter.size());
    }
    return json;
  }

  @Override
  public String text(Charset charset) {
    TextTable tensors =
        TextTable.of(
            TextTable.Column.left("tensor"),
            TextTable.Column.left("part"),
            TextTable.Column.right("shape"),
            TextTable.Column.right("numbers"));
    for (Parameter parameter : network.parameters()) {
      tensors.row(
          parameter.name(),
          EnumLabel.of(parameter.role()),
          shape(parameter),
          NumberText.count(parameter.size()));
    }
    tensors.rule().row("all", "", "", NumberText.count(network.size()));
    String parts =
        sizes.entrySet().stream()
            .map(
                e ->
                    EnumLabel.of(e.getKey())
                        + " "
                        + NumberText.count(e.getValue())
                        + " ("
                        + NumberText.percent((double) e.getValue() / network.size(), 1)
                        + ")")
            .collect(Collectors.joining(", "));
    return tensors.render(charset)
        + "\nparts: "
        + parts
        + "\nmodel: "
        + file.spec().model()
        + ", hidden "
        + file.spec().hidden().stream().map(String::valueOf).collect(Collectors.joining("-"))
        + ", "
        + adapter()
        + idle()
        + "\ndomains by "
        + file.schema().domain()
        + ": "
        + Names.domains(file.schema().domains())
        + "\nlabel: "
        + file.schema().labelRule()
        + DataView.weights(file.schema())
        + "\ncalibration: "
        + calibration()
        + "\nfolder: "
        + folder;
  }

  /** Of the adapters' numbers, those that domains of lower rank do not use. */
  private String idle() {
    long idle = DomainRanks.idle(network);
    return idle == 0
        ? ""
        : ", of which domains of lower rank leave " + NumberText.count(idle) + " numbers at zero";
  }

  private String adapter() {
    AdapterSpec adapter = file.spec().adapter();
    return adapter
        .factors()
        .map(mlora -> mlora.ranks(file.spec().hidden()).stream().map(String::valueOf))
        .map(ranks -> kind(adapter) + " of ranks " + ranks.collect(Collectors.joining("-")))
        .orElse("no adapters");
  }

  private static String kind(AdapterSpec adapter) {
    String title = AdapterName.of(adapter).title();
    return adapter instanceof AdapterSpec.MoeMlora moe
        ? title + ", " + moe.experts() + " experts,"
        : title;
  }
}
