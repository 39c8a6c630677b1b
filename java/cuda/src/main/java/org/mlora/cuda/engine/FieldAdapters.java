package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.CudaFieldAdapters;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** What domains add to the four matrices of attention, around the products with those. */
final class FieldAdapters {
  private final Op.Attention op;
  private final Op.Attention.Adapters adapters;
  private final long s;
  private final long t;
  private final long parts;

  FieldAdapters(Op.Attention op, Op.Attention.Adapters adapters, Buffers buffers) {
    this.op = op;
    this.adapters = adapters;
    long each = (long) op.fields() * adapters.rank();
    this.s = buffers.floatRows(each);
    this.t = buffers.backward() ? buffers.floatRows(each) : 0;
    this.parts = buffers.parts(buffers.maxChunks(), partSize());
  }

  List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(List.of(adapters.a()));
    all.addAll(adapters.b());
    return all;
  }

  private long partSize() {
    return parameters().stream().mapToLong(Parameter::rowSize).sum();
  }

  List<GradientSum> sums() {
    List<GradientSum> all = new ArrayList<>();
    long offset = 0;
    for (Parameter p : parameters()) {
      all.add(GradientSum.ofChunks(p, parts + 4 * offset, partSize()));
      offset += p.rowSize();
    }
    return all;
  }

  /**
   * Where fields and their products lie, as rows.
   *
   * @param x address of the fields
   * @param xLd elements from one field to the next
   * @param products address of the products with the matrices
   * @param slopes address of their gradients
   * @param ld elements from one field's products to the next one's
   */
  record Rows(long x, int xLd, long products, long slopes, int ld) {}

  private CudaFieldAdapters describe(Site site, Rows rows) {
    CudaFieldAdapters struct =
        new CudaFieldAdapters()
            .fields(op.fields())
            .rank(adapters.rank())
            .in(op.in().width() / op.fields())
            .out(op.out().width() / op.fields())
            .x_ld(rows.xLd())
            .ld(rows.ld())
            .scale(adapters.scale())
            .a(site.parameter(adapters.a()))
            .x(rows.x())
            .dx(0)
            .products(rows.products())
            .slopes(rows.slopes())
            .s(site.at(s))
            .t(site.at(t))
            .parts(site.at(parts));
    for (int i = 0; i < adapters.b().size(); i++) {
      struct.b(i, site.parameter(adapters.b().get(i)));
    }
    return struct;
  }

  /** Adds to the products. */
  void forward(Site site, Rows rows) {
    check(
        MloraCuda.mlora_cuda_field_adapters_forward(
            site.batch(), site.precision().code(), describe(site, rows), site.stream()));
  }

  /**
   * Adds to the gradient of the fields, and sums the adapters' own.
   *
   * @param dx address of the gradient of the fields, or 0 where it is not wanted
   */
  void backward(Site site, Rows rows, long dx, Gradients gradients) {
    CudaFieldAdapters struct = describe(site, rows).dx(dx);
    int precision = site.precision().code();
    check(
        MloraCuda.mlora_cuda_field_adapters_backward(
            site.batch(), precision, struct, site.stream()));
    if (gradients.wantsAny(parameters())) {
      gradients.aside(
          Lanes.Beside.DOMAINS,
          beside ->
              check(
                  MloraCuda.mlora_cuda_field_adapters_gradient(
                      beside.batch(), precision, struct, beside.stream())));
    }
  }
}
