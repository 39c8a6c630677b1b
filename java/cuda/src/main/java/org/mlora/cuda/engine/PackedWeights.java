package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.CudaPiece;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Parameter;

/**
 * Matrices of one height side by side, elements (height, sum of widths), so that one product serves
 * them all; and their gradients, which that product leaves side by side too.
 */
final class PackedWeights {
  private final List<Parameter> matrices;
  private final int height;
  private final int width;
  private final long packed;
  private final long packedSums;
  private final List<Long> sums = new ArrayList<>();

  PackedWeights(List<Parameter> matrices, Buffers buffers) {
    this.matrices = List.copyOf(matrices);
    this.height = matrices.get(0).shape().get(0);
    this.width = matrices.stream().mapToInt(PackedWeights::columns).sum();
    this.packed = buffers.elements(height, width);
    for (Parameter p : matrices) {
      sums.add(buffers.parts(1, p.size()));
    }
    this.packedSums = matrices.size() == 1 ? sums.get(0) : buffers.parts(height, width);
  }

  private static int columns(Parameter matrix) {
    return matrix.shape().get(1);
  }

  int height() {
    return height;
  }

  /** Columns of all, which is also how far rows are apart. */
  int width() {
    return width;
  }

  /** Place of the matrices. */
  long packed() {
    return packed;
  }

  /** Place of the floats that a product leaves: gradients side by side. */
  long packedSums() {
    return packedSums;
  }

  List<GradientSum> sums() {
    List<GradientSum> all = new ArrayList<>();
    for (int i = 0; i < matrices.size(); i++) {
      all.add(GradientSum.whole(matrices.get(i), sums.get(i), 1));
    }
    return all;
  }

  /** Queues putting them side by side. */
  void pack(Site site) {
    int bytes = site.precision().elementBytes();
    for (List<Piece> part : Parts.of(pieces(site, site.at(packed), bytes, false))) {
      check(
          MloraCuda.mlora_cuda_pack(
              site.precision().code(), describe(part), part.size(), site.stream()));
    }
  }

  /** Queues taking gradients apart. */
  void unpack(Site site) {
    if (matrices.size() == 1) {
      return;
    }
    for (List<Piece> part : Parts.of(pieces(site, site.at(packedSums), Float.BYTES, true))) {
      check(MloraCuda.mlora_cuda_unpack(describe(part), part.size(), site.stream()));
    }
  }

  private record Piece(long matrix, long packed, int columns) {}

  private List<Piece> pieces(Site site, long first, int bytes, boolean ofSums) {
    List<Piece> pieces = new ArrayList<>();
    long at = first;
    for (int i = 0; i < matrices.size(); i++) {
      Parameter p = matrices.get(i);
      long own = ofSums ? site.at(sums.get(i)) : site.parameter(p);
      pieces.add(new Piece(own, at, columns(p)));
      at += (long) bytes * columns(p);
    }
    return pieces;
  }

  private CudaPiece describe(List<Piece> part) {
    CudaPiece structs = new CudaPiece(part.size());
    for (int i = 0; i < part.size(); i++) {
      Piece piece = part.get(i);
      structs
          .position(i)
          .matrix(piece.matrix)
          .packed(piece.packed)
          .rows(height)
          .columns(piece.columns)
          .ld(width);
    }
    return structs.position(0);
  }
}
