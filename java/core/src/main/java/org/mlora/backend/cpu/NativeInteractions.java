package org.mlora.backend.cpu;

import org.mlora.nativelib.gen.Mlora;
import org.mlora.nativelib.gen.MloraNetwork;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** Describes interactions among the columns of a row to the native library. */
final class NativeInteractions {
  private NativeInteractions() {}

  /** Gives the status of the call. */
  static int add(MloraNetwork network, Op op) {
    if (op instanceof Op.Copy o) {
      return Mlora.mlora_network_copy(
          network, o.in().index(), o.from(), o.width(), o.out().index(), o.column());
    } else if (op instanceof Op.SumGroups o) {
      return Mlora.mlora_network_sum_groups(network, o.in().index(), o.out().index());
    } else if (op instanceof Op.MultiplyAdd o) {
      return Mlora.mlora_network_multiply_add(
          network, o.a().index(), o.b().index(), o.c().index(), o.out().index());
    } else if (op instanceof Op.Cross o) {
      return Mlora.mlora_network_cross(
          network,
          o.start().index(),
          o.in().index(),
          o.weight().index(),
          o.bias().index(),
          o.out().index());
    } else if (op instanceof Op.BiInteraction o) {
      return Mlora.mlora_network_bi_interaction(
          network, o.in().index(), o.fields(), o.out().index());
    } else if (op instanceof Op.InnerProducts o) {
      return Mlora.mlora_network_inner_products(
          network, o.in().index(), o.fields(), o.out().index());
    } else if (op instanceof Op.Bilinear o) {
      int[] weights = o.weights().stream().mapToInt(Parameter::index).toArray();
      return Mlora.mlora_network_bilinear(
          network,
          o.in().index(),
          o.fields(),
          code(o.sharing()),
          weights,
          weights.length,
          o.out().index());
    } else if (op instanceof Op.Senet o) {
      return Mlora.mlora_network_senet(
          network,
          o.in().index(),
          o.fields(),
          o.squeeze().index(),
          o.excite().index(),
          o.out().index());
    } else if (op instanceof Op.Cin o) {
      return Mlora.mlora_network_cin(
          network,
          o.start().index(),
          o.in().index(),
          o.width(),
          o.weight().index(),
          o.bias().index(),
          o.out().index());
    } else if (op instanceof Op.Attention o && o.adapters().isPresent()) {
      return adaptedAttention(network, o, o.adapters().get());
    } else if (op instanceof Op.Attention o) {
      return Mlora.mlora_network_attention(
          network,
          o.in().index(),
          o.fields(),
          o.heads(),
          o.scale(),
          o.query().index(),
          o.key().index(),
          o.value().index(),
          o.residual().index(),
          o.out().index());
    }
    return domainLayer(network, op);
  }

  private static int adaptedAttention(
      MloraNetwork network, Op.Attention op, Op.Attention.Adapters adapters) {
    return Mlora.mlora_network_adapted_attention(
        network,
        op.in().index(),
        op.fields(),
        op.heads(),
        op.scale(),
        op.query().index(),
        op.key().index(),
        op.value().index(),
        op.residual().index(),
        adapters.a().index(),
        adapters.b().get(0).index(),
        adapters.b().get(1).index(),
        adapters.b().get(2).index(),
        adapters.b().get(3).index(),
        adapters.rank(),
        adapters.scale(),
        op.out().index());
  }

  private static int domainLayer(MloraNetwork network, Op op) {
    if (op instanceof Op.DomainDense o) {
      return Mlora.mlora_network_domain_dense(
          network,
          o.in().index(),
          o.weight().index(),
          o.bias().index(),
          o.shared().map(s -> s.weight().index()).orElse(Mlora.MLORA_NONE),
          o.shared().map(s -> s.bias().index()).orElse(Mlora.MLORA_NONE),
          NativeNetwork.code(o.activation()),
          o.out().index());
    } else if (op instanceof Op.PartitionedNorm o) {
      return Mlora.mlora_network_partitioned_norm(
          network,
          o.in().index(),
          o.shared().gamma().index(),
          o.shared().beta().index(),
          o.shared().moving().index(),
          o.own().gamma().index(),
          o.own().beta().index(),
          o.own().moving().index(),
          o.momentum(),
          o.epsilon(),
          o.out().index());
    } else if (op instanceof Op.Mixture o) {
      return Mlora.mlora_network_mixture(
          network, o.experts().index(), o.gate().index(), o.out().index());
    } else if (op instanceof Op.Gate o) {
      return Mlora.mlora_network_gate(
          network,
          o.in().index(),
          o.gate().index(),
          o.factor(),
          o.steepness(),
          o.threshold(),
          o.out().index());
    } else if (op instanceof Op.Detach o) {
      return Mlora.mlora_network_detach(network, o.in().index(), o.out().index());
    } else if (op instanceof Op.Add o) {
      return Mlora.mlora_network_add(
          network,
          o.a().index(),
          o.b().index(),
          NativeNetwork.code(o.activation()),
          o.out().index());
    }
    throw new IllegalArgumentException("the CPU backend does not know the op " + op);
  }

  private static int code(Op.Bilinear.Sharing sharing) {
    return switch (sharing) {
      case ALL -> Mlora.MLORA_BILINEAR_ALL;
      case EACH -> Mlora.MLORA_BILINEAR_EACH;
      case INTERACTION -> Mlora.MLORA_BILINEAR_INTERACTION;
    };
  }
}
