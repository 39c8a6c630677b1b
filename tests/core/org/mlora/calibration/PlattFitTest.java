package org.mlora.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.data.Outcomes;
import org.mlora.error.InvalidInputException;
import org.mlora.random.RandomStream;

class PlattFitTest {
  private static final LogitLine ODD = new LogitLine(0.6, -0.4);
  private static final LogitLine STEEP = new LogitLine(1.7, 0.3);

  /** Rows whose labels are drawn by a line of each domain; of unknown domain by the identity. */
  private static final class Clicks {
    private final float[] logits;
    private final FloatBuffer labels;
    private final IntBuffer domains;

    Clicks(int rows, LogitLine... lines) {
      logits = new float[rows];
      labels = FloatBuffer.allocate(rows);
      domains = IntBuffer.allocate(rows);
      RandomStream random = new RandomStream(7, "clicks");
      for (int row = 0; row < rows; row++) {
        int domain = row % (lines.length + 1) - 1;
        LogitLine line = domain < 0 ? LogitLine.IDENTITY : lines[domain];
        logits[row] = (float) (1.3 * random.normal(2L * row) - 0.8);
        domains.put(row, domain);
        boolean click = random.uniform(2L * row + 1_000_000_001L) < line.probability(logits[row]);
        labels.put(row, click ? 1 : 0);
      }
    }

    List<LogitLine> byDomain(int count, LogitLine... known) {
      return PlattFit.byDomain(
          logits, Outcomes.of(labels), domains, count, List.of(known), LogitLine.IDENTITY);
    }

    LogitLine ofAll() {
      return PlattFit.line(logits, Outcomes.of(labels), LogitLine.IDENTITY);
    }

    /** The sum of the log loss, and 5 times the squared distance to what is known. */
    double loss(IntPredicate in, LogitLine line, LogitLine known) {
      double sum =
          5 * Math.pow(line.slope() - known.slope(), 2)
              + 5 * Math.pow(line.intercept() - known.intercept(), 2);
      for (int row = 0; row < logits.length; row++) {
        if (in.test(domains.get(row))) {
          double p = 1 / (1 + Math.exp(-line.slope() * logits[row] - line.intercept()));
          sum -= Math.log(labels.get(row) == 1 ? p : 1 - p);
        }
      }
      return sum;
    }

    /** How far predicted clicks of a domain are from those there are. */
    double excess(LogitLine line, int domain) {
      double predicted = 0;
      double clicks = 0;
      for (int row = 0; row < logits.length; row++) {
        if (domains.get(row) == domain) {
          predicted += line.probability(logits[row]);
          clicks += labels.get(row);
        }
      }
      return predicted / clicks - 1;
    }
  }

  @Test
  void findsTheLinesThatLabelsWereDrawnBy() {
    List<LogitLine> lines = new Clicks(300_000, ODD, STEEP).byDomain(2);
    assertThat(lines.get(0).slope()).isCloseTo(ODD.slope(), within(0.02));
    assertThat(lines.get(0).intercept()).isCloseTo(ODD.intercept(), within(0.02));
    assertThat(lines.get(1).slope()).isCloseTo(STEEP.slope(), within(0.03));
    assertThat(lines.get(1).intercept()).isCloseTo(STEEP.intercept(), within(0.03));
  }

  @ParameterizedTest
  @CsvSource({"30", "300", "3000"})
  void noLineNearbyHasASmallerLoss(int rows) {
    Clicks clicks = new Clicks(rows, ODD, STEEP);
    List<LogitLine> lines = clicks.byDomain(2);
    requireLeast(clicks, d -> true, clicks.ofAll(), LogitLine.IDENTITY);
    requireLeast(clicks, d -> d == 0, lines.get(0), clicks.ofAll());
    requireLeast(clicks, d -> d == 1, lines.get(1), clicks.ofAll());
  }

  private static void requireLeast(
      Clicks clicks, IntPredicate rows, LogitLine line, LogitLine known) {
    double least = clicks.loss(rows, line, known);
    for (double[] step : new double[][] {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {1, -1}}) {
      LogitLine beside =
          new LogitLine(line.slope() + 1e-3 * step[0], line.intercept() + 1e-3 * step[1]);
      assertThat(clicks.loss(rows, beside, known)).isGreaterThan(least);
    }
  }

  @Test
  void aLineForAllDomainsIsWrongAboutEachAndTheirOwnIsRight() {
    Clicks clicks = new Clicks(30_000, ODD, STEEP);
    List<LogitLine> lines = clicks.byDomain(2);
    for (int domain = 0; domain < 2; domain++) {
      assertThat(Math.abs(clicks.excess(clicks.ofAll(), domain))).isGreaterThan(0.03);
      assertThat(clicks.excess(lines.get(domain), domain)).isCloseTo(0, within(0.005));
    }
  }

  @Test
  void aRowOfWeightWCountsAsWRowsWould() {
    Clicks clicks = new Clicks(3000, ODD);
    float[] weights = new float[3000];
    List<Integer> repeated = new ArrayList<>();
    for (int row = 0; row < 3000; row++) {
      weights[row] = row % 3;
      repeated.addAll(Collections.nCopies(row % 3, row));
    }
    Outcomes weighted = new Outcomes(clicks.labels, FloatBuffer.wrap(weights));
    float[] logits = new float[repeated.size()];
    FloatBuffer labels = FloatBuffer.allocate(logits.length);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = clicks.logits[repeated.get(i)];
      labels.put(i, clicks.labels.get(repeated.get(i)));
    }
    LogitLine line = PlattFit.line(clicks.logits, weighted, LogitLine.IDENTITY);
    LogitLine expected = PlattFit.line(logits, Outcomes.of(labels), LogitLine.IDENTITY);
    assertThat(line.slope()).isCloseTo(expected.slope(), within(1e-9));
    assertThat(line.intercept()).isCloseTo(expected.intercept(), within(1e-9));
    assertThat(line.slope()).isNotCloseTo(clicks.ofAll().slope(), within(1e-3));
  }

  @Test
  void aDomainWithoutRowsKeepsWhatIsKnownOrIsAsAllAre() {
    Clicks clicks = new Clicks(3000, STEEP);
    List<LogitLine> lines = clicks.byDomain(3, ODD, ODD);
    assertThat(lines.get(0).slope()).isGreaterThan(1.3);
    assertThat(lines.get(1)).isEqualTo(ODD);
    assertThat(lines.get(2)).isEqualTo(clicks.ofAll());
    assertThat(PlattFit.line(new float[0], Outcomes.of(FloatBuffer.allocate(0)), ODD))
        .isEqualTo(ODD);
  }

  /** All of one kind, apart at a threshold, or the wrong way round. */
  @ParameterizedTest
  @CsvSource({"all", "none", "apart", "wrong"})
  void rowsThatNoLineFitsGiveOneThatKeepsTheirOrder(String kind) {
    int rows = 2000;
    float[] logits = new float[rows];
    FloatBuffer labels = FloatBuffer.allocate(rows);
    for (int row = 0; row < rows; row++) {
      logits[row] = (row - rows / 2) * 0.02f;
      boolean click =
          switch (kind) {
            case "all" -> true;
            case "none" -> false;
            case "apart" -> row >= rows / 2;
            default -> row < rows / 2;
          };
      labels.put(row, click ? 1 : 0);
    }
    LogitLine line = PlattFit.line(logits, Outcomes.of(labels), LogitLine.IDENTITY);
    assertThat(line.slope()).isBetween(0.05, 100.0);
    PlattScaling scaling = PlattScaling.global(ODD, line, 1);
    float before = 0;
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      float probability = scaling.probability(logits[row], 0);
      assertThat(probability).isBetween(before, 1f);
      before = probability;
      sum += probability - labels.get(row);
    }
    assertThat(sum / rows).isCloseTo(0, within(0.05));
  }

  @Test
  void isReadAsItWasWritten() {
    PlattScaling each =
        new PlattScaling(CalibrationScope.BY_DOMAIN, ODD, List.of(STEEP, new LogitLine(1, -7e-9)));
    assertThat(PlattScaling.fromJson(each.toJson(), 2)).isEqualTo(each);
    PlattScaling global = PlattScaling.global(STEEP, ODD, 3);
    assertThat(PlattScaling.fromJson(global.toJson(), 3)).isEqualTo(global);
  }

  @Test
  void anotherNumberOfDomainsAndALineThatIsNoneAreRefused() {
    ObjectNode json =
        new PlattScaling(CalibrationScope.BY_DOMAIN, ODD, List.of(STEEP, ODD)).toJson();
    requireRefused(json, 3, "2 slopes and 2 intercepts for 3 domains");
    requireRefused(json.deepCopy().put("scope", "some"), 2, "'some'");
    ObjectNode falling = json.deepCopy();
    falling.withObject("/unknown").put("slope", -1);
    requireRefused(falling, 2, "slope -1");
    ObjectNode text = json.deepCopy();
    text.withArray("/intercepts").set(1, "x");
    requireRefused(text, 2, "intercept \"x\"");
    ObjectNode truth = json.deepCopy();
    truth.withArray("/intercepts").set(0, true);
    requireRefused(truth, 2, "intercept true");
  }

  private static void requireRefused(ObjectNode json, int domains, String says) {
    assertThatThrownBy(() -> PlattScaling.fromJson(json, domains))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(says)
        .hasMessageContaining("mlora calibrate");
  }
}
