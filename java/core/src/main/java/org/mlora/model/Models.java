package org.mlora.model;

import org.mlora.data.Schema;
import org.mlora.network.Network;

/** The registry of models: one line each. */
public final class Models {
  private Models() {}

  /** Lays the model out for the fields of the schema. Inputs are the schema's fields, in order. */
  public static Network build(ModelSpec spec, Schema schema) {
    throw new IllegalStateException("to be written: " + spec + schema);
  }
}
