package org.mlora.model;

import java.util.List;
import java.util.Optional;
import org.mlora.network.Activation;
import org.mlora.network.Adapter;
import org.mlora.network.Initializer;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/**
 * Dense layers y = relu(dropout(x W + b) + x A_d B_d + c_d), one for each hidden width. Layer i has
 * parameters {@code Wi bi} and, with adapters, {@code Ai Bi bdi}, and draws dropout stream i.
 */
public final class DenseTower {
  private static final int STREAMS_OF_A_TOWER = 1 << 10;

  private DenseTower() {}

  /** What a model makes of a layer's output, (rows, width), before the next layer reads it. */
  public interface Between {
    /**
     * What the next layer reads.
     *
     * @param layer number of the layer, from 0
     */
    Value after(int layer, Value output);
  }

  /** The last layer's output, (rows, last hidden width). A model has one such tower. */
  public static Value over(Layout layout, Value input) {
    return over(layout, input, (layer, output) -> output);
  }

  /** The same with something done after each layer. */
  public static Value over(Layout layout, Value input, Between between) {
    List<Integer> widths = layout.spec().hidden();
    Optional<ExpertAdapters> experts = ExpertAdapters.of(layout, input);
    Value x = input;
    for (int i = 0; i < widths.size(); i++) {
      x = between.after(i, layer(layout, i, x, widths.get(i), experts));
    }
    return x;
  }

  /**
   * A tower without adapters, whose parameters have the prefix before their names and whose layers
   * draw dropout streams of their own.
   *
   * @param number of the tower, from 0, among those of the model; of two with one number, both drop
   *     the same units
   */
  public static Value unadapted(
      Layout layout, String prefix, int number, Value input, List<Integer> widths) {
    Value x = input;
    Initializer initializer = layout.spec().initializers().weight();
    for (int i = 0; i < widths.size(); i++) {
      List<Integer> shape = List.of(x.width(), widths.get(i));
      Parameter weight = backbone(layout, prefix + "W" + i, shape, initializer);
      Parameter bias =
          backbone(layout, prefix + "b" + i, shape.subList(1, 2), new Initializer.Zeros());
      int stream = STREAMS_OF_A_TOWER * (number + 1) + i;
      double dropout = layout.spec().dropout();
      Value out = layout.net().value(widths.get(i));
      Op.Dense dense =
          new Op.Dense(x, weight, bias, Optional.empty(), Activation.RELU, dropout, stream, out);
      x = layout.net().add(dense);
    }
    return x;
  }

  private static Value layer(
      Layout layout, int i, Value x, int width, Optional<ExpertAdapters> experts) {
    Initializer initializer = layout.spec().initializers().weight();
    Parameter weight = backbone(layout, "W" + i, List.of(x.width(), width), initializer);
    Parameter bias = backbone(layout, "b" + i, List.of(width), new Initializer.Zeros());
    Optional<Adapter> adapter = Adapters.ofTower(layout, i, x.width(), width);
    Value out = layout.net().value(width);
    double dropout = layout.spec().dropout();
    Activation activation = experts.isEmpty() ? Activation.RELU : Activation.NONE;
    layout.net().add(new Op.Dense(x, weight, bias, adapter, activation, dropout, i, out));
    return experts.map(all -> all.added(i, x, out)).orElse(out);
  }

  private static Parameter backbone(
      Layout layout, String name, List<Integer> shape, Initializer initializer) {
    return layout.net().parameter(name, shape, RowKind.WHOLE, Role.BACKBONE, initializer, 0);
  }
}
