package org.mlora.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.mlora.error.InvalidInputException;

/**
 * A line on the logit of each domain, fitted to labels ({@link PlattFit}; Platt, <i>Probabilistic
 * Outputs for Support Vector Machines</i>, 1999). As slopes are above 0, the order of a domain's
 * rows, and with it AUC by domain, is what it was.
 *
 * @param scope how it was fitted; not {@code NONE}
 * @param unknown of rows of unknown domain, fitted to what all rows are predicted without a domain
 * @param domains of each domain, in the order of the schema
 */
public record PlattScaling(CalibrationScope scope, LogitLine unknown, List<LogitLine> domains) {
  private static final String SCOPE = "scope";
  private static final String UNKNOWN = "unknown";
  private static final String SLOPE = "slope";
  private static final String INTERCEPT = "intercept";
  private static final String SLOPES = "slopes";
  private static final String INTERCEPTS = "intercepts";

  /** Copies the list. */
  public PlattScaling {
    domains = List.copyOf(domains);
  }

  /** One line for all domains. */
  public static PlattScaling global(LogitLine unknown, LogitLine line, int domains) {
    return new PlattScaling(CalibrationScope.GLOBAL, unknown, Collections.nCopies(domains, line));
  }

  /**
   * The calibrated click probability of a row.
   *
   * @param domain index in the schema; negative where it is unknown
   */
  public float probability(float logit, int domain) {
    return (float) (domain < 0 ? unknown : domains.get(domain)).probability(logit);
  }

  /**
   * Makes calibrated click probabilities of logits, in their place.
   *
   * @param values logits from position 0 on
   * @param domains of the rows, from position 0 on
   * @param rows how many
   */
  public void apply(FloatBuffer values, IntBuffer domains, int rows) {
    for (int row = 0; row < rows; row++) {
      values.put(row, probability(values.get(row), domains.get(row)));
    }
  }

  /** The mean of the domains' lines, where one that is not known may start. */
  public LogitLine mean() {
    return new LogitLine(
        domains.stream().mapToDouble(LogitLine::slope).average().orElse(1),
        domains.stream().mapToDouble(LogitLine::intercept).average().orElse(0));
  }

  /** The same for some of the domains, in another order. */
  public PlattScaling of(List<Integer> some) {
    return new PlattScaling(scope, unknown, some.stream().map(domains::get).toList());
  }

  /** One domain's line for that domain alone and for rows of unknown domain. */
  public PlattScaling as(int domain) {
    LogitLine line = domains.get(domain);
    return new PlattScaling(scope, line, List.of(line));
  }

  /** The same with a domain after the others. */
  public PlattScaling with(LogitLine line) {
    List<LogitLine> more = new ArrayList<>(domains);
    more.add(line);
    return new PlattScaling(scope, unknown, more);
  }

  /** What {@link #fromJson} reads. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put(SCOPE, scope.label());
    json.putObject(UNKNOWN).put(SLOPE, unknown.slope()).put(INTERCEPT, unknown.intercept());
    ArrayNode slopes = json.putArray(SLOPES);
    ArrayNode intercepts = json.putArray(INTERCEPTS);
    for (LogitLine line : scope == CalibrationScope.GLOBAL ? domains.subList(0, 1) : domains) {
      slopes.add(line.slope());
      intercepts.add(line.intercept());
    }
    return json;
  }

  /**
   * Reads.
   *
   * @param domains how many the model has
   * @throws InvalidInputException when it is no scaling of as many domains
   */
  public static PlattScaling fromJson(JsonNode json, int domains) {
    String scope = json.path(SCOPE).asText();
    boolean global = scope.equals(CalibrationScope.GLOBAL.label());
    JsonNode slopes = json.path(SLOPES);
    JsonNode intercepts = json.path(INTERCEPTS);
    int lines = global ? 1 : domains;
    if (!(global || scope.equals(CalibrationScope.BY_DOMAIN.label()))
        || slopes.size() != lines
        || intercepts.size() != lines) {
      throw new InvalidInputException(
          "the calibration with scope '"
              + scope
              + "' has "
              + slopes.size()
              + " slopes and "
              + intercepts.size()
              + " intercepts for "
              + domains
              + " domains; calibrate the model it was made from again with 'mlora calibrate'");
    }
    LogitLine unknown = line(json.path(UNKNOWN).path(SLOPE), json.path(UNKNOWN).path(INTERCEPT));
    List<LogitLine> read =
        IntStream.range(0, lines).mapToObj(d -> line(slopes.get(d), intercepts.get(d))).toList();
    return global
        ? global(unknown, read.get(0), domains)
        : new PlattScaling(CalibrationScope.BY_DOMAIN, unknown, read);
  }

  private static LogitLine line(JsonNode slope, JsonNode intercept) {
    try {
      return new LogitLine(number(slope), number(intercept));
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "the calibration's line with slope "
              + slope
              + " and intercept "
              + intercept
              + " is none; calibrate the model it was made from again with 'mlora calibrate'",
          e);
    }
  }

  private static double number(JsonNode value) {
    return value.isNumber() ? value.doubleValue() : Double.NaN;
  }
}
