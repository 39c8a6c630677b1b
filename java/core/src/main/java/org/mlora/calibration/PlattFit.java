package org.mlora.calibration;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.mlora.data.Outcomes;

/**
 * Fits lines to the logits of rows whose labels are known, by Newton's method in double precision.
 *
 * <p>A line starts from one that is known (that of a model before it was updated, or of all rows,
 * or z itself), and a penalty of {@value #PRIOR} / 2 times the squared distance to it is added to
 * the sum of the log loss: a domain with few rows stays near what is known, one with thousands is
 * as its rows say.
 *
 * <p>The rows may be those that chose the weights: two numbers a domain hardly overfit.
 */
public final class PlattFit {
  /** Weight of what is known: its slope and intercept are off by 0.3, as domains differ. */
  private static final double PRIOR = 10;

  /** Flatter lines would round different predictions to the same. */
  private static final double LEAST_SLOPE = 0.05;

  private static final int MOST_STEPS = 50;
  private static final double SMALL = 1e-10;

  private final float[] logits;
  private final Outcomes outcomes;
  private final int[] rows;

  private PlattFit(float[] logits, Outcomes outcomes, int[] rows) {
    this.logits = logits;
    this.outcomes = outcomes;
    this.rows = rows;
  }

  /**
   * The line of all rows; without rows what is known.
   *
   * @param logits one a row, finite
   */
  public static LogitLine line(float[] logits, Outcomes outcomes, LogitLine known) {
    int[] all = IntStream.range(0, logits.length).toArray();
    return new PlattFit(logits, outcomes, all).line(0, all.length, known);
  }

  /**
   * The line of each domain.
   *
   * @param logits one a row, finite
   * @param domains index of each row's domain; negative where it is unknown
   * @param count number of domains
   * @param known of the first domains; the others' start from the line of all rows
   * @param start of the line of all rows
   */
  public static List<LogitLine> byDomain(
      float[] logits,
      Outcomes outcomes,
      IntBuffer domains,
      int count,
      List<LogitLine> known,
      LogitLine start) {
    LogitLine all = line(logits, outcomes, start);
    int[] ends = new int[count];
    int[] rows = group(domains, logits.length, ends);
    PlattFit fit = new PlattFit(logits, outcomes, rows);
    List<LogitLine> lines = new ArrayList<>(count);
    for (int domain = 0; domain < count; domain++) {
      int from = domain == 0 ? 0 : ends[domain - 1];
      lines.add(fit.line(from, ends[domain], domain < known.size() ? known.get(domain) : all));
    }
    return lines;
  }

  /** The rows of known domain, domain by domain, and in {@code ends} where each domain's end. */
  private static int[] group(IntBuffer domains, int rows, int[] ends) {
    for (int row = 0; row < rows; row++) {
      if (domains.get(row) >= 0) {
        ends[domains.get(row)]++;
      }
    }
    int[] starts = new int[ends.length];
    int end = 0;
    for (int domain = 0; domain < ends.length; domain++) {
      starts[domain] = end;
      end += ends[domain];
      ends[domain] = end;
    }
    int[] grouped = new int[end];
    for (int row = 0; row < rows; row++) {
      if (domains.get(row) >= 0) {
        grouped[starts[domains.get(row)]++] = row;
      }
    }
    return grouped;
  }

  private LogitLine line(int from, int to, LogitLine known) {
    double[] line = {known.slope(), known.intercept()};
    minimize(from, to, line, known, true);
    if (line[0] < LEAST_SLOPE) {
      line[0] = LEAST_SLOPE;
      minimize(from, to, line, known, false);
    }
    return new LogitLine(line[0], line[1]);
  }

  /**
   * Moves a line to where the penalized loss, which is convex, is least. A step is halved until the
   * loss falls.
   */
  private void minimize(int from, int to, double[] line, LogitLine known, boolean slopeToo) {
    double loss = loss(from, to, line[0], line[1], known);
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] move = newton(from, to, line, known, slopeToo);
      double part = 1;
      double next = loss(from, to, line[0] - move[0], line[1] - move[1], known);
      while (next > loss && part > SMALL) {
        part /= 2;
        next = loss(from, to, line[0] - part * move[0], line[1] - part * move[1], known);
      }
      if (!(next < loss)) {
        return;
      }
      line[0] -= part * move[0];
      line[1] -= part * move[1];
      boolean there = loss - next < SMALL * loss;
      loss = next;
      if (there) {
        return;
      }
    }
  }

  private double loss(int from, int to, double slope, double intercept, LogitLine known) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      double z = slope * logits[row] + intercept;
      double wrong = outcomes.labels().get(row) == 0 ? z : -z;
      double loss = Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)));
      sum += outcomes.weight(row) * loss;
    }
    double offSlope = slope - known.slope();
    double offIntercept = intercept - known.intercept();
    return sum + PRIOR / 2 * (offSlope * offSlope + offIntercept * offIntercept);
  }

  /** What Newton's method takes off a line. */
  private double[] newton(int from, int to, double[] line, LogitLine known, boolean slopeToo) {
    double bySlope = PRIOR * (line[0] - known.slope());
    double byIntercept = PRIOR * (line[1] - known.intercept());
    double twiceSlope = PRIOR;
    double twiceIntercept = PRIOR;
    double both = 0;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      double z = logits[row];
      double p = LogitLine.sigmoid(line[0] * z + line[1]);
      double counts = outcomes.weight(row);
      double wrong = counts * (p - outcomes.labels().get(row));
      double curvature = counts * (p * (1 - p));
      bySlope += wrong * z;
      byIntercept += wrong;
      twiceSlope += curvature * z * z;
      both += curvature * z;
      twiceIntercept += curvature;
    }
    if (!slopeToo) {
      return new double[] {0, byIntercept / twiceIntercept};
    }
    double determinant = twiceSlope * twiceIntercept - both * both;
    return new double[] {
      (twiceIntercept * bySlope - both * byIntercept) / determinant,
      (twiceSlope * byIntercept - both * bySlope) / determinant
    };
  }
}
