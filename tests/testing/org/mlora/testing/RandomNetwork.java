package org.mlora.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.network.Activation;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * A network as no model of ours is: lookups at any place, ops of every kind on any value in any
 * order, and values of several columns that are written bit by bit. All that is written leads to
 * the logit.
 */
public final class RandomNetwork {
  private static final int MOST_OPS = 12;

  public final Schema schema;
  public final Network network;

  private final Choices choices;
  private final Network.Builder net;
  private final RandomOps ops;
  private final List<Field> fields = new ArrayList<>();
  private final List<Input> inputs = new ArrayList<>();
  private final List<Value> lookedUp = new ArrayList<>();
  private final List<Parameter> tables = new ArrayList<>();
  private Optional<Join> open = Optional.empty();

  /** A value whose columns are written one after the other. */
  private static final class Join {
    final Value value;
    int written;

    Join(Value value) {
      this.value = value;
    }

    int left() {
      return value.width() - written;
    }
  }

  public RandomNetwork(List<Integer> choices) {
    this.choices = new Choices(choices);
    int domains = this.choices.of(List.of(1, 2, 3, 4, 60));
    net = new Network.Builder(domains);
    ops = new RandomOps(this.choices, net);
    addFields();
    fieldsSideBySide();
    int count = this.choices.below(MOST_OPS + 1);
    for (int i = 0; i < count; i++) {
      step();
    }
    open.ifPresent(this::complete);
    network = net.build(logit());
    List<String> names = IntStream.range(0, domains).mapToObj(d -> "d" + d).toList();
    schema = new Schema("label", "label", "domain", names, fields);
  }

  /** Rows for it, and what fills it; the same for the same seed. */
  public RandomProblem problem(long seed, int rows) {
    return new RandomProblem(network, schema, seed, rows);
  }

  private void addFields() {
    Field.IdRule words = new Field.IdRule.Vocabulary();
    OptionalInt width = OptionalInt.empty();
    int count = 1 + choices.below(3);
    for (int i = 0; i < count; i++) {
      int ids = 2 + choices.below(9);
      String name = "f" + i;
      switch (choices.below(4)) {
        case 0 -> add(new Field.Categorical(name, ids, words, width), Input.Kind.ID, ids);
        case 1 ->
            add(
                new Field.MultiValued(name, ids, words, ";", Pooling.MEAN, width),
                Input.Kind.BAG,
                ids);
        case 2 ->
            add(new Field.Numeric(name, new Field.NumberRule.Raw(), width), Input.Kind.NUMBER, 0);
        default -> add(new Field.Pretrained(name, ids, words, 3, true), Input.Kind.ID, ids);
      }
    }
  }

  private void add(Field field, Input.Kind kind, int ids) {
    fields.add(field);
    inputs.add(net.input(field.name(), kind, ids));
  }

  private void step() {
    switch (choices.below(8)) {
      case 0, 1, 2 -> ops.one(any());
      case 3, 4 -> several();
      case 5 -> fieldsSideBySide();
      case 6 -> ops.norm(choices.of(lookedUp));
      default -> join();
    }
  }

  private void several() {
    Value x = any();
    ops.some(x, ofWidth(x), ofWidth(x));
  }

  /** Some value; the newest one first. */
  private Value any() {
    List<Value> all = ops.values();
    return all.get(all.size() - 1 - choices.below(all.size()));
  }

  /** Some value of the same width: itself, another one, or one made to be. */
  private Value ofWidth(Value x) {
    List<Value> all = new ArrayList<>(List.of(x));
    ops.values().stream().filter(v -> v.width() == x.width() && !v.equals(x)).forEach(all::add);
    int chosen = choices.below(all.size() + 1);
    return chosen < all.size() ? all.get(chosen) : ops.dense(any(), x.width());
  }

  private void fieldsSideBySide() {
    int count = choices.of(List.of(1, 2, 3, 4, 5, 40));
    int width = count > 5 ? 1 : ops.width();
    boolean equal = count > 5 || !choices.oneIn(3);
    List<Integer> widths =
        IntStream.range(0, count).mapToObj(i -> equal ? width : ops.width()).toList();
    Value out = net.value(widths.stream().mapToInt(Integer::intValue).sum());
    int column = 0;
    for (int each : widths) {
      lookUp(out, column, each);
      column += each;
    }
    lookedUp.add(out);
    ops.isWritten(out);
  }

  private void lookUp(Value out, int column, int width) {
    int chosen = choices.below(inputs.size() + 1);
    if (chosen == inputs.size()) {
      RowKind kind = choices.oneIn(6) ? RowKind.BY_ID : RowKind.BY_DOMAIN;
      Parameter table = table(kind, net.domains(), width);
      net.add(new Op.Lookup(Network.DOMAIN, table, out, column));
      return;
    }
    Input input = inputs.get(chosen);
    switch (input.kind()) {
      case ID -> {
        boolean few = input.idCount() <= net.domains();
        RowKind kind = few && choices.oneIn(3) ? RowKind.BY_DOMAIN : RowKind.BY_ID;
        int rows = kind == RowKind.BY_DOMAIN ? net.domains() : input.idCount();
        net.add(new Op.Lookup(chosen, table(kind, rows, width), out, column));
      }
      case BAG -> {
        Pooling pooling = choices.of(List.of(Pooling.MEAN, Pooling.SUM));
        Parameter table = table(RowKind.BY_ID, input.idCount(), width);
        net.add(new Op.BagLookup(chosen, table, pooling, out, column));
      }
      case NUMBER ->
          net.add(new Op.Scale(chosen, ops.whole("vector", Role.EMBEDDING, width), out, column));
    }
  }

  /** A table of its own, or one that serves already. */
  private Parameter table(RowKind kind, int rows, int width) {
    if (choices.oneIn(4)) {
      Optional<Parameter> shared =
          tables.stream()
              .filter(t -> t.rowKind() == kind && t.rows() >= rows && t.rowSize() == width)
              .findFirst();
      if (shared.isPresent()) {
        return shared.get();
      }
    }
    Parameter own = ops.table(kind, rows, width);
    tables.add(own);
    return own;
  }

  /** Begins a value that is written bit by bit, or writes more of it. */
  private void join() {
    if (open.isEmpty()) {
      open = Optional.of(new Join(net.value(1 + choices.below(12))));
    }
    write(open.get());
  }

  private void write(Join join) {
    if (choices.oneIn(4)) {
      int width = 1 + choices.below(join.left());
      lookUp(join.value, join.written, width);
      join.written += width;
    } else {
      Value from = any();
      int width = 1 + choices.below(Math.min(from.width(), join.left()));
      int column = choices.below(from.width() - width + 1);
      ops.copy(from, column, width, join.value, join.written);
      join.written += width;
    }
    if (join.left() == 0) {
      ops.isWritten(join.value);
      open = Optional.empty();
    }
  }

  private void complete(Join join) {
    while (join.left() > 0) {
      write(join);
    }
  }

  private Value logit() {
    List<Value> ends = ops.values().stream().filter(v -> !ops.feeds(v)).toList();
    if (ends.size() == 1) {
      Value end = ends.get(0);
      return end.width() == 1 && choices.below(2) == 0 ? end : ops.narrow(tower(end));
    }
    return switch (choices.below(3)) {
      case 0 -> ops.narrow(tower(sideBySide(ends)));
      case 1 -> ops.narrow(sideBySide(ends.stream().map(ops::narrow).toList()));
      default ->
          ends.stream()
              .map(ops::narrow)
              .reduce((a, b) -> ops.add(new Op.Add(a, b, Activation.NONE, net.value(1)), a, b))
              .orElseThrow();
    };
  }

  private Value tower(Value x) {
    int layers = choices.below(4);
    for (int i = 0; i < layers; i++) {
      x = ops.dense(x, ops.width());
    }
    return x;
  }

  private Value sideBySide(List<Value> parts) {
    Value out = net.value(parts.stream().mapToInt(Value::width).sum());
    int column = 0;
    for (Value part : parts) {
      ops.copy(part, 0, part.width(), out, column);
      column += part.width();
    }
    return out;
  }
}
