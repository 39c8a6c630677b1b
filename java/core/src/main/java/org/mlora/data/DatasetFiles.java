package org.mlora.data;

import java.util.ArrayList;
import java.util.List;

/** The files of a data set. */
final class DatasetFiles {
  private DatasetFiles() {}

  /** Those that every data set of the schema has, below its folder with {@code /} between names. */
  static List<String> of(Schema schema) {
    List<String> files = new ArrayList<>(List.of(SchemaJson.NAME));
    files.addAll(Vocabularies.files(schema));
    for (Split split : Split.values()) {
      columns(schema).forEach(column -> files.add(split.label() + "/" + column));
    }
    for (Field field : schema.fields()) {
      if (field instanceof Field.Pretrained) {
        files.add(FileNames.embeddings(field.name()));
      }
    }
    return files;
  }

  private static List<String> columns(Schema schema) {
    List<String> columns = new ArrayList<>(List.of(FileNames.DOMAINS, FileNames.LABELS));
    schema.weight().ifPresent(column -> columns.add(FileNames.WEIGHTS));
    for (Field field : schema.fields()) {
      if (field instanceof Field.MultiValued) {
        columns.add(FileNames.offsets(field.name()));
        columns.add(FileNames.ids(field.name()));
      } else {
        columns.add(FileNames.values(field.name()));
      }
    }
    return columns;
  }
}
