package org.mlora.bench.workload;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;

/**
 * A model on two tables of ids and the domain's: what both sides train and serve.
 *
 * @param model name of the base model; the peer and the counts of operations know the paper's MLP
 *     only
 * @param ids rows of each of the two tables
 * @param dim width of an embedding; the tower reads three of them
 * @param used the rows are of the first so many domains
 * @param frozen whether the tables of ids keep their values in training
 */
public record Workload(
    String model,
    int ids,
    int dim,
    int domains,
    int used,
    double dropout,
    boolean frozen,
    boolean adapters) {
  /** Widths of the hidden layers. */
  public static final List<Integer> HIDDEN = List.of(256, 128, 64);

  private static final int ALPHA = 16;
  private static final int TABLES = 2;

  /** The MLP with embeddings of this width, trained, 10 domains, adapters, no dropout. */
  public static Workload of(int ids, int dim) {
    return new Workload("mlp", ids, dim, 10, 10, 0, false, true);
  }

  public Workload withModel(String name) {
    return new Workload(name, ids, dim, domains, used, dropout, frozen, adapters);
  }

  public Workload withDomains(int count) {
    return new Workload(model, ids, dim, count, count, dropout, frozen, adapters);
  }

  /** More domains, of which there are no rows. */
  public Workload withIdleDomains(int count) {
    return new Workload(model, ids, dim, domains + count, used, dropout, frozen, adapters);
  }

  public Workload withDropout(double probability) {
    return new Workload(model, ids, dim, domains, used, probability, frozen, adapters);
  }

  public Workload withFrozenTables() {
    return new Workload(model, ids, dim, domains, used, dropout, true, adapters);
  }

  public Workload withoutAdapters() {
    return new Workload(model, ids, dim, domains, used, dropout, frozen, false);
  }

  /** Numbers that the first layer reads. */
  public int input() {
    return (TABLES + 1) * dim;
  }

  public Schema schema() {
    List<Field> fields =
        IntStream.range(0, TABLES).<Field>mapToObj(i -> field(i == 0 ? "user" : "item")).toList();
    List<String> names =
        IntStream.range(0, domains).mapToObj(d -> String.format(Locale.ROOT, "d%04d", d)).toList();
    return new Schema("label", "label", "domain", names, fields);
  }

  private Field field(String name) {
    return new Field.Categorical(name, ids, new Field.IdRule.Hashed(), OptionalInt.empty());
  }

  public ModelSpec spec() {
    AdapterSpec adapter =
        adapters ? new AdapterSpec.Mlora(ALPHA, List.of(), 0) : new AdapterSpec.None();
    return ModelSpec.defaults()
        .withModel(model)
        .withAdapter(adapter)
        .withHidden(HIDDEN)
        .withEmbeddingDim(dim)
        .withDropout(dropout)
        .withEmbeddingL2(0);
  }

  /** Floating-point operations of a forward pass, a row: two for each product. */
  public double forwardFlops() {
    double flops = 2.0 * HIDDEN.get(HIDDEN.size() - 1);
    for (int i = 0; i < HIDDEN.size(); i++) {
      flops += layerFlops(i);
    }
    return flops;
  }

  /**
   * Floating-point operations of a training step, a row: forward, gradients of weights, gradients
   * of inputs. Only those that are needed count: frozen tables need no gradient of the first
   * layer's input, as long as the domain's table is frozen with them.
   */
  public double stepFlops() {
    return 3 * forwardFlops() - (frozen ? inputGradientFlops() : 0);
  }

  private double layerFlops(int i) {
    int in = i == 0 ? input() : HIDDEN.get(i - 1);
    int out = HIDDEN.get(i);
    return 2.0 * (in * out + (adapters ? rank(i) * (in + out) : 0));
  }

  /** What only the gradient of the first layer's input needs; G B^T also serves A. */
  private double inputGradientFlops() {
    return 2.0 * input() * (HIDDEN.get(0) + (adapters ? rank(0) : 0));
  }

  private static int rank(int layer) {
    return Math.max(HIDDEN.get(layer) / ALPHA, 1);
  }
}
