package org.mlora.serve;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.DirectBuffers;
import org.mlora.data.Field;
import org.mlora.data.NumberCell;
import org.mlora.data.Schema;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.error.InvalidInputException;

/**
 * Turns the columns of one prepared data set into those of another with the same fields: ids of
 * vocabularies go by their texts (unknown texts become id 0), domains by their names (unknown ones
 * become -1), standardised numbers are standardised anew, missing ones stay missing.
 */
public final class Translation {
  private final Schema from;
  private final Schema to;
  private final List<Step> steps;
  private final int[] domains;

  /** How the column of one field is made. */
  private record Step(int source, Optional<int[]> ids, double scale, double shift) {}

  private Translation(Schema from, Schema to, List<Step> steps, int[] domains) {
    this.from = from;
    this.to = to;
    this.steps = List.copyOf(steps);
    this.domains = domains;
  }

  /**
   * Prepares a translation.
   *
   * @throws InvalidInputException when a field of {@code to} is missing in {@code from} or coded in
   *     a way that cannot be translated
   */
  public static Translation between(
      Schema from, Vocabularies fromWords, Schema to, Vocabularies toWords) {
    List<Step> steps = new ArrayList<>();
    for (Field field : to.fields()) {
      int index = from.indexOf(field.name());
      steps.add(step(index, from.fields().get(index), fromWords, field, toWords));
    }
    Vocabulary known = to.domainIds();
    int[] domains = from.domains().stream().mapToInt(name -> known.id(name) - 1).toArray();
    return new Translation(from, to, steps, domains);
  }

  /**
   * Where rows of one data set may mean something else than those of another although all fields
   * are there: empty where labels and domains are made alike.
   */
  public static Optional<String> doubt(Schema from, Schema to) {
    if (!from.labelRule().equals(to.labelRule())) {
      return Optional.of(doubt("label", from.labelRule(), to.labelRule()));
    }
    return from.domain().equals(to.domain())
        ? Optional.empty()
        : Optional.of(doubt("domain column", from.domain(), to.domain()));
  }

  private static String doubt(String what, String from, String to) {
    return "the "
        + what
        + " of the data is '"
        + from
        + "', that of the model '"
        + to
        + "'; where they do not mean the same, prepare the data with --like";
  }

  private static Step step(
      int index, Field source, Vocabularies fromWords, Field target, Vocabularies toWords) {
    boolean bags = source instanceof Field.MultiValued;
    boolean numbers = source instanceof Field.Numeric;
    if (bags != (target instanceof Field.MultiValued)
        || numbers != (target instanceof Field.Numeric)) {
      throw cannot(target, "it holds another kind of values");
    }
    if (source instanceof Field.Numeric a && target instanceof Field.Numeric b) {
      return number(index, a, b);
    }
    if (buckets(source) && buckets(target) && !source.idRule().equals(target.idRule())) {
      throw cannot(target, "its buckets are quantiles of other rows");
    }
    if (!source.idRule().equals(target.idRule())) {
      throw cannot(target, "its ids are made by another rule");
    }
    if (source.idRule().orElseThrow() instanceof Field.IdRule.Vocabulary) {
      int[] ids = ids(fromWords.of(source.name()), toWords.of(target.name()));
      return new Step(index, Optional.of(ids), 1, 0);
    }
    if (!source.tableRows().equals(target.tableRows())) {
      throw cannot(target, "it has another number of ids");
    }
    return new Step(index, Optional.empty(), 1, 0);
  }

  private static boolean buckets(Field field) {
    return field.idRule().orElseThrow() instanceof Field.IdRule.Buckets;
  }

  private static Step number(int index, Field.Numeric source, Field.Numeric target) {
    if (source.transform() instanceof Field.NumberRule.Standardised a
        && target.transform() instanceof Field.NumberRule.Standardised b) {
      return new Step(
          index,
          Optional.empty(),
          a.deviation() / b.deviation(),
          (a.mean() - b.mean()) / b.deviation());
    }
    if (!source.transform().equals(target.transform())) {
      throw cannot(target, "its numbers are transformed otherwise");
    }
    return new Step(index, Optional.empty(), 1, 0);
  }

  private static int[] ids(Vocabulary from, Vocabulary to) {
    int[] ids = new int[from.size() + 1];
    for (int id = 1; id < ids.length; id++) {
      ids[id] = to.id(from.text(id));
    }
    return ids;
  }

  private static InvalidInputException cannot(Field field, String why) {
    return new InvalidInputException(
        "field '"
            + field.name()
            + "' of the data does not fit the model: "
            + why
            + "; prepare the data with the model's settings: 'mlora prepare csv --like' takes them"
            + " from its folder");
  }

  /** Translates rows; labels and weights stay as they are. */
  public Columns apply(Columns columns) {
    if (columns.fields().size() != from.fields().size()) {
      throw new IllegalArgumentException(
          columns.fields().size() + " columns where the schema has " + from.fields().size());
    }
    List<Column> fields = new ArrayList<>();
    for (Step step : steps) {
      fields.add(column(step, columns.fields().get(step.source())));
    }
    IntBuffer names = ints(columns.domains(), d -> d < 0 ? -1 : domains[d]);
    return new Columns(columns.rows(), fields, names, columns.labels(), columns.weights());
  }

  /** The schema of what {@link #apply} gives. */
  public Schema schema() {
    return to;
  }

  private static Column column(Step step, Column column) {
    if (column instanceof Column.Numbers c) {
      return step.scale() == 1 && step.shift() == 0
          ? c
          : new Column.Numbers(numbers(c.numbers(), step.scale(), step.shift()));
    }
    if (step.ids().isEmpty()) {
      return column;
    }
    int[] ids = step.ids().get();
    IntUnaryOperator translated = id -> id < 0 ? id : ids[id];
    if (column instanceof Column.Bags c) {
      return new Column.Bags(c.offsets(), ints(c.ids(), translated));
    }
    if (column instanceof Column.Ids c) {
      return new Column.Ids(ints(c.ids(), translated));
    }
    throw new IllegalArgumentException("unknown column " + column);
  }

  private static IntBuffer ints(IntBuffer source, IntUnaryOperator change) {
    IntBuffer target = DirectBuffers.ints(Math.max(1, source.limit()));
    for (int i = 0; i < source.limit(); i++) {
      target.put(i, change.applyAsInt(source.get(i)));
    }
    return target.limit(source.limit());
  }

  private static FloatBuffer numbers(FloatBuffer source, double scale, double shift) {
    FloatBuffer target = DirectBuffers.floats(Math.max(1, source.limit()));
    for (int i = 0; i < source.limit(); i++) {
      float x = source.get(i);
      target.put(i, NumberCell.isMissing(x) ? x : NumberCell.stored(x * scale + shift));
    }
    return target.limit(source.limit());
  }
}
