package org.mlora.train;

import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.serve.MloraModel;

/**
 * What onboarding a domain brought.
 *
 * @param parts validation and test rows of the domain, as far as there are any
 * @param preservation whether all else is as it was
 */
public record OnboardingReport(String domain, List<Part> parts, Preservation preservation) {
  /** Copies the list. */
  public OnboardingReport {
    parts = List.copyOf(parts);
  }

  /**
   * A part of the domain's rows.
   *
   * @param before by the model that does not know the domain: its network without adapters
   * @param after by the model that does
   */
  public record Part(Split split, Evaluation.Domain before, Evaluation.Domain after) {}

  /**
   * Measures both models on a data set that has the domain.
   *
   * @param after has the domains of {@code before}, and {@code domain}
   */
  public static OnboardingReport of(
      MloraModel before, MloraModel after, Dataset data, String domain) {
    Schema schema = after.schema();
    int row = schema.domains().indexOf(domain);
    List<Part> parts = new ArrayList<>();
    for (Split split : List.of(Split.VALIDATION, Split.TEST)) {
      Columns rows = DomainRows.of(after.columns(data, split), row);
      if (rows.rows() > 0) {
        parts.add(
            new Part(
                split,
                evaluate(before, rows.inDomain(-1), split, domain),
                evaluate(after, rows, split, domain)));
      }
    }
    return new OnboardingReport(domain, parts, Preservation.of(before, after, data));
  }

  private static Evaluation.Domain evaluate(
      MloraModel model, Columns rows, Split split, String domain) {
    return Evaluator.evaluate(
            split.label(),
            model.predict(rows),
            rows.outcomes(),
            rows.inDomain(0).domains(),
            List.of(domain))
        .domains()
        .get(0);
  }
}
