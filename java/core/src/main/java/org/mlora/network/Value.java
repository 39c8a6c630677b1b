package org.mlora.network;

/** An activation: {@code width} numbers for each row of a batch. */
public record Value(int index, int width) {}
