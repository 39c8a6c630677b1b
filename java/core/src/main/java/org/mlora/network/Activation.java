package org.mlora.network;

/** The function a dense layer applies to its sum. */
public enum Activation {
  /** The sum as it is. */
  NONE,
  /** max(sum, 0). */
  RELU
}
