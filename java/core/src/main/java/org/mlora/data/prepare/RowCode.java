package org.mlora.data.prepare;

import org.mlora.data.Split;

/** Domain, part and label of a row in one int; -1 stands for a dropped row. */
final class RowCode {
  static final int DROPPED = -1;

  /** Largest domain id. */
  static final int MAX_DOMAIN = (1 << 28) - 1;

  /** In place of a part that is not known yet. */
  static final int NO_PART = 3;

  private RowCode() {}

  /** The code of a row with label 0 or 1. */
  static int of(int domain, int part, int label) {
    return domain << 3 | part << 1 | label;
  }

  static int domain(int code) {
    return code >>> 3;
  }

  static int part(int code) {
    return code >>> 1 & 3;
  }

  static int label(int code) {
    return code & 1;
  }

  static boolean trains(int code) {
    return code >= 0 && part(code) == Split.TRAIN.ordinal();
  }
}
