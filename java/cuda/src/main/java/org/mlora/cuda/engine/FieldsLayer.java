package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.CudaField;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;

/**
 * The fields that are read into one value. Gradients of their tables are left to {@link Tables}.
 */
final class FieldsLayer implements Layer {
  private final List<Op> ops;
  private final List<GradientSum> sums = new ArrayList<>();

  /**
   * Lays out the layer.
   *
   * @param ops lookups, bag lookups and scaled vectors with one value to write
   */
  FieldsLayer(List<Op> ops, Buffers buffers) {
    this.ops = List.copyOf(ops);
    for (Op op : ops) {
      if (op instanceof Op.Scale scale) {
        int parts = buffers.columnParts();
        long place = buffers.parts(parts, scale.vector().size());
        sums.add(GradientSum.whole(scale.vector(), place, parts));
      }
    }
  }

  /** Whether the op reads a field. */
  static boolean takes(Op op) {
    return op instanceof Op.Lookup || op instanceof Op.BagLookup || op instanceof Op.Scale;
  }

  @Override
  public List<Op> ops() {
    return ops;
  }

  @Override
  public List<Parameter> parameters() {
    return ops.stream().map(FieldsLayer::parameter).toList();
  }

  /** The first column of its value that a field writes. */
  static int column(Op op) {
    if (op instanceof Op.Lookup lookup) {
      return lookup.column();
    } else if (op instanceof Op.BagLookup bag) {
      return bag.column();
    } else if (op instanceof Op.Scale scale) {
      return scale.column();
    }
    throw new IllegalStateException("not the op of a field: " + op);
  }

  private static Parameter parameter(Op op) {
    if (op instanceof Op.Lookup lookup) {
      return lookup.table();
    } else if (op instanceof Op.BagLookup bag) {
      return bag.table();
    } else if (op instanceof Op.Scale scale) {
      return scale.vector();
    }
    throw new IllegalStateException("not the op of a field: " + op);
  }

  @Override
  public List<GradientSum> sums() {
    return sums;
  }

  @Override
  public void forward(Site site) {
    for (List<Op> part : Parts.of(ops)) {
      CudaField fields = new CudaField(part.size());
      for (int i = 0; i < part.size(); i++) {
        describe(site, fields.position(i), part.get(i));
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

  /** Fills in what a field is, but for addresses. */
  static void describeShape(CudaField field, Op op) {
    Parameter table = parameter(op);
    field.table_rows(table.rows()).width(table.rowSize()).column(column(op));
    if (op instanceof Op.Lookup lookup) {
      boolean domain = lookup.input() == Network.DOMAIN;
      field.kind(domain ? MloraCuda.MLORA_CUDA_FIELD_DOMAIN : MloraCuda.MLORA_CUDA_FIELD_ID);
    } else if (op instanceof Op.BagLookup bag) {
      field.kind(MloraCuda.MLORA_CUDA_FIELD_BAG).pooling(code(bag.pooling()));
    } else if (op instanceof Op.Scale) {
      field.kind(MloraCuda.MLORA_CUDA_FIELD_NUMBER);
    }
  }

  /** Fills in what kernels are to know of a field. */
  static void describe(Site site, CudaField field, Op op) {
    describeShape(field, op);
    field.table(site.parameter(parameter(op))).out(site.value(op.out())).out_ld(site.ld(op.out()));
    if (op instanceof Op.Lookup lookup) {
      field.ids(lookup.input() == Network.DOMAIN ? 0 : site.columns().values(lookup.input()));
    } else if (op instanceof Op.BagLookup bag) {
      field.ids(site.columns().values(bag.input())).offsets(site.columns().offsets(bag.input()));
    } else if (op instanceof Op.Scale scale) {
      field.numbers(site.columns().values(scale.input()));
    }
  }

  static int code(Pooling pooling) {
    return switch (pooling) {
      case MEAN -> MloraCuda.MLORA_CUDA_MEAN;
      case SUM -> MloraCuda.MLORA_CUDA_SUM;
    };
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    for (Op op : ops) {
      if (op instanceof Op.Scale scale && gradients.wants(scale.vector())) {
        GradientSum sum =
            sums.stream()
                .filter(s -> s.parameter().equals(scale.vector()))
                .findFirst()
                .orElseThrow();
        gradients.sum(
            ColumnSum.plain(
                    site.elements(site.gradient(scale.out()), scale.column()),
                    false,
                    scale.vector().rowSize(),
                    site.ld(scale.out()),
                    site.at(sum.place()))
                .weightedByNumbers(site.columns().values(scale.input())));
      }
    }
  }
}
