package org.mlora.network;

/** The function a dense layer applies to its sum. */
public enum Activation {
  NONE,
  RELU
}
