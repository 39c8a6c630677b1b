package org.mlora.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ThresholdAucTest {
  @Property(tries = 100)
  void followsTheSpecificationWordByWord(
      @ForAll long seed,
      @ForAll @IntRange(max = 80) int rows,
      @ForAll @IntRange(min = 1, max = 3) int power) {
    Random random = new Random(seed);
    float[] scores = new float[rows];
    float[] labels = new float[rows];
    for (int row = 0; row < rows; row++) {
      // Half of the scores lie exactly on a threshold, where "greater" differs from "at least".
      scores[row] =
          random.nextBoolean()
              ? (float) (random.nextInt(500) / 499.0)
              : (float) Math.pow(random.nextDouble(), power);
      labels[row] = random.nextInt(3) == 0 ? 1 : 0;
    }
    assertThat(auc(scores, labels))
        .isCloseTo(BruteForce.thresholdAuc(scores, labels), within(1e-12));
  }

  @Test
  void differsFromTheExactValueWhenScoresShareAnInterval() {
    float[] scores = {0.0001f, 0.0002f};
    float[] labels = {0, 1};
    assertThat(auc(scores, labels)).isEqualTo(0.5);
    assertThat(Auc.of(scores, FloatBuffer.wrap(labels))).isEqualTo(1);
  }

  @Test
  void isZeroWithOneClass() {
    assertThat(auc(new float[] {0.5f}, new float[] {1})).isZero();
  }

  /** With counters for each group, these would take 32 GB. */
  @Test
  void takesMillionsOfGroupsApart() {
    Random random = new Random(3);
    int groups = 4_000_000;
    float[] scores = new float[900];
    float[] labels = new float[scores.length];
    for (int row = 0; row < scores.length; row++) {
      scores[row] = random.nextFloat();
      labels[row] = random.nextInt(2);
    }
    double[] aucs =
        ThresholdAuc.each(scores, FloatBuffer.wrap(labels), row -> groups - 1 - row % 3, groups);
    assertThat(aucs).hasSize(groups);
    for (int group = 0; group < 4; group++) {
      int one = group;
      int[] rows = IntStream.range(0, scores.length).filter(row -> row % 3 == one).toArray();
      assertThat(aucs[groups - 1 - group]).isEqualTo(auc(of(scores, rows), of(labels, rows)));
    }
  }

  private static float[] of(float[] values, int[] rows) {
    float[] some = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      some[i] = values[rows[i]];
    }
    return some;
  }

  private static double auc(float[] scores, float[] labels) {
    return ThresholdAuc.each(scores, FloatBuffer.wrap(labels), row -> 0, 1)[0];
  }
}
