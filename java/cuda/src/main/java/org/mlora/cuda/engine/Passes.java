package org.mlora.cuda.engine;

import java.nio.FloatBuffer;
import java.util.function.Predicate;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Stream;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;

/**
 * The passes of an engine over batches of columns. A pass is one graph for each capacity of a
 * batch: its first run is queued as it is, which warms libraries up, the second is recorded, and
 * all later ones replay the record.
 */
final class Passes implements AutoCloseable {
  private final Network network;
  private final Precision precision;
  private final int largestPrediction;
  private final Parameters parameters;
  private final Lanes lanes;
  private final Transfers transfers;
  private final WorkSpace space;
  private final GivenMasks masks;
  private final StepState training;
  private final StepState probing;
  private final Batches batches;
  private final Closing parts = new Closing();

  /**
   * Over a network's parameters, with no step done yet.
   *
   * @param largestPrediction rows that are predicted at once; a capacity
   * @throws org.mlora.error.OutOfDeviceMemoryException when the device has no room for it
   */
  Passes(
      Network network,
      Precision precision,
      int largestPrediction,
      Parameters parameters,
      DeviceRuntime runtime,
      Lanes lanes,
      Transfers transfers) {
    this.network = network;
    this.precision = precision;
    this.largestPrediction = largestPrediction;
    this.parameters = parameters;
    this.lanes = lanes;
    this.transfers = transfers;
    Stream stream = lanes.main().stream();
    try {
      Arena states = parts.add(new Arena(runtime, "step states"));
      this.masks = parts.add(new GivenMasks(runtime, stream, transfers));
      this.space = parts.add(new WorkSpace(runtime, stream));
      long first = states.reserve(StepState.BYTES);
      long second = states.reserve(StepState.BYTES);
      long third = states.reserve(StepState.BYTES);
      states.allocate();
      stream.fill(states.at(0), 0, states.bytes() / 4);
      this.training = new StepState(states.at(first), lanes.main().queue());
      this.probing = new StepState(states.at(second), lanes.main().queue());
      this.batches =
          new Batches(space, lanes, new StepState(states.at(third), lanes.main().queue()));
      training.set(0, 0);
    } catch (Throwable e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  /** How far training is. */
  StepState training() {
    return training;
  }

  /** Gives the masks of a dropout's stream; none takes them back. */
  void fixDropout(int stream, byte[] keep) {
    forgetTraining();
    masks.give(stream, keep);
  }

  /** Drops what was recorded of training, whose rules or places change. */
  void forgetTraining() {
    space.forgetTraining();
  }

  /** Drops what was recorded over columns that are being closed; nothing may read them any more. */
  void forget(LoadedColumns columns) {
    space.forget(columns);
  }

  /** Forgets what is listed of the batch that would be next, as rows are others. */
  void forgetListed() {
    batches.forget();
  }

  private void refresh(LoadedColumns columns) {
    if (columns.refresh()) {
      forgetListed();
    }
  }

  /**
   * Queues a step on the rows {@code [from, from + count)} of an order.
   *
   * @param step done before it
   */
  void train(LoadedColumns columns, RowOrder order, int from, int count, Rules rules, long step) {
    masks.require(network, count);
    refresh(columns);
    int capacity = Capacity.of(count);
    lanes.openAll();
    LoadedColumns.Batch batch = columns.ofEpoch(order, from, count, capacity);
    WorkSpace.Prepared pass =
        space.prepare(
            new WorkSpace.Key(WorkSpace.Kind.TRAINING, capacity, batch.places()),
            () -> pass(batch.places(), capacity, true, rules::trains));
    reading(
        columns,
        batch,
        () ->
            orUndone(
                training,
                step,
                rules.seed(),
                () ->
                    batches.run(
                        pass,
                        batch,
                        training,
                        columns.staysInPlace(),
                        place -> pass.pass().list(place, rules),
                        (place, next) ->
                            pass.pass().train(place, next, rules, masks.addresses()))));
  }

  /**
   * Computes the gradients of all parameters on some rows, without penalties.
   *
   * @param step the dropout of which is taken
   * @return the mean loss
   */
  double gradients(LoadedColumns columns, int[] rows, boolean dropout, long step, long seed) {
    masks.require(network, rows.length);
    refresh(columns);
    int capacity = Capacity.of(rows.length);
    LoadedColumns.Batch batch = columns.of(rows, capacity);
    Pass pass = pass(batch.places(), capacity, true, p -> true);
    long base = space.borrow(pass.bytes());
    forgetListed();
    parameters.clearGradients();
    probing.set(step, seed);
    probing.seek(0, rows.length, capacity, rows.length);
    reading(
        columns,
        batch,
        () ->
            pass.gradients(
                new Pass.Place(base, probing.address(), batch.order(), 0, lanes),
                dropout,
                masks.addresses()));
    return probing.takeLoss(transfers).mean();
  }

  /** Predicts the rows {@code [from, from + count)} in stored order, and waits for them. */
  void predict(
      LoadedColumns columns, int from, int count, FloatBuffer logits, FloatBuffer probabilities) {
    refresh(columns);
    int capacity = Capacity.of(Math.min(count, largestPrediction));
    LoadedColumns.Batch next = columns.stored(from, Math.min(capacity, count), capacity);
    for (int done = 0; done < count; ) {
      LoadedColumns.Batch batch = next;
      int part = batch.count();
      predict(columns, batch, capacity);
      if (done + part < count) {
        // Before predictions are waited for, so that it is gathered while they are computed.
        next =
            columns.stored(from + done + part, Math.min(capacity, count - done - part), capacity);
      }
      if (!columns.staysInPlace()) {
        fetch(batch.places(), 0, slice(logits, done, part), slice(probabilities, done, part));
      } else if (done + part == count) {
        fetch(batch.places(), from, slice(logits, 0, count), slice(probabilities, 0, count));
      }
      done += part;
    }
  }

  private void predict(LoadedColumns columns, LoadedColumns.Batch batch, int capacity) {
    WorkSpace.Prepared pass =
        space.prepare(
            new WorkSpace.Key(WorkSpace.Kind.PREDICTION, capacity, batch.places()),
            () -> pass(batch.places(), capacity, false, p -> false));
    // Only the largest batches are one of many; a smaller one would list rows in vain.
    boolean ofMany = columns.staysInPlace() && capacity == largestPrediction;
    reading(
        columns,
        batch,
        () ->
            orUndone(
                probing,
                0,
                0,
                () ->
                    batches.run(
                        pass, batch, probing, ofMany, pass.pass()::list, pass.pass()::predict)));
  }

  /** Queues what reads a batch, and tells its columns when that is done, be it a part of it. */
  private static void reading(LoadedColumns columns, LoadedColumns.Batch batch, Runnable work) {
    try (Closing after = new Closing()) {
      after.add(() -> columns.queued(batch));
      work.run();
    }
  }

  /**
   * Queues a pass. One that fails may have brought its states on the device a batch further than
   * the host knows, or the other way round; so both begin anew then, and it can be done again.
   *
   * @param state of the pass
   * @param step done before it
   */
  private void orUndone(StepState state, long step, long seed, Runnable pass) {
    try {
      pass.run();
    } catch (Throwable e) {
      try {
        batches.reset();
        state.set(step, seed);
      } catch (RuntimeException further) {
        e.addSuppressed(further);
      }
      throw e;
    }
  }

  private Pass pass(
      ColumnPlaces columns, int capacity, boolean backward, Predicate<Parameter> trained) {
    return new Pass(network, precision, parameters, columns, capacity, backward, trained);
  }

  /** Waits for predictions, of rows from one on. */
  private void fetch(ColumnPlaces from, int row, FloatBuffer logits, FloatBuffer probabilities) {
    transfers.download(from.logits() + 4L * row, logits);
    transfers.download(from.probabilities() + 4L * row, probabilities);
  }

  /** Some of the numbers that remain; none where none are wanted. */
  private static FloatBuffer slice(FloatBuffer all, int from, int count) {
    if (all.capacity() == 0) {
      return all;
    }
    int start = all.position() + from;
    return all.duplicate().position(start).limit(start + count);
  }

  @Override
  public void close() {
    parts.close();
  }
}
