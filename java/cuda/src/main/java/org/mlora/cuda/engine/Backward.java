package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.library.gen.CudaColumns;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/**
 * Queues the ops of a network in reverse: gradients of values, and of parameters the parts whose
 * sums they are.
 */
final class Backward {
  private final Site site;
  private final Predicate<Parameter> wanted;
  private final boolean drops;
  private final Set<Integer> written = new HashSet<>();
  private final List<ColumnSum> sums = new ArrayList<>();

  /**
   * @param wanted which parameters get gradients
   * @param drops whether dropout was active
   */
  Backward(Site site, Predicate<Parameter> wanted, boolean drops) {
    this.site = site;
    this.wanted = wanted;
    this.drops = drops;
  }

  /**
   * Columns whose sums over the batch are a gradient.
   *
   * @param weights address of what each row is multiplied with, or 0
   * @param weightStride floats from one row's weight to the next
   * @param ofRows whether weights are a column of the data instead
   */
  private record ColumnSum(
      long matrix,
      boolean isFloat,
      int width,
      int ld,
      long weights,
      int weightStride,
      boolean ofRows,
      int stride,
      long parts,
      long partLd) {}

  /** Queues the pass, from the loss's gradient of the logit on. */
  void enqueue() {
    List<Op> ops = site.network().ops();
    for (int i = ops.size() - 1; i >= 0; i--) {
      Op op = ops.get(i);
      if (op instanceof Op.Dense dense) {
        if (SupportedOps.isLogit(site.network(), dense)) {
          logit(dense);
        } else {
          layer(dense);
        }
      } else if (op instanceof Op.Scale scale) {
        scale(scale);
      }
    }
    addUp();
  }

  private void logit(Op.Dense op) {
    int in = op.in().width();
    int out = op.out().width();
    long g = site.gradient(op.out());
    if (needsGradient(op.in())) {
      check(
          MloraCuda.mlora_cuda_narrow_backward(
              site.batch(),
              site.precision().code(),
              in,
              out,
              g,
              site.parameters().value(op.weight()),
              site.gradient(op.in()),
              Buffers.ld(op.in()),
              adds(op.in()) ? 1 : 0,
              site.stream()));
    }
    if (wanted.test(op.weight())) {
      long parts = site.base() + site.buffers().sums(op.weight().index());
      for (int o = 0; o < out; o++) {
        sums.add(
            new ColumnSum(
                site.value(op.in()),
                false,
                in,
                Buffers.ld(op.in()),
                g + 4L * o,
                out,
                false,
                out,
                parts + 4L * o,
                op.weight().size()));
      }
    }
    if (wanted.test(op.bias())) {
      sums.add(plain(g, true, out, out, op.bias()));
    }
  }

  private void layer(Op.Dense op) {
    if (!trains(op)) {
      return;
    }
    boolean dropped = drops && op.dropout() > 0;
    boolean adapted = op.adapter().isPresent();
    boolean passes = needsGradient(op.in());
    Buffers.DenseBuffers own = site.buffers().layer(op);
    boolean adds = passes && adds(op.in());
    long g = site.gradient(op.out());
    long shared = dropped ? site.base() + own.gShared() : g;
    try (CudaDense dense = Layers.describe(site, op, dropped)) {
      dense
          .g(g)
          .g_shared(dropped ? shared : 0)
          .dx(passes ? site.gradient(op.in()) : 0)
          .dx_ld(Buffers.ld(op.in()))
          .dx_add(adds ? 1 : 0);
      if (adapted) {
        dense.t(site.base() + own.t()).adapter_parts(site.base() + own.adapterParts());
      }
      check(
          MloraCuda.mlora_cuda_dense_backward(site.batch(), dense, dropped ? 1 : 0, site.stream()));
      boolean factors =
          op.adapter()
              .map(a -> wanted.test(a.a()) || wanted.test(a.b()) || wanted.test(a.c()))
              .orElse(false);
      if (factors) {
        check(MloraCuda.mlora_cuda_adapter_gradient(site.batch(), dense, site.stream()));
      }
    }
    if (passes) {
      inputGradient(op, shared, adapted || adds);
    }
    if (wanted.test(op.weight())) {
      weightGradient(op, shared);
    }
    if (wanted.test(op.bias())) {
      sums.add(plain(shared, false, op.out().width(), Buffers.ld(op.out()), op.bias()));
    }
  }

  private void inputGradient(Op.Dense op, long shared, boolean add) {
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            op.in().width(),
            op.out().width(),
            shared,
            Buffers.ld(op.out()),
            false,
            site.parameters().operand(op.weight()),
            op.out().width(),
            true,
            site.gradient(op.in()),
            Buffers.ld(op.in()),
            false,
            add));
  }

  private void weightGradient(Op.Dense op, long shared) {
    site.multiply(
        new Gemm(
            site.precision(),
            op.in().width(),
            op.out().width(),
            site.capacity(),
            site.value(op.in()),
            Buffers.ld(op.in()),
            true,
            shared,
            Buffers.ld(op.out()),
            false,
            site.base() + site.buffers().sums(op.weight().index()),
            op.out().width(),
            true,
            false));
  }

  private void scale(Op.Scale op) {
    if (wanted.test(op.vector())) {
      int width = op.vector().rowSize();
      sums.add(
          new ColumnSum(
              site.gradient(op.out()) + (long) op.column() * site.precision().elementBytes(),
              false,
              width,
              Buffers.ld(op.out()),
              site.columns().values(op.input()),
              0,
              true,
              1,
              site.base() + site.buffers().sums(op.vector().index()),
              width));
    }
  }

  private ColumnSum plain(long matrix, boolean isFloat, int width, int ld, Parameter p) {
    long parts = site.base() + site.buffers().sums(p.index());
    return new ColumnSum(matrix, isFloat, width, ld, 0, 0, false, 1, parts, p.size());
  }

  private void addUp() {
    for (List<ColumnSum> part : Forward.parts(sums)) {
      try (CudaColumns columns = new CudaColumns(part.size())) {
        for (int i = 0; i < part.size(); i++) {
          ColumnSum sum = part.get(i);
          columns
              .position(i)
              .matrix(sum.matrix)
              .is_float(sum.isFloat ? 1 : 0)
              .width(sum.width)
              .ld(sum.ld)
              .weights(sum.weights)
              .weight_stride(sum.weightStride)
              .numbers(sum.ofRows ? 1 : 0)
              .part_stride(sum.stride)
              .parts(sum.parts)
              .part_ld(sum.partLd);
        }
        check(
            MloraCuda.mlora_cuda_column_sums(
                site.batch(),
                site.precision().code(),
                columns.position(0),
                part.size(),
                site.stream()));
      }
    }
  }

  /** Whether anything behind a value is trained. */
  private boolean needsGradient(Value value) {
    for (Op op : site.network().ops()) {
      if (!op.out().equals(value)) {
        continue;
      }
      boolean trained =
          (op instanceof Op.Lookup l && wanted.test(l.table()))
              || (op instanceof Op.BagLookup b && wanted.test(b.table()))
              || (op instanceof Op.Scale s && wanted.test(s.vector()))
              || (op instanceof Op.Dense d && trains(d));
      if (trained) {
        return true;
      }
    }
    return false;
  }

  private boolean trains(Op.Dense op) {
    return wanted.test(op.weight())
        || wanted.test(op.bias())
        || op.adapter()
            .map(a -> wanted.test(a.a()) || wanted.test(a.b()) || wanted.test(a.c()))
            .orElse(false)
        || needsGradient(op.in());
  }

  /** Whether a value has a gradient already, which is added to; it has one from now on. */
  private boolean adds(Value value) {
    return !written.add(value.index());
  }
}
