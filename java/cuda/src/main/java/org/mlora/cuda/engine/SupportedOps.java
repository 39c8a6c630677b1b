package org.mlora.cuda.engine;

import java.util.Optional;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** What the kernels can run. */
final class SupportedOps {
  static final String REMEDY =
      "; train and serve this model on the CPU: " + UnsupportedDeviceException.USE_CPU;

  /** Rows of a batch laid out to see whether that can be done. */
  private static final int ANY_CAPACITY = 16;

  private SupportedOps() {}

  /**
   * Returns when the kernels can run all of it.
   *
   * @throws UnsupportedDeviceException naming the op and the remedy
   */
  static void require(Network network) {
    Layers.of(network, new Buffers(network, Precision.FP32, ANY_CAPACITY, true), Optional.empty());
    requireFewUses(network);
    network.ops().forEach(SupportedOps::requireSizes);
  }

  /** The lists of a table's rows are made in one call. */
  private static void requireFewUses(Network network) {
    for (Parameter table : network.parameters()) {
      int uses = Tables.usesOf(network, table).size();
      if (uses > MloraCuda.MLORA_CUDA_MOST) {
        throw refusal(
            "the table '"
                + table.name()
                + "', which is looked up in "
                + uses
                + " places, "
                + MloraCuda.MLORA_CUDA_MOST
                + " are the most");
      }
    }
  }

  private static void requireSizes(Op op) {
    if (op instanceof Op.Dense dense) {
      int rank = dense.adapter().map(a -> a.rank()).orElse(0);
      if (rank > MloraCuda.MLORA_CUDA_HIGHEST_RANK) {
        throw refusal(
            "adapters of rank "
                + rank
                + " ('"
                + dense.weight().name()
                + "'), "
                + MloraCuda.MLORA_CUDA_HIGHEST_RANK
                + " is the highest");
      }
    } else if (op instanceof Op.Attention attention) {
      long width = attention.out().width() / attention.fields() / attention.heads();
      long floats = attention.fields() * (6 * (width + 1) + 2);
      if (floats > MloraCuda.MLORA_CUDA_ATTENTION_FLOATS) {
        throw refusal(
            "attention among "
                + attention.fields()
                + " fields with heads of width "
                + width
                + ", which does not fit in shared memory");
      }
    }
  }

  private static UnsupportedDeviceException refusal(String what) {
    return new UnsupportedDeviceException("the CUDA backend has no kernels for " + what + REMEDY);
  }

  static String name(Op op) {
    return op.getClass().getSimpleName();
  }
}
