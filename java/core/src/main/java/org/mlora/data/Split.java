package org.mlora.data;

/** A part of a data set. */
public enum Split {
  /** Rows that weights are trained on. */
  TRAIN,
  /** Rows that say when to stop and what is best, and that predictions are calibrated on. */
  VALIDATION,
  /** Rows that results are of, and nothing is chosen by. */
  TEST;

  /** Its name in flags, folders and reports. */
  public String label() {
    return EnumLabel.of(this);
  }
}
