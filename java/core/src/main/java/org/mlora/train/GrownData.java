package org.mlora.train;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Dataset;
import org.mlora.data.DirectBuffers;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.Translation;

/**
 * A data set as a model reads it that grows by what it does not know of it: domains, and ids of
 * fields with a vocabulary. Known domains and ids keep their numbers, new ones follow them.
 */
final class GrownData {
  private final Dataset data;
  private final Vocabularies words;
  private final Vocabularies known;
  private final Vocabularies grown;
  private final Schema schema;

  /**
   * Finds what is new.
   *
   * @throws InvalidInputException when the data set lacks a field of the model
   */
  GrownData(Checkpoint model, Dataset data) {
    this.data = data;
    this.words = data.vocabularies();
    this.known = model.vocabularies();
    Schema old = model.model().schema();
    Map<String, Vocabulary> vocabularies = new LinkedHashMap<>();
    List<Field> fields = new ArrayList<>();
    for (Field field : old.fields()) {
      if (Vocabularies.needed(field) && Vocabularies.needed(data.schema().field(field.name()))) {
        Vocabulary union = union(known.of(field.name()), words.of(field.name()));
        vocabularies.put(field.name(), union);
        fields.add(field.withIdCount(union.size() + 1));
      } else {
        fields.add(field);
      }
    }
    this.grown = new Vocabularies(vocabularies);
    this.schema =
        old.withFields(fields)
            .withDomains(joined(old.domains(), data.schema().domains()))
            .withWeight(data.schema().weight().or(old::weight));
  }

  private static Vocabulary union(Vocabulary known, Vocabulary more) {
    Vocabulary union = new Vocabulary();
    for (Vocabulary part : List.of(known, more)) {
      for (int id = 1; id <= part.size(); id++) {
        union.addFrom(part, id);
      }
    }
    return union;
  }

  private static List<String> joined(List<String> known, List<String> more) {
    Set<String> domains = new LinkedHashSet<>(known);
    domains.addAll(more);
    return List.copyOf(domains);
  }

  /**
   * What a training reads.
   *
   * @param checksum of the data set that the model was trained on, whose ids stay what they are
   * @throws InvalidInputException when a field is coded in a way that cannot be translated
   */
  Material material(String checksum) {
    Translation translation = Translation.between(data.schema(), words, schema, grown);
    return new Material(
        schema,
        grown,
        checksum,
        translation.apply(data.columns(Split.TRAIN)),
        translation.apply(data.columns(Split.VALIDATION)),
        this::newPretrained);
  }

  /** The embeddings of a pretrained field's new ids, (new ids, width). */
  private FloatBuffer newPretrained(String field) {
    FloatBuffer given = data.pretrained(field);
    int width = schema.field(field).embeddingWidth().orElseThrow();
    if (given.remaining() != (words.of(field).size() + 1) * width) {
      throw new InvalidInputException(
          "the embeddings of field '"
              + field
              + "' in "
              + data.folder()
              + " are not of width "
              + width
              + ", as the model's are; prepare the data with embeddings of that width");
    }
    int count = grown.of(field).size() - known.of(field).size();
    FloatBuffer rows = DirectBuffers.floats(Math.multiplyExact(count, width));
    for (int id = 1; id <= words.of(field).size(); id++) {
      if (known.of(field).id(words.of(field).text(id)) == 0) {
        rows.put(given.slice(id * width, width));
      }
    }
    return rows.flip();
  }
}
