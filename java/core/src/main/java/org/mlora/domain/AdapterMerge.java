package org.mlora.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.mlora.backend.Engine;
import org.mlora.backend.Engine.Slot;
import org.mlora.error.InvalidShapeException;
import org.mlora.network.Adapter;
import org.mlora.network.Op;
import org.mlora.network.Parameter;

/**
 * Adds one domain's adapters to the weights of a network without adapters, and takes them away
 * again: {@code W + scale A_d B_d} and {@code b + c_d} in every adapted layer. Layers are matched
 * by the names of W and b. Products are summed in double precision and rounded once.
 */
public final class AdapterMerge {
  private AdapterMerge() {}

  /**
   * Gives {@code plain} the merged weights and biases of a domain. Its other parameters stay.
   *
   * @param adapted has the weights and the adapters
   * @throws InvalidShapeException when the domain is not one of {@code adapted}, or {@code plain}
   *     has other layers
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
    for (Op op : adapted.network().ops()) {
      if (op instanceof Op.Dense dense && dense.adapter().isPresent()) {
        Adapter adapter = dense.adapter().get();
        float[] a = row(adapted, adapter.a(), adapter.rowOfA(domain));
        float[] b = row(adapted, adapter.b(), domain);
        float[] c = row(adapted, adapter.c(), domain);
        float[] weight = row(from, same(from, dense.weight()), 0);
        float[] bias = row(from, same(from, dense.bias()), 0);
        int out = c.length;
        for (int i = 0; i < weight.length; i++) {
          double sum = 0;
          for (int r = 0; r < adapter.rank(); r++) {
            sum += (double) a[i / out * adapter.rank() + r] * b[r * out + i % out];
          }
          weight[i] = (float) (weight[i] + sign * adapter.scale() * sum);
        }
        for (int u = 0; u < out; u++) {
          bias[u] = (float) ((double) bias[u] + sign * c[u]);
        }
        to.write(same(to, dense.weight()), Slot.VALUE, 0, direct(weight));
        to.write(same(to, dense.bias()), Slot.VALUE, 0, direct(bias));
      }
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

  private static float[] row(Engine engine, Parameter parameter, int row) {
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
