package org.mlora.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.serve.MloraModel;

/**
 * What updating a model brought.
 *
 * @param domains that are new
 * @param ids that are new, by field; fields that have none are left out
 * @param parts validation and test rows of the new data, as far as there are any
 */
public record UpdateReport(List<String> domains, Map<String, Integer> ids, List<Part> parts) {
  /** Copies the lists. */
  public UpdateReport {
    domains = List.copyOf(domains);
    parts = List.copyOf(parts);
  }

  /** A part of the new rows; {@code before} answers rows of new domains without adapters. */
  public record Part(Split split, Evaluation before, Evaluation after) {}

  /**
   * Measures both models.
   *
   * @param after has the domains and ids of {@code before}, and others after them
   */
  public static UpdateReport of(MloraModel before, MloraModel after, Dataset data) {
    List<String> known = before.schema().domains();
    List<String> domains = after.schema().domains();
    List<Part> parts = new ArrayList<>();
    for (Split split : List.of(Split.VALIDATION, Split.TEST)) {
      Columns rows = after.columns(data, split);
      if (rows.rows() > 0) {
        float[] old = before.predict(before.columns(data, split));
        float[] now = after.predict(rows);
        parts.add(
            new Part(
                split,
                Evaluator.evaluate(split.label(), old, rows.outcomes(), rows.domains(), domains),
                Evaluator.evaluate(split.label(), now, rows.outcomes(), rows.domains(), domains)));
      }
    }
    return new UpdateReport(
        domains.subList(known.size(), domains.size()), newIds(before, after), parts);
  }

  private static Map<String, Integer> newIds(MloraModel before, MloraModel after) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int i = 0; i < after.schema().fields().size(); i++) {
      Field field = after.schema().fields().get(i);
      int more =
          field.tableRows().orElse(0) - before.schema().fields().get(i).tableRows().orElse(0);
      if (more > 0) {
        ids.put(field.name(), more);
      }
    }
    return ids;
  }
}
