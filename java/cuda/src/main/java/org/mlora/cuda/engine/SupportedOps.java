package org.mlora.cuda.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

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
    List<Layer> layers =
        Layers.of(
            network, new Buffers(network, Precision.FP32, ANY_CAPACITY, true), Optional.empty());
    requireOwnParameters(layers);
    for (Layer layer : layers) {
      requireUnread(network, layer);
      requireRead(network, layer);
      requireOnlyWriter(network, layer);
      for (Op op : layer.ops()) {
        requireSizes(op);
      }
    }
  }

  /** Sums of gradients are kept by parameter, so that a layer's are its own. */
  private static void requireOwnParameters(List<Layer> layers) {
    Set<Parameter> seen = new HashSet<>();
    for (Layer layer : layers) {
      for (GradientSum sum : layer.sums()) {
        if (!seen.add(sum.parameter())) {
          throw refusal("'" + sum.parameter().name() + "', which several layers share");
        }
      }
    }
  }

  /** The loss writes the gradient of the logit, and nobody adds to it. */
  private static void requireUnread(Network network, Layer layer) {
    if (layer.reads().contains(network.logit())) {
      throw refusal("a layer that reads the logit");
    }
  }

  /** A value that nobody reads would have no gradient. */
  private static void requireRead(Network network, Layer layer) {
    for (Value value : layer.writes()) {
      boolean read =
          value.equals(network.logit())
              || network.ops().stream().anyMatch(op -> Reads.of(op).contains(value));
      if (!read) {
        throw refusal("the op " + name(layer.ops().get(0)) + " whose result nothing reads");
      }
    }
  }

  /** Fields and copies write columns; all else writes whole rows. */
  private static void requireOnlyWriter(Network network, Layer layer) {
    if (layer instanceof FieldsLayer || layer instanceof CopyLayer) {
      return;
    }
    for (Value value : layer.writes()) {
      if (network.ops().stream().filter(op -> op.out().equals(value)).count() > 1) {
        throw refusal("a value that " + name(layer.ops().get(0)) + " shares with other ops");
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
