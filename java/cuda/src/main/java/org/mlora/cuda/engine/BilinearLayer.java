package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/**
 * Bilinear interactions of pairs of fields. The matrices of all pairs with one first field stand
 * side by side, so that there is one product for each field, whatever pairs share.
 */
final class BilinearLayer implements Layer {
  private final Op.Bilinear op;
  private final boolean byPair;
  private final int fieldWidth;
  private final int blocks;
  private final List<PackedWeights> packed = new ArrayList<>();
  private final long projected;
  private final long slopes;

  BilinearLayer(Op.Bilinear op, Buffers buffers) {
    this.op = op;
    this.byPair = op.sharing() == Op.Bilinear.Sharing.INTERACTION;
    this.fieldWidth = op.in().width() / op.fields();
    this.blocks = byPair ? op.out().width() / fieldWidth : op.fields() - 1;
    int next = 0;
    for (int f = 0; f < op.fields() - 1 && next < op.weights().size(); f++) {
      int count = byPair ? op.fields() - 1 - f : 1;
      packed.add(new PackedWeights(op.weights().subList(next, next + count), buffers));
      next += count;
    }
    this.projected = buffers.elements(buffers.capacity(), ld());
    this.slopes = buffers.backward() ? buffers.elements(buffers.capacity(), ld()) : 0;
  }

  /** Elements from one row of projections to the next. */
  private int ld() {
    return Buffers.rounded(blocks * fieldWidth);
  }

  /** The matrices that a first field takes. */
  private PackedWeights weights(int field) {
    return packed.get(Math.min(field, packed.size() - 1));
  }

  @Override
  public List<Op.Bilinear> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    return op.weights();
  }

  @Override
  public List<GradientSum> sums() {
    return packed.stream().flatMap(p -> p.sums().stream()).toList();
  }

  private CudaMatrix blocksAt(Site site, long place) {
    return site.elementsAt(site.at(place), blocks * fieldWidth, ld());
  }

  @Override
  public void forward(Site site) {
    packed.forEach(p -> p.pack(site));
    eachField((f, column) -> project(site, f, column));
    check(
        MloraCuda.mlora_cuda_bilinear(
            site.batch(),
            site.precision().code(),
            op.fields(),
            byPair ? 1 : 0,
            site.valueOf(op.in()),
            blocksAt(site, projected),
            site.valueOf(op.out()),
            site.stream()));
  }

  private void project(Site site, int field, long column) {
    PackedWeights w = weights(field);
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            w.width(),
            fieldWidth,
            site.elements(site.value(op.in()), (long) field * fieldWidth),
            site.ld(op.in()),
            false,
            site.at(w.packed()),
            w.width(),
            false,
            site.elements(site.at(projected), column),
            ld(),
            false,
            false));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    check(
        MloraCuda.mlora_cuda_bilinear_backward(
            site.batch(),
            site.precision().code(),
            op.fields(),
            byPair ? 1 : 0,
            site.valueOf(op.in()),
            blocksAt(site, projected),
            site.gradientOf(op.out()),
            blocksAt(site, slopes),
            gradients.into(op.in()),
            site.stream()));
    if (gradients.wantsAny(op.weights())) {
      gradients.aside(
          Lanes.Beside.WHOLE,
          beside -> {
            eachField((f, column) -> weightGradient(beside, f, column));
            packed.forEach(p -> p.unpack(beside));
          });
    }
    if (gradients.passes(op.in())) {
      eachField((f, column) -> inputGradient(site, f, column));
    }
  }

  /** Takes a first field and the column where its projections begin. */
  private interface FirstField {
    void on(int field, long column);
  }

  private void eachField(FirstField body) {
    long column = 0;
    for (int f = 0; f < op.fields() - 1; f++) {
      body.on(f, column);
      column += weights(f).width();
    }
  }

  private void inputGradient(Site site, int field, long column) {
    PackedWeights w = weights(field);
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            fieldWidth,
            w.width(),
            site.elements(site.at(slopes), column),
            ld(),
            false,
            site.at(w.packed()),
            w.width(),
            true,
            site.elements(site.gradient(op.in()), (long) field * fieldWidth),
            site.ld(op.in()),
            false,
            true));
  }

  private void weightGradient(Site site, int field, long column) {
    PackedWeights w = weights(field);
    site.multiply(
        new Gemm(
            site.precision(),
            fieldWidth,
            w.width(),
            site.capacity(),
            site.elements(site.value(op.in()), (long) field * fieldWidth),
            site.ld(op.in()),
            true,
            site.elements(site.at(slopes), column),
            ld(),
            false,
            site.at(w.packedSums()),
            w.width(),
            true,
            field >= packed.size()));
  }
}
