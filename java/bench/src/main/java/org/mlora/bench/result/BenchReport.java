package org.mlora.bench.result;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.mlora.report.TextTable;

/**
 * All that was measured.
 *
 * @param machine processor, threads and libraries
 */
public record BenchReport(String machine, List<BenchRow> rows) {
  public BenchReport {
    rows = List.copyOf(rows);
  }

  /**
   * {@code {"machine","rows":[{"case","ours","peer","unit","ratio","sgemm_fraction"}]}}; null where
   * something has no value.
   */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("machine", machine);
    ArrayNode array = json.putArray("rows");
    for (BenchRow row : rows) {
      ObjectNode item = array.addObject();
      item.put("case", row.name());
      put(item, "ours", row.ours().median());
      put(item, "peer", row.peer().median());
      item.put("unit", row.unit());
      put(item, "ratio", row.ratio());
      put(item, "sgemm_fraction", row.sgemmFraction());
    }
    return json;
  }

  private static void put(ObjectNode item, String name, OptionalDouble value) {
    if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
      // More digits than were measured would only be noise.
      item.put(name, new BigDecimal(value.getAsDouble(), new MathContext(5)).doubleValue());
    } else {
      item.putNull(name);
    }
  }

  /** The table for people. */
  public String toText() {
    TextTable table =
        TextTable.of(
            TextTable.Column.left("case"),
            TextTable.Column.right("ours"),
            TextTable.Column.right("peer"),
            TextTable.Column.left("unit"),
            TextTable.Column.right("ratio"),
            TextTable.Column.right("of sgemm"),
            TextTable.Column.left("fastest peer"));
    for (BenchRow row : rows) {
      table.row(
          row.name(),
          text(row.ours()),
          text(row.peer()),
          row.unit(),
          row.ratio().isPresent() ? format("%.2f", row.ratio().getAsDouble()) : "",
          row.sgemmFraction().isPresent()
              ? format("%.0f %%", 100 * row.sgemmFraction().getAsDouble())
              : "",
          row.peer().note());
    }
    return machine + "\n\n" + table.render();
  }

  private static String text(BenchRow.Value value) {
    if (value.median().isEmpty()) {
      return "";
    }
    double median = value.median().getAsDouble();
    String digits = median >= 100 ? "%,.0f" : median >= 10 ? "%.1f" : "%.2f";
    return format(digits + " ±%.0f%%", median, 100 * value.spread());
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
