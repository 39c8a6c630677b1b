package org.mlora.data;

import java.util.Locale;

/** A part of a data set. */
public enum Split {
  TRAIN,
  VALIDATION,
  TEST;

  /** Its name in flags, folders and reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
