package org.mlora.cuda.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** Makes the layers of a network, and lays them out. */
final class Layers {
  private final List<Layer> all = new ArrayList<>();
  private final Network network;
  private final Buffers buffers;
  private final Optional<Tower.Plan> tower;

  private Layers(Network network, Buffers buffers, Optional<Tower.Plan> tower) {
    this.network = network;
    this.buffers = buffers;
    this.tower = tower;
  }

  /**
   * The layers in the order in which they run; fields of one value together, as nothing feeds them,
   * and copies where they do not wait for each other.
   *
   * @param tower that some of them are in
   * @throws UnsupportedDeviceException naming the op that there are no kernels for
   */
  static List<Layer> of(Network network, Buffers buffers, Optional<Tower.Plan> tower) {
    Layers layers = new Layers(network, buffers, tower);
    Set<Value> read = new HashSet<>();
    for (Op op : network.ops()) {
      if (!FieldsLayer.takes(op)) {
        layers.add(op);
      } else if (read.add(op.out())) {
        layers.all.add(layers.fieldsOf(op.out()));
      }
    }
    return layers.all;
  }

  private FieldsLayer fieldsOf(Value value) {
    List<Op> fields =
        network.ops().stream()
            .filter(op -> FieldsLayer.takes(op) && op.out().equals(value))
            .toList();
    return new FieldsLayer(fields, buffers);
  }

  private void add(Op op) {
    if (op instanceof Op.Copy copy) {
      Optional<CopyLayer> last =
          all.isEmpty() || !(all.get(all.size() - 1) instanceof CopyLayer layer)
              ? Optional.empty()
              : Optional.of(layer);
      if (last.filter(layer -> layer.takes(copy)).isEmpty()) {
        all.add(new CopyLayer(copy));
      }
      return;
    }
    all.add(
        dense(op)
            .or(() -> plain(op))
            .or(() -> weighted(op))
            .orElseThrow(
                () ->
                    new UnsupportedDeviceException(
                        "the CUDA backend has no kernels for the op "
                            + SupportedOps.name(op)
                            + SupportedOps.REMEDY)));
  }

  private Optional<Layer> dense(Op op) {
    if (op instanceof Op.Dense o) {
      return Optional.of(
          buffers.isFloat(o.out())
              ? new NarrowLayer(o, buffers)
              : new DenseLayer(o, buffers, tower.filter(plan -> plan.has(o))));
    } else if (op instanceof Op.DomainDense o) {
      return Optional.of(new DomainDenseLayer(o, buffers));
    } else if (op instanceof Op.PartitionedNorm o) {
      return Optional.of(new PartitionedNormLayer(o, buffers));
    } else if (op instanceof Op.Mixture o) {
      return Optional.of(new MixtureLayer(o));
    }
    return Optional.empty();
  }

  private static Optional<Layer> plain(Op op) {
    if (op instanceof Op.SumGroups o) {
      return Optional.of(new SumGroupsLayer(o));
    } else if (op instanceof Op.Detach o) {
      return Optional.of(new DetachLayer(o));
    } else if (op instanceof Op.Add o) {
      return Optional.of(new AddLayer(o));
    } else if (op instanceof Op.Gate o) {
      return Optional.of(new GateLayer(o));
    } else if (op instanceof Op.MultiplyAdd o) {
      return Optional.of(new MultiplyAddLayer(o));
    } else if (op instanceof Op.BiInteraction o) {
      return Optional.of(new FieldPairsLayer.Pooled(o));
    } else if (op instanceof Op.InnerProducts o) {
      return Optional.of(new FieldPairsLayer.Inner(o));
    }
    return Optional.empty();
  }

  private Optional<Layer> weighted(Op op) {
    if (op instanceof Op.Cross o) {
      return Optional.of(new CrossLayer(o, buffers));
    } else if (op instanceof Op.Bilinear o) {
      return Optional.of(new BilinearLayer(o, buffers));
    } else if (op instanceof Op.Senet o) {
      return Optional.of(new SenetLayer(o, buffers));
    } else if (op instanceof Op.Cin o) {
      return Optional.of(new CinLayer(o, buffers));
    } else if (op instanceof Op.Attention o) {
      return Optional.of(new AttentionLayer(o, buffers));
    }
    return Optional.empty();
  }
}
