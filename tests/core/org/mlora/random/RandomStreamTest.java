package org.mlora.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
  private static final int N = 100_000;

  @Test
  void numbersDependOnTheirIndexOnly() {
    RandomStream forward = new RandomStream(3, "x");
    RandomStream backward = new RandomStream(3, "x");
    double[] expected = new double[100];
    for (int i = 0; i < 100; i++) {
      expected[i] = forward.normal(i);
    }
    for (int i = 99; i >= 0; i--) {
      assertThat(backward.normal(i)).isEqualTo(expected[i]);
    }
    assertThat(new RandomStream(3, "y").normal(0)).isNotEqualTo(expected[0]);
    assertThat(new RandomStream(4, "x").normal(0)).isNotEqualTo(expected[0]);
  }

  @Test
  void normalNumbersHaveMeanZeroDeviationOneAndNormalTails() {
    RandomStream random = new RandomStream(1, "normal");
    double[] moments = moments(random::normal);
    assertThat(moments[0]).isBetween(-0.015, 0.015);
    assertThat(moments[1]).isBetween(0.985, 1.015);
    assertThat(moments[2]).isBetween(0.0435, 0.0475); // P(|x| > 2) = 0.0455
  }

  @Test
  void truncatedNormalNumbersStayWithinTwoDeviations() {
    RandomStream random = new RandomStream(1, "truncated");
    double[] moments = moments(random::truncatedNormal);
    assertThat(moments[2]).isZero();
    assertThat(Math.sqrt(moments[1])).isBetween(0.8746, 0.8846); // 0.87962566
  }

  @Test
  void uniformNumbersFillTheUnitInterval() {
    RandomStream random = new RandomStream(1, "uniform");
    double[] moments = moments(random::uniform);
    assertThat(moments[0]).isBetween(0.495, 0.505);
    assertThat(moments[1] - moments[0] * moments[0]).isBetween(0.0823, 0.0843);
  }

  /** Mean, mean square, fraction beyond 2. */
  private static double[] moments(LongToDoubleFunction draw) {
    double sum = 0;
    double squares = 0;
    int beyond = 0;
    for (int i = 0; i < N; i++) {
      double x = draw.applyAsDouble(i);
      sum += x;
      squares += x * x;
      beyond += Math.abs(x) > 2 ? 1 : 0;
    }
    return new double[] {sum / N, squares / N, (double) beyond / N};
  }
}
