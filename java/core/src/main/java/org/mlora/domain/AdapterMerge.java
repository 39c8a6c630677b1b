package org.mlora.domain;

import java.nio.FloatBuffer;
import java.util.List;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Parameter;

/**
 * Adds one domain's adapters to the weights of a network without adapters: {@code W + scale A_d
 * B_d} and {@code b + c_d} in every adapted layer; where experts are mixed by a gate g_d of the
 * domain, {@code W + sum of g_de A_e B_e} and {@code b + sum of g_de c_e}. Layers are matched by
 * the names of W and b. Products are summed in double precision and rounded once.
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
    if (domain < 0 || domain >= adapted.network().domains()) {
      throw new InvalidShapeException(
          "domain "
              + domain
              + " is not among the "
              + adapted.network().domains()
              + " of the model");
    }
    merge(adapted, DomainShift.of(adapted, domain), plain);
  }

  /** The same with what the domain's adapters add. */
  static void merge(Engine adapted, List<DomainShift> shifts, Engine plain) {
    for (DomainShift shift : shifts) {
      float[] values = row(adapted, shift.parameter(), 0);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] + shift.shift()[i]);
      }
      plain.write(same(plain, shift.parameter()), Slot.VALUE, 0, FloatBuffer.wrap(values));
    }
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
    engine.read(parameter, Slot.VALUE, (long) row * values.length, FloatBuffer.wrap(values));
    return values;
  }
}
