package org.mlora.backend.reference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.mlora.backend.Engine;
import org.mlora.backend.EngineArguments;
import org.mlora.backend.Session;
import org.mlora.backend.TurnSession;
import org.mlora.data.Columns;
import org.mlora.error.ClosedException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.random.RowOrder;
import org.mlora.train.Optimization;

/** An engine of the reference backend, with access to its numbers in double precision. */
public final class ReferenceEngine implements Engine {
  private final Network network;
  private final List<Layer> layers;
  private final List<ParameterState> states = new ArrayList<>();
  private final Dropout dropout = new Dropout();
  private Optional<Optimization> optimization = Optional.empty();
  private Optional<ReferenceColumns> ordered = Optional.empty();
  private RowOrder order = RowOrder.of();
  private long step;
  private double lossSum;
  private long lossRows;
  private volatile boolean closed;

  ReferenceEngine(Network network) {
    this.network = network;
    this.layers = network.ops().stream().map(Layer::of).toList();
    for (Parameter parameter : network.parameters()) {
      states.add(new ParameterState(parameter));
    }
  }

  @Override
  public Network network() {
    return network;
  }

  @Override
  public Resident load(Columns columns) {
    requireOpen();
    return new ReferenceColumns(network, columns);
  }

  @Override
  public void write(Parameter parameter, Slot slot, long offset, FloatBuffer source) {
    EngineArguments.requireSlice(network, parameter, slot, offset, source);
    double[] values = numbers(parameter, slot);
    for (int i = 0; i < source.remaining(); i++) {
      values[(int) offset + i] = source.get(source.position() + i);
    }
  }

  @Override
  public void read(Parameter parameter, Slot slot, long offset, FloatBuffer target) {
    EngineArguments.requireTarget(network, parameter, slot, offset, target);
    double[] values = numbers(parameter, slot);
    for (int i = 0; i < target.remaining(); i++) {
      target.put(target.position() + i, (float) values[(int) offset + i]);
    }
  }

  /** All values of a parameter, unrounded. */
  public double[] exact(Parameter parameter, Slot slot) {
    return numbers(parameter, slot).clone();
  }

  /** Writes all values of a parameter, unrounded. */
  public void writeExact(Parameter parameter, Slot slot, double[] values) {
    System.arraycopy(values, 0, numbers(parameter, slot), 0, values.length);
  }

  @Override
  public void optimize(Optimization optimization) {
    EngineArguments.requireFit(network, optimization);
    boolean sameState =
        this.optimization
            .map(o -> o.optimizer().getClass() == optimization.optimizer().getClass())
            .orElse(false);
    this.optimization = Optional.of(optimization);
    if (!sameState) {
      resetMoments(); // sums of squares are no momentum: another kind of optimizer starts afresh
    }
  }

  @Override
  public void resetOptimizer() {
    resetMoments();
    step = 0;
  }

  @Override
  public long step() {
    return step;
  }

  @Override
  public void setStep(long step) {
    this.step = step;
  }

  @Override
  public void order(Resident data, RowOrder order) {
    ReferenceColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns(), order);
    ordered = Optional.of(columns);
    this.order = order;
  }

  @Override
  public void train(int from, int count) {
    ReferenceColumns columns =
        ordered.orElseThrow(() -> new IllegalStateException("train is called before order"));
    Optimization how =
        optimization.orElseThrow(
            () -> new IllegalStateException("train is called before optimize"));
    EngineArguments.requireStep(from, count, order.size());
    int[] rows = IntStream.range(from, from + count).map(order::row).toArray();
    Pass pass = trainingPass(columns.batch(rows), true);
    lossSum += count * lossAndGradients(pass);
    lossRows += count;
    step++;
    for (ParameterState state : states) {
      if (state.parameter().role() != Role.STATISTICS) {
        Update.apply(how.optimizer(), how.rules().get(state.parameter().index()), step, state);
      }
    }
    layers.forEach(layer -> layer.moveStatistics(pass, how.rules()));
  }

  @Override
  public double takeLoss() {
    double mean = lossSum / lossRows;
    lossSum = 0;
    lossRows = 0;
    return mean;
  }

  @Override
  public double gradients(Resident data, int[] rows, boolean dropout) {
    ReferenceColumns columns = own(data);
    EngineArguments.requireTrainable(columns.columns(), RowOrder.of(rows));
    return lossAndGradients(trainingPass(columns.batch(rows), dropout));
  }

  @Override
  public void fixDropout(int stream, byte[] keep) {
    dropout.fix(stream, keep);
  }

  @Override
  public void predict(
      Resident data, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    requireOpen();
    EngineArguments.requireRoom("logits", logits, count);
    EngineArguments.requireRoom("probabilities", probabilities, count);
    double[] exact = logits(data, from, count);
    for (int i = 0; i < count; i++) {
      if (logits.capacity() > 0) {
        logits.put(logits.position() + i, (float) exact[i]);
      }
      if (probabilities.capacity() > 0) {
        float probability = (float) CrossEntropy.sigmoid(exact[i]);
        probabilities.put(probabilities.position() + i, probability);
      }
    }
  }

  /** Logits of rows {@code [from, from + count)}, unrounded. */
  public double[] logits(Resident data, int from, int count) {
    ReferenceColumns columns = own(data);
    EngineArguments.requireRange(columns.columns(), from, count);
    // Few rows at a time, so that scoring a whole data set needs little memory.
    double[] logits = new double[count];
    int chunk = 1024;
    for (int done = 0; done < count; done += chunk) {
      int first = from + done;
      int[] rows = IntStream.range(first, first + Math.min(chunk, count - done)).toArray();
      Pass pass = new Pass(network, states, columns.batch(rows), false, Dropout.Factors.NONE);
      layers.forEach(layer -> layer.forward(pass));
      System.arraycopy(pass.values(network.logit()), 0, logits, done, rows.length);
    }
    return logits;
  }

  @Override
  public Session share() {
    requireOpen();
    return new TurnSession(this);
  }

  private void requireOpen() {
    if (closed) {
      throw new ClosedException("the model's engine");
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private void resetMoments() {
    double initial = optimization.map(o -> Update.initial(o.optimizer())).orElse(0.0);
    states.forEach(state -> state.resetMoments(initial));
  }

  private Pass trainingPass(Batch batch, boolean drops) {
    Dropout.Factors factors =
        drops
            ? dropout.factors(optimization.map(Optimization::seed).orElse(0L), step + 1)
            : Dropout.Factors.NONE;
    return new Pass(network, states, batch, true, factors);
  }

  private double lossAndGradients(Pass pass) {
    states.forEach(ParameterState::clearGradients);
    layers.forEach(layer -> layer.forward(pass));
    double loss = CrossEntropy.forwardBackward(pass, network.logit());
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).backward(pass);
    }
    optimization.ifPresent(
        o -> states.forEach(s -> s.addPenalty(o.rules().get(s.parameter().index()))));
    return loss;
  }

  private double[] numbers(Parameter parameter, Slot slot) {
    return states.get(parameter.index()).slot(slot);
  }

  private ReferenceColumns own(Resident data) {
    if (data instanceof ReferenceColumns columns && columns.network() == network) {
      return columns;
    }
    throw new InvalidShapeException("the columns were not loaded by this engine's network");
  }
}
