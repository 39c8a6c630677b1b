package org.mlora.calibration;

import org.mlora.data.EnumLabel;

/** Which rows share a line of {@link PlattScaling}. */
public enum CalibrationScope {
  /** No line: a prediction is the sigmoid of its logit. */
  NONE,
  /** All of them. */
  GLOBAL,
  /** Those of a domain. */
  BY_DOMAIN;

  /** Its name in flags and files. */
  public String label() {
    return EnumLabel.of(this);
  }
}
