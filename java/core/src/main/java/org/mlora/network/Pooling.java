package org.mlora.network;

/** How the embeddings of a multi-valued field become one vector. */
public enum Pooling {
  MEAN,
  SUM
}
