package org.mlora.bench.peer;

import java.util.List;
import java.util.Locale;

/** How libtorch applies adapters to a batch of mixed domains; see {@code mlora.py}. */
public enum Way {
  /** Every row with a copy of its domain's factors, by batched products. */
  GATHERED,
  /** All domains' factors for every row, the others' results put to zero. */
  MASKED,
  /** Domain by domain. */
  SEGMENTED,
  /** Domains side by side, filled up to the longest, by batched products. */
  PADDED,
  /** Domain by domain with W + A B, in inference. */
  MERGED;

  /** Those that can train. */
  public static final List<Way> TRAINING = List.of(GATHERED, MASKED, SEGMENTED, PADDED);

  /** For tables. */
  public String label() {
    return key();
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
