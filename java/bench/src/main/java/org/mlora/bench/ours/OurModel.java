package org.mlora.bench.ours;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.backend.Session;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;
import org.mlora.checkpoint.ModelFile;
import org.mlora.data.DirectBuffers;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabularies;
import org.mlora.model.Initialization;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.random.RowOrder;
import org.mlora.serve.MloraModel;
import org.mlora.serve.Predictor;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** A workload's model on the CPU backend, with the rows it works on. */
public final class OurModel implements AutoCloseable {
  private static final FloatBuffer NONE = FloatBuffer.allocate(0);
  private static final long SEED = 1;

  private final Workload workload;
  private final Clicks clicks;
  private final Engine engine;
  private final Session.Resident resident;
  private final FloatBuffer probabilities;
  private int position;

  /** Draws the weights. */
  public OurModel(Workload workload, Clicks clicks, CpuBackend backend) {
    this.workload = workload;
    this.clicks = clicks;
    Network network = Models.build(workload.spec(), workload.schema());
    this.engine = backend.compile(network);
    Initialization.fill(
        engine,
        SEED,
        field -> {
          throw new IllegalStateException("field '" + field + "' has no given embeddings");
        });
    engine.optimize(new Optimization(adam(), SEED, rules(network)));
    this.resident = engine.load(clicks.columns());
    engine.order(resident, RowOrder.of(clicks.order()));
    this.probabilities = DirectBuffers.floats(clicks.rows());
  }

  /** As PyTorch's, every row of every table moving in every step. */
  private static Optimizer adam() {
    return new Optimizer.Adam(
        1e-3, 0.9, 0.999, 1e-8, Optimizer.EpsilonRule.PYTORCH, Optimizer.UntouchedRows.MOVE);
  }

  private List<Optimization.Rule> rules(Network network) {
    return network.parameters().stream()
        .map(p -> new Optimization.Rule(0, trains(p) ? p.rows() : 0, 1, 0))
        .toList();
  }

  /** Whether training moves a parameter. */
  public boolean trains(Parameter parameter) {
    return !workload.frozen() || parameter.role() != Role.EMBEDDING;
  }

  public Network network() {
    return engine.network();
  }

  /** Values or gradients of a parameter, row-major. */
  public FloatBuffer read(Parameter parameter, Slot slot) {
    FloatBuffer values = DirectBuffers.floats(Math.toIntExact(parameter.size()));
    engine.read(parameter, slot, 0, values);
    return values.rewind();
  }

  /** Steps over the next rows of the order, from its start again where it ends. */
  public void train(int batch, int steps) {
    for (int step = 0; step < steps; step++) {
      if (position + batch > clicks.rows()) {
        position = 0;
      }
      engine.train(position, batch);
      position += batch;
    }
    double loss = engine.takeLoss();
    if (Double.isNaN(loss)) {
      throw new IllegalStateException("training diverged: the loss is no number");
    }
  }

  /** Predicts stretches of rows, one after the other. */
  public void predict(int batch, int calls) {
    for (int call = 0; call < calls; call++) {
      if (position + batch > clicks.rows()) {
        position = 0;
      }
      engine.predict(resident, position, batch, NONE, probabilities.clear());
      position += batch;
    }
  }

  /** Logits of the first rows. */
  public FloatBuffer logits(int rows) {
    FloatBuffer logits = DirectBuffers.floats(rows);
    engine.predict(resident, 0, rows, logits, NONE);
    return logits.rewind();
  }

  /** Computes gradients of the first rows, without dropout. */
  public void gradients(int rows) {
    int[] first = new int[rows];
    java.util.Arrays.setAll(first, i -> i);
    engine.gradients(resident, first, false);
  }

  /** A predictor with a copy of the weights. */
  public Predictor predictor(CpuBackend backend) {
    Engine copy = backend.compile(network());
    for (Parameter parameter : network().parameters()) {
      copy.write(parameter, Slot.VALUE, 0, read(parameter, Slot.VALUE));
    }
    ModelFile file =
        new ModelFile(
            workload.spec(), workload.schema(), "", JsonNodeFactory.instance.objectNode());
    return new Predictor(
        new MloraModel(file, new Vocabularies(Map.of()), copy), UnknownDomain.ERROR);
  }

  @Override
  public void close() {
    resident.close();
    engine.close();
  }
}
