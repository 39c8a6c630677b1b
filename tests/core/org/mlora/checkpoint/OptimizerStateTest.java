package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.Session;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.testing.Buffers;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.RandomProblem;
import org.mlora.train.Optimizer;

/** What a state holds of an optimizer, and what is read of it. */
@ExtendWith(NoNativeLeaks.class)
class OptimizerStateTest {
  private static final int ROWS = 60;
  private static final Optimizer ADAM =
      new Optimizer.Adam(
          1e-2, 0.9, 0.999, 1e-8, Optimizer.EpsilonRule.PYTORCH, Optimizer.UntouchedRows.MOVE);

  @TempDir Path folder;

  private final RandomProblem problem = new RandomProblem("mlp", 4, ROWS, 0.2);

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Optimizer.Sgd(0.1),
        new Optimizer.Adagrad(0.05, 1e-3, 0.1),
        new Optimizer.RowWiseAdagrad(0.05, 1e-3, 0.1),
        ADAM);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void isWhatTheOptimizerKeepsAndComesBack(Optimizer optimizer) {
    Path file = folder.resolve("optimizer.safetensors");
    // Earlier versions wrote both moments of every value, as for Adam.
    Path older = folder.resolve("older.safetensors");
    try (Backend backend = Cpu.require(1);
        Engine trained = backend.compile(problem.network);
        Session.Resident data = trained.load(problem.columns)) {
      problem.fill(trained);
      trained.optimize(problem.optimization(optimizer, 0));
      trained.order(data, RowOrder.of(problem.everyRow()));
      trained.train(0, ROWS);
      EngineState.writeMoments(trained, optimizer, file);
      EngineState.writeMoments(trained, ADAM, older);
      for (Path written : List.of(file, older)) {
        try (Engine resumed = backend.compile(problem.network)) {
          resumed.optimize(problem.optimization(optimizer, 0));
          EngineState.readMoments(resumed, optimizer, written);
          for (Parameter parameter : problem.network.parameters()) {
            for (Slot slot : List.of(Slot.FIRST_MOMENT, Slot.SECOND_MOMENT_ROOT)) {
              assertThat(values(resumed, parameter, slot))
                  .as("%s of %s in %s", slot, parameter.name(), written.getFileName())
                  .isEqualTo(values(trained, parameter, slot));
            }
          }
        }
      }
    }
    try (SafeTensors tensors = SafeTensors.open(file)) {
      List<Parameter> moved =
          problem.network.parameters().stream().filter(Parameter::trained).toList();
      assertThat(tensors.tensors()).hasSize(moved.size() * optimizer.moments());
      for (Parameter parameter : optimizer.moments() == 0 ? List.<Parameter>of() : moved) {
        List<Integer> shape = optimizer.rowWise() ? List.of(parameter.rows()) : parameter.shape();
        assertThat(tensors.tensor(parameter.name() + ".first").shape())
            .isEqualTo(shape.stream().map(Integer::longValue).toList());
      }
    }
  }

  /** As of a run of an earlier version, which trained a table that this one does not train. */
  @Test
  void momentsOfValuesThatAreNotTrainedAnyMoreAreLeftAside() {
    Path file = folder.resolve("optimizer.safetensors");
    Network trained = network(true);
    Network frozen = network(false);
    try (Backend backend = Cpu.require(1);
        Engine before = backend.compile(trained);
        Engine now = backend.compile(frozen)) {
      EngineState.writeMoments(before, ADAM, file);
      EngineState.readMoments(now, ADAM, file);
      Path without = folder.resolve("without.safetensors");
      EngineState.writeMoments(now, ADAM, without);
      assertThatThrownBy(() -> EngineState.readMoments(before, ADAM, without))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("emb_given");
    }
  }

  private static Network network(boolean trained) {
    Field given = new Field.Pretrained("given", 5, new Field.IdRule.Vocabulary(), 3, trained);
    return Models.build(
        SmallModel.SPEC,
        new Schema("label", "label==1", "domain", List.of("toys", "books"), List.of(given)));
  }

  private static FloatBuffer values(Engine engine, Parameter parameter, Slot slot) {
    FloatBuffer values = Buffers.floats(parameter.size());
    engine.read(parameter, slot, 0, values);
    return values;
  }
}
