package org.mlora.cli;

import picocli.CommandLine.ITypeConverter;

/** What {@code --adapter} may be. */
enum AdapterName {
  NONE,
  MLORA;

  @Override
  public String toString() {
    return FlagTypes.word(this);
  }

  /** Reads one. */
  static final class Converter implements ITypeConverter<AdapterName> {
    @Override
    public AdapterName convert(String text) {
      return FlagTypes.word(text, AdapterName.class);
    }
  }
}
