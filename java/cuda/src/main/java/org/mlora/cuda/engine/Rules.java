package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.nio.ByteOrder;
import org.mlora.backend.EngineArguments;
import org.mlora.cuda.library.gen.CudaCorrection;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/**
 * How an engine trains: its optimizer's numbers as the kernels read them, and a rule a parameter.
 */
final class Rules implements AutoCloseable {
  private static final int CORRECTION_BYTES = 16;

  private final Optimization optimization;
  private final Arena corrections;
  private final int correctionCount;

  /**
   * Puts the corrections of Adam's moments on the device.
   *
   * @throws InvalidShapeException when the rules do not fit the network
   */
  Rules(Network network, Optimization optimization, DeviceRuntime runtime, Transfers transfers) {
    EngineArguments.requireFit(network, optimization);
    this.optimization = optimization;
    this.corrections = new Arena(runtime, "corrections of Adam's moments");
    if (optimization.optimizer() instanceof Optimizer.Adam adam) {
      int[] count = new int[1];
      check(MloraCuda.mlora_cuda_correction_count(adam.beta1(), adam.beta2(), count));
      this.correctionCount = count[0];
      corrections.reserve((long) CORRECTION_BYTES * correctionCount);
      corrections.allocate();
      try (CudaCorrection table = new CudaCorrection(correctionCount)) {
        check(
            MloraCuda.mlora_cuda_correction_table(
                adam.beta1(), adam.beta2(), code(adam.epsilonRule()), table, correctionCount));
        transfers.upload(
            table
                .limit(correctionCount)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asLongBuffer(),
            corrections.at(0));
      } catch (Throwable e) {
        corrections.close();
        throw e;
      }
    } else {
      this.correctionCount = 0;
    }
  }

  Optimizer optimizer() {
    return optimization.optimizer();
  }

  long seed() {
    return optimization.seed();
  }

  Optimization.Rule rule(Parameter p) {
    return optimization.rules().get(p.index());
  }

  /** Whether gradients move any of its rows. */
  boolean trains(Parameter p) {
    return rule(p).rowCount() > 0 && p.role() != Role.STATISTICS;
  }

  /** Whether rows that a batch does not touch move all the same. */
  boolean movesUntouched(Parameter p) {
    boolean moves =
        optimizer() instanceof Optimizer.Adam adam
            ? adam.rows() == Optimizer.UntouchedRows.MOVE
            : rule(p).l2() != 0;
    return moves && trains(p);
  }

  /** The optimizer as the kernels read it; the caller closes it. */
  CudaOptimizer describe() {
    CudaOptimizer struct = new CudaOptimizer();
    Optimizer optimizer = optimizer();
    struct.rate(optimizer.learningRate());
    if (optimizer instanceof Optimizer.Sgd) {
      struct.kind(MloraCuda.MLORA_CUDA_SGD);
    } else if (optimizer instanceof Optimizer.Adagrad o) {
      struct.kind(MloraCuda.MLORA_CUDA_ADAGRAD).a(o.initial()).epsilon(o.epsilon());
    } else if (optimizer instanceof Optimizer.RowWiseAdagrad o) {
      struct.kind(MloraCuda.MLORA_CUDA_ROW_WISE_ADAGRAD).a(o.initial()).epsilon(o.epsilon());
    } else if (optimizer instanceof Optimizer.Adam o) {
      struct
          .kind(MloraCuda.MLORA_CUDA_ADAM)
          .a(o.beta1())
          .b(o.beta2())
          .epsilon(o.epsilon())
          .untouched(
              o.rows() == Optimizer.UntouchedRows.MOVE
                  ? MloraCuda.MLORA_CUDA_UNTOUCHED_MOVE
                  : MloraCuda.MLORA_CUDA_UNTOUCHED_STAY)
          .corrections(corrections.at(0))
          .correction_count(correctionCount);
    }
    return struct;
  }

  private static int code(Optimizer.EpsilonRule rule) {
    return switch (rule) {
      case TENSORFLOW -> MloraCuda.MLORA_CUDA_EPSILON_TENSORFLOW;
      case PYTORCH -> MloraCuda.MLORA_CUDA_EPSILON_PYTORCH;
    };
  }

  @Override
  public void close() {
    corrections.close();
  }
}
