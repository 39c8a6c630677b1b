package org.mlora.backend.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.Engine;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Pooling;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/**
 * A network that uses every op of the MLP, small enough to be computed by hand: an id, a bag, a
 * number and the domain, each one wide, into a dense layer of width 1 with an adapter of rank 1.
 */
final class SmallNetwork {
  static final int DOMAINS = 2;

  private final Network.Builder builder = new Network.Builder(DOMAINS);
  final Input id = builder.input("item", Input.Kind.ID, 3);
  final Input bag = builder.input("tags", Input.Kind.BAG, 4);
  final Input number = builder.input("price", Input.Kind.NUMBER, 0);
  final Parameter items = parameter("items", RowKind.BY_ID, Role.EMBEDDING, 3, 1);
  final Parameter tags = parameter("tags", RowKind.BY_ID, Role.EMBEDDING, 4, 1);
  final Parameter prices = parameter("prices", RowKind.WHOLE, Role.EMBEDDING, 1);
  final Parameter domains = parameter("domains", RowKind.BY_DOMAIN, Role.EMBEDDING, DOMAINS, 1);
  final Parameter weight = parameter("weight", RowKind.WHOLE, Role.HEAD, 4, 1);
  final Parameter bias = parameter("bias", RowKind.WHOLE, Role.HEAD, 1);
  final Parameter a = parameter("a", RowKind.BY_DOMAIN, Role.ADAPTER, DOMAINS, 4, 1);
  final Parameter b = parameter("b", RowKind.BY_DOMAIN, Role.ADAPTER, DOMAINS, 1, 1);
  final Parameter c = parameter("c", RowKind.BY_DOMAIN, Role.ADAPTER, DOMAINS, 1);
  final Network network = layOut();

  private Network layOut() {
    Value x = builder.value(4);
    Value logit = builder.value(1);
    builder.add(new Op.Lookup(id.index(), items, x, 0));
    builder.add(new Op.BagLookup(bag.index(), tags, Pooling.MEAN, x, 1));
    builder.add(new Op.Scale(number.index(), prices, x, 2));
    builder.add(new Op.Lookup(Network.DOMAIN, domains, x, 3));
    builder.add(
        new Op.Dense(
            x, weight, bias, Optional.of(new Adapter(a, b, c)), Activation.NONE, 0, 0, logit));
    return builder.build(logit);
  }

  private Parameter parameter(String name, RowKind kind, Role role, Integer... shape) {
    return builder.parameter(name, List.of(shape), kind, role, new Initializer.Zeros(), 0);
  }

  /** Writes numbers from which {@link #expectedLogits} follow. */
  void fill(Engine engine) {
    write(engine, items, 0, 1, 2);
    write(engine, tags, 0, 1, 2, 4);
    write(engine, prices, 3);
    write(engine, domains, 10, 20);
    write(engine, weight, 1, 2, 3, 4);
    write(engine, bias, 0.5f);
    write(engine, a, 1, 0, 0, 0, 0, 1, 0, 0);
    write(engine, b, 2, 3);
    write(engine, c, 0.25f, -0.25f);
  }

  /** Three rows: of domain 0, of domain 1 with an empty bag, of unknown domain and id. */
  Columns columns() {
    return new Columns(
        3,
        List.of(
            new Column.Ids(ints(1, 2, -1)),
            new Column.Bags(longs(0, 2, 2, 3), ints(1, 3, 2)),
            new Column.Numbers(floats(1, 0, -1))),
        ints(0, 1, -1),
        floats(1, 0, 1));
  }

  /**
   * x = (item, mean of tags, 3 price, domain); x W + 0.5 + x A_d B_d + c_d by hand.
   *
   * <ul>
   *   <li>x = (1, 2.5, 3, 10): 1 + 5 + 9 + 40 + 0.5 + 2 · 1 + 0.25
   *   <li>x = (2, 0, 0, 20): 2 + 80 + 0.5 + 3 · 0 - 0.25
   *   <li>x = (0, 2, -3, 0): 4 - 9 + 0.5, no adapter
   * </ul>
   */
  static float[] expectedLogits() {
    return new float[] {57.75f, 82.25f, -4.5f};
  }

  Optimization sgd(double learningRate) {
    return new Optimization(
        new Optimizer.Sgd(learningRate),
        1,
        network.parameters().stream().map(p -> new Optimization.Rule(0, p.rows(), 1, 0)).toList());
  }

  static void write(Engine engine, Parameter parameter, float... values) {
    engine.write(parameter, Engine.Slot.VALUE, 0, floats(values));
  }

  static float[] read(Engine engine, Parameter parameter, Engine.Slot slot) {
    FloatBuffer target = direct(Math.toIntExact(parameter.size()) * 4).asFloatBuffer();
    engine.read(parameter, slot, 0, target);
    float[] values = new float[target.capacity()];
    target.get(0, values);
    return values;
  }

  static IntBuffer ints(int... values) {
    return direct(4 * values.length).asIntBuffer().put(values).rewind();
  }

  static LongBuffer longs(long... values) {
    return direct(8 * values.length).asLongBuffer().put(values).rewind();
  }

  static FloatBuffer floats(float... values) {
    return direct(4 * values.length).asFloatBuffer().put(values).rewind();
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
