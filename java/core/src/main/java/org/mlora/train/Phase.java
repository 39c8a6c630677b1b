package org.mlora.train;

import java.util.Locale;
import org.mlora.network.Role;

/** A part of a training with its own trained parameters, optimizer state and early stopping. */
public enum Phase {
  /** All parameters. */
  JOINT,
  /** All but the adapters, which stay as they start (B = 0 and c = 0 add nothing). */
  PRETRAIN,
  /** A, B and c alone. */
  FINETUNE,
  /** The rows of one new domain: its embedding and its A, B and c. */
  ONBOARD;

  /** Its name in files and reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it trains parameters of this role, or moves statistics. */
  boolean trains(Role role) {
    return switch (this) {
      case JOINT -> true;
      case PRETRAIN -> role != Role.ADAPTER;
      case FINETUNE -> role == Role.ADAPTER;
      case ONBOARD ->
          role == Role.ADAPTER
              || role == Role.TOWER
              || role == Role.EMBEDDING
              || role == Role.STATISTICS;
    };
  }
}
