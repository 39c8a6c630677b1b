package org.mlora.network;

/**
 * A column that the network reads.
 *
 * @param field the field's name in the schema
 * @param idCount ids are in [0, idCount); 0 for {@link Kind#NUMBER}
 */
public record Input(int index, String field, Kind kind, int idCount) {
  /** How the column stores a row. */
  public enum Kind {
    /** One id a row; a negative id means unknown and reads as a zero vector. */
    ID,
    /** A list of ids a row, possibly empty. */
    BAG,
    /** One float a row. */
    NUMBER
  }
}
