package org.mlora.data;

/** A part of a data set. */
public enum Split {
  TRAIN("train"),
  VALIDATION("validation"),
  TEST("test");

  private final String label;

  Split(String label) {
    this.label = label;
  }

  /** Its name in flags, folders and reports. */
  public String label() {
    return label;
  }
}
