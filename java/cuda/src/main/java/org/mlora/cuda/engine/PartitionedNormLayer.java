package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.mlora.cuda.library.gen.CudaMatrix;
import org.mlora.cuda.library.gen.CudaPartitionedNorm;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.train.Optimization;

/** Columns normalized by statistics of the row's domain. */
final class PartitionedNormLayer implements Layer {
  /** Numbers of a run for each column. */
  private static final int RUN_COLUMNS = 6;

  private final Op.PartitionedNorm op;
  private final boolean training;
  private final long runs;
  private final long sums;
  private final long sharedSums;

  PartitionedNormLayer(Op.PartitionedNorm op, Buffers buffers) {
    this.op = op;
    this.training = buffers.backward();
    long width = op.in().width();
    this.runs = buffers.reserve(Float.BYTES * buffers.maxRuns() * RUN_COLUMNS * width);
    this.sums = buffers.parts(buffers.maxChunks(), 2 * width);
    this.sharedSums = buffers.parts(1, 2 * width);
  }

  @Override
  public List<Op.PartitionedNorm> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(op.shared().gamma(), op.shared().beta(), op.own().gamma(), op.own().beta());
  }

  @Override
  public List<GradientSum> sums() {
    long width = op.in().width();
    long second = Float.BYTES * width;
    return List.of(
        GradientSum.ofChunks(op.own().gamma(), sums, 2 * width),
        GradientSum.ofChunks(op.own().beta(), sums + second, 2 * width),
        GradientSum.whole(op.shared().gamma(), sharedSums, 1),
        GradientSum.whole(op.shared().beta(), sharedSums + second, 1));
  }

  private CudaPartitionedNorm describe(Site site) {
    return new CudaPartitionedNorm()
        .in(site.valueOf(op.in()))
        .out(site.valueOf(op.out()))
        .gamma(site.parameter(op.shared().gamma()))
        .beta(site.parameter(op.shared().beta()))
        .own_gamma(site.parameter(op.own().gamma()))
        .own_beta(site.parameter(op.own().beta()))
        .moving(site.parameter(op.shared().moving()))
        .own_moving(site.parameter(op.own().moving()))
        .momentum(op.momentum())
        .epsilon(op.epsilon())
        .runs(site.at(runs))
        .sums(site.at(sums))
        .shared_sums(site.at(sharedSums));
  }

  @Override
  public void forward(Site site) {
    check(
        MloraCuda.mlora_cuda_partitioned_norm_forward(
            site.batch(),
            site.precision().code(),
            describe(site),
            training ? 1 : 0,
            site.stream()));
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    CudaPartitionedNorm norm = describe(site);
    CudaMatrix dx = gradients.into(op.in());
    check(
        MloraCuda.mlora_cuda_partitioned_norm_backward(
            site.batch(),
            site.precision().code(),
            norm,
            site.gradientOf(op.out()),
            dx,
            site.stream()));
    if (gradients.wantsAny(parameters())) {
      gradients.aside(
          Lanes.Beside.DOMAINS,
          beside ->
              check(
                  MloraCuda.mlora_cuda_partitioned_norm_share(
                      beside.batch(), norm, beside.stream())));
    }
  }

  @Override
  public void moveStatistics(Supplier<Site> beside, Function<Parameter, Optimization.Rule> rules) {
    boolean shared = rules.apply(op.shared().moving()).rowCount() > 0;
    Optimization.Rule own = rules.apply(op.own().moving());
    if (shared || own.rowCount() > 0) {
      Site site = beside.get();
      check(
          MloraCuda.mlora_cuda_partitioned_norm_move(
              site.batch(),
              describe(site),
              shared ? 1 : 0,
              own.firstRow(),
              own.rowCount(),
              site.stream()));
    }
  }
}
