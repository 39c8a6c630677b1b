package org.mlora.cli;

import java.util.List;
import org.mlora.data.EnumLabel;
import org.mlora.model.AdapterSpec;

/** What {@code --adapter} may be. */
enum AdapterName {
  NONE,
  MLORA,
  MOE_MLORA;

  /** What the paper compares. */
  static final List<AdapterName> OF_THE_PAPER = List.of(NONE, MLORA);

  /** The name of a model's adapters. */
  static AdapterName of(AdapterSpec adapter) {
    return adapter instanceof AdapterSpec.None
        ? NONE
        : adapter instanceof AdapterSpec.MoeMlora ? MOE_MLORA : MLORA;
  }

  /** For headings. */
  String title() {
    return switch (this) {
      case NONE -> "Without adapters";
      case MLORA -> "MLoRA";
      case MOE_MLORA -> "MoE-MLoRA";
    };
  }

  String label() {
    return EnumLabel.of(this);
  }
}
