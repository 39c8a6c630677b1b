package org.mlora.cuda.engine;

import java.util.List;
import org.mlora.network.Op;
import org.mlora.network.Value;

/** Which values ops read. */
final class Reads {
  private Reads() {}

  static List<Value> of(Op op) {
    if (op instanceof Op.Dense o) {
      return List.of(o.in());
    } else if (op instanceof Op.Copy o) {
      return List.of(o.in());
    } else if (op instanceof Op.SumGroups o) {
      return List.of(o.in());
    } else if (op instanceof Op.MultiplyAdd o) {
      return List.of(o.a(), o.b(), o.c());
    } else if (op instanceof Op.Cross o) {
      return List.of(o.start(), o.in());
    } else if (op instanceof Op.BiInteraction o) {
      return List.of(o.in());
    } else if (op instanceof Op.InnerProducts o) {
      return List.of(o.in());
    } else if (op instanceof Op.Bilinear o) {
      return List.of(o.in());
    } else if (op instanceof Op.Senet o) {
      return List.of(o.in());
    } else if (op instanceof Op.Cin o) {
      return List.of(o.start(), o.in());
    } else if (op instanceof Op.Attention o) {
      return List.of(o.in());
    } else if (op instanceof Op.DomainDense o) {
      return List.of(o.in());
    } else if (op instanceof Op.PartitionedNorm o) {
      return List.of(o.in());
    } else if (op instanceof Op.Mixture o) {
      return List.of(o.experts(), o.gate());
    } else if (op instanceof Op.Gate o) {
      return List.of(o.in(), o.gate());
    } else if (op instanceof Op.Detach o) {
      return List.of(o.in());
    } else if (op instanceof Op.Add o) {
      return List.of(o.a(), o.b());
    }
    return List.of(); // lookups read columns of the data
  }
}
