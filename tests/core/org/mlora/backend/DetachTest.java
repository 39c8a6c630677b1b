package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;
import org.mlora.testing.Buffers;
import org.mlora.testing.Cpu;
import org.mlora.testing.Numbers;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** A detached value is to its readers a value of its own that happens to hold the same numbers. */
class DetachTest {
  private static final int IDS = 4;
  private static final int WIDTH = 3;

  static Stream<Backend> backends() {
    return Stream.of(new ReferenceBackend(), Cpu.require(2));
  }

  /**
   * logit = (x * sigmoid(gate)) W + b: the gate is x detached, or a twin of x in a second table.
   */
  private static Network network(boolean twin) {
    Network.Builder net = new Network.Builder(1);
    net.input("item", Input.Kind.ID, IDS);
    Value x = net.value(WIDTH);
    net.add(new Op.Lookup(0, table(net, "items"), x, 0));
    Value gate = net.value(WIDTH);
    net.add(twin ? new Op.Lookup(0, table(net, "twins"), gate, 0) : new Op.Detach(x, gate));
    Value weighted = net.add(new Op.Gate(x, gate, 1, 1, 0, net.value(WIDTH)));
    return net.build(head(net, weighted));
  }

  private static Parameter table(Network.Builder net, String name) {
    return parameter(net, name, RowKind.BY_ID, IDS, WIDTH);
  }

  private static Parameter parameter(
      Network.Builder net, String name, RowKind kind, Integer... shape) {
    return net.parameter(name, List.of(shape), kind, Role.BACKBONE, new Initializer.Zeros(), 0);
  }

  private static Value head(Network.Builder net, Value x) {
    Parameter weight = parameter(net, "w", RowKind.WHOLE, x.width(), 1);
    Parameter bias = parameter(net, "b", RowKind.WHOLE, 1);
    return net.add(
        new Op.Dense(x, weight, bias, Optional.empty(), Activation.NONE, 0, 0, net.value(1)));
  }

  @ParameterizedTest
  @MethodSource("backends")
  void giveGradientsAsIfTheValueWereReadFromATableOfItsOwn(Backend backend) {
    try (backend) {
      double[] expected = gradient(backend, network(true), "items");
      assertThat(gradient(backend, network(true), "twins")).doesNotContain(0.0);
      assertThat(gradient(backend, network(false), "items")).containsExactly(expected);
    }
  }

  private static double[] gradient(Backend backend, Network network, String table) {
    int[] ids = {0, 1, 2, 3, 1};
    Columns columns =
        new Columns(
            ids.length,
            List.of(new Column.Ids(Buffers.ints(ids))),
            Buffers.ints(new int[ids.length]),
            Buffers.floats(new float[] {1, 0, 1, 1, 0}));
    try (Engine engine = backend.compile(network);
        Session.Resident data = engine.load(columns)) {
      for (Parameter p : network.parameters()) {
        double[] values = new double[Math.toIntExact(p.size())];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) Math.sin(1 + i);
        }
        Numbers.write(engine, p, Engine.Slot.VALUE, values);
      }
      engine.optimize(
          new Optimization(
              new Optimizer.Sgd(0.1),
              1,
              network.parameters().stream()
                  .map(p -> new Optimization.Rule(0, p.rows(), 1, 0))
                  .toList()));
      engine.gradients(data, new int[] {0, 1, 2, 3, 4}, false);
      return Numbers.read(engine, network.parameter(table).orElseThrow(), Engine.Slot.GRADIENT);
    }
  }
}
