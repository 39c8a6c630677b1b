package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;
import org.mlora.random.RowOrder;
import org.mlora.testing.Buffers;
import org.mlora.testing.Cpu;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** What {@link Op.PartitionedNorm} says of a batch and of moving statistics, by hand. */
@ExtendWith(NoNativeLeaks.class)
class PartitionedNormTest {
  private static final int DOMAINS = 3;
  private static final double EPSILON = 0.5;
  private static final double MOMENTUM = 0.75;

  /** Domain 0 has mean 3 and variance 14/3, domain 1 one row, domain 2 none. */
  private static final Columns ROWS = rows(new int[] {0, 1, 0, 0}, 1, 5, 2, 6);

  static Stream<Backend> backends() {
    return Stream.of(new ReferenceBackend(), Cpu.require(2));
  }

  private static Columns rows(int[] domains, float... numbers) {
    float[] labels = new float[numbers.length];
    labels[0] = 1;
    return new Columns(
        numbers.length,
        List.of(new Column.Numbers(Buffers.floats(numbers))),
        Buffers.ints(domains),
        Buffers.floats(labels));
  }

  /** The logit is a number, normalized. */
  private static Network network() {
    Network.Builder net = new Network.Builder(DOMAINS);
    return net.build(norm(net, "", number(net)));
  }

  private static Value number(Network.Builder net) {
    Value x = net.value(1);
    net.input("number", Input.Kind.NUMBER, 0);
    return net.add(new Op.Scale(0, parameter(net, "vector", Role.EMBEDDING, false, 1), x, 0));
  }

  private static Value norm(Network.Builder net, String prefix, Value x) {
    int width = x.width();
    return net.add(
        new Op.PartitionedNorm(
            x,
            new Op.PartitionedNorm.Level(
                parameter(net, prefix + "gamma", Role.BACKBONE, false, width),
                parameter(net, prefix + "beta", Role.BACKBONE, false, width),
                parameter(net, prefix + "moving", Role.STATISTICS, false, 1 + 2 * width)),
            new Op.PartitionedNorm.Level(
                parameter(net, prefix + "own_gamma", Role.TOWER, true, width),
                parameter(net, prefix + "own_beta", Role.TOWER, true, width),
                parameter(net, prefix + "own_moving", Role.STATISTICS, true, 1 + 2 * width)),
            MOMENTUM,
            EPSILON,
            net.value(width)));
  }

  private static Parameter parameter(
      Network.Builder net, String name, Role role, boolean own, int size) {
    return net.parameter(
        name,
        own ? List.of(DOMAINS, size) : List.of(size),
        own ? RowKind.BY_DOMAIN : RowKind.WHOLE,
        role,
        new Initializer.Zeros(),
        0,
        role != Role.STATISTICS);
  }

  private static void write(Engine engine, String name, double... values) {
    Parameter parameter = engine.network().parameter(name).orElseThrow();
    Numbers.write(engine, parameter, Slot.VALUE, values);
  }

  private static double[] read(Engine engine, String name) {
    return Numbers.read(engine, engine.network().parameter(name).orElseThrow(), Slot.VALUE);
  }

  private static void fill(Engine engine) {
    write(engine, "vector", 1);
    write(engine, "gamma", 2);
    write(engine, "beta", 0.25);
    write(engine, "own_gamma", 0.5, 3, 1.5);
    write(engine, "own_beta", 0.5, -1, 0.125);
  }

  /** Only statistics move, of the rows that are told. */
  private static void moveOnly(Engine engine, int firstDomain, int domains) {
    List<Optimization.Rule> rules =
        engine.network().parameters().stream()
            .map(
                p ->
                    p.role() != Role.STATISTICS
                        ? new Optimization.Rule(0, 0, 1, 0)
                        : p.rowKind() == RowKind.WHOLE
                            ? new Optimization.Rule(0, 1, 1, 0)
                            : new Optimization.Rule(firstDomain, domains, 1, 0))
            .toList();
    engine.optimize(new Optimization(new Optimizer.Sgd(1), 1, rules));
  }

  private static void step(Engine engine, Columns columns) {
    try (Session.Resident data = engine.load(columns)) {
      engine.order(data, RowOrder.of(IntStream.range(0, columns.rows()).toArray()));
      engine.train(0, columns.rows());
    }
  }

  private static double loss(double... logits) {
    double loss = 0;
    for (int i = 0; i < logits.length; i++) {
      loss += Math.log1p(Math.exp(i == 0 ? -logits[i] : logits[i])) / logits.length;
    }
    return loss;
  }

  private static double normal(double x, double mean, double variance) {
    return (x - mean) / Math.sqrt(variance + EPSILON);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aBatchIsNormalizedByItsRowsOfTheDomain(Backend backend) {
    try (backend;
        Engine engine = backend.compile(network());
        Session.Resident data = engine.load(ROWS)) {
      fill(engine);
      double variance = 14.0 / 3;
      double expected =
          loss(
              normal(1, 3, variance) + 0.75,
              -0.75, // alone, so that its variance is 0 and it is its mean
              normal(2, 3, variance) + 0.75,
              normal(6, 3, variance) + 0.75);
      assertThat(engine.gradients(data, new int[] {0, 1, 2, 3}, false))
          .isCloseTo(expected, Offset.offset(1e-6));
      Parameter vector = engine.network().parameter("vector").orElseThrow();
      // Scaled numbers have the same normal form, but for epsilon.
      assertThat(Numbers.read(engine, vector, Slot.GRADIENT)[0]).isBetween(-0.05, 0.05);
      assertThat(read(engine, "own_moving")).containsOnly(0.0);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void stepsMoveStatisticsOfTheDomainsThatTheyHave(Backend backend) {
    try (backend;
        Engine engine = backend.compile(network())) {
      fill(engine);
      moveOnly(engine, 0, DOMAINS);
      step(engine, ROWS);
      Offset<Double> offset = Offset.offset(1e-5);
      assertThat(read(engine, "own_moving"))
          .containsExactly(new double[] {3, 3, 14.0 / 3, 1, 5, 0, 0, 0, 0}, offset);
      assertThat(read(engine, "moving")).containsExactly(new double[] {4, 3.5, 17.0 / 4}, offset);
      step(engine, rows(new int[] {0, -1, 0}, 8, 2, 10));
      // 3 rows of mean 3 became 2.25; with two of mean 9 and variance 1 they are 4.25.
      double mean = (2.25 * 3 + 2 * 9) / 4.25;
      double variance =
          (2.25 * (14.0 / 3 + (3 - mean) * (3 - mean)) + 2 * (1 + (9 - mean) * (9 - mean))) / 4.25;
      assertThat(read(engine, "own_moving"))
          .containsExactly(new double[] {4.25, mean, variance, 1, 5, 0, 0, 0, 0}, offset);
      // 4 rows became 3; rows of unknown domain count too.
      double all = (3 * 3.5 + 20) / 6;
      double spread = (3 * (17.0 / 4 + 3.5 * 3.5) + 64 + 4 + 100) / 6 - all * all;
      assertThat(read(engine, "moving")).containsExactly(new double[] {6, all, spread}, offset);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void predictionsTakeMovingStatistics(Backend backend) {
    try (backend;
        Engine engine = backend.compile(network());
        Session.Resident data = engine.load(rows(new int[] {0, 1, 2, -1}, 4, 4, 4, 4))) {
      fill(engine);
      write(engine, "own_moving", 10, 1, 2, 0.5, 7, 0, 0, 0, 0);
      write(engine, "moving", 100, 3, 1);
      double unseen = normal(4, 3, 1);
      assertThat(Numbers.logits(engine, data))
          .containsExactly(
              new double[] {
                normal(4, 1, 2) + 0.75,
                6 * normal(4, 7, 0) - 0.75,
                3 * unseen + 0.375,
                2 * unseen + 0.25
              },
              Offset.offset(1e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void rowsOfStatisticsThatTheRuleLeavesOutStay(Backend backend) {
    try (backend;
        Engine engine = backend.compile(network())) {
      fill(engine);
      moveOnly(engine, 1, 2);
      step(engine, ROWS);
      assertThat(read(engine, "own_moving")).startsWith(0, 0, 0, 1, 5);
    }
  }

  /** Panels go through ops in order, norms give their gradients after all of them. */
  @Test
  void othersMayReadTheSameValueBeforeAndAfter() {
    Columns columns = rows(new int[] {0, 1, 0, -1, 2, 2}, 1, 5, 2, 6, -3, 4);
    try (Backend reference = new ReferenceBackend();
        Backend cpu = Cpu.require(2)) {
      List<double[]> expected = gradients(reference, columns);
      List<double[]> actual = gradients(cpu, columns);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i)).containsExactly(expected.get(i), Offset.offset(1e-5));
      }
      assertThat(Math.abs(expected.get(0)[0])).isGreaterThan(1e-3);
    }
  }

  private static List<double[]> gradients(Backend backend, Columns columns) {
    Network.Builder net = new Network.Builder(DOMAINS);
    Value x = number(net);
    Value before = dense(net, "before", x);
    Value sum = add(net, norm(net, "first_", x), before);
    sum = add(net, sum, norm(net, "second_", x));
    Network network = net.build(add(net, sum, dense(net, "after", x)));
    try (Engine engine = backend.compile(network);
        Session.Resident data = engine.load(columns)) {
      for (Parameter p : network.parameters()) {
        double[] values = new double[(int) p.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = 0.25 + 0.125 * (p.index() % 5 + i);
        }
        Numbers.write(engine, p, Slot.VALUE, values);
      }
      engine.gradients(data, IntStream.range(0, columns.rows()).toArray(), false);
      return network.parameters().stream()
          .map(p -> Numbers.read(engine, p, Slot.GRADIENT))
          .toList();
    }
  }

  private static Value add(Network.Builder net, Value a, Value b) {
    return net.add(new Op.Add(a, b, Activation.NONE, net.value(1)));
  }

  private static Value dense(Network.Builder net, String name, Value x) {
    return net.add(
        new Op.Dense(
            x,
            parameter(net, name + "_w", Role.BACKBONE, false, 1),
            parameter(net, name + "_b", Role.BACKBONE, false, 1),
            Optional.empty(),
            Activation.NONE,
            0,
            0,
            net.value(1)));
  }

  @Test
  void theCpuRefusesToNormalizeWhatALayerMakes() {
    Network.Builder net = new Network.Builder(DOMAINS);
    Network network = net.build(norm(net, "", dense(net, "made", number(net))));
    try (Backend cpu = Cpu.require(1)) {
      assertThatThrownBy(() -> cpu.compile(network))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("partitioned norm: value 1 is not made of lookups alone");
    }
  }
}
