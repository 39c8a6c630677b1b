package org.mlora.network;

/**
 * The low-rank adapter of a dense layer (MLoRA, RecSys 2024, section 3): adds scale x·A_d·B_d + c_d
 * to the layer's sum, where d is the domain of the row. A row of unknown domain (d = -1) gets no
 * adapter.
 *
 * @param a factor A, (domains, in, rank); or (in, rank), where all domains share it
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
    return a.shape().get(a.shape().size() - 1);
  }

  /** Whether all domains share A. */
  public boolean sharesA() {
    return a.rowKind() == RowKind.WHOLE;
  }

  /** The row of A that a domain uses. */
  public int rowOfA(int domain) {
    return sharesA() ? 0 : domain;
  }
}
