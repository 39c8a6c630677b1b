package org.mlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.testing.Cpu;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;
import org.mlora.testing.SharedFiles;

/** The example of docs/how-to/add-a-model.md. */
class AddAModelGuideTest {
  @Test
  void theGuideShowsTheFileThatIsCompiledHere() throws IOException {
    Path root = SharedFiles.repositoryRoot();
    String guide = Files.readString(root.resolve("docs/how-to/add-a-model.md"));
    String file =
        Files.readString(root.resolve("tests/core/org/mlora/model/FactorizationMachine.java"));
    assertThat(guide).contains("```java\n" + file + "```");
  }

  @Test
  void itsModelIsTheSumOfItsParts() {
    RandomProblem problem = new RandomProblem("deepfm", 2, 40, 0);
    Network machine = Models.build(new FactorizationMachine(), problem.spec, problem.schema);
    assertThat(machine.ops()).noneMatch(op -> op instanceof Op.Dense dense && dense.dropout() > 0);
    for (Backend backend : new Backend[] {new ReferenceBackend(), Cpu.require(2)}) {
      try (Engine fm = backend.compile(machine);
          Engine deepFm = backend.compile(problem.network);
          Session.Resident rows = fm.load(problem.columns);
          Session.Resident same = deepFm.load(problem.columns)) {
        problem.fill(deepFm);
        for (Parameter p : machine.parameters()) {
          Parameter known = problem.network.parameter(p.name()).orElseThrow();
          Numbers.write(fm, p, Engine.Slot.VALUE, Numbers.read(deepFm, known, Engine.Slot.VALUE));
        }
        // DeepFM with a head of zeros has no tower.
        for (String name : new String[] {"out_w", "out_b"}) {
          Parameter head = problem.network.parameter(name).orElseThrow();
          double[] zeros = new double[(int) head.size()];
          Numbers.write(deepFm, head, Engine.Slot.VALUE, zeros);
        }
        assertThat(Numbers.logits(fm, rows))
            .containsExactly(Numbers.logits(deepFm, same), Offset.offset(1e-5));
      }
      backend.close();
    }
  }
}
