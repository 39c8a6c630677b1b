package org.mlora.cuda.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Activation;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** What of a network the kernels can run. */
final class SupportedOps {
  private static final String REMEDY = "; train and serve this model with --device cpu";

  private SupportedOps() {}

  /**
   * Returns when the kernels can run all of it.
   *
   * @throws UnsupportedDeviceException naming the op and the remedy
   */
  static void require(Network network) {
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense) {
        require(network, dense);
      } else if (!(op instanceof Op.Lookup
          || op instanceof Op.BagLookup
          || op instanceof Op.Scale)) {
        throw new UnsupportedDeviceException(
            "the CUDA backend has no kernels for the op " + name(op) + REMEDY);
      }
      long writers = network.ops().stream().filter(o -> o.out().equals(op.out())).count();
      if (op instanceof Op.Dense && writers > 1) {
        throw new UnsupportedDeviceException(
            "the CUDA backend has no kernels for a value that "
                + name(op)
                + " shares with other ops"
                + REMEDY);
      }
    }
    requireOwnParameters(network);
    boolean plain =
        network.ops().stream()
            .anyMatch(op -> op instanceof Op.Dense dense && isLogit(network, dense));
    if (!plain) {
      throw new UnsupportedDeviceException(
          "the CUDA backend has no kernels for a logit that is not made by a plain dense layer"
              + REMEDY);
    }
  }

  /** Sums of gradients are kept by parameter, so that a layer's are its own. */
  private static void requireOwnParameters(Network network) {
    Set<Parameter> seen = new HashSet<>();
    for (Op op : network.ops()) {
      List<Parameter> own =
          op instanceof Op.Dense dense
              ? List.of(dense.weight(), dense.bias())
              : op instanceof Op.Scale scale ? List.of(scale.vector()) : List.of();
      for (Parameter p : own) {
        if (!seen.add(p)) {
          throw new UnsupportedDeviceException(
              "the CUDA backend has no kernels for '"
                  + p.name()
                  + "', which several layers share"
                  + REMEDY);
        }
      }
    }
  }

  private static void require(Network network, Op.Dense dense) {
    int rank = dense.adapter().map(a -> a.rank()).orElse(0);
    if (rank > MloraCuda.MLORA_CUDA_HIGHEST_RANK) {
      throw new UnsupportedDeviceException(
          "the CUDA backend has no kernels for adapters of rank "
              + rank
              + " ('"
              + dense.weight().name()
              + "'), "
              + MloraCuda.MLORA_CUDA_HIGHEST_RANK
              + " is the highest"
              + REMEDY);
    }
    if (dense.adapter().filter(a -> a.scale() != 1).isPresent()) {
      throw new UnsupportedDeviceException(
          "the CUDA backend has no kernels for scaled adapters ('"
              + dense.weight().name()
              + "')"
              + REMEDY);
    }
    if (dense.in().equals(network.logit())) {
      throw new UnsupportedDeviceException(
          "the CUDA backend has no kernels for a layer that reads the logit" + REMEDY);
    }
  }

  /** Whether the layer makes the logit, by the kernels for layers of few outputs. */
  static boolean isLogit(Network network, Op.Dense dense) {
    return dense.out().equals(network.logit())
        && dense.adapter().isEmpty()
        && dense.dropout() == 0
        && dense.activation() == Activation.NONE;
  }

  private static String name(Op op) {
    return op.getClass().getSimpleName();
  }
}
