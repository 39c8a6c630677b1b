package org.mlora.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Evaluation;

class SyntheticClicksTest {
  private static final SyntheticParameters SMALL = SyntheticParameters.demo().withRows(60_000);

  @TempDir Path folder;

  @Test
  void sameSeedGivesTheSameBytesAndAnotherSeedOthers() {
    assertThat(checksum(SMALL, "a")).isEqualTo(checksum(SMALL, "b"));
    assertThat(checksum(SMALL.withSeed(9), "c")).isNotEqualTo(checksum(SMALL, "d"));
  }

  private String checksum(SyntheticParameters parameters, String name) {
    new SyntheticClicks(parameters).write(folder.resolve(name), false);
    try (Dataset data = Dataset.open(folder.resolve(name))) {
      data.verify();
      return data.checksum();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 400000, 1000, 8, 1, domains times users",
    "10, 300000, 1000, 1000, 1, domains times users",
    "1, 1000000, 1000, 1000, 1, users times latent",
    "1, 1000, 1000000, 1000, 1, items times latent",
    "1000, 1000, 1000, 100, 2000000000, shift rank"
  })
  void sizesThatDoNotFitIntoMemoryTogetherAreRefused(
      int domains, int users, int items, int latent, int rank, String says) {
    assertThatThrownBy(
            () ->
                new SyntheticParameters(
                    1, 9, domains, users, items, latent, rank, 1, 1, 1, 1, 0, 0, 0.1, 0.4))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(says);
  }

  @Test
  void truthRanksTestRowsWellInEveryDomainAndIsCalibrated() {
    Evaluation best = new SyntheticClicks(SMALL).write(folder.resolve("x"), false);
    assertThat(best.domains()).hasSize(SMALL.domains());
    assertThat(best.domains()).allSatisfy(d -> assertThat(d.auc()).isBetween(0.68, 0.97));
    assertThat(best.wauc()).isBetween(0.75, 0.92);
    // About 12,000 test rows: the standard error of PCOC is near 0.015.
    assertThat(best.pcoc()).isBetween(0.94, 1.06);
    try (Dataset data = Dataset.open(folder.resolve("x"))) {
      assertThat(SyntheticClicks.bestPossible(data)).hasValue(best);
    }
  }

  @Test
  void truthIsNotThatOfADataSetThatTookItsPlace() {
    Path place = folder.resolve("x");
    new SyntheticClicks(SMALL).write(place, false);
    try (Dataset data = Dataset.open(place)) {
      new SyntheticClicks(SMALL).write(place, true);
      assertThat(SyntheticClicks.bestPossible(data)).as("the same again").isPresent();
      new SyntheticClicks(SMALL.withSeed(9)).write(place, true);
      assertThat(SyntheticClicks.bestPossible(data)).isEmpty();
    }
  }

  @Test
  void domainsDifferInSizeByZipfAndInBaseRate() {
    new SyntheticClicks(SMALL).write(folder.resolve("x"), false);
    try (Dataset data = Dataset.open(folder.resolve("x"))) {
      Columns train = data.columns(Split.TRAIN);
      int last = SMALL.domains() - 1;
      double[] rows = new double[last + 1];
      double[] clicks = new double[last + 1];
      for (int row = 0; row < train.rows(); row++) {
        rows[train.domains().get(row)]++;
        clicks[train.domains().get(row)] += train.labels().get(row);
      }
      double expected = Math.pow(last + 1, SMALL.zipf());
      assertThat(rows[0] / rows[last]).isBetween(0.85 * expected, 1.18 * expected);
      double lowest = 1;
      double highest = 0;
      for (int d = 0; d <= last; d++) {
        lowest = Math.min(lowest, clicks[d] / rows[d]);
        highest = Math.max(highest, clicks[d] / rows[d]);
      }
      assertThat(lowest).isBetween(SMALL.lowestRate() - 0.03, SMALL.lowestRate() + 0.03);
      assertThat(highest).isBetween(SMALL.highestRate() - 0.04, SMALL.highestRate() + 0.04);
    }
  }

  @Test
  void domainsDisagreeAboutItems() {
    new SyntheticClicks(SMALL).write(folder.resolve("x"), false);
    try (Dataset data = Dataset.open(folder.resolve("x"))) {
      Columns train = data.columns(Split.TRAIN);
      double[][] rates = new double[2][SMALL.items() + 1];
      double[][] counts = new double[2][SMALL.items() + 1];
      for (int row = 0; row < train.rows(); row++) {
        int domain = train.domains().get(row);
        if (domain < 2) {
          int item = ((Column.Ids) train.fields().get(1)).ids().get(row);
          rates[domain][item] += train.labels().get(row);
          counts[domain][item]++;
        }
      }
      double[] sums = new double[5];
      int n = 0;
      for (int item = 1; item <= SMALL.items(); item++) {
        double x = rates[0][item] / counts[0][item];
        double y = rates[1][item] / counts[1][item];
        if (counts[0][item] > 0 && counts[1][item] > 0) {
          n++;
          sums[0] += x;
          sums[1] += y;
          sums[2] += x * x;
          sums[3] += y * y;
          sums[4] += x * y;
        }
      }
      double covariance = sums[4] / n - sums[0] / n * sums[1] / n;
      double deviations =
          Math.sqrt(sums[2] / n - sums[0] / n * sums[0] / n)
              * Math.sqrt(sums[3] / n - sums[1] / n * sums[1] / n);
      assertThat(covariance / deviations).isLessThan(0.7);
    }
  }
}
