package org.mlora.model;

import org.mlora.data.EnumLabel;

/** Layers that adapters can be on. */
public enum AdapterPlace {
  /** The dense layers of the tower, as in the paper. */
  TOWER(""),
  /** The layers that map embeddings of other widths to that of the interactions. */
  PROJECTION("proj_"),
  /** Cross layers of matrix form. */
  CROSS("cross_"),
  /** The query, key, value and residual matrices of interacting layers. */
  ATTENTION("att_");

  private final String prefix;

  AdapterPlace(String prefix) {
    this.prefix = prefix;
  }

  /** What the names of its adapters' parameters begin with. */
  String prefix() {
    return prefix;
  }

  /** Its name in flags and files. */
  public String label() {
    return EnumLabel.of(this);
  }
}
