package org.mlora.data;

import java.nio.charset.StandardCharsets;

/** File names of fields: any field name becomes a name that is safe and unlike our own files. */
final class FileNames {
  /** Of rows' weights: a name that no field has, whatever it is called. */
  static final String WEIGHTS = "row.weight.npy";

  private FileNames() {}

  /** Letters, digits, {@code _} and {@code -} stay, other bytes become {@code %XX}. */
  static String of(String field) {
    boolean ours = field.equals("label") || field.equals("domain");
    StringBuilder name = new StringBuilder();
    for (byte b : field.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b >= '0' && b <= '9'
              || b == '_'
              || b == '-';
      if (plain && !(ours && name.isEmpty())) {
        name.append((char) b);
      } else {
        name.append(String.format("%%%02X", b & 0xFF));
      }
    }
    return name.toString();
  }
}
