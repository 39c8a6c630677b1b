package org.mlora.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.mlora.metric.Summary;

class TextTableTest {
  private static TextTable table() {
    return TextTable.of(
        TextTable.Column.left("domain"),
        TextTable.Column.right("rows"),
        TextTable.Column.right("AUC"));
  }

  @Test
  void alignsTextLeftAndNumbersRight() {
    String text =
        table()
            .row("toys", "1,234,567", "0.7812")
            .row("a", "9", "–")
            .rule()
            .row("all", "1", "0.5")
            .render();
    assertThat(text)
        .isEqualTo(
            """
            domain       rows     AUC
            ──────  ─────────  ──────
            toys    1,234,567  0.7812
            a               9       –
            ──────  ─────────  ──────
            all             1     0.5
            """);
  }

  @Test
  void countsCellsOfWideAndCombiningCharacters() {
    String text = table().row("玩具", "1", "1").row("cafe\u0301", "2", "2").render();
    assertThat(text).contains("玩具       1    1\n").contains("cafe\u0301       2    2\n");
  }

  @Test
  void fallsBackToAsciiWhereTheTerminalHasNothingElse() {
    assertThat(table().row("x", "–", "0.5 ± 0.1").render(StandardCharsets.US_ASCII))
        .isEqualTo(
            """
            domain  rows          AUC
            ------  ----  -----------
            x          -  0.5 +/- 0.1
            """);
  }

  @Property(tries = 200)
  void everyTextStaysOnItsLineAndIsCutToItsWidth(@ForAll String name) {
    String text = table().row(name, "1", "2").render();
    assertThat(text.chars().filter(c -> c == '\n').count()).isEqualTo(3);
    assertThat(TextWidth.of(TextWidth.fit(name, 12))).isLessThanOrEqualTo(12);
  }

  @Test
  void refusesRowsOfAnotherLength() {
    assertThatThrownBy(() -> table().row("x")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void numbersReadTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(NumberText.count(1_000_209)).isEqualTo("1,000,209");
      assertThat(NumberText.fixed(1234.5678, 2)).isEqualTo("1,234.57");
      assertThat(NumberText.signed(0.01234, 4)).isEqualTo("+0.0123");
      assertThat(NumberText.signed(-0.5, 1)).isEqualTo("-0.5");
      assertThat(NumberText.signed(-0.00004, 4)).isEqualTo("0.0000");
      assertThat(NumberText.fixed(-0.0, 1)).isEqualTo("0.0");
      assertThat(NumberText.signed(-1000, 0)).isEqualTo("-1,000");
      assertThat(NumberText.fixed(Double.NaN, 2)).isEqualTo("–");
      assertThat(NumberText.percent(0.2263, 1)).isEqualTo("22.6 %");
      assertThat(NumberText.meanSd(Summary.of(0.5, 0.7))).isEqualTo("0.6000 ± 0.1414");
      assertThat(NumberText.meanSd(Summary.of(0.5))).isEqualTo("0.5000");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void largeCountsAndTimesAreShortened() {
    assertThat(NumberText.compactCount(0)).isEqualTo("0");
    assertThat(NumberText.compactCount(999)).isEqualTo("999");
    assertThat(NumberText.compactCount(1000)).isEqualTo("1k");
    assertThat(NumberText.compactCount(12_340)).isEqualTo("12.3k");
    assertThat(NumberText.compactCount(999_999)).isEqualTo("1M");
    assertThat(NumberText.duration(0.0123)).isEqualTo("12 ms");
    assertThat(NumberText.duration(0.9994)).isEqualTo("999 ms");
    assertThat(NumberText.duration(0.9997)).isEqualTo("1.0 s");
    assertThat(NumberText.duration(12.345)).isEqualTo("12.3 s");
    assertThat(NumberText.duration(59.97)).isEqualTo("1 min 00 s");
    assertThat(NumberText.duration(200)).isEqualTo("3 min 20 s");
    assertThat(NumberText.duration(7500)).isEqualTo("2 h 05 min");
  }
}
