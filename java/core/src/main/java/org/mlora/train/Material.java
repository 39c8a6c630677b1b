package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.LongStream;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.serve.Scoring;

/**
 * What a training reads.
 *
 * @param checksum identifies the data set
 * @param pretrained gives the embeddings of a pretrained field
 */
record Material(
    Schema schema,
    Vocabularies vocabularies,
    String checksum,
    Columns train,
    Columns validation,
    Function<String, FloatBuffer> pretrained) {
  Material {
    require(train, Split.TRAIN);
    require(validation, Split.VALIDATION);
  }

  static Material of(Dataset data) {
    return new Material(
        data.schema(),
        data.vocabularies(),
        data.checksum(),
        data.columns(Split.TRAIN),
        data.columns(Split.VALIDATION),
        data::pretrained);
  }

  /** Training rows of each domain. */
  List<Long> trainRows() {
    long[] counts = new long[schema.domains().size()];
    for (int i = 0; i < train.rows(); i++) {
      int domain = train.domains().get(i);
      if (domain >= 0) {
        counts[domain]++;
      }
    }
    return LongStream.of(counts).boxed().toList();
  }

  /** The rows of some domains; empty where a split has none of them. */
  Optional<Material> of(IntPredicate domains) {
    Columns some = DomainRows.of(train, domains);
    Columns judged = DomainRows.of(validation, domains);
    return some.rows() == 0 || judged.rows() == 0
        ? Optional.empty()
        : Optional.of(new Material(schema, vocabularies, checksum, some, judged, pretrained));
  }

  /**
   * What validation rows say of an engine.
   *
   * @param rows those of validation, loaded by it
   * @throws org.mlora.error.DivergedException if a prediction is not a probability
   */
  Evaluation evaluate(Engine engine, Session.Resident rows) {
    return Evaluator.evaluate(
        Split.VALIDATION.label(),
        Scoring.probabilities(engine, rows),
        validation.outcomes(),
        validation.domains(),
        schema.domains());
  }

  private static void require(Columns columns, Split split) {
    if (columns.rows() == 0) {
      throw new InvalidInputException(
          "the split '"
              + split.label()
              + "' has no rows; training needs some, prepare the data"
              + " with another split");
    }
  }
}
