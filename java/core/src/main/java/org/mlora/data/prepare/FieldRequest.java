package org.mlora.data.prepare;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.mlora.data.Field;
import org.mlora.data.FileNames;
import org.mlora.data.Vocabulary;
import org.mlora.network.Pooling;

/**
 * A column that becomes a field.
 *
 * @param name name of the column and of the field
 * @param width width of its embedding, where it differs from the model's
 * @param known texts that get an id wherever the table holds them, however few of their rows train
 */
public record FieldRequest(String name, Kind kind, OptionalInt width, Optional<Vocabulary> known) {
  /**
   * Checks the name.
   *
   * @throws org.mlora.error.InvalidInputException when no file can be named so
   */
  public FieldRequest {
    FileNames.check(name);
  }

  /** Ids are those of training rows alone. */
  public FieldRequest(String name, Kind kind, OptionalInt width) {
    this(name, kind, width, Optional.empty());
  }

  /** Of the model's width. */
  public FieldRequest(String name, Kind kind) {
    this(name, kind, OptionalInt.empty());
  }

  /** What the column holds. */
  public sealed interface Kind {
    /** Whether the ids of the field are those that training rows have often enough. */
    default boolean learnsVocabulary() {
      return this instanceof Categorical || this instanceof Multi;
    }

    /** A vocabulary of the texts found. */
    record Categorical() implements Kind {}

    /** Hashed into {@code rows} rows, the one for empty texts included. */
    record Hashed(int rows) implements Kind {}

    /** A list of texts. */
    record Multi(String separator, Pooling pooling) implements Kind {}

    /** A number. */
    record Numeric(Transform transform) implements Kind {}

    /** A number that becomes one of about {@code count} equally full buckets. */
    record Bucketised(int count) implements Kind {}

    /**
     * A number by a rule that other rows gave.
     *
     * @param field as it is there, with its boundaries, or its mean and deviation
     */
    record Fitted(Field field) implements Kind {}

    /**
     * Texts with embeddings in files.
     *
     * @param embeddings a float32 matrix, one row a text
     * @param ids one text a line, in the order of the rows
     */
    record Pretrained(Path embeddings, Path ids, boolean trained) implements Kind {}

    /**
     * Texts with embeddings at hand.
     *
     * @param embeddings (ids, width), without a row for unknown texts
     */
    record Embedded(Vocabulary ids, FloatBuffer embeddings, int width, boolean trained)
        implements Kind {}
  }

  /** How numbers are transformed. */
  public enum Transform {
    /** Not at all. */
    RAW,
    /** See {@link Field.NumberRule.Standardised}. */
    STANDARDISE,
    /** See {@link Field.NumberRule.Log1p}. */
    LOG1P
  }

  /** Reads a comma-separated list of fields, see {@link FieldSyntax#HELP}. */
  public static List<FieldRequest> parseAll(String text) {
    List<FieldRequest> fields = new ArrayList<>();
    for (String part : FieldSyntax.split(text, ',')) {
      fields.add(FieldSyntax.parse(part.strip()));
    }
    return fields;
  }
}
