package org.mlora.data;

import org.mlora.data.table.TableReader;

/** How the text of one field becomes an id, ready to use. */
@FunctionalInterface
interface TextId {
  /** The id of a text of the table's current row. */
  int of(TableReader row, byte[] bytes, int from, int to);

  static TextId of(Field field, Vocabularies vocabularies) {
    Field.IdRule rule = field.idRule().orElseThrow();
    if (rule instanceof Field.IdRule.Buckets buckets) {
      return (row, bytes, from, to) ->
          NumberCell.bucket(buckets, NumberCell.read(row, bytes, from, to, field.name()));
    }
    if (rule instanceof Field.IdRule.Hashed) {
      int idCount = field.tableRows().orElseThrow();
      return (row, bytes, from, to) -> TextHash.id(bytes, from, to, idCount);
    }
    Vocabulary vocabulary = vocabularies.of(field.name());
    return (row, bytes, from, to) -> vocabulary.id(bytes, from, to);
  }
}
