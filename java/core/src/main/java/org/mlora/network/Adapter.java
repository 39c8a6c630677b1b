package org.mlora.network;

/**
 * The low-rank adapter of a dense layer (MLoRA, RecSys 2024, section 3): adds scale x·A_d·B_d + c_d
 * to the layer's sum, where d is the domain of the row. A row of unknown domain (d = -1) gets no
 * adapter.
 *
 * @param a factor A, (domains, in, rank)
 * @param b factor B, (domains, rank, out)
 * @param c bias c, (domains, out)
 * @param scale of the product: 1 in the paper
 */
public record Adapter(Parameter a, Parameter b, Parameter c, double scale) {
  /** With scale 1. */
  public Adapter(Parameter a, Parameter b, Parameter c) {
    this(a, b, c, 1);
  }

  /** The rank. */
  public int rank() {
    return a.shape().get(2);
  }
}
