package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import org.mlora.cuda.library.gen.CudaCopy;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;

/** Copies of columns that do not wait for each other, in one launch. */
final class CopyLayer implements Layer {
  private final List<Op.Copy> ops = new ArrayList<>();

  CopyLayer(Op.Copy first) {
    ops.add(first);
  }

  /** Takes one more copy, unless it reads what another one writes. */
  boolean takes(Op.Copy op) {
    if (ops.stream().anyMatch(o -> o.out().equals(op.in()))) {
      return false;
    }
    return ops.add(op);
  }

  @Override
  public List<Op.Copy> ops() {
    return ops;
  }

  /**
   * One copy.
   *
   * @param alone whether all other columns become zeros
   */
  private record Columns(
      CudaMatrix from, CudaMatrix to, int fromColumn, int toColumn, int width, boolean alone) {}

  @Override
  public void forward(Site site) {
    List<Columns> all = new ArrayList<>();
    for (Op.Copy op : ops) {
      all.add(
          new Columns(
              site.valueOf(op.in()),
              site.valueOf(op.out()),
              op.from(),
              op.column(),
              op.width(),
              false));
    }
    copy(site, all);
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    List<Columns> all = new ArrayList<>();
    for (int i = ops.size() - 1; i >= 0; i--) {
      Op.Copy op = ops.get(i);
      if (!gradients.passes(op.in())) {
        continue;
      }
      CudaMatrix to = gradients.into(op.in());
      if (all.stream().anyMatch(c -> c.to()._address() == to._address())) {
        copy(site, all);
        all.clear();
      }
      CudaMatrix from = site.gradientOf(op.out());
      boolean alone = to.add() == 0 && op.width() < op.in().width();
      all.add(new Columns(from, to, op.column(), op.from(), op.width(), alone));
    }
    copy(site, all);
  }

  private static void copy(Site site, List<Columns> all) {
    for (List<Columns> part : Parts.of(all)) {
      CudaCopy copies = new CudaCopy(part.size());
      for (int i = 0; i < part.size(); i++) {
        Columns c = part.get(i);
        copies
            .position(i)
            .from(c.from())
            .to(c.to())
            .from_column(c.fromColumn())
            .to_column(c.toColumn())
            .width(c.width())
            .alone(c.alone() ? 1 : 0);
      }
      check(
          MloraCuda.mlora_cuda_copy_columns(
              site.batch(),
              site.precision().code(),
              copies.position(0),
              part.size(),
              site.stream()));
    }
  }
}
