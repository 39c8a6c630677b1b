package org.mlora.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mlora.metric.Comparison;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;
import org.mlora.metric.PairedDifference;

class ReproductionTest {
  private static Comparison.Run run(String adapter, long seed, double auc) {
    Evaluation.Domain domain = new Evaluation.Domain("a", 10, 5, auc, 0.6, 1);
    Evaluation test = new Evaluation("test", 10, auc, auc, 0.6, 1, 0.01, List.of(domain));
    return new Comparison.Run(adapter, seed, 3, adapter.equals("none") ? 2 : 3, 1000, test);
  }

  /** One run a setting for each pair of AUCs. */
  private static Comparison comparison(double... aucs) {
    List<Comparison.Run> runs = new ArrayList<>();
    for (int i = 0; i < aucs.length; i += 2) {
      runs.add(run("none", 1 + i / 2, aucs[i]));
      runs.add(run("mlora", 1 + i / 2, aucs[i + 1]));
    }
    return new Comparison(runs);
  }

  private static Reproduction reproduction() {
    return new Reproduction(
        "A <table>",
        "",
        List.of(
            new Reproduction.Entry("x,\"y\"", "mlp", 1000, 50, comparison(0.70, 0.72, 0.71, 0.75)),
            new Reproduction.Entry("x,\"y\"", "wdl", 2000, 70, comparison(0.60, 0.61, 0.62, 0.61)),
            new Reproduction.Entry("z|z", "mlp", 900, 40, comparison(0.5, Double.NaN))),
        Metric.WAUC,
        List.of(Map.entry("alpha", "16")));
  }

  @Test
  void theMeanOverModelsIsPairedBySeed() {
    ReproductionRow mean = reproduction().rows("x,\"y\"").get(2);
    // Seed 1: (0.02 + 0.01) / 2, seed 2: (0.04 - 0.01) / 2.
    assertThat(mean.model()).isEqualTo("mean of 2 models");
    assertThat(mean.uplift().pairs()).isEqualTo(2);
    assertThat(mean.uplift().mean()).isCloseTo(0.015, within(1e-12));
    assertThat(mean.uplift().sd()).isCloseTo(0, within(1e-12));
    assertThat(mean.control().mean()).isCloseTo((0.705 + 0.61) / 2, within(1e-12));
    assertThat(mean.added()).isEqualTo(60);
    assertThat(mean.secondsTreated()).isEqualTo(3);
  }

  @Test
  void seedsThatAModelLacksAreLeftOutOfTheMean() {
    Comparison three = comparison(0.5, 0.6, 0.5, 0.7, 0.5, 0.9);
    PairedDifference mean =
        Comparison.meanDifference(List.of(three, comparison(0.5, 0.5, 0.5, 0.5)), Metric.WAUC);
    assertThat(mean.pairs()).isEqualTo(2);
    assertThat(mean.mean()).isCloseTo((0.1 + 0.2) / 2 / 2, within(1e-12));
  }

  @Test
  void whatValidationChoosesHasColumnsAndATableOfItsOwn() {
    List<Comparison.Run> runs = new ArrayList<>();
    for (Comparison.Run run : comparison(0.70, 0.72, 0.71, 0.65).runs()) {
      double validation = run.adapter().equals("none") == (run.seed() == 2) ? 0.8 : 0.7;
      runs.add(
          new Comparison.Run(
              run.adapter(), run.seed(), run.epochs(), 2, 1000, validation, run.test()));
    }
    Reproduction known =
        new Reproduction(
            "Table",
            "",
            List.of(new Reproduction.Entry("x", "mlp", 1000, 50, new Comparison(runs))),
            Metric.WAUC,
            List.of());
    // Seed 1 keeps its adapters (0.72), seed 2 does without (0.71).
    assertThat(ReproductionTable.csv(known).lines().toList().get(1))
        .contains(",-0.020000000,")
        .contains(",0.71500000,0.0070710678,0.010000000,");
    assertThat(ReproductionTable.markdown(known))
        .contains("## Chosen by validation", "| x | mlp | 0.7150 ± 0.0071 | +0.0100 |");
    assertThat(ReproductionReport.html(known))
        .contains("0.7150 ± 0.0071", "<small>+0.0100</small>");
    assertThat(ReproductionTable.markdown(reproduction())).doesNotContain("Chosen");
  }

  @Test
  void oneModelHasNoMean() {
    assertThat(reproduction().rows("z|z")).hasSize(1);
    assertThat(reproduction().rows()).hasSize(4);
  }

  @Test
  void csvHoldsNumbersInFullAndNothingForWhatIsUndefined() {
    List<String> lines = ReproductionTable.csv(reproduction()).lines().toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(1))
        .startsWith("\"x,\"\"y\"\"\",mlp,2,0.70500000,")
        .contains(",0.030000000,")
        .endsWith(",1000,50,2.0000000,3.0000000,,,,,");
    assertThat(lines.get(4))
        .isEqualTo("z|z,mlp,0,0.50000000,,,,,,,900,40,2.0000000,3.0000000,,,,,");
  }

  @Test
  void markdownEscapesWhatWouldBreakTheTable() {
    String markdown = ReproductionTable.markdown(reproduction());
    assertThat(markdown).contains("| z\\|z | mlp | 0.5000 | – | – | – |", "| `--alpha` | 16 |");
    assertThat(markdown.lines().filter(line -> line.startsWith("| **"))).hasSize(1);
  }

  @Test
  void theReportFetchesNothingAndDrawsOnlyNumbers() {
    String html = ReproductionReport.html(reproduction()).strip();
    assertThat(html)
        .contains("A &lt;table&gt;", "Uplift in test WAUC on z|z", "adapters help.")
        .doesNotContain("A <table>", "NaN", "Infinity", "http:", "https:", "url(")
        .doesNotContainPattern("(src|href)=\"(?!#)")
        .endsWith("</html>");
  }

  @Test
  void anEntryComparesTwoSettings() {
    Comparison alone = new Comparison(List.of(run("none", 1, 0.5)));
    assertThatThrownBy(() -> new Reproduction.Entry("x", "mlp", 1, 1, alone))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none");
  }
}
