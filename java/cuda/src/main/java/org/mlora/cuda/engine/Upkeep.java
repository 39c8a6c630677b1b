package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

/** What is done with parameters between steps. */
final class Upkeep {
  private final Network network;
  private final Parameters parameters;
  private final Pointer stream;

  Upkeep(Network network, Parameters parameters, Pointer stream) {
    this.network = network;
    this.parameters = parameters;
    this.stream = stream;
  }

  /** Adds the gradients of L2 on trained rows. */
  void addPenalties(Rules rules) {
    List<Parameter> penalised =
        network.parameters().stream()
            .filter(p -> rules.trains(p) && rules.rule(p).l2() != 0)
            .toList();
    for (List<Parameter> part : Parts.of(penalised)) {
      try (CudaParameter structs = describe(part, rules)) {
        for (int i = 0; i < part.size(); i++) {
          structs.position(i).gradient(parameters.gradient(part.get(i)));
        }
        check(MloraCuda.mlora_cuda_add_l2(structs.position(0), part.size(), stream));
      }
    }
  }

  /**
   * Brings all rows that batches did not touch to the steps done.
   *
   * @param state address of the step state
   */
  void catchUp(Rules rules, long state) {
    List<Parameter> lagging = parameters.byRow().stream().filter(rules::movesUntouched).toList();
    for (List<Parameter> part : Parts.of(lagging)) {
      try (CudaOptimizer optimizer = rules.describe();
          CudaParameter structs = describe(part, rules)) {
        check(
            MloraCuda.mlora_cuda_catch_up_all(
                state, optimizer, structs.position(0), part.size(), stream));
      }
    }
  }

  private CudaParameter describe(List<Parameter> part, Rules rules) {
    CudaParameter structs = new CudaParameter(part.size());
    for (int i = 0; i < part.size(); i++) {
      parameters.describe(structs.position(i), part.get(i), rules.rule(part.get(i)));
    }
    return structs;
  }
}
