package org.mlora.data;

/** A part of a data set. */
public enum Split {
  TRAIN,
  VALIDATION,
  TEST;

  /** Its name in flags, folders and reports. */
  public String label() {
    return EnumLabel.of(this);
  }
}
