package org.mlora.data;

import java.util.List;

/**
 * What the rows of a data set are.
 *
 * @param label name of the label column (0 or 1 in prepared data)
 * @param labelRule the rule that made the label from the raw column, for example {@code rating>=4}
 * @param domain name of the domain column
 * @param domains names of the domains, in the order of their ids
 */
public record Schema(
    String label, String labelRule, String domain, List<String> domains, List<Field> fields) {
  public Schema {
    domains = List.copyOf(domains);
    fields = List.copyOf(fields);
  }
}
