package org.mlora.cli;

/** What {@code --adapter} may be. */
enum AdapterName {
  NONE,
  MLORA;

  String label() {
    return FlagTypes.word(this);
  }
}
