package org.mlora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.PairedDifference;

class ResultTextTest {
  @Test
  void listsDomainsAndTheWhole() {
    assertThat(ResultText.evaluation(evaluation(0.75)).render())
        .isEqualTo(
            """
            domain       rows  positives     AUC  log loss    PCOC
            ──────────  ─────  ─────────  ──────  ────────  ──────
            toys        1,000        250  0.7500    0.5000  1.1000
            (unknown)       3          0       –    0.2500       –
            ──────────  ─────  ─────────  ──────  ────────  ──────
            all (WAUC)  1,003        250  0.7500    0.4000  1.2500
            """);
  }

  @Test
  void comparesSettingsBySeed() {
    Comparison comparison =
        new Comparison(
            List.of(
                new Comparison.Run("none", 1, 3, 1, 1, evaluation(0.70)),
                new Comparison.Run("none", 2, 3, 1, 1, evaluation(0.72)),
                new Comparison.Run("mlora", 1, 3, 1, 1, evaluation(0.74)),
                new Comparison.Run("mlora", 2, 3, 1, 1, evaluation(0.765))));
    assertThat(ResultText.comparison(comparison).render())
        .startsWith(
            """
            test metric             none            mlora  difference       95 % interval
            ───────────  ───────────────  ───────────────  ──────────  ──────────────────
            WAUC         0.7100 ± 0.0141  0.7525 ± 0.0177     +0.0425  +0.0107 to +0.0743
            """);
  }

  @Test
  void ofSeveralSettingsEachIsComparedWithTheFirst() {
    Comparison comparison =
        new Comparison(
            List.of(
                new Comparison.Run("none", 1, 3, 1, 1, evaluation(0.70)),
                new Comparison.Run("none", 2, 3, 1, 1, evaluation(0.72)),
                new Comparison.Run("mlora", 1, 3, 1, 1, evaluation(0.74)),
                new Comparison.Run("mlora", 2, 3, 1, 1, evaluation(0.765)),
                new Comparison.Run("star", 1, 3, 1, 1, evaluation(0.71)),
                new Comparison.Run("star", 2, 3, 1, 1, evaluation(0.72))));
    assertThat(ResultText.comparison(comparison).render())
        .startsWith(
            """
            test metric                 none               mlora                star
            ───────────────  ───────────────  ──────────────────  ──────────────────
            WAUC             0.7100 ± 0.0141     0.7525 ± 0.0177     0.7150 ± 0.0071
              minus none                                 +0.0425             +0.0050
              95 % interval                   +0.0107 to +0.0743  -0.0585 to +0.0685
            mean AUC         0.7100 ± 0.0141     0.7525 ± 0.0177     0.7150 ± 0.0071
            """);
  }

  @Test
  void anEndOfAnIntervalThatRoundsToZeroKeepsItsSide() {
    assertThat(NumberText.interval(new PairedDifference(5, 6e-4, 1e-3, -4.25e-5, 1.34e-3)))
        .isEqualTo("-0.0000 to +0.0013");
    assertThat(NumberText.interval(new PairedDifference(5, 0, 0, 0, 0)))
        .isEqualTo("0.0000 to 0.0000");
    assertThat(NumberText.interval(new PairedDifference(1, 0.1, Double.NaN, 0, 0))).isEqualTo("–");
  }

  @Test
  void listsGainAndBestPossibleWhereTheyAreKnown() {
    assertThat(ResultText.domains(SampleReports.demo(2)).render())
        .startsWith("domain ")
        .contains("AUC none", "AUC mlora", "gain", "best possible", "Home & Kitchen  119,501");
    assertThat(ResultText.domains(SampleReports.single()).render())
        .contains("AUC mlora")
        .doesNotContain("gain", "best");
  }

  @Test
  void bestWaucIsWeightedByTestRows() {
    assertThat(Headline.bestWauc(SampleReports.demo(1))).isBetween(0.772, 0.792);
    assertThat(Headline.bestWauc(SampleReports.single())).isNaN();
  }

  private static Evaluation evaluation(double auc) {
    return new Evaluation(
        "test",
        1003,
        auc,
        auc,
        0.4,
        1.25,
        0.02,
        List.of(
            new Evaluation.Domain("toys", 1000, 250, auc, 0.5, 1.1),
            new Evaluation.Domain(Evaluation.UNKNOWN, 3, 0, Double.NaN, 0.25, Double.NaN)));
  }
}
