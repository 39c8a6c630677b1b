package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.CudaParts;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.network.Adapter;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/** Queues the optimizer's step, or the sums of gradients, of all parameters but tables. */
final class Updates {
  private final Site site;
  private final BiConsumer<CudaParameter, Parameter> describe;
  private final CudaOptimizer optimizer;

  /**
   * @param describe fills in what the kernels are to do with a parameter
   */
  Updates(Site site, BiConsumer<CudaParameter, Parameter> describe, CudaOptimizer optimizer) {
    this.site = site;
    this.describe = describe;
    this.optimizer = optimizer;
  }

  /**
   * A parameter, and the parts whose sum is its gradient.
   *
   * @param address of the first part; of the first chunk's where parts belong to domains
   * @param ld floats from one part to the next
   * @param count number of parts; not read where they belong to domains
   */
  private record Summed(Parameter parameter, long address, long ld, int count) {}

  /** Parameters that are one row: weights and biases of layers, vectors of numeric fields. */
  void whole(Predicate<Parameter> wanted, long work) {
    List<Summed> all = new ArrayList<>();
    for (Op op : site.network().ops()) {
      if (op instanceof Op.Dense dense) {
        boolean logit = SupportedOps.isLogit(site.network(), dense);
        add(all, dense.weight(), logit ? site.buffers().columnParts() : 1, wanted);
        add(all, dense.bias(), site.buffers().columnParts(), wanted);
      } else if (op instanceof Op.Scale scale) {
        add(all, scale.vector(), site.buffers().columnParts(), wanted);
      }
    }
    for (List<Summed> part : Forward.parts(all)) {
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

  private void add(List<Summed> all, Parameter p, int count, Predicate<Parameter> wanted) {
    if (wanted.test(p)) {
      all.add(new Summed(p, site.base() + site.buffers().sums(p.index()), p.size(), count));
    }
  }

  /** Factors and biases of adapters, the rows of the batch's domains. */
  void domains(Predicate<Parameter> wanted) {
    List<Summed> all = new ArrayList<>();
    for (Op op : site.network().ops()) {
      if (op instanceof Op.Dense dense && dense.adapter().isPresent()) {
        Adapter adapter = dense.adapter().get();
        long parts = site.base() + site.buffers().layer(dense).adapterParts();
        long ld = adapter.a().rowSize() + adapter.b().rowSize() + adapter.c().rowSize();
        long offset = 0;
        for (Parameter p : List.of(adapter.a(), adapter.b(), adapter.c())) {
          if (wanted.test(p)) {
            all.add(new Summed(p, parts + 4 * offset, ld, 0));
          }
          offset += p.rowSize();
        }
      }
    }
    for (List<Summed> part : Forward.parts(all)) {
      call(
          part,
          (parameters, parts) ->
              MloraCuda.mlora_cuda_update_domains(
                  site.batch(), optimizer, parameters, parts, part.size(), site.stream()));
    }
  }

  /** Brings adapters of the batch's domains to the step before. */
  void catchUpDomains(Predicate<Parameter> behind) {
    List<Parameter> all = adapters(site.network()).stream().filter(behind).toList();
    for (List<Parameter> part : Forward.parts(all)) {
      try (CudaParameter parameters = new CudaParameter(part.size())) {
        for (int i = 0; i < part.size(); i++) {
          describe.accept(parameters.position(i), part.get(i));
        }
        check(
            MloraCuda.mlora_cuda_catch_up_domains(
                site.batch(), optimizer, parameters.position(0), part.size(), site.stream()));
      }
    }
  }

  private static List<Parameter> adapters(Network network) {
    List<Parameter> all = new ArrayList<>();
    for (Op op : network.ops()) {
      if (op instanceof Op.Dense dense) {
        dense.adapter().ifPresent(a -> all.addAll(List.of(a.a(), a.b(), a.c())));
      }
    }
    return all;
  }

  private interface Call {
    int on(CudaParameter parameters, CudaParts parts);
  }

  private void call(List<Summed> part, Call call) {
    try (CudaParameter parameters = new CudaParameter(part.size());
        CudaParts parts = new CudaParts(part.size())) {
      for (int i = 0; i < part.size(); i++) {
        Summed summed = part.get(i);
        describe.accept(parameters.position(i), summed.parameter());
        parts.position(i)._address(summed.address()).ld(summed.ld()).count(summed.count());
      }
      check(call.on(parameters.position(0), parts.position(0)));
    }
  }
}
