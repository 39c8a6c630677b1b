package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.CudaParts;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Parameter;

/** Queues the optimizer's step, or the sums of gradients, of all parameters but tables. */
final class Updates {
  private final Site site;
  private final List<GradientSum> sums;
  private final BiConsumer<CudaParameter, Parameter> describe;
  private final CudaOptimizer optimizer;

  /**
   * @param sums where the gradients of all parameters but tables are
   * @param describe fills in what the kernels are to do with a parameter
   */
  Updates(
      Site site,
      List<GradientSum> sums,
      BiConsumer<CudaParameter, Parameter> describe,
      CudaOptimizer optimizer) {
    this.site = site;
    this.sums = sums;
    this.describe = describe;
    this.optimizer = optimizer;
  }

  /** Parameters that are one row: weights and biases of layers, vectors of numeric fields. */
  void whole(Predicate<Parameter> wanted, long work) {
    List<GradientSum> all =
        sums.stream().filter(s -> !s.byDomain() && wanted.test(s.parameter())).toList();
    for (List<GradientSum> part : Parts.of(all)) {
      call(
          part,
          (parameters, parts) ->
              MloraCuda.mlora_cuda_update_whole(
                  site.batch().state(),
                  optimizer,
                  parameters,
                  parts,
                  part.size(),
                  work,
                  site.stream()));
    }
  }

  /** Parameters with a row for each domain: the rows of the batch's domains. */
  void domains(Predicate<Parameter> wanted) {
    List<GradientSum> all =
        sums.stream().filter(s -> s.byDomain() && wanted.test(s.parameter())).toList();
    for (List<GradientSum> part : Parts.of(all)) {
      call(
          part,
          (parameters, parts) ->
              MloraCuda.mlora_cuda_update_domains(
                  site.batch(), optimizer, parameters, parts, part.size(), site.stream()));
    }
  }

  /**
   * Brings the rows of the batch's domains to the step before.
   *
   * @param ahead whether the batch is the one that follows, whose rows go to this step where this
   *     one does not touch them
   */
  void catchUpDomains(Predicate<Parameter> behind, boolean ahead) {
    List<Parameter> all =
        sums.stream()
            .filter(GradientSum::byDomain)
            .map(GradientSum::parameter)
            .filter(behind)
            .toList();
    for (List<Parameter> part : Parts.of(all)) {
      CudaParameter parameters = new CudaParameter(part.size());
      for (int i = 0; i < part.size(); i++) {
        describe.accept(parameters.position(i), part.get(i));
      }
      check(
          MloraCuda.mlora_cuda_catch_up_domains(
              site.batch(),
              optimizer,
              parameters.position(0),
              part.size(),
              ahead ? 1 : 0,
              site.stream()));
    }
  }

  private interface Call {
    int on(CudaParameter parameters, CudaParts parts);
  }

  private void call(List<GradientSum> part, Call call) {
    CudaParameter parameters = new CudaParameter(part.size());
    CudaParts parts = new CudaParts(part.size());
    for (int i = 0; i < part.size(); i++) {
      GradientSum sum = part.get(i);
      describe.accept(parameters.position(i), sum.parameter());
      parts.position(i)._address(site.at(sum.place())).ld(sum.ld()).count(sum.count());
    }
    check(call.on(parameters.position(0), parts.position(0)));
  }
}
