package org.mlora.train;

import org.mlora.data.EnumLabel;

/** How the training rows of an epoch are put into batches. */
public enum Batching {
  /** Rows of all domains shuffled together. */
  MIXED,
  /**
   * The reference protocol (spec §8): domains in shuffled order, all batches of a domain in a row,
   * its rows shuffled; each domain's last batch may be short.
   */
  SINGLE_DOMAIN;

  /** Its name in flags and files. */
  public String label() {
    return EnumLabel.of(this);
  }
}
