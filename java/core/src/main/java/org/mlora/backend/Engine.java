package org.mlora.backend;

import java.nio.FloatBuffer;
import org.mlora.network.Parameter;
import org.mlora.random.RowOrder;
import org.mlora.train.Optimization;

/**
 * A network compiled for a device, with its parameters and optimizer state. Used by one thread at a
 * time. Steps may run asynchronously: only {@link #takeLoss}, {@link #read}, {@link #predict} and
 * {@link #gradients} wait for the device.
 *
 * <p>Results do not depend on how a batch is grouped, on the number of threads, or on which rows
 * share a batch (except through the loss, and in training through {@link
 * org.mlora.network.Op.PartitionedNorm}).
 *
 * <p>Buffers passed in keep their position and limit.
 */
public interface Engine extends Session {
  /** Which numbers of a parameter. */
  enum Slot {
    /** Its values. */
    VALUE,
    /** Adam's m; Adagrad's sum of squares. */
    FIRST_MOMENT,
    /** Square root of Adam's v, see {@link org.mlora.train.Optimizer.Adam}. */
    SECOND_MOMENT_ROOT,
    /** Written by {@link #gradients}. */
    GRADIENT
  }

  /**
   * Opens predictions from the same parameters for another thread, at the same time where the
   * device can do that, otherwise in turns. A session takes columns that itself has loaded, and is
   * closed with this engine if not before.
   *
   * <p>Parameters must not change while a session is open. Where it predicts at the same time, what
   * could change them is refused ({@link org.mlora.error.InvalidInputException}).
   */
  Session share();

  /** Writes consecutive values from {@code offset}, taking what remains in {@code source}. */
  void write(Parameter parameter, Slot slot, long offset, FloatBuffer source);

  /**
   * Reads consecutive values from {@code offset} until {@code target} is full, lazy updates done.
   */
  void read(Parameter parameter, Slot slot, long offset, FloatBuffer target);

  /** Sets optimizer, regularisation, trained rows and dropout seed; moments are kept. */
  void optimize(Optimization optimization);

  /** Sets all moments to zero and the step count to 0. */
  void resetOptimizer();

  /** Optimizer steps done so far: the t of Adam's bias correction and of the dropout streams. */
  long step();

  /** Sets the step count, when a run is resumed. */
  void setStep(long step);

  /** The order of rows of {@code data} that following {@link #train} calls index. */
  void order(Resident data, RowOrder order);

  /**
   * One optimizer step on rows {@code order[from .. from + count)}: mean over the rows of weight
   * times binary cross-entropy, plus L2. A row's position in this range is its row number in the
   * dropout streams.
   */
  void train(int from, int count);

  /**
   * Mean loss per row, weights included (without L2), over the steps since the last call; NaN if
   * there was none.
   */
  double takeLoss();

  /**
   * Loss (mean over the rows, without L2) and gradients, the latter including L2, without an
   * update; read them in {@link Slot#GRADIENT}. Dropout is active when {@code dropout} is true,
   * drawn for step {@link #step} + 1. Rows are normalized as in {@link #train}, moving statistics
   * stay.
   */
  double gradients(Resident data, int[] rows, boolean dropout);

  /**
   * Replaces the drawn dropout masks of a layer's stream until called with an empty array, for
   * checks against reference numbers.
   *
   * @param keep 1 for kept, 0 for dropped, (rows of the batch, width), row-major
   */
  void fixDropout(int stream, byte[] keep);
}
