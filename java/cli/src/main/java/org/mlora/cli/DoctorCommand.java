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
    List<Diagnosis.Finding> findings = Diagnosis.ofThisMachine();
    output.print(context.terminal(), () -> json(findings), () -> text(findings));
    return findings.stream().anyMatch(f -> f.state() == Diagnosis.State.FAILS)
        ? ExitCode.FAILURE
        : ExitCode.DONE;
  }

  private String text(List<Diagnosis.Finding> findings) {
    int width = findings.stream().mapToInt(f -> f.name().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Diagnosis.Finding finding : findings) {
      String name = finding.name() + " ".repeat(width - finding.name().length());
      text.append(name).append("  ").append(finding.value()).append('\n');
      if (finding.state() != Diagnosis.State.FINE) {
        text.append(" ".repeat(width)).append("  -> ").append(finding.remedy()).append('\n');
      }
    }
    long problems = findings.stream().filter(DoctorCommand::isProblem).count();
    return text
        + (problems == 0
            ? "\nno problem found"
            : "\n" + problems + (problems == 1 ? " problem" : " problems") + " found, see ->");
  }

  private static boolean isProblem(Diagnosis.Finding finding) {
    return finding.state() == Diagnosis.State.WORRIES || finding.state() == Diagnosis.State.FAILS;
  }

  private static ObjectNode json(List<Diagnosis.Finding> findings) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode problems = JsonNodeFactory.instance.arrayNode();
    ObjectNode absent = JsonNodeFactory.instance.objectNode();
    for (Diagnosis.Finding finding : findings) {
      json.put(finding.key(), finding.value());
      if (finding.state() == Diagnosis.State.ABSENT) {
        absent.put(finding.key(), finding.remedy());
      } else if (isProblem(finding)) {
        problems
            .addObject()
            .put("about", finding.key())
            .put("stops_training", finding.state() == Diagnosis.State.FAILS)
            .put("remedy", finding.remedy());
      }
    }
    json.set("absent", absent);
    json.set("problems", problems);
    return json;
  }
}
