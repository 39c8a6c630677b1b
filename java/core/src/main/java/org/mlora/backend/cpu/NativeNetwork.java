package org.mlora.backend.cpu;

import static org.mlora.backend.cpu.Status.check;

import java.util.function.Function;
import org.mlora.error.InvalidInputException;
import org.mlora.nativelib.NativeHandle;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraNetwork;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/** Describes a network to the native library. */
final class NativeNetwork {
  private NativeNetwork() {}

  /** Gives the description; the caller closes it. */
  static NativeHandle<MloraNetwork> describe(Network network) {
    MloraNetwork pointer = new MloraNetwork();
    check(Mlora.mlora_network_create(network.domains(), pointer));
    NativeHandle<MloraNetwork> handle =
        new NativeHandle<>(CpuEngine.NAME, pointer, Mlora::mlora_network_destroy);
    try {
      for (Input input : network.inputs()) {
        check(Mlora.mlora_network_input(pointer, code(input.kind()), input.idCount()));
      }
      for (Parameter p : network.parameters()) {
        check(Mlora.mlora_network_parameter(pointer, code(p.rowKind()), p.rows(), p.rowSize()));
      }
      for (Value value : network.values()) {
        check(Mlora.mlora_network_value(pointer, value.width()));
      }
      for (int i = 0; i < network.ops().size(); i++) {
        describe(pointer, i, network.ops().get(i));
      }
      check(Mlora.mlora_network_logit(pointer, network.logit().index()));
      return handle;
    } catch (Throwable e) {
      handle.close();
      throw e;
    }
  }

  private static void describe(MloraNetwork network, int number, Op op) {
    try {
      check(add(network, op));
    } catch (InvalidInputException e) {
      throw e.in("op " + number + " of the model, " + op.getClass().getSimpleName());
    }
  }

  private static int add(MloraNetwork network, Op op) {
    if (op instanceof Op.Lookup o) {
      return Mlora.mlora_network_lookup(
          network, o.input(), o.table().index(), o.out().index(), o.column());
    } else if (op instanceof Op.BagLookup o) {
      return Mlora.mlora_network_bag_lookup(
          network, o.input(), o.table().index(), code(o.pooling()), o.out().index(), o.column());
    } else if (op instanceof Op.Scale o) {
      return Mlora.mlora_network_scale(
          network, o.input(), o.vector().index(), o.out().index(), o.column());
    } else if (op instanceof Op.Dense o) {
      return Mlora.mlora_network_dense(
          network,
          o.in().index(),
          o.weight().index(),
          o.bias().index(),
          factor(o, Adapter::a),
          factor(o, Adapter::b),
          factor(o, Adapter::c),
          o.adapter().map(Adapter::rank).orElse(0),
          o.adapter().map(Adapter::scale).orElse(1.0),
          code(o.activation()),
          o.dropout(),
          o.stream(),
          o.out().index());
    }
    return NativeInteractions.add(network, op);
  }

  private static int factor(Op.Dense op, Function<Adapter, Parameter> part) {
    return op.adapter().map(part).map(Parameter::index).orElse(Mlora.MLORA_NONE);
  }

  private static int code(Input.Kind kind) {
    return switch (kind) {
      case ID -> Mlora.MLORA_INPUT_ID;
      case BAG -> Mlora.MLORA_INPUT_BAG;
      case NUMBER -> Mlora.MLORA_INPUT_NUMBER;
    };
  }

  private static int code(RowKind kind) {
    return switch (kind) {
      case WHOLE -> Mlora.MLORA_ROWS_WHOLE;
      case BY_ID -> Mlora.MLORA_ROWS_BY_ID;
      case BY_DOMAIN -> Mlora.MLORA_ROWS_BY_DOMAIN;
    };
  }

  private static int code(Pooling pooling) {
    return switch (pooling) {
      case MEAN -> Mlora.MLORA_POOLING_MEAN;
      case SUM -> Mlora.MLORA_POOLING_SUM;
    };
  }

  static int code(Activation activation) {
    return switch (activation) {
      case NONE -> Mlora.MLORA_ACTIVATION_NONE;
      case RELU -> Mlora.MLORA_ACTIVATION_RELU;
    };
  }
}
