package org.mlora.testing;

import static org.mlora.train.Optimizer.EpsilonRule.PYTORCH;
import static org.mlora.train.Optimizer.EpsilonRule.TENSORFLOW;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.mlora.backend.Engine;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Initializer;
import org.mlora.network.Network;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.Role;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;
import org.mlora.train.Optimizer.UntouchedRows;

/**
 * A random small network over fields of every kind, with rows to run it on: unknown ids and
 * domains, empty and repeating bags among them. The same seed gives the same problem; those of odd
 * seeds have weights.
 */
public final class RandomProblem {
  private static final Field.IdRule WORDS = new Field.IdRule.Vocabulary();

  public final ModelSpec spec;
  public final Schema schema;
  public final Network network;
  public final Columns columns;
  private final Random random;

  /** Standard deviation of the numbers that an engine is filled with. */
  private final double deviation;

  /** A few fields of random kinds, for the MLP. */
  public RandomProblem(long seed, int rows, double dropout) {
    random = new Random(seed);
    deviation = 0.5;
    schema = schema(randomFields());
    spec = spec(dropout);
    network = Models.build(spec, schema);
    columns = RandomColumns.of(schema, rows, isOdd(seed), random);
  }

  /** Fields of all kinds, for a model with adapters and random options of small size. */
  public RandomProblem(String model, long seed, int rows, double dropout) {
    this(
        model,
        Models.adapts(model) ? new AdapterSpec.Mlora(2, List.of(), 0) : new AdapterSpec.None(),
        seed,
        rows,
        dropout);
  }

  /** The same with other adapters. */
  public RandomProblem(String model, AdapterSpec adapter, long seed, int rows, double dropout) {
    this(model, adapter, Map.of(), seed, rows, dropout);
  }

  /** The same with some options that are not random. */
  public RandomProblem(
      String model,
      AdapterSpec adapter,
      Map<String, String> given,
      long seed,
      int rows,
      double dropout) {
    random = new Random(seed);
    deviation = 0.5;
    schema = schema(fieldsOfEveryKind());
    ModelSpec any = spec(dropout).withModel(model).withOptions(RandomOptions.of(model, random));
    spec = any.withOptions(given).withAdapter(adapter);
    network = Models.build(spec, schema);
    columns = RandomColumns.of(schema, rows, isOdd(seed), random);
  }

  /**
   * Fields of all kinds and some more of ids, for a model that is given whole and filled with
   * numbers of this size.
   */
  public RandomProblem(ModelSpec spec, int moreFields, double deviation, long seed, int rows) {
    this(spec, withMore(fieldsOfEveryKind(), moreFields), deviation, seed, rows);
  }

  /** Fields and a model that are given. */
  public RandomProblem(ModelSpec spec, List<Field> fields, double deviation, long seed, int rows) {
    random = new Random(seed);
    this.deviation = deviation;
    schema = schema(fields);
    this.spec = spec;
    network = Models.build(spec, schema);
    columns = RandomColumns.of(schema, rows, isOdd(seed), random);
  }

  /** A network that is given, of no model; numbers of a size at which deep ones stay finite. */
  RandomProblem(Network network, Schema schema, long seed, int rows) {
    random = new Random(seed);
    deviation = 0.5;
    this.schema = schema;
    spec = ModelSpec.defaults();
    this.network = network;
    columns = RandomColumns.of(schema, rows, isOdd(seed), random);
  }

  private static boolean isOdd(long seed) {
    return seed % 2 != 0;
  }

  private static List<Field> withMore(List<Field> fields, int more) {
    List<Field> all = new ArrayList<>(fields);
    for (int i = 0; i < more; i++) {
      all.add(new Field.Categorical("more" + i, 4, WORDS, OptionalInt.empty()));
    }
    return all;
  }

  private static List<Field> fieldsOfEveryKind() {
    OptionalInt width = OptionalInt.empty();
    return List.of(
        new Field.Categorical("id", 5, WORDS, width),
        new Field.MultiValued("mean", 6, WORDS, ";", Pooling.MEAN, width),
        new Field.MultiValued("sum", 4, WORDS, ";", Pooling.SUM, width),
        new Field.Numeric("number", new Field.NumberRule.Raw(), width),
        new Field.Pretrained("frozen", 4, WORDS, 3, false),
        new Field.Pretrained("tuned", 5, WORDS, 3, true));
  }

  private List<Field> randomFields() {
    List<Field> fields = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      int ids = 2 + random.nextInt(12);
      OptionalInt width =
          random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(5));
      Pooling pooling = random.nextBoolean() ? Pooling.MEAN : Pooling.SUM;
      fields.add(
          switch (random.nextInt(4)) {
            case 0 -> new Field.Categorical("f" + i, ids, WORDS, width);
            case 1 -> new Field.MultiValued("f" + i, ids, WORDS, ";", pooling, width);
            case 2 ->
                new Field.Pretrained("f" + i, ids, WORDS, width.orElse(3), random.nextBoolean());
            default -> new Field.Numeric("f" + i, new Field.NumberRule.Raw(), width);
          });
    }
    return fields;
  }

  private Schema schema(List<Field> fields) {
    List<String> domains =
        IntStream.range(0, 1 + random.nextInt(5)).mapToObj(d -> "d" + d).toList();
    return new Schema("label", "label", "domain", domains, fields);
  }

  private ModelSpec spec(double dropout) {
    List<Integer> hidden = new ArrayList<>();
    List<Integer> ranks = new ArrayList<>();
    int layers = 1 + random.nextInt(3);
    for (int i = 0; i < layers; i++) {
      hidden.add(1 + random.nextInt(9));
      ranks.add(1 + random.nextInt(4));
    }
    AdapterSpec adapter =
        switch (random.nextInt(3)) {
          case 0 -> new AdapterSpec.None();
          case 1 -> new AdapterSpec.Mlora(2, List.of(), 0);
          default -> new AdapterSpec.Mlora(16, ranks, 0);
        };
    return ModelSpec.defaults()
        .withAdapter(adapter)
        .withHidden(hidden)
        .withEmbeddingDim(1 + random.nextInt(5))
        .withDropout(dropout)
        .withEmbeddingL2(0);
  }

  /** Embeddings that came with a pretrained field. */
  public FloatBuffer pretrained(String field) {
    int size = Math.toIntExact(network.parameter("emb_" + field).orElseThrow().size());
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (i % 7 - 3) * 0.25f;
    }
    return Buffers.floats(numbers);
  }

  /** Fills an engine with numbers of a size at which every part of the network matters. */
  public void fill(Engine engine) {
    for (Parameter p : network.parameters()) {
      Random values = new Random(p.name().hashCode());
      double[] numbers = new double[Math.toIntExact(p.size())];
      boolean moves = p.trained() || p.role() == Role.STATISTICS;
      boolean stays = !moves && p.initializer() instanceof Initializer.Zeros;
      for (int i = 0; i < numbers.length && !stays; i++) {
        double number = deviation * values.nextGaussian();
        numbers[i] = (float) (p.role() == Role.STATISTICS ? Math.abs(number) : number);
      }
      Numbers.write(engine, p, Engine.Slot.VALUE, numbers);
    }
  }

  /** All rows of all parameters trained but the frozen ones, with one penalty on all of them. */
  public Optimization optimization(Optimizer optimizer, double l2) {
    return new Optimization(
        optimizer, 99, network.parameters().stream().map(p -> rule(p, l2)).toList());
  }

  /** Two stages of a training; what one trains the other need not. */
  public List<Optimization> anyStages() {
    return List.of(anyOptimization(), anyOptimization());
  }

  /** An optimizer of any kind, for all rows with a penalty or without, or for some of them. */
  private Optimization anyOptimization() {
    Optimizer optimizer =
        List.of(
                new Optimizer.Sgd(0.02),
                new Optimizer.RowWiseAdagrad(0.02, 1e-3, 0.1),
                new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, TENSORFLOW, UntouchedRows.MOVE),
                new Optimizer.Adam(2e-3, 0.9, 0.999, 1e-3, PYTORCH, UntouchedRows.STAY))
            .get(random.nextInt(4));
    return random.nextInt(4) == 0
        ? partial(optimizer)
        : optimization(optimizer, random.nextInt(3) == 0 ? 0.01 : 0);
  }

  private static Optimization.Rule rule(Parameter parameter, double l2) {
    if (parameter.role() == Role.STATISTICS) {
      return new Optimization.Rule(0, parameter.rows(), 1, 0);
    }
    return parameter.trained()
        ? new Optimization.Rule(0, parameter.rows(), 1, l2)
        : new Optimization.Rule(0, 0, 1, 0);
  }

  /** Some random rows of each parameter trained, perhaps none or all. */
  public Optimization partial(Optimizer optimizer) {
    List<Optimization.Rule> rules = new ArrayList<>();
    for (Parameter p : network.parameters()) {
      int first = random.nextInt(p.rows());
      int count = random.nextInt(p.rows() - first + 1);
      rules.add(new Optimization.Rule(first, count, 0.5 + random.nextDouble(), 0));
    }
    return new Optimization(optimizer, 99, rules);
  }

  /** All rows in stored order. */
  public int[] everyRow() {
    return IntStream.range(0, columns.rows()).toArray();
  }

  /** Rows of one domain, -1 for unknown. */
  public int[] rowsOf(int domain) {
    return IntStream.range(0, columns.rows())
        .filter(i -> columns.domains().get(i) == domain)
        .toArray();
  }

  /** Some of the rows, in that order. */
  public Columns columnsOf(int[] rows) {
    return SelectedRows.of(columns, rows);
  }
}
