package org.mlora.data;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;

/** A feature of a row. Ids count from 1; row 0 of every vocabulary is kept for unknown ids. */
public sealed interface Field {
  /** Largest width of an embedding. */
  int MAX_WIDTH = 1 << 16;

  /** Its name, unique in a schema. */
  String name();

  /** Width of its embedding, where it differs from the model's. */
  OptionalInt embeddingWidth();

  /** How its text becomes ids; empty for numbers. */
  default Optional<IdRule> idRule() {
    if (this instanceof Categorical f) {
      return Optional.of(f.ids());
    }
    if (this instanceof MultiValued f) {
      return Optional.of(f.ids());
    }
    return this instanceof Pretrained f ? Optional.of(f.ids()) : Optional.empty();
  }

  /** Rows of its table, the unknown row 0 included; empty for numbers. */
  default OptionalInt tableRows() {
    if (this instanceof Categorical f) {
      return OptionalInt.of(f.idCount());
    }
    if (this instanceof MultiValued f) {
      return OptionalInt.of(f.idCount());
    }
    return this instanceof Pretrained f ? OptionalInt.of(f.idCount()) : OptionalInt.empty();
  }

  /**
   * The same with a table of other size.
   *
   * @param idCount rows of its table, the unknown row 0 included
   * @throws IllegalArgumentException for numbers, which have none
   */
  default Field withIdCount(int idCount) {
    if (this instanceof Categorical f) {
      return new Categorical(f.name(), idCount, f.ids(), f.embeddingWidth());
    }
    if (this instanceof MultiValued f) {
      return new MultiValued(
          f.name(), idCount, f.ids(), f.separator(), f.pooling(), f.embeddingWidth());
    }
    if (this instanceof Pretrained f) {
      return new Pretrained(f.name(), idCount, f.ids(), f.width(), f.trained());
    }
    throw new IllegalArgumentException("field '" + name() + "' has no ids");
  }

  /**
   * One id a row.
   *
   * @param idCount rows of its table, the unknown row 0 included
   * @param ids how text becomes an id
   */
  record Categorical(String name, int idCount, IdRule ids, OptionalInt embeddingWidth)
      implements Field {
    /**
     * Checks the size of the table.
     *
     * @throws InvalidInputException when it is too small for the rule
     */
    public Categorical {
      ids.check(name, idCount);
    }
  }

  /**
   * A list of ids a row, in text separated by {@code separator}.
   *
   * @param idCount rows of its table, the unknown row 0 included
   */
  record MultiValued(
      String name,
      int idCount,
      IdRule ids,
      String separator,
      Pooling pooling,
      OptionalInt embeddingWidth)
      implements Field {
    /**
     * Checks the size of the table, and the separator.
     *
     * @throws InvalidInputException when the table is too small for the rule, or the separator
     *     empty
     */
    public MultiValued {
      ids.check(name, idCount);
      if (separator.isEmpty()) {
        throw new InvalidInputException("field '" + name + "' has an empty separator");
      }
    }
  }

  /** One number a row, stored after {@code transform}. */
  record Numeric(String name, NumberRule transform, OptionalInt embeddingWidth) implements Field {}

  /**
   * One id a row whose embeddings came with the data, (idCount, width), row 0 zeros.
   *
   * @param trained whether training moves them
   */
  record Pretrained(String name, int idCount, IdRule ids, int width, boolean trained)
      implements Field {
    /**
     * Checks the size of the table.
     *
     * @throws InvalidInputException when it is too small for the rule
     */
    public Pretrained {
      ids.check(name, idCount);
    }

    @Override
    public OptionalInt embeddingWidth() {
      return OptionalInt.of(width);
    }
  }

  /** How text becomes an id. */
  sealed interface IdRule {
    /** Refuses a table too small for the rule. */
    default void check(String field, int idCount) {
      int least = this instanceof Hashed ? 2 : 1;
      if (this instanceof Buckets buckets) {
        // Ids are 0 for missing and 1 .. boundaries + 1.
        least = buckets.boundaries().size() + 2;
      }
      if (idCount < least) {
        throw new InvalidInputException(
            "field '" + field + "' has " + idCount + " ids; at least " + least + " are needed");
      }
    }

    /** Looked up in the field's vocabulary file; absent text is id 0. */
    record Vocabulary() implements IdRule {}

    /** 1 + hash(text) mod (idCount - 1), see {@link TextHash}; empty text is id 0. */
    record Hashed() implements IdRule {}

    /** Number of boundaries that are at most the number, plus 1; empty text is id 0. */
    record Buckets(List<Double> boundaries) implements IdRule {
      /**
       * Checks the boundaries.
       *
       * @throws InvalidInputException when they are not finite and ascending
       */
      public Buckets {
        boundaries = List.copyOf(boundaries);
        for (int i = 0; i < boundaries.size(); i++) {
          if (!Double.isFinite(boundaries.get(i))
              || i > 0 && boundaries.get(i) <= boundaries.get(i - 1)) {
            throw new InvalidInputException(
                "bucket boundaries must be finite and ascending, not " + boundaries);
          }
        }
      }
    }
  }

  /**
   * How a number is transformed before it is stored; missing text becomes 0 after the transform.
   */
  sealed interface NumberRule {
    /** The number as it is. */
    record Raw() implements NumberRule {}

    /** (x - mean) / deviation, both of the training rows. */
    record Standardised(double mean, double deviation) implements NumberRule {
      /**
       * Checks the numbers.
       *
       * @throws InvalidInputException when one is not finite, or the deviation not above 0
       */
      public Standardised {
        if (!Double.isFinite(mean) || !Double.isFinite(deviation) || deviation <= 0) {
          throw new InvalidInputException(
              "mean "
                  + mean
                  + " and deviation "
                  + deviation
                  + " must be finite, the latter above 0");
        }
      }
    }

    /** sign(x) log(1 + |x|). */
    record Log1p() implements NumberRule {}
  }
}
