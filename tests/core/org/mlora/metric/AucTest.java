package org.mlora.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.mlora.error.DivergedException;
import org.mlora.error.InvalidInputException;

class AucTest {
  @Property(tries = 300)
  void equalsTheFractionOfOrderedPairsWithManyTies(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int rows,
      @ForAll @IntRange(min = 1, max = 40) int levels) {
    Random random = new Random(seed);
    float[] scores = new float[rows];
    float[] labels = new float[rows];
    for (int row = 0; row < rows; row++) {
      scores[row] = (random.nextInt(levels) - levels / 2) / 7f;
      labels[row] = random.nextInt(2);
    }
    double expected = BruteForce.auc(scores, labels);
    double actual = Auc.of(scores, FloatBuffer.wrap(labels));
    if (Double.isNaN(expected)) {
      assertThat(actual).isNaN();
    } else {
      assertThat(actual).isCloseTo(expected, within(1e-15));
    }
  }

  @Property(tries = 100)
  void doesNotDependOnTheOrderOfRows(@ForAll long seed) {
    Random random = new Random(seed);
    int rows = 500;
    float[] scores = new float[rows];
    float[] labels = new float[rows];
    for (int row = 0; row < rows; row++) {
      scores[row] = random.nextInt(3) == 0 ? 0.25f : (float) random.nextGaussian();
      labels[row] = random.nextInt(2);
    }
    double before = Auc.of(scores, FloatBuffer.wrap(labels));
    for (int row = rows - 1; row > 0; row--) {
      int other = random.nextInt(row + 1);
      swap(scores, row, other);
      swap(labels, row, other);
    }
    assertThat(Auc.of(scores, FloatBuffer.wrap(labels))).isEqualTo(before);
  }

  @Test
  void isOneHalfWhenAllScoresTie() {
    assertThat(Auc.of(new float[] {3, 3, 3}, FloatBuffer.wrap(new float[] {1, 0, 0})))
        .isEqualTo(0.5);
  }

  @Test
  void treatsNegativeZeroAsZeroAndOrdersInfinities() {
    FloatBuffer labels = FloatBuffer.wrap(new float[] {0, 1});
    assertThat(Auc.of(new float[] {0f, -0f}, labels)).isEqualTo(0.5);
    assertThat(Auc.of(new float[] {Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY}, labels))
        .isEqualTo(1);
    assertThat(Auc.of(new float[] {-1e-30f, -1e30f}, labels)).isZero();
  }

  @Test
  void isUndefinedWithOneClassOrNoRows() {
    assertThat(Auc.of(new float[] {1, 2}, FloatBuffer.wrap(new float[] {1, 1}))).isNaN();
    assertThat(Auc.of(new float[0], FloatBuffer.allocate(0))).isNaN();
  }

  @Test
  void staysExactForARankSumBeyondFloatAndIntRange() {
    int rows = 3_000_000;
    float[] scores = new float[rows];
    float[] labels = new float[rows];
    for (int row = 0; row < rows; row++) {
      scores[row] = row / 3;
      labels[row] = row % 2;
    }
    // Positives and negatives alternate: counted by hand, tie groups of three rows.
    long twice = 0;
    long negatives = 0;
    for (int group = 0; group < rows / 3; group++) {
      long positivesHere = group % 2 == 0 ? 1 : 2;
      twice += positivesHere * (2 * negatives + 3 - positivesHere);
      negatives += 3 - positivesHere;
    }
    assertThat(Auc.of(scores, FloatBuffer.wrap(labels)))
        .isEqualTo(twice / (2.0 * 1_500_000 * 1_500_000));
  }

  @Test
  void refusesScoresThatAreNotNumbersAndLabelsThatAreNotBinary() {
    assertThatThrownBy(
            () -> Auc.of(new float[] {0, Float.NaN}, FloatBuffer.wrap(new float[] {0, 1})))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("row 1");
    assertThatThrownBy(() -> Auc.of(new float[] {0, 1}, FloatBuffer.wrap(new float[] {2, 1})))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("row 0")
        .hasMessageContaining("2.0");
  }

  private static void swap(float[] values, int i, int j) {
    float value = values[i];
    values[i] = values[j];
    values[j] = value;
  }
}
