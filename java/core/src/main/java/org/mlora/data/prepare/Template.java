package org.mlora.data.prepare;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.data.table.LabelRule;
import org.mlora.error.InvalidInputException;

/**
 * A data set or a model that tables are prepared like: with its label, domain column and fields,
 * the boundaries of its buckets, its means and deviations, its embeddings, and its ids beside new
 * ones.
 *
 * @param source its folder
 * @param embeddings by pretrained field, (ids, width), row 0 that of unknown texts
 */
public record Template(
    Path source, Schema schema, Vocabularies vocabularies, Map<String, FloatBuffer> embeddings) {
  /** Copies the map, not the buffers. */
  public Template {
    embeddings = Map.copyOf(embeddings);
  }

  /** A prepared data set, which may be closed afterwards. */
  public static Template of(Dataset data) {
    Map<String, FloatBuffer> embeddings = new LinkedHashMap<>();
    for (Field field : data.schema().fields()) {
      if (field instanceof Field.Pretrained) {
        embeddings.put(field.name(), data.pretrained(field.name()));
      }
    }
    return new Template(data.folder(), data.schema(), data.vocabularies(), embeddings);
  }

  /**
   * How a column becomes its label.
   *
   * @throws InvalidInputException where its schema holds no rule
   */
  public LabelRule label() {
    try {
      return LabelRule.parse(schema.labelRule());
    } catch (InvalidInputException e) {
      throw new InvalidInputException(source + ": " + e.getMessage(), e);
    }
  }

  /**
   * Its fields, as columns of another table become them.
   *
   * @throws InvalidInputException where a field is of a kind that no column of a table becomes
   */
  public List<FieldRequest> fields() {
    return schema.fields().stream().map(this::request).toList();
  }

  private FieldRequest request(Field field) {
    FieldRequest.Kind kind = kind(field);
    return new FieldRequest(
        field.name(),
        kind,
        field instanceof Field.Pretrained ? OptionalInt.empty() : field.embeddingWidth(),
        kind.learnsVocabulary() ? Optional.of(vocabulary(field)) : Optional.empty());
  }

  private FieldRequest.Kind kind(Field field) {
    if (field instanceof Field.Numeric) {
      return new FieldRequest.Kind.Fitted(field);
    }
    Field.IdRule rule = field.idRule().orElseThrow();
    if (field instanceof Field.Categorical categorical) {
      if (rule instanceof Field.IdRule.Buckets) {
        return new FieldRequest.Kind.Fitted(field);
      }
      return rule instanceof Field.IdRule.Hashed
          ? new FieldRequest.Kind.Hashed(categorical.idCount())
          : new FieldRequest.Kind.Categorical();
    }
    if (rule instanceof Field.IdRule.Vocabulary) {
      if (field instanceof Field.MultiValued multi) {
        return new FieldRequest.Kind.Multi(multi.separator(), multi.pooling());
      }
      if (field instanceof Field.Pretrained pretrained) {
        return embedded(pretrained);
      }
    }
    throw new InvalidInputException(
        source
            + ": field '"
            + field.name()
            + "' is of a kind that no column of a table becomes (its ids are no vocabulary's); name"
            + " another data set or model");
  }

  private FieldRequest.Kind.Embedded embedded(Field.Pretrained field) {
    FloatBuffer table = Objects.requireNonNull(embeddings.get(field.name()));
    // Row 0 is not of a text.
    FloatBuffer rows = table.slice(field.width(), table.limit() - field.width());
    return new FieldRequest.Kind.Embedded(vocabulary(field), rows, field.width(), field.trained());
  }

  private Vocabulary vocabulary(Field field) {
    return vocabularies.of(field.name());
  }
}
