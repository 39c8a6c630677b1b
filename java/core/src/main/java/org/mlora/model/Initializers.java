package org.mlora.model;

import org.mlora.error.InvalidInputException;
import org.mlora.network.Initializer;
import org.mlora.network.Initializer.GlorotUniform;
import org.mlora.network.Initializer.Normal;
import org.mlora.network.Initializer.XavierNormal;
import org.mlora.network.Initializer.Zeros;

/**
 * How the parts of a model start; biases of the backbone start at 0.
 *
 * @param embedding tables and vectors of fields and of the domain
 * @param weight W of dense layers
 * @param adapterA A of adapters
 * @param adapterB B of adapters; zeros make a new adapter add nothing
 * @param adapterC c of adapters
 * @param head weights of the last layer
 */
public record Initializers(
    Initializer embedding,
    Initializer weight,
    Initializer adapterA,
    Initializer adapterB,
    Initializer adapterC,
    Initializer head) {
  /**
   * Checks the parts.
   *
   * @throws InvalidInputException when one is {@link Initializer.Pretrained}, which is for fields
   */
  public Initializers {
    requireDrawn("embedding", embedding);
    requireDrawn("weight", weight);
    requireDrawn("adapter_a", adapterA);
    requireDrawn("adapter_b", adapterB);
    requireDrawn("adapter_c", adapterC);
    requireDrawn("head", head);
  }

  /**
   * Embeddings N(0, 0.01²), W normal with sd sqrt(2 / (in + out)), B and c 0. A is normal with sd
   * sqrt(2 / (domains (in + rank))): its fans count the domains, as in the published code (quirk
   * Q12). The more domains share the rows, the less each adapter should do at first; on MovieLens
   * by age and occupation that is worth 0.001 WAUC against fans without the domains.
   */
  public static Initializers defaults() {
    return new Initializers(
        new Normal(0.01),
        new XavierNormal(false),
        new XavierNormal(true),
        new Zeros(),
        new Zeros(),
        new GlorotUniform(false));
  }

  private static void requireDrawn(String part, Initializer initializer) {
    if (initializer instanceof Initializer.Pretrained) {
      throw new InvalidInputException(
          "the initializer of "
              + part
              + " is 'pretrained', which only a pretrained field can have");
    }
  }
}
