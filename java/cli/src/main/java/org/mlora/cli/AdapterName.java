package org.mlora.cli;

import java.util.List;

/** What {@code --adapter} may be. */
enum AdapterName {
  NONE,
  MLORA,
  MOE_MLORA;

  /** What the paper compares. */
  static final List<AdapterName> OF_THE_PAPER = List.of(NONE, MLORA);

  /** For headings. */
  String title() {
    return switch (this) {
      case NONE -> "Without adapters";
      case MLORA -> "MLoRA";
      case MOE_MLORA -> "MoE-MLoRA";
    };
  }

  String label() {
    return FlagTypes.word(this);
  }
}
