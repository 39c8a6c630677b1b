package org.mlora.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.Charset;
import java.util.stream.Stream;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.report.NumberText;
import org.mlora.report.TextTable;

/** What a data set is made of. */
record DataView(Dataset data, DataSummary summary) implements View {
  static DataView of(Dataset data) {
    return new DataView(data, DataSummary.of(data));
  }

  /** By what column rows count; empty where they count 1 each. */
  static String weights(Schema schema) {
    return schema.weight().map(column -> ", rows count by " + column).orElse("");
  }

  private static String kind(Field field) {
    if (field instanceof Field.Numeric) {
      return "numeric";
    }
    if (field instanceof Field.MultiValued) {
      return "multi-valued";
    }
    return field instanceof Field.Pretrained ? "pretrained" : "categorical";
  }

  @Override
  public ObjectNode json() {
    Schema schema = data.schema();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("data", data.folder().toString());
    json.put("checksum", data.checksum());
    json.put("label", schema.labelRule());
    json.put("domain_column", schema.domain());
    schema.weight().ifPresent(column -> json.put("weight_column", column));
    ObjectNode rows = json.putObject("rows");
    ObjectNode positives = json.putObject("positives");
    for (Split split : Split.values()) {
      rows.put(split.label(), summary.rows(split));
      positives.put(split.label(), summary.positives(split));
    }
    ArrayNode fields = json.putArray("fields");
    for (Field field : schema.fields()) {
      ObjectNode item = fields.addObject().put("name", field.name()).put("kind", kind(field));
      field.tableRows().ifPresent(ids -> item.put("ids", ids));
      field.embeddingWidth().ifPresent(width -> item.put("embedding_width", width));
    }
    ArrayNode domains = json.putArray("domains");
    for (int d = 0; d < schema.domains().size(); d++) {
      ObjectNode item = domains.addObject().put("domain", schema.domains().get(d));
      item.put("rows", summary.rows(d)).put("positives", summary.positives(d));
      for (Split split : Split.values()) {
        item.put(split.label(), summary.rows(split, d));
      }
    }
    return json;
  }

  @Override
  public String text(Charset charset) {
    Schema schema = data.schema();
    DomainTable domains = new DomainTable();
    for (int d = 0; d < schema.domains().size(); d++) {
      domains.row(
          schema.domains().get(d),
          summary.rows(d),
          summary.positives(d),
          summary.rows(Split.TRAIN, d),
          summary.rows(Split.VALIDATION, d),
          summary.rows(Split.TEST, d));
    }
    TextTable all =
        domains.with(
            Stream.of(Split.values()).mapToLong(summary::rows).sum(),
            Stream.of(Split.values()).mapToLong(summary::positives).sum(),
            summary.rows(Split.TRAIN),
            summary.rows(Split.VALIDATION),
            summary.rows(Split.TEST));
    TextTable fields =
        TextTable.of(
            TextTable.Column.left("field"),
            TextTable.Column.left("kind"),
            TextTable.Column.right("ids"),
            TextTable.Column.right("width"));
    for (Field field : schema.fields()) {
      fields.row(
          field.name(),
          kind(field),
          field.tableRows().isPresent()
              ? NumberText.count(field.tableRows().getAsInt())
              : NumberText.UNDEFINED,
          field.embeddingWidth().isPresent()
              ? String.valueOf(field.embeddingWidth().getAsInt())
              : "model's");
    }
    return all.render(charset)
        + "\n"
        + fields.render(charset)
        + "\ndomains by "
        + schema.domain()
        + ", label "
        + schema.labelRule()
        + weights(schema)
        + "\nchecksum: "
        + data.checksum()
        + "\nfolder: "
        + data.folder();
  }
}
