package org.mlora.data;

import java.util.Locale;

/** What a constant is called in flags, files and reports. */
public final class EnumLabel {
  private EnumLabel() {}

  /** Its name in lower case, with dashes between words. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
