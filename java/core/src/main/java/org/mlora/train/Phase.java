package org.mlora.train;

import org.mlora.data.EnumLabel;
import org.mlora.network.Role;

/** A part of a training with its own trained parameters, optimizer state and early stopping. */
public enum Phase {
  /** All parameters. */
  JOINT,
  /** All but the adapters, which stay as they start (B = 0 and c = 0 add nothing). */
  PRETRAIN,
  /** The same, not to go on from but to choose between it and what another phase ends with. */
  CONTROL,
  /** A, B and c alone, and what weighs them. */
  FINETUNE,
  /** A, B and c of one expert, on the rows of its own domains, where it alone has weight. */
  SPECIALIZE,
  /** What weighs the experts. */
  GATE,
  /** The rows of one new domain: its embedding and its A, B and c. */
  ONBOARD;

  /** Its name in files and reports. */
  public String label() {
    return EnumLabel.of(this);
  }

  /** Whether it trains parameters of this role, or moves statistics. */
  boolean trains(Role role) {
    return switch (this) {
      case JOINT -> true;
      case PRETRAIN, CONTROL -> role != Role.ADAPTER && role != Role.GATE;
      case FINETUNE -> role == Role.ADAPTER || role == Role.GATE;
      case SPECIALIZE -> role == Role.ADAPTER;
      case GATE -> role == Role.GATE;
      case ONBOARD -> role != Role.BACKBONE && role != Role.HEAD;
    };
  }
}
