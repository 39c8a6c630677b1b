package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.library.gen.CudaAttention;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/**
 * Self-attention among fields: one product projects all fields of all rows with the four matrices
 * side by side. A row of fields is so many rows of a matrix where a field's width is a multiple of
 * 8; else fields are copied into such a matrix, and their gradients back.
 */
final class AttentionLayer implements Layer {
  private final Op.Attention op;
  private final PackedWeights weights;
  private final Optional<FieldAdapters> adapters;
  private final boolean splits;
  private final long rows;
  private final int fieldWidth;
  private final long split;
  private final long projections;
  private final long slopes;
  private final long splitSlopes;

  AttentionLayer(Op.Attention op, Buffers buffers) {
    this.op = op;
    this.rows = (long) buffers.capacity() * op.fields();
    this.fieldWidth = op.in().width() / op.fields();
    this.splits = fieldWidth % 8 != 0;
    this.weights = new PackedWeights(op.matrices(), buffers);
    this.split = splits ? buffers.elements(rows, splitLd()) : 0;
    this.projections = buffers.elements(rows, ld());
    this.slopes = buffers.backward() ? buffers.elements(rows, ld()) : 0;
    this.adapters = op.adapters().map(own -> new FieldAdapters(op, own, buffers));
    this.splitSlopes = buffers.backward() && splits ? buffers.elements(rows, splitLd()) : 0;
  }

  private int splitLd() {
    return Buffers.rounded(fieldWidth);
  }

  /** Elements from one field's projections to the next one's. */
  private int ld() {
    return Buffers.rounded(weights.width());
  }

  @Override
  public List<Op.Attention> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(op.matrices());
    adapters.ifPresent(own -> all.addAll(own.parameters()));
    return all;
  }

  @Override
  public List<GradientSum> sums() {
    List<GradientSum> all = new ArrayList<>(weights.sums());
    adapters.ifPresent(own -> all.addAll(own.sums()));
    return all;
  }

  private CudaAttention describe(Site site) {
    return new CudaAttention()
        .out(site.valueOf(op.out()))
        .fields(op.fields())
        .heads(op.heads())
        .width(op.out().width() / op.fields() / op.heads())
        .ld(ld())
        .scale(op.scale())
        .projections(site.at(projections))
        .slopes(site.at(slopes));
  }

  /** The address of fields as rows. */
  private long fields(Site site) {
    return splits ? site.at(split) : site.value(op.in());
  }

  private FieldAdapters.Rows rows(Site site) {
    return new FieldAdapters.Rows(
        fields(site), splitLd(), site.at(projections), site.at(slopes), ld());
  }

  @Override
  public void forward(Site site) {
    weights.pack(site);
    if (splits) {
      check(
          MloraCuda.mlora_cuda_split_fields(
              site.batch(),
              site.precision().code(),
              op.fields(),
              site.valueOf(op.in()),
              site.at(split),
              splitLd(),
              site.stream()));
    }
    site.multiply(
        new Gemm(
            site.precision(),
            Math.toIntExact(rows),
            weights.width(),
            fieldWidth,
            fields(site),
            splitLd(),
            false,
            site.at(weights.packed()),
            weights.width(),
            false,
            site.at(projections),
            ld(),
            false,
            false));
    adapters.ifPresent(own -> own.forward(site, rows(site)));
    check(
        MloraCuda.mlora_cuda_attention_forward(
            site.batch(), site.precision().code(), describe(site), site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    check(
        MloraCuda.mlora_cuda_attention_backward(
            site.batch(),
            site.precision().code(),
            describe(site),
            site.gradientOf(op.out()),
            site.stream()));
    if (gradients.wantsAny(op.matrices())) {
      gradients.aside(
          Lanes.Beside.WHOLE,
          beside -> {
            weightGradient(beside);
            weights.unpack(beside);
          });
    }
    boolean passes = gradients.passes(op.in());
    long dx = splits ? site.at(splitSlopes) : site.gradient(op.in());
    if (passes) {
      inputGradient(site, dx, !splits && gradients.adds(op.in()));
    }
    adapters.ifPresent(own -> own.backward(site, rows(site), passes ? dx : 0, gradients));
    if (passes && splits) {
      check(
          MloraCuda.mlora_cuda_join_fields(
              site.batch(),
              site.precision().code(),
              op.fields(),
              dx,
              splitLd(),
              gradients.into(op.in()),
              site.stream()));
    }
  }

  private void inputGradient(Site site, long to, boolean add) {
    site.multiply(
        new Gemm(
            site.precision(),
            Math.toIntExact(rows),
            fieldWidth,
            weights.width(),
            site.at(slopes),
            ld(),
            false,
            site.at(weights.packed()),
            weights.width(),
            true,
            to,
            splitLd(),
            false,
            add));
  }

  private void weightGradient(Site site) {
    site.multiply(
        new Gemm(
            site.precision(),
            fieldWidth,
            weights.width(),
            Math.toIntExact(rows),
            fields(site),
            splitLd(),
            true,
            site.at(slopes),
            ld(),
            false,
            site.at(weights.packedSums()),
            weights.width(),
            true,
            false));
  }
}
