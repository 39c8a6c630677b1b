package org.mlora.data;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mlora.error.InvalidInputException;

/**
 * What the rows of a data set are.
 *
 * @param label name of the label column (0 or 1 in prepared data)
 * @param labelRule the rule that made the label from the raw column, for example {@code rating>=4}
 * @param domain name of the domain column
 * @param weight name of the column that says how much each row counts, where there is one
 * @param domains names of the domains, in the order of their ids
 */
public record Schema(
    String label,
    String labelRule,
    Optional<String> weight,
    String domain,
    List<String> domains,
    List<Field> fields) {
  /**
   * Checks the names.
   *
   * @throws InvalidInputException where a name is empty or used twice, or there is no field or
   *     domain
   */
  public Schema {
    domains = List.copyOf(domains);
    fields = List.copyOf(fields);
    if (label.isEmpty()) {
      throw new InvalidInputException("the schema names no label column; set \"label\"");
    }
    if (domain.isEmpty()) {
      throw new InvalidInputException("the schema names no domain column; set \"domain\"");
    }
    if (fields.isEmpty()) {
      throw new InvalidInputException("the schema has no field; name at least one");
    }
    if (domains.isEmpty()) {
      throw new InvalidInputException("the schema has no domain; at least one is needed");
    }
    Set<String> seen = new HashSet<>();
    for (Field field : fields) {
      if (field.name().isEmpty()) {
        throw new InvalidInputException("a field of the schema has no name");
      }
      if (!seen.add(field.name())) {
        throw new InvalidInputException(
            "field '" + field.name() + "' is in the schema twice; remove one");
      }
      if (field.name().equals(label)) {
        throw new InvalidInputException(
            "field '" + label + "' is also the label column; a model must not see its label");
      }
    }
    if (weight.isPresent() && weight.get().isEmpty()) {
      throw new InvalidInputException("the schema's \"weight\" is empty; name a column");
    }
    Set<String> names = new HashSet<>();
    for (String name : domains) {
      if (!names.add(name)) {
        throw new InvalidInputException("domain '" + name + "' is in the schema twice");
      }
    }
  }

  /** One whose rows count 1 each. */
  public Schema(
      String label, String labelRule, String domain, List<String> domains, List<Field> fields) {
    this(label, labelRule, Optional.empty(), domain, domains, fields);
  }

  /** The domains as texts whose ids are one higher, to look many of them up. */
  public Vocabulary domainIds() {
    Vocabulary ids = new Vocabulary();
    domains.forEach(ids::add);
    return ids;
  }

  /** The same with other domains. */
  public Schema withDomains(List<String> domains) {
    return new Schema(label, labelRule, weight, domain, domains, fields);
  }

  /** The same with rows that count as a column says, or 1 each. */
  public Schema withWeight(Optional<String> column) {
    return new Schema(label, labelRule, column, domain, domains, fields);
  }

  /** The same with other fields. */
  public Schema withFields(List<Field> fields) {
    return new Schema(label, labelRule, weight, domain, domains, fields);
  }

  /**
   * The field of that name.
   *
   * @throws InvalidInputException where there is none
   */
  public Field field(String name) {
    return fields.get(indexOf(name));
  }

  /**
   * Position of the field of that name.
   *
   * @throws InvalidInputException where there is none
   */
  public int indexOf(String field) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(field)) {
        return i;
      }
    }
    throw new InvalidInputException(
        "there is no field '"
            + field
            + "'; the fields are "
            + Names.listed(fields.stream().map(Field::name).toList()));
  }
}
