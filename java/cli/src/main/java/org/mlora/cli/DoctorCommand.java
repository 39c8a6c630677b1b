package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mlora doctor}. */
@Command(
    name = "doctor",
    description = "Looks at this machine, and says what is wrong and what to do about it.",
    footerHeading = "%nExamples:%n",
    footer = {"  mlora doctor", "  mlora doctor --json > machine.json"})
final class DoctorCommand implements Callable<Integer> {
  private final Context context;

  @Mixin OutputFlags output;

  DoctorCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    List<Diagnosis.Line> lines = Diagnosis.ofThisMachine();
    output.print(context.terminal(), () -> json(lines), () -> text(lines));
    return lines.stream().anyMatch(f -> f.state() == Diagnosis.State.FAILS)
        ? ExitCode.FAILURE
        : ExitCode.DONE;
  }

  private String text(List<Diagnosis.Line> lines) {
    int width = lines.stream().mapToInt(f -> f.name().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Diagnosis.Line line : lines) {
      String name = line.name() + " ".repeat(width - line.name().length());
      text.append(name).append("  ").append(line.value()).append('\n');
      if (line.state() != Diagnosis.State.FINE) {
        text.append(" ".repeat(width)).append("  -> ").append(line.remedy()).append('\n');
      }
    }
    long problems = lines.stream().filter(DoctorCommand::isProblem).count();
    return text
        + (problems == 0
            ? "\nno problem found"
            : "\n" + problems + (problems == 1 ? " problem" : " problems") + " found, see ->");
  }

  private static boolean isProblem(Diagnosis.Line line) {
    return line.state() == Diagnosis.State.WORRIES || line.state() == Diagnosis.State.FAILS;
  }

  private static ObjectNode json(List<Diagnosis.Line> lines) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode problems = JsonNodeFactory.instance.arrayNode();
    ObjectNode absent = JsonNodeFactory.instance.objectNode();
    for (Diagnosis.Line line : lines) {
      json.put(line.key(), line.value());
      if (line.state() == Diagnosis.State.ABSENT) {
        absent.put(line.key(), line.remedy());
      } else if (isProblem(line)) {
        problems
            .addObject()
            .put("about", line.key())
            .put("stops_training", line.state() == Diagnosis.State.FAILS)
            .put("remedy", line.remedy());
      }
    }
    json.set("absent", absent);
    json.set("problems", problems);
    return json;
  }
}
