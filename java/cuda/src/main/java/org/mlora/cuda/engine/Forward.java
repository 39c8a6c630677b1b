package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.CudaField;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.Value;

/** Queues the ops of a network in order: fields first, which nothing else feeds, then layers. */
final class Forward {
  private final Site site;

  Forward(Site site) {
    this.site = site;
  }

  /**
   * Queues the pass.
   *
   * @param drops whether dropout is active
   * @param given masks given in place of drawn ones: the address of (rows, width) bytes by stream
   */
  void enqueue(boolean drops, Map<Integer, Long> given) {
    fields();
    for (Op op : site.network().ops()) {
      if (!(op instanceof Op.Dense dense)) {
        continue;
      }
      if (SupportedOps.isLogit(site.network(), dense)) {
        logit(dense);
      } else {
        layer(dense, drops && dense.dropout() > 0, given);
      }
    }
  }

  private void fields() {
    List<Op> ops = site.network().ops().stream().filter(op -> !(op instanceof Op.Dense)).toList();
    for (List<Op> part : parts(ops)) {
      try (CudaField fields = new CudaField(part.size())) {
        for (int i = 0; i < part.size(); i++) {
          describe(fields.position(i), part.get(i));
        }
        check(
            MloraCuda.mlora_cuda_lookup(
                site.batch(),
                site.precision().code(),
                fields.position(0),
                part.size(),
                site.stream()));
      }
    }
  }

  private void describe(CudaField field, Op op) {
    if (op instanceof Op.Lookup lookup) {
      boolean domain = lookup.input() == Network.DOMAIN;
      field
          .kind(domain ? MloraCuda.MLORA_CUDA_FIELD_DOMAIN : MloraCuda.MLORA_CUDA_FIELD_ID)
          .ids(domain ? 0 : site.columns().values(lookup.input()));
      describe(field, lookup.table(), lookup.out(), lookup.column());
    } else if (op instanceof Op.BagLookup bag) {
      field
          .kind(MloraCuda.MLORA_CUDA_FIELD_BAG)
          .pooling(code(bag.pooling()))
          .ids(site.columns().values(bag.input()))
          .offsets(site.columns().offsets(bag.input()));
      describe(field, bag.table(), bag.out(), bag.column());
    } else if (op instanceof Op.Scale scale) {
      field.kind(MloraCuda.MLORA_CUDA_FIELD_NUMBER).numbers(site.columns().values(scale.input()));
      describe(field, scale.vector(), scale.out(), scale.column());
    } else {
      throw new IllegalStateException("not the op of a field: " + op);
    }
  }

  private void describe(CudaField field, Parameter table, Value out, int column) {
    field
        .table(site.parameters().value(table))
        .table_rows(table.rows())
        .width(table.rowSize())
        .column(column)
        .out(site.value(out))
        .out_ld(Buffers.ld(out));
  }

  static int code(Pooling pooling) {
    return switch (pooling) {
      case MEAN -> MloraCuda.MLORA_CUDA_MEAN;
      case SUM -> MloraCuda.MLORA_CUDA_SUM;
    };
  }

  private void layer(Op.Dense op, boolean drops, Map<Integer, Long> given) {
    int in = op.in().width();
    int out = op.out().width();
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            out,
            in,
            site.value(op.in()),
            Buffers.ld(op.in()),
            false,
            site.parameters().operand(op.weight()),
            out,
            false,
            site.value(op.out()),
            Buffers.ld(op.out()),
            false,
            false));
    try (CudaDense dense = Layers.describe(site, op, drops)) {
      int dropout = MloraCuda.MLORA_CUDA_NO_DROPOUT;
      Long keep = given.get(op.stream());
      if (drops && keep != null) {
        check(
            MloraCuda.mlora_cuda_given_dropout(
                site.batch(), keep, out, dense.mask(), site.stream()));
        dropout = MloraCuda.MLORA_CUDA_GIVEN_DROPOUT;
      } else if (drops) {
        dropout = MloraCuda.MLORA_CUDA_DRAW_DROPOUT;
      }
      check(MloraCuda.mlora_cuda_dense_forward(site.batch(), dense, dropout, site.stream()));
    }
  }

  private void logit(Op.Dense op) {
    check(
        MloraCuda.mlora_cuda_narrow_forward(
            site.batch(),
            site.precision().code(),
            op.in().width(),
            op.out().width(),
            site.value(op.in()),
            Buffers.ld(op.in()),
            site.parameters().value(op.weight()),
            site.parameters().value(op.bias()),
            site.value(op.out()),
            site.stream()));
  }

  /** The list cut into as many entries as one call takes. */
  static <T> List<List<T>> parts(List<T> all) {
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += MloraCuda.MLORA_CUDA_MOST) {
      parts.add(all.subList(from, Math.min(all.size(), from + MloraCuda.MLORA_CUDA_MOST)));
    }
    return parts;
  }
}
