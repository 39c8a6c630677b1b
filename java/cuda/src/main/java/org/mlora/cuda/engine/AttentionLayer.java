package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
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
    this.weights = new PackedWeights(parameters(), buffers);
    this.split = splits ? buffers.elements(rows, splitLd()) : 0;
    this.projections = buffers.elements(rows, ld());
    this.slopes = buffers.backward() ? buffers.elements(rows, ld()) : 0;
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
    return List.of(op.query(), op.key(), op.value(), op.residual());
  }

  @Override
  public List<GradientSum> sums() {
    return weights.sums();
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
    if (gradients.wantsAny(parameters())) {
      gradients.aside(
          beside -> {
            weightGradient(beside);
            weights.unpack(beside);
          });
    }
    if (!gradients.passes(op.in())) {
      return;
    }
    if (!splits) {
      inputGradient(site, site.gradient(op.in()), gradients.adds(op.in()));
      return;
    }
    inputGradient(site, site.at(splitSlopes), false);
    check(
        MloraCuda.mlora_cuda_join_fields(
            site.batch(),
            site.precision().code(),
            op.fields(),
            site.at(splitSlopes),
            splitLd(),
            gradients.into(op.in()),
            site.stream()));
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
