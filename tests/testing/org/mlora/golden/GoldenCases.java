package org.mlora.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.testing.Numbers;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.EpsilonRule;
import org.mlora.train.Optimizer.UntouchedRows;

/**
 * Compares a backend with the golden files: forward, loss, every gradient, L2, dropout and Adam.
 *
 * @param tolerance largest relative error of a tensor in one pass
 * @param adamTolerance the same for parameters after three Adam steps
 */
public record GoldenCases(Backend backend, double tolerance, double adamTolerance) {
  /** Tensors of smaller numbers are compared as if their largest were this. */
  private static final double FLOOR = 1e-3;

  /** A container for each file; files of models that do not exist are skipped, by name. */
  public Stream<DynamicNode> tests() {
    List<GoldenFile> files = GoldenFile.all();
    if (files.isEmpty()) {
      return Stream.of(
          dynamicTest(
              "golden files",
              () -> Assumptions.abort("no golden files: give their folder with -Dmlora.golden")));
    }
    return files.stream().map(this::tests);
  }

  private DynamicNode tests(GoldenFile file) {
    if (!Models.names().contains(file.model())) {
      return dynamicTest(
          file.name(),
          () -> Assumptions.abort("model '" + file.model() + "' is not in the registry"));
    }
    return dynamicContainer(
        file.name(),
        List.of(
            test(file, "parameters have the names and shapes of the file", this::shapes),
            test(file, "logits, probabilities and losses", this::forward),
            test(file, "gradients", this::gradients),
            test(file, "L2", this::l2),
            test(file, "dropout with given masks", this::dropout),
            test(file, "three steps of PyTorch's Adam", run -> adam(run, "adam3_torch")),
            test(file, "three steps of TensorFlow's Adam", run -> adam(run, "adam3_tf")),
            test(file, "three steps of lazy Adam", run -> adam(run, "adam3_tf_lazy"))));
  }

  private DynamicTest test(GoldenFile file, String name, Consumer<Run> body) {
    return dynamicTest(
        name,
        () -> {
          boolean drops = name.startsWith("dropout");
          Network network = file.network(drops ? rate(file) : 0);
          try (Run run = new Run(file, network, backend.compile(network))) {
            run.writeParameters();
            body.accept(run);
            System.out.printf(
                "golden %s, %s: %s: largest relative error %.2e%n",
                file.name(), backend.description(), name, run.worst);
          }
        });
  }

  private static double rate(GoldenFile file) {
    return file.json().get("dropout_case").get("rate").asDouble();
  }

  private void shapes(Run run) {
    JsonNode shapes = run.file.json().get("param_shapes");
    Set<String> names = new TreeSet<>();
    shapes.fieldNames().forEachRemaining(names::add);
    assertThat(run.network.parameters()).extracting(Parameter::name).hasSameElementsAs(names);
    for (Parameter p : run.network.parameters()) {
      assertThat(p.shape())
          .as(p.name())
          .hasToString(shapes.get(p.name()).toString().replace(",", ", "));
    }
  }

  private void forward(Run run) {
    for (int b = 0; b < run.file.batches(); b++) {
      JsonNode batch = run.file.batch(b);
      try (Session.Resident data = run.engine.load(run.file.columns(b))) {
        run.compare("logit", Numbers.logits(run.engine, data), batch.get("logit"), tolerance);
        run.compare("prob", Numbers.probabilities(run.engine, data), batch.get("prob"), tolerance);
        double loss = run.engine.gradients(data, everyRow(data), false);
        run.compare("loss", new double[] {loss}, batch.get("loss"), tolerance);
      }
    }
  }

  private void gradients(Run run) {
    try (Session.Resident data = run.engine.load(run.file.columns(0))) {
      run.engine.optimize(run.optimization(new Optimizer.Sgd(0), Set.of()));
      run.engine.gradients(data, everyRow(data), false);
      run.compareAll(Engine.Slot.GRADIENT, run.file.json().get("batch0_grads"), tolerance);
    }
  }

  private void l2(Run run) {
    JsonNode expected = run.file.json().get("batch0_l2");
    Set<String> penalised = new TreeSet<>();
    expected.get("params").forEach(name -> penalised.add(name.asText()));
    double lambda = run.file.json().get("l2_lambda").asDouble();
    try (Session.Resident data = run.engine.load(run.file.columns(0))) {
      run.engine.optimize(run.optimization(new Optimizer.Sgd(0), penalised));
      double loss = run.engine.gradients(data, everyRow(data), false);
      for (String name : penalised) {
        Parameter p = run.network.parameter(name).orElseThrow();
        run.compare(
            name,
            Numbers.read(run.engine, p, Engine.Slot.GRADIENT),
            expected.get("grads").get(name),
            tolerance);
        for (double w : Numbers.read(run.engine, p, Engine.Slot.VALUE)) {
          loss += lambda * w * w;
        }
      }
      run.compare("loss", new double[] {loss}, expected.get("loss_with_l2"), tolerance);
    }
  }

  private void dropout(Run run) {
    JsonNode expected = run.file.json().get("dropout_case");
    for (int layer = 0; layer < expected.get("masks").size(); layer++) {
      run.engine.fixDropout(layer, GoldenFile.mask(expected.get("masks").get(layer)));
    }
    try (Session.Resident data = run.engine.load(run.file.columns(0))) {
      double loss = run.engine.gradients(data, everyRow(data), true);
      run.compare("loss", new double[] {loss}, expected.get("loss"), tolerance);
      run.compareAll(Engine.Slot.GRADIENT, expected.get("grads"), tolerance);
    }
  }

  private void adam(Run run, String name) {
    JsonNode settings = run.file.json().get("adam");
    JsonNode expected = run.file.json().get(name);
    run.engine.optimize(
        run.optimization(
            new Optimizer.Adam(
                settings.get("lr").asDouble(),
                settings.get("beta1").asDouble(),
                settings.get("beta2").asDouble(),
                settings.get("eps").asDouble(),
                name.contains("torch") ? EpsilonRule.PYTORCH : EpsilonRule.TENSORFLOW,
                name.contains("lazy") ? UntouchedRows.STAY : UntouchedRows.MOVE),
            Set.of()));
    double[] losses = new double[run.file.batches()];
    List<Session.Resident> loaded = new ArrayList<>();
    for (int b = 0; b < losses.length; b++) {
      Session.Resident data = run.engine.load(run.file.columns(b));
      loaded.add(data);
      run.engine.order(data, RowOrder.of(everyRow(data)));
      run.engine.train(0, data.rows());
      losses[b] = run.engine.takeLoss();
    }
    run.compare("losses", losses, expected.get("losses"), adamTolerance);
    run.compareAll(Engine.Slot.VALUE, expected.get("params"), adamTolerance);
    loaded.forEach(Session.Resident::close);
  }

  private static int[] everyRow(Session.Resident data) {
    return IntStream.range(0, data.rows()).toArray();
  }

  /** One engine filled with the parameters of a file. */
  private static final class Run implements AutoCloseable {
    final GoldenFile file;
    final Network network;
    final Engine engine;
    double worst;

    Run(GoldenFile file, Network network, Engine engine) {
      this.file = file;
      this.network = network;
      this.engine = engine;
    }

    void writeParameters() {
      for (Parameter p : network.parameters()) {
        double[] values = GoldenFile.numbers(file.json().get("params").get(p.name()));
        Numbers.write(engine, p, Engine.Slot.VALUE, values);
      }
    }

    Optimization optimization(Optimizer optimizer, Set<String> penalised) {
      double lambda = file.json().get("l2_lambda").asDouble();
      List<Optimization.Rule> rules = new ArrayList<>();
      for (Parameter p : network.parameters()) {
        double l2 = penalised.contains(p.name()) ? lambda : 0;
        rules.add(new Optimization.Rule(0, p.rows(), 1, l2));
      }
      return new Optimization(optimizer, 1, rules);
    }

    void compareAll(Engine.Slot slot, JsonNode expected, double tolerance) {
      for (Parameter p : network.parameters()) {
        compare(p.name(), Numbers.read(engine, p, slot), expected.get(p.name()), tolerance);
      }
    }

    void compare(String what, double[] actual, JsonNode expected, double tolerance) {
      double error = Numbers.relativeError(actual, GoldenFile.numbers(expected), FLOOR);
      assertThat(error).as(what).isLessThanOrEqualTo(tolerance);
      worst = Math.max(worst, error);
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}
