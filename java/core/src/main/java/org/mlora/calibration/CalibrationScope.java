package org.mlora.calibration;

/** Which rows share a line of {@link PlattScaling}. */
public enum CalibrationScope {
  /** No line: a prediction is the sigmoid of its logit. */
  NONE("none"),
  /** All of them. */
  GLOBAL("global"),
  /** Those of a domain. */
  BY_DOMAIN("by-domain");

  private final String label;

  CalibrationScope(String label) {
    this.label = label;
  }

  /** Its name in flags and files. */
  public String label() {
    return label;
  }
}
