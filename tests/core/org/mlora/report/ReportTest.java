package org.mlora.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Summary;

class ReportTest {
  @TempDir Path folder;

  static Stream<ReportData> reports() {
    return Stream.of(
        SampleReports.demo(5),
        SampleReports.demo(1),
        SampleReports.single(),
        SampleReports.large(),
        SampleReports.undefined());
  }

  @ParameterizedTest
  @MethodSource("reports")
  void fetchesNothing(ReportData data) {
    String html = Report.html(data);
    assertThat(html)
        .doesNotContainPattern("(src|href)=\"(?!#)")
        .doesNotContain("@import", "url(", "http:", "https:", "fetch(");
  }

  @ParameterizedTest
  @MethodSource("reports")
  void drawsOnlyNumbers(ReportData data) {
    Matcher geometry =
        Pattern.compile("\\b(?:x|y|x1|x2|y1|y2|cx|cy|r|width|height|d|points|viewBox)=\"([^\"]*)\"")
            .matcher(Report.html(data));
    int seen = 0;
    while (geometry.find()) {
      assertThat(geometry.group(1)).doesNotContain("NaN", "Infinity", "∞");
      seen++;
    }
    assertThat(seen).isGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("reports")
  void opensAndClosesEveryElementInTurn(ReportData data) {
    String html = Report.html(data).replaceAll("(?s)<(style|script)>.*?</\\1>", "");
    Deque<String> open = new ArrayDeque<>();
    Matcher tags = Pattern.compile("<(/?)([a-z][a-z0-9]*)[^>]*?(/?)>").matcher(html);
    while (tags.find()) {
      boolean isEmpty = !tags.group(3).isEmpty() || tags.group(2).equals("meta");
      if (!tags.group(1).isEmpty()) {
        assertThat(open.pop()).isEqualTo(tags.group(2));
      } else if (!isEmpty) {
        open.push(tags.group(2));
      }
    }
    assertThat(open).isEmpty();
  }

  @Test
  void escapesNames() {
    String html = Report.html(SampleReports.large());
    assertThat(html)
        .doesNotContain("<script>alert", "A thousand <domains>")
        .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")
        .contains("A thousand &lt;domains&gt;")
        .doesNotContain("\u0000");
  }

  @Test
  void drawsTheLargestDomainsAndSumsUpTheRest() {
    String html = Report.html(SampleReports.large());
    assertThat(html).contains("the 960 other domains");
    assertThat(html.split("class=\"row\"", -1)).hasSize(1 + 4 * (Report.DRAWN_DOMAINS + 1));
    assertThat(html).contains("All 1,000 domains in numbers").contains("domain-999");
  }

  @Test
  void oneDomainIsNotAllOfSeveral() {
    Markup out = new Markup();
    List<Series> series = Series.of(SampleReports.single());
    NumberTables.domains(out, List.of(row(10, 0)), series);
    assertThat(out.toString()).contains("<summary>The domain in numbers</summary>");
  }

  @Test
  void otherDomainsAreWeightedByTheirRows() {
    DomainRow large = new DomainRow("a", 300, 30, 0.9, List.of(summary(0.6), summary(0.8)));
    DomainRow small =
        new DomainRow("b", 100, 50, Double.NaN, List.of(summary(0.8), summary(Double.NaN)));
    DomainRow both = DomainRow.together("both", List.of(large, small));
    assertThat(both.rows()).isEqualTo(400);
    assertThat(both.baseRate()).isEqualTo(0.2);
    assertThat(both.aucs().get(0).mean()).isCloseTo(0.65, within(1e-12));
    assertThat(both.aucs().get(1).mean()).isEqualTo(0.8);
    assertThat(both.best()).isEqualTo(0.9);
  }

  @Test
  void saysHowSureTheDifferenceIs() {
    assertThat(Report.html(SampleReports.demo(5)))
        .contains("MLoRA ranks clearly better", "over 5 paired seeds", "of the gap to the best");
    assertThat(Report.html(SampleReports.demo(1))).contains("One pair of runs gives no interval");
    assertThat(Report.html(SampleReports.single())).doesNotContain("paired seeds", "Gain");
  }

  @Test
  void comparesEverySettingWithTheFirst() {
    assertThat(Report.html(SampleReports.large()))
        .contains(
            "MLoRA gives ",
            "star gives ",
            "mmoe against no adapter",
            "<th scope=\"row\">MLoRA minus no adapter<small>95 % interval",
            "<th scope=\"row\">mmoe minus no adapter<small>95 % interval",
            "Gain, mmoe");
    assertThat(Report.html(SampleReports.demo(2)))
        .contains("<th scope=\"row\">Difference<small>95 % interval")
        .doesNotContain("MLoRA gives ", "Gain, ");
  }

  @Test
  void domainsThatTieAreNeitherBetterNorWorse() {
    ReportData demo = SampleReports.demo(1);
    ReportData.Run run = demo.settings().get(0).runs().get(0);
    ReportData same =
        new ReportData(
            demo.title(),
            demo.subtitle(),
            demo.data(),
            List.of(
                new ReportData.Setting("none", List.of(run)),
                new ReportData.Setting("mlora", List.of(run))),
            demo.configuration());
    assertThat(Report.html(same))
        .contains(
            "MLoRA has a higher AUC than no adapter in 0 of 10 domains, a lower one in 0 and the same"
                + " in 10.")
        .doesNotContain("num strong");
  }

  /** Such gains are of domains of a few rows, and would leave all others a line. */
  @Test
  void fewWildGainsAreTicksAtTheEdgeOfTheirChart() {
    List<DomainRow> rows = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      rows.add(row(1000 + i, i % 2 == 0 ? 0.01 : -0.01));
    }
    List<Series> series = Series.of(SampleReports.demo(1));
    Markup calm = new Markup();
    GainChart.draw(calm, rows, series.get(1));
    assertThat(calm.toString()).doesNotContain("beyond").contains(">+0.010<", ">−0.010<");
    rows.add(row(10, 0.5));
    rows.add(row(12, -0.4));
    Markup wild = new Markup();
    GainChart.draw(wild, rows, series.get(1));
    assertThat(wild.toString())
        .contains("ticks: 2 domains beyond", "Gain: +0.5000", ">+0.010<", ">−0.010<")
        .doesNotContain(">+0.50<", ">+0.20<");
    assertThat(wild.toString().split("<line class=\"beyond", -1)).hasSize(3);
  }

  private static DomainRow row(long rows, double gain) {
    return new DomainRow(
        "d" + rows, rows, rows / 2, Double.NaN, List.of(summary(0.7), summary(0.7 + gain)));
  }

  @Test
  void saysWhyThereIsNoDifference() {
    assertThat(Report.html(SampleReports.undefined()))
        .contains("WAUC is undefined: no domain has test rows of both classes.")
        .doesNotContain("One pair of runs");
  }

  /** The sides that validation chooses from by log loss: 0.41 without adapters, 0.43 with. */
  private static final List<ReportData.Epoch> SIDES =
      List.of(
          new ReportData.Epoch(1, "control", 0.5, 0.45),
          new ReportData.Epoch(2, "control", 0.4, 0.41),
          new ReportData.Epoch(3, "joint", 0.5, 0.43),
          new ReportData.Epoch(4, "joint", 0.4, 0.44));

  @Test
  void saysWhetherValidationKeptTheAdaptersByTheMetricThatEndsTheTraining() {
    ReportData one = SampleReports.trained(SIDES, 2);
    String choice = "left at zero by validation (best log loss 0.4300 with, 0.4100 without)";
    assertThat(ResultText.choice(one.settings().get(0))).hasValue(choice);
    assertThat(Report.html(one)).contains("Adapters: " + choice + ".");
    assertThat(Report.html(SampleReports.trained(SIDES, 3, 2, 3)))
        .contains("Adapters: kept in 2 of 3 runs, by validation.");
    assertThat(ResultText.choice(SampleReports.single().settings().get(0))).isEmpty();
  }

  @Test
  void drawsTheMetricThatEndsTheTraining() {
    assertThat(Report.html(SampleReports.trained(SIDES, 2)))
        .contains("Validation log loss by epoch")
        .doesNotContain("Validation WAUC");
    assertThat(Report.html(SampleReports.single())).contains("Validation WAUC by epoch");
  }

  @Test
  void epochsOfSomeDomainsAloneAreNotDrawnAmongThoseOfAll() {
    String note = "Epochs that train one expert are not drawn";
    ReportData data =
        SampleReports.trained(
            List.of(
                new ReportData.Epoch(1, "pretrain", 0.5, 0.45),
                new ReportData.Epoch(2, "pretrain", 0.5, 0.44),
                new ReportData.Epoch(3, "specialize", 0.1, 0.99),
                new ReportData.Epoch(4, "gate", 0.5, 0.43)),
            4);
    assertThat(Report.html(data))
        .contains(note, "Epoch 2\nMLoRA: 0.4400", "Epoch 4\nMLoRA: 0.4300")
        .doesNotContain("0.9900", ">0.90<");
    assertThat(Report.html(SampleReports.single())).doesNotContain(note);
  }

  @Test
  void writesTheFileWholeAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("runs/report.html");
    Report.write(SampleReports.single(), file);
    Report.write(SampleReports.demo(1), file);
    assertThat(Files.readString(file)).isEqualTo(Report.html(SampleReports.demo(1)));
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void namesThePlaceThatCannotBeWritten() throws IOException {
    Path occupied = Files.writeString(folder.resolve("taken"), "x");
    assertThatThrownBy(() -> Report.write(SampleReports.single(), occupied.resolve("report.html")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("taken");
    Path directory = Files.createDirectories(folder.resolve("full/report.html/inside"));
    assertThatThrownBy(() -> Report.write(SampleReports.single(), directory.getParent()))
        .isInstanceOf(InvalidInputException.class);
    try (Stream<Path> files = Files.list(folder.resolve("full"))) {
      assertThat(files).containsExactly(folder.resolve("full/report.html"));
    }
  }

  private static Summary summary(double mean) {
    return new Summary(1, mean, Double.NaN);
  }
}
