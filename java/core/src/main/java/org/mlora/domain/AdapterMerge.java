package org.mlora.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Parameter;

/**
 * Adds one domain's adapters to the weights of a network without adapters, and takes them away
 * again: {@code W + scale A_d B_d} and {@code b + c_d} in every adapted layer; where experts are
 * mixed by a gate g_d of the domain, {@code W + sum of g_de A_e B_e} and {@code b + sum of g_de
 * c_e}. Layers are matched by the names of W and b. Products are summed in double precision and
 * rounded once.
 */
public final class AdapterMerge {
  private AdapterMerge() {}

  /**
   * Gives {@code plain} the merged weights and biases of a domain. Its other parameters stay.
   *
   * @param adapted has the weights and the adapters
   * @throws InvalidShapeException when the domain is not one of {@code adapted}, or {@code plain}
   *     has other layers
   * @throws InvalidInputException when the adapters differ from row to row of a domain
   */
  public static void merge(Engine adapted, int domain, Engine plain) {
    apply(adapted, domain, adapted, plain, 1);
  }

  /**
   * Takes a domain's adapters away from the weights and biases that {@code plain} has: after {@link
   * #merge} of the same domain they are those of {@code adapted} again, but for rounding.
   *
   * @throws InvalidShapeException as {@link #merge}
   */
  public static void unmerge(Engine adapted, int domain, Engine plain) {
    apply(adapted, domain, plain, plain, -1);
  }

  private static void apply(Engine adapted, int domain, Engine from, Engine to, int sign) {
    if (domain < 0 || domain >= adapted.network().domains()) {
      throw new InvalidShapeException(
          "domain "
              + domain
              + " is not among the "
              + adapted.network().domains()
              + " of the model");
    }
    for (DomainShift shift : DomainShift.of(adapted, domain)) {
      add(sign, shift.shift(), from, to, shift.parameter());
    }
  }

  private static void add(int sign, double[] shift, Engine from, Engine to, Parameter parameter) {
    float[] values = row(from, same(from, parameter), 0);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] + sign * shift[i]);
    }
    to.write(same(to, parameter), Slot.VALUE, 0, direct(values));
  }

  private static Parameter same(Engine engine, Parameter parameter) {
    return engine
        .network()
        .parameter(parameter.name())
        .filter(found -> found.shape().equals(parameter.shape()))
        .orElseThrow(
            () ->
                new InvalidShapeException(
                    "the network has no '" + parameter.name() + "' of shape " + parameter.shape()));
  }

  static float[] row(Engine engine, Parameter parameter, int row) {
    float[] values = new float[parameter.rowSize()];
    FloatBuffer buffer = direct(values);
    engine.read(parameter, Slot.VALUE, (long) row * values.length, buffer);
    buffer.rewind().get(values);
    return values;
  }

  private static FloatBuffer direct(float[] values) {
    return ByteBuffer.allocateDirect(Float.BYTES * values.length)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer()
        .put(values)
        .flip();
  }
}
