package org.mlora.data;

import java.util.OptionalInt;
import org.mlora.network.Pooling;

/** A feature of a row. Ids count from 1; row 0 of every vocabulary is kept for unknown ids. */
public sealed interface Field {
  String name();

  /** Width of its embedding, where it differs from the model's. */
  OptionalInt embeddingWidth();

  /**
   * One id a row.
   *
   * @param idCount rows of its table, the unknown row 0 included
   * @param ids how text becomes an id
   */
  record Categorical(String name, int idCount, IdRule ids, OptionalInt embeddingWidth)
      implements Field {}

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
      implements Field {}

  /** One number a row, stored after {@code transform}. */
  record Numeric(String name, NumberRule transform, OptionalInt embeddingWidth) implements Field {}

  /**
   * One id a row whose embeddings came with the data, (idCount, width), row 0 zeros.
   *
   * @param trained whether training moves them
   */
  record Pretrained(String name, int idCount, IdRule ids, int width, boolean trained)
      implements Field {
    @Override
    public OptionalInt embeddingWidth() {
      return OptionalInt.of(width);
    }
  }

  /** How text becomes an id. */
  sealed interface IdRule {
    /** Looked up in the field's vocabulary file; absent text is id 0. */
    record Vocabulary() implements IdRule {}

    /** 1 + hash(text) mod (idCount - 1); empty text is id 0. */
    record Hashed() implements IdRule {}

    /** Number of boundaries that are at most the number, plus 1; empty text is id 0. */
    record Buckets(java.util.List<Double> boundaries) implements IdRule {}
  }

  /** How a number is transformed before it is stored; missing text becomes 0 after the transform. */
  sealed interface NumberRule {
    record Raw() implements NumberRule {}

    /** (x - mean) / deviation, both of the training rows. */
    record Standardised(double mean, double deviation) implements NumberRule {}

    /** sign(x) log(1 + |x|). */
    record Log1p() implements NumberRule {}
  }
}
