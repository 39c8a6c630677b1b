package org.mlora.data;

import java.nio.charset.StandardCharsets;
import org.mlora.error.InvalidInputException;

/** File names of fields: any field name becomes a name that is safe and unlike our own files. */
public final class FileNames {
  private static final String EMBEDDINGS = ".embedding.npy";

  /** File systems take 255 bytes, of which the ending of embeddings is 14. */
  private static final int MAX_LENGTH = 255 - EMBEDDINGS.length();

  /** Of rows' weights: a name that no field has, whatever it is called. */
  static final String WEIGHTS = "row.weight.npy";

  static final String DOMAINS = "domain.npy";
  static final String LABELS = "label.npy";

  private FileNames() {}

  /**
   * Refuses the name of a field that no file can be named after.
   *
   * @throws InvalidInputException where it is too long
   */
  public static void check(String field) {
    int length = of(field).length();
    if (length > MAX_LENGTH) {
      throw new InvalidInputException(
          "the name of field '"
              + field
              + "' is too long: files are named after it, in "
              + length
              + " bytes where "
              + MAX_LENGTH
              + " are possible (3 for each byte that is no letter, digit, _ or -); rename the column");
    }
  }

  /** Of the ids or the numbers of a field that has one in each row. */
  static String values(String field) {
    return of(field) + ".npy";
  }

  /** Of where the lists of a multi-valued field begin. */
  static String offsets(String field) {
    return of(field) + ".offsets.npy";
  }

  /** Of what is in the lists of a multi-valued field. */
  static String ids(String field) {
    return of(field) + ".ids.npy";
  }

  /** Of the embeddings of a pretrained field. */
  static String embeddings(String field) {
    return of(field) + EMBEDDINGS;
  }

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
