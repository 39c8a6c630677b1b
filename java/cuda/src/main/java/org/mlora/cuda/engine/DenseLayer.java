package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.cuda.gemm.Gemm;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.gen.CudaDense;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.RowKind;

/** A dense layer with whatever it has of adapter, dropout and activation. */
final class DenseLayer implements Layer {
  private final Op.Dense op;
  private final long s;
  private final long t;
  private final long mask;
  private final long gShared;
  private final int weightSumCount;
  private final long weightSums;
  private final int biasSumCount;
  private final long biasSums;
  private final long adapterParts;
  private final long sharedASum;

  /**
   * @param tower that the layer is in, if it is in one
   */
  DenseLayer(Op.Dense op, Buffers buffers, Optional<Tower.Plan> tower) {
    this.op = op;
    int in = op.in().width();
    int out = op.out().width();
    int rank = op.adapter().map(Adapter::rank).orElse(0);
    boolean drops = buffers.backward() && op.dropout() > 0;
    this.weightSumCount = tower.map(Tower.Plan::weightParts).orElse(1);
    this.biasSumCount = tower.map(Tower.Plan::weightParts).orElse(buffers.columnParts());
    this.s = buffers.floatRows(Buffers.rounded(rank));
    this.t = buffers.backward() ? buffers.floatRows(Buffers.rounded(rank)) : 0;
    this.mask = drops ? buffers.floatRows((out + 31) / 32) : 0;
    this.gShared = drops ? buffers.matrix(op.out()) : 0;
    this.weightSums = buffers.parts(weightSumCount, op.weight().size());
    this.biasSums = buffers.parts(biasSumCount, out);
    this.adapterParts = buffers.parts(buffers.maxChunks(), (long) rank * (in + out) + out);
    this.sharedASum = sharesA() ? buffers.parts(1, (long) in * rank) : 0;
  }

  private boolean sharesA() {
    return op.adapter().map(Adapter::sharesA).orElse(false);
  }

  @Override
  public List<Op.Dense> ops() {
    return List.of(op);
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(List.of(op.weight(), op.bias()));
    op.adapter().ifPresent(a -> all.addAll(parameters(a)));
    return all;
  }

  private static List<Parameter> parameters(Adapter adapter) {
    return List.of(adapter.a(), adapter.b(), adapter.c());
  }

  @Override
  public List<GradientSum> sums() {
    List<GradientSum> all = new ArrayList<>();
    all.add(GradientSum.whole(op.weight(), weightSums, weightSumCount));
    all.add(GradientSum.whole(op.bias(), biasSums, biasSumCount));
    if (op.adapter().isPresent()) {
      List<Parameter> own = parameters(op.adapter().get());
      long ld = own.stream().mapToLong(Parameter::rowSize).sum();
      long offset = 0;
      for (Parameter p : own) {
        all.add(
            p.rowKind() == RowKind.WHOLE
                ? GradientSum.whole(p, sharedASum, 1)
                : GradientSum.ofChunks(p, adapterParts + 4 * offset, ld));
        offset += p.rowSize();
      }
    }
    return all;
  }

  @Override
  public void forward(Site site) {
    int in = op.in().width();
    int out = op.out().width();
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            out,
            in,
            site.value(op.in()),
            site.ld(op.in()),
            false,
            site.parameters().operand(op.weight()),
            out,
            false,
            site.value(op.out()),
            site.ld(op.out()),
            false,
            false));
    CudaDense dense = new CudaDense();
    describe(dense, site);
    describeDropout(dense, site);
    check(MloraCuda.mlora_cuda_dense_forward(site.batch(), dense, dense.drops(), site.stream()));
  }

  private boolean drops(Site site) {
    return site.dropout().active() && op.dropout() > 0;
  }

  /** Fills in the sizes of a layer. */
  static void describeShape(CudaDense struct, Op.Dense op, Precision precision) {
    struct
        .precision(precision.code())
        .in(op.in().width())
        .out(op.out().width())
        .rank(op.adapter().map(Adapter::rank).orElse(0));
  }

  /** Fills in what kernels are to know of the layer, but for its gradients. */
  void describe(CudaDense struct, Site site) {
    boolean drops = drops(site);
    describeShape(struct, op, site.precision());
    struct
        .activation(code(op.activation()))
        .dropout_stream(op.stream())
        .dropout(drops ? op.dropout() : 0)
        .x(site.value(op.in()))
        .h(site.value(op.out()))
        .w(site.parameters().operand(op.weight()))
        .bias(site.parameter(op.bias()))
        .mask(drops ? site.at(mask) : 0)
        .x_ld(site.ld(op.in()))
        .out_ld(site.ld(op.out()));
    op.adapter()
        .ifPresent(
            adapter ->
                struct
                    .a(site.parameter(adapter.a()))
                    .b(site.parameter(adapter.b()))
                    .c(site.parameter(adapter.c()))
                    .adapter_scale(adapter.scale())
                    .shares_a(adapter.sharesA() ? 1 : 0)
                    .s(site.at(s)));
  }

  /** Fills in how units are dropped; where masks are given, queues what makes one of them. */
  void describeDropout(CudaDense struct, Site site) {
    Long keep = site.dropout().given().get(op.stream());
    if (!drops(site)) {
      struct.drops(MloraCuda.MLORA_CUDA_NO_DROPOUT);
    } else if (keep == null) {
      struct.drops(MloraCuda.MLORA_CUDA_DRAW_DROPOUT);
    } else {
      struct.drops(MloraCuda.MLORA_CUDA_GIVEN_DROPOUT);
      check(
          MloraCuda.mlora_cuda_given_dropout(
              site.batch(), keep, op.out().width(), struct.mask(), site.stream()));
    }
  }

  static int code(Activation activation) {
    return switch (activation) {
      case NONE -> MloraCuda.MLORA_CUDA_NO_ACTIVATION;
      case RELU -> MloraCuda.MLORA_CUDA_RELU;
    };
  }

  /** Fills in what kernels are to know of the layer backward besides. */
  void describeBackward(CudaDense struct, Site site, Gradients gradients) {
    boolean passes = gradients.passes(op.in());
    struct
        .g(site.gradient(op.out()))
        .g_shared(drops(site) ? site.at(gShared) : 0)
        .dx(passes ? site.gradient(op.in()) : 0)
        .dx_ld(site.ld(op.in()))
        .dx_add(passes && gradients.adds(op.in()) ? 1 : 0);
    op.adapter()
        .ifPresent(
            adapter ->
                struct
                    .t(site.at(t))
                    .adapter_parts(
                        gradients.wantsAny(parameters(adapter)) ? site.at(adapterParts) : 0)
                    .shared_a_sum(sharesA() ? site.at(sharedASum) : 0));
  }

  /**
   * Fills in where a launch for all layers of a tower leaves the gradients of weight and bias. It
   * makes both where either is wanted.
   */
  void describeWeightParts(CudaDense struct, Site site, Gradients gradients) {
    if (gradients.wantsAny(List.of(op.weight(), op.bias()))) {
      struct.weight_parts(site.at(weightSums)).bias_parts(site.at(biasSums));
    }
  }

  @Override
  public void backward(Site site, Gradients gradients) {
    CudaDense dense = new CudaDense();
    describe(dense, site);
    describeBackward(dense, site, gradients);
    check(
        MloraCuda.mlora_cuda_dense_backward(
            site.batch(), dense, drops(site) ? 1 : 0, site.stream()));
    if (dense.adapter_parts() != 0) {
      gradients.aside(
          Lanes.Beside.DOMAINS,
          beside ->
              check(
                  MloraCuda.mlora_cuda_adapter_gradient(
                      beside.batch(), dense, 1, beside.stream())));
    }
    long shared = drops(site) ? dense.g_shared() : dense.g();
    if (gradients.wants(op.weight())) {
      gradients.aside(Lanes.Beside.WHOLE, beside -> weightGradient(beside, shared));
    }
    if (dense.dx() != 0) {
      inputGradient(site, shared, op.adapter().isPresent() || dense.dx_add() != 0);
    }
    if (gradients.wants(op.bias())) {
      gradients.sum(
          ColumnSum.plain(shared, false, op.out().width(), site.ld(op.out()), site.at(biasSums)));
    }
  }

  private void inputGradient(Site site, long shared, boolean add) {
    site.multiply(
        new Gemm(
            site.precision(),
            site.capacity(),
            op.in().width(),
            op.out().width(),
            shared,
            site.ld(op.out()),
            false,
            site.parameters().operand(op.weight()),
            op.out().width(),
            true,
            site.gradient(op.in()),
            site.ld(op.in()),
            false,
            add));
  }

  private void weightGradient(Site site, long shared) {
    site.multiply(
        new Gemm(
            site.precision(),
            op.in().width(),
            op.out().width(),
            site.capacity(),
            site.value(op.in()),
            site.ld(op.in()),
            true,
            shared,
            site.ld(op.out()),
            false,
            site.at(weightSums),
            op.out().width(),
            true,
            false));
  }
}
