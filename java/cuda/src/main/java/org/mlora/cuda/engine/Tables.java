package org.mlora.cuda.engine;

import static org.mlora.cuda.library.Kernels.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.mlora.cuda.library.gen.CudaBatch;
import org.mlora.cuda.library.gen.CudaOptimizer;
import org.mlora.cuda.library.gen.CudaParameter;
import org.mlora.cuda.library.gen.CudaTables;
import org.mlora.cuda.library.gen.CudaUse;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Value;

/**
 * The tables of embeddings that a pass trains, with everywhere they are looked up; in groups of as
 * many as one call takes.
 */
final class Tables {
  private final Network network;
  private final ColumnPlaces columns;
  private final int capacity;
  private final List<Group> groups = new ArrayList<>();
  private long bytes;

  /**
   * Tables of one call.
   *
   * @param place of its work space
   */
  private record Group(List<Parameter> tables, List<Op> uses, int bagEntries, long place) {}

  /**
   * Finds the tables and measures their work space.
   *
   * @param trained which tables get gradients
   * @param site of any batch of that capacity; addresses are not read
   */
  Tables(
      Network network,
      ColumnPlaces columns,
      int capacity,
      int precision,
      Predicate<Parameter> trained) {
    this.network = network;
    this.columns = columns;
    this.capacity = capacity;
    List<Parameter> tables = new ArrayList<>();
    List<Op> uses = new ArrayList<>();
    for (Parameter p : network.parameters()) {
      List<Op> ofTable = usesOf(network, p);
      if (ofTable.isEmpty() || !trained.test(p)) {
        continue;
      }
      if (uses.size() + ofTable.size() > MloraCuda.MLORA_CUDA_MOST && !tables.isEmpty()) {
        close(tables, uses, precision);
        tables = new ArrayList<>();
        uses = new ArrayList<>();
      }
      tables.add(p);
      uses.addAll(ofTable);
    }
    if (!tables.isEmpty()) {
      close(tables, uses, precision);
    }
  }

  /** The ops that look a parameter up as a table; none where it is not one. */
  static List<Op> usesOf(Network network, Parameter parameter) {
    return network.ops().stream().filter(op -> parameter.equals(table(op))).toList();
  }

  /** The table that an op looks up; the op's own value, never a parameter, where it does not. */
  private static Object table(Op op) {
    if (op instanceof Op.Lookup lookup) {
      return lookup.table();
    }
    return op instanceof Op.BagLookup bag ? bag.table() : op;
  }

  private void close(List<Parameter> tables, List<Op> uses, int precision) {
    long entries = 0;
    for (Op op : uses) {
      if (op instanceof Op.BagLookup bag) {
        entries += columns.mostIds(bag.input(), capacity);
      }
    }
    if (entries > Integer.MAX_VALUE) {
      throw new InvalidShapeException(
          "the lists of a batch of " + capacity + " rows can hold " + entries + " ids in all");
    }
    Group group = new Group(tables, uses, (int) entries, bytes);
    long[] needed = new long[1];
    try (PointerScope scope = new PointerScope()) {
      CudaTables struct = describe(group, precision, (i, parameter) -> {}, (use, value) -> {});
      check(MloraCuda.mlora_cuda_tables_bytes(capacity, struct, needed));
    }
    bytes += Arena.aligned(needed[0]);
    groups.add(group);
  }

  /** Bytes of work space. */
  long bytes() {
    return bytes;
  }

  /** A call of the library on tables. */
  interface Call {
    int on(CudaBatch batch, CudaTables tables);
  }

  /** Lists which trained rows the batch touches. */
  void collect(Site site, long memory, BiConsumer<CudaParameter, Parameter> parameter) {
    each(
        site,
        memory,
        parameter,
        (batch, t) -> MloraCuda.mlora_cuda_tables_collect(batch, t, site.stream()));
  }

  /**
   * Brings the rows that the batch touches to the step before.
   *
   * @param ahead whether the batch is the one that follows, whose rows go to this step where this
   *     one does not touch them
   */
  void catchUp(
      Site site,
      long memory,
      BiConsumer<CudaParameter, Parameter> parameter,
      CudaOptimizer optimizer,
      boolean ahead) {
    each(
        site,
        memory,
        parameter,
        (batch, t) ->
            MloraCuda.mlora_cuda_tables_catch_up(
                batch, t, optimizer, ahead ? 1 : 0, site.stream()));
  }

  /** Sums gradients and applies the step, or stores them. */
  void update(
      Site site,
      long memory,
      BiConsumer<CudaParameter, Parameter> parameter,
      CudaOptimizer optimizer) {
    each(
        site,
        memory,
        parameter,
        (batch, t) -> MloraCuda.mlora_cuda_tables_update(batch, t, optimizer, site.stream()));
  }

  private void each(
      Site site, long memory, BiConsumer<CudaParameter, Parameter> parameter, Call call) {
    for (Group group : groups) {
      try (PointerScope scope = new PointerScope()) {
        CudaTables tables =
            describe(
                group,
                site.precision().code(),
                parameter,
                (use, value) -> use.gradient(site.gradient(value)).gradient_ld(site.ld(value)));
        check(call.on(site.batch(), tables.memory(memory + group.place())));
      }
    }
  }

  /** The structs live as long as the caller's scope. */
  private CudaTables describe(
      Group group,
      int precision,
      BiConsumer<CudaParameter, Parameter> parameter,
      BiConsumer<CudaUse, Value> gradient) {
    CudaParameter parameters = new CudaParameter(group.tables().size());
    for (int i = 0; i < group.tables().size(); i++) {
      Parameter p = group.tables().get(i);
      CudaParameter struct = parameters.position(i);
      struct.rows(p.rows()).row_size(p.rowSize());
      parameter.accept(struct, p);
    }
    CudaUse uses = new CudaUse(group.uses().size());
    for (int i = 0; i < group.uses().size(); i++) {
      Op op = group.uses().get(i);
      CudaUse use = uses.position(i);
      use.table(group.tables().indexOf(table(op)));
      gradient.accept(use, op.out());
      if (op instanceof Op.Lookup lookup) {
        boolean domain = lookup.input() == Network.DOMAIN;
        use.kind(domain ? MloraCuda.MLORA_CUDA_FIELD_DOMAIN : MloraCuda.MLORA_CUDA_FIELD_ID)
            .ids(domain ? 0 : columns.values(lookup.input()))
            .column(lookup.column());
      } else if (op instanceof Op.BagLookup bag) {
        use.kind(MloraCuda.MLORA_CUDA_FIELD_BAG)
            .pooling(FieldsLayer.code(bag.pooling()))
            .ids(columns.values(bag.input()))
            .offsets(columns.offsets(bag.input()))
            .column(bag.column());
      }
    }
    return new CudaTables()
        .tables(parameters.position(0))
        .uses(uses.position(0))
        .table_count(group.tables().size())
        .use_count(group.uses().size())
        .bag_entries(group.bagEntries())
        .precision(precision);
  }
}
