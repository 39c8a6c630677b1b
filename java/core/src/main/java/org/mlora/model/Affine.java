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
 * A layer x W + b without dropout.
 *
 * @param weight name of W, (in, width)
 * @param bias name of b, (width)
 */
public record Affine(String weight, String bias) {
  /** A layer whose parameters have these names. */
  public static Affine named(String weight, String bias) {
    return new Affine(weight, bias);
  }

  /**
   * x W + b, (rows, width).
   *
   * @param role of both parameters
   * @param initializer of W; b starts at 0
   */
  public Value over(Layout layout, Value x, int width, Role role, Initializer initializer) {
    return over(layout, x, width, role, initializer, 0);
  }

  /** The same with a penalty on W. */
  public Value over(
      Layout layout, Value x, int width, Role role, Initializer initializer, double l2) {
    return layer(layout, x, width, role, initializer, l2, Activation.NONE, Optional.empty());
  }

  /**
   * The same as a part of the backbone, with an adapter where the spec asks for one.
   *
   * @param place by which {@link AdapterSpec.Mlora#places} asks for it
   * @param name follows {@code A}, {@code B} and {@code bd} in the names of the adapter's
   *     parameters
   */
  public Value adapted(
      Layout layout,
      Value x,
      int width,
      Initializer initializer,
      double l2,
      AdapterPlace place,
      String name) {
    Optional<Adapter> adapter = Adapters.of(layout, place, name, x.width(), width);
    return layer(layout, x, width, Role.BACKBONE, initializer, l2, Activation.NONE, adapter);
  }

  /** relu(x W + b), part of the backbone. */
  public Value relu(Layout layout, Value x, int width) {
    Initializer drawn = layout.spec().initializers().weight();
    return layer(layout, x, width, Role.BACKBONE, drawn, 0, Activation.RELU, Optional.empty());
  }

  private Value layer(
      Layout layout,
      Value x,
      int width,
      Role role,
      Initializer initializer,
      double l2,
      Activation activation,
      Optional<Adapter> adapter) {
    Parameter w =
        layout
            .net()
            .parameter(weight, List.of(x.width(), width), RowKind.WHOLE, role, initializer, l2);
    Parameter b =
        layout
            .net()
            .parameter(bias, List.of(width), RowKind.WHOLE, role, new Initializer.Zeros(), 0);
    int undrawn = layout.spec().hidden().size(); // the streams before are the tower's
    Value out = layout.net().value(width);
    return layout.net().add(new Op.Dense(x, w, b, adapter, activation, 0, undrawn, out));
  }
}
