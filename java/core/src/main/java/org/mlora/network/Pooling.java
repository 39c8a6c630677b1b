package org.mlora.network;

/** How the embeddings of a multi-valued field become one vector. */
public enum Pooling {
  /** Their mean; the zero vector for an empty list. */
  MEAN,
  /** Their sum; the zero vector for an empty list. */
  SUM
}
