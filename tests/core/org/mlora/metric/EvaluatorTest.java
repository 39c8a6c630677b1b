package org.mlora.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.mlora.data.Outcomes;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;

class EvaluatorTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  @Property(tries = 200)
  void agreesWithTheDefinitionOnEveryDomainAndUser(
      @ForAll long seed, @ForAll @IntRange(max = 120) int rows) {
    Sample sample = Sample.random(seed, rows);
    Evaluation evaluation = sample.evaluate();

    double weighted = 0;
    double weight = 0;
    double sum = 0;
    int defined = 0;
    for (int domain = -1; domain < NAMES.size(); domain++) {
      int wanted = domain;
      Sample part = sample.where(row -> sample.domains[row] == wanted);
      double auc = BruteForce.auc(part.scores, part.labels);
      String name = domain < 0 ? Evaluation.UNKNOWN : NAMES.get(domain);
      evaluation.domains().stream()
          .filter(d -> d.domain().equals(name))
          .forEach(
              d -> {
                assertThat(d.rows()).isEqualTo(part.scores.length);
                assertSame(d.auc(), auc);
                assertSame(d.logLoss(), part.logLoss());
                assertSame(d.pcoc(), part.pcoc());
              });
      if (!Double.isNaN(auc)) {
        weighted += part.scores.length * auc;
        weight += part.scores.length;
        sum += auc;
        defined++;
      }
    }
    assertSame(evaluation.wauc(), weighted / weight);
    assertSame(evaluation.meanAuc(), sum / defined);
    assertSame(evaluation.logLoss(), sample.logLoss());
    assertSame(evaluation.pcoc(), sample.pcoc());
    assertThat(evaluation.rows()).isEqualTo(rows);
    assertSame(evaluation.gauc().getAsDouble(), sample.gauc());
  }

  @Property(tries = 200)
  void aRowOfWeightWCountsAsWRowsWould(@ForAll long seed, @ForAll @IntRange(max = 120) int rows) {
    Sample sample = Sample.random(seed, rows);
    Random random = new Random(seed);
    float[] weights = new float[rows];
    List<Integer> repeated = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int weight = random.nextInt(4);
      weights[row] = 0.25f * weight;
      for (int i = 0; i < weight; i++) {
        repeated.add(row);
      }
    }
    Evaluation weighted = sample.evaluate(weights);
    Evaluation expected = sample.take(repeated).evaluate();
    assertSame(weighted.wauc(), expected.wauc());
    assertSame(weighted.meanAuc(), expected.meanAuc());
    assertSame(weighted.logLoss(), expected.logLoss());
    assertSame(weighted.pcoc(), expected.pcoc());
    assertSame(weighted.ece(), expected.ece());
    assertSame(weighted.gauc().getAsDouble(), expected.gauc().getAsDouble());
    assertThat(weighted.rows()).isEqualTo(rows);
    assertThat(weighted.positives()).isEqualTo(sample.evaluate().positives());
    for (Evaluation.Domain domain : expected.domains()) {
      weighted.domains().stream()
          .filter(d -> d.domain().equals(domain.domain()))
          .forEach(
              d -> {
                assertSame(d.auc(), domain.auc());
                assertSame(d.logLoss(), domain.logLoss());
                assertSame(d.pcoc(), domain.pcoc());
              });
    }
  }

  @Test
  void weightsThatAreNoneAreRefused() {
    Sample sample = Sample.random(1, 3);
    for (float bad : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> sample.evaluate(new float[] {1, bad, 1}))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("row 1: the weight is " + (double) bad);
    }
    assertThatThrownBy(() -> sample.evaluate(new float[] {1, 1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 weights for 3 predictions");
  }

  @Property(tries = 50)
  void weightsOf1GiveTheBitsOfNone(@ForAll long seed) {
    Sample sample = Sample.random(seed, 100);
    float[] ones = new float[100];
    Arrays.fill(ones, 1);
    assertThat(sample.evaluate(ones)).isEqualTo(sample.evaluate());
  }

  @Property(tries = 50)
  void doesNotDependOnTheOrderOfRows(@ForAll long seed) {
    Sample sample = Sample.random(seed, 300);
    Evaluation before = sample.evaluate();
    Evaluation after = sample.shuffled(seed + 1).evaluate();
    assertThat(after.wauc()).isEqualTo(before.wauc());
    assertThat(after.gauc()).isEqualTo(before.gauc());
    assertThat(after.logLoss()).isCloseTo(before.logLoss(), within(1e-12));
    assertThat(after.ece()).isCloseTo(before.ece(), within(1e-12));
  }

  @Test
  void reportsEmptyDomainsAndOmitsAnAbsentUnknownDomain() {
    Evaluation evaluation =
        Evaluator.evaluate(
            "test",
            new float[] {0.2f, 0.8f},
            Outcomes.of(FloatBuffer.wrap(new float[] {0, 1})),
            IntBuffer.wrap(new int[] {1, 1}),
            NAMES);
    assertThat(evaluation.domains())
        .extracting(Evaluation.Domain::domain)
        .containsExactlyElementsOf(NAMES);
    assertThat(evaluation.domains().get(0).rows()).isZero();
    assertThat(evaluation.domains().get(0).auc()).isNaN();
    assertThat(evaluation.domains().get(0).logLoss()).isNaN();
    assertThat(evaluation.wauc()).isEqualTo(1);
    assertThat(evaluation.meanAuc()).isEqualTo(1);
    assertThat(evaluation.gauc()).isEmpty();
  }

  @Test
  void clipsCertainButWrongPredictions() {
    Evaluation evaluation =
        Evaluator.evaluate(
            "test",
            new float[] {0f, 1f},
            Outcomes.of(FloatBuffer.wrap(new float[] {1, 0})),
            IntBuffer.wrap(new int[] {0, 0}),
            NAMES);
    assertThat(evaluation.logLoss()).isCloseTo(-Math.log(1e-7), within(1e-6));
  }

  @Test
  void measuresCalibrationInFifteenBins() {
    Calibration calibration =
        Calibration.of(
            new float[] {0.01f, 0.03f, 1f, 0.99f},
            Outcomes.of(FloatBuffer.wrap(new float[] {0, 1, 1, 1})));
    assertThat(calibration.bins()).hasSize(2);
    assertThat(calibration.bins().get(0).meanPrediction()).isCloseTo(0.02, within(1e-7));
    assertThat(calibration.bins().get(0).meanLabel()).isEqualTo(0.5);
    assertThat(calibration.bins().get(1).rows()).isEqualTo(2);
    assertThat(calibration.ece()).isCloseTo(0.5 * 0.48 + 0.5 * 0.005, within(1e-7));
  }

  @Test
  void averagesThePublishedCodesAucOverDomainsWithRows() {
    Sample sample = Sample.random(5, 200);
    Evaluation.Compat compat =
        Evaluator.compat(
            sample.scores, FloatBuffer.wrap(sample.labels), IntBuffer.wrap(sample.domains), NAMES);
    double weighted = 0;
    double sum = 0;
    for (int domain = -1; domain < 3; domain++) {
      int wanted = domain;
      Sample part = sample.where(row -> sample.domains[row] == wanted);
      double auc = BruteForce.thresholdAuc(part.scores, part.labels);
      weighted += auc * part.scores.length;
      sum += auc;
    }
    assertSame(compat.wauc(), weighted / 200);
    assertSame(compat.meanAuc(), sum / 4);
  }

  @Test
  void refusesPredictionsAndLabelsThatCannotBe() {
    IntBuffer domains = IntBuffer.wrap(new int[] {0});
    Outcomes one = Outcomes.of(FloatBuffer.wrap(new float[] {1}));
    for (float bad : new float[] {Float.NaN, 1.5f, -0.1f}) {
      assertThatThrownBy(() -> Evaluator.evaluate("t", new float[] {bad}, one, domains, NAMES))
          .isInstanceOf(DivergedException.class)
          .hasMessageContaining("row 0");
    }
    Outcomes undefined = Outcomes.of(FloatBuffer.wrap(new float[] {Float.NaN}));
    assertThatThrownBy(() -> Evaluator.evaluate("t", new float[] {1}, undefined, domains, NAMES))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void refusesColumnsOfDifferentLengthsAndForeignDomains() {
    Outcomes labels = Outcomes.of(FloatBuffer.wrap(new float[] {1}));
    assertThatThrownBy(
            () -> Evaluator.evaluate("t", new float[2], labels, IntBuffer.allocate(2), NAMES))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                Evaluator.evaluate("t", new float[1], labels, IntBuffer.wrap(new int[] {3}), NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("domain 3");
  }

  private static void assertSame(double actual, double expected) {
    if (Double.isNaN(expected)) {
      assertThat(actual).isNaN();
    } else {
      assertThat(actual).isCloseTo(expected, within(1e-12));
    }
  }

  private record Sample(float[] scores, float[] labels, int[] domains, int[] users) {
    static Sample random(long seed, int rows) {
      Random random = new Random(seed);
      Sample sample = new Sample(new float[rows], new float[rows], new int[rows], new int[rows]);
      for (int row = 0; row < rows; row++) {
        sample.scores[row] = random.nextBoolean() ? random.nextInt(6) / 5f : random.nextFloat();
        sample.labels[row] = random.nextInt(3) == 0 ? 1 : 0;
        sample.domains[row] = random.nextInt(4) - 1;
        sample.users[row] = random.nextInt(8) == 0 ? 2_000_000_000 : random.nextInt(6);
      }
      return sample;
    }

    Evaluation evaluate() {
      return evaluate(new float[0]);
    }

    Evaluation evaluate(float[] weights) {
      Outcomes outcomes = new Outcomes(FloatBuffer.wrap(labels), FloatBuffer.wrap(weights));
      return Evaluator.evaluate("test", scores, outcomes, IntBuffer.wrap(domains), NAMES)
          .withGauc(GroupedAuc.weightedMean(scores, outcomes, IntBuffer.wrap(users)));
    }

    Sample where(java.util.function.IntPredicate kept) {
      return take(java.util.stream.IntStream.range(0, scores.length).filter(kept).boxed().toList());
    }

    Sample shuffled(long seed) {
      List<Integer> rows = new ArrayList<>();
      for (int row = 0; row < scores.length; row++) {
        rows.add(row);
      }
      java.util.Collections.shuffle(rows, new Random(seed));
      return take(rows);
    }

    private Sample take(List<Integer> rows) {
      int n = rows.size();
      Sample taken = new Sample(new float[n], new float[n], new int[n], new int[n]);
      for (int i = 0; i < n; i++) {
        taken.scores[i] = scores[rows.get(i)];
        taken.labels[i] = labels[rows.get(i)];
        taken.domains[i] = domains[rows.get(i)];
        taken.users[i] = users[rows.get(i)];
      }
      return taken;
    }

    double logLoss() {
      double sum = 0;
      for (int row = 0; row < scores.length; row++) {
        double p = Math.min(Math.max(scores[row], 1e-7), 1 - 1e-7);
        sum -= labels[row] == 1 ? Math.log(p) : Math.log(1 - p);
      }
      return sum / scores.length;
    }

    double pcoc() {
      double predicted = 0;
      double positives = 0;
      for (int row = 0; row < scores.length; row++) {
        predicted += scores[row];
        positives += labels[row];
      }
      return positives == 0 ? Double.NaN : predicted / positives;
    }

    double gauc() {
      double weighted = 0;
      double weight = 0;
      for (int user : Arrays.stream(users).distinct().filter(id -> id > 0).toArray()) {
        Sample part = where(row -> users[row] == user);
        double auc = BruteForce.auc(part.scores, part.labels);
        if (!Double.isNaN(auc)) {
          weighted += part.scores.length * auc;
          weight += part.scores.length;
        }
      }
      return weighted / weight;
    }
  }
}
