package org.mlora.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a setting looks in every chart.
 *
 * @param index position among the settings; 0 is the control
 * @param style number of its colour and mark; 0 is the quiet one of a control
 */
record Series(int index, int style, ReportData.Setting setting) {
  private static final int COLOURS = 4;

  static List<Series> of(ReportData data) {
    List<Series> series = new ArrayList<>();
    boolean lone = data.settings().size() == 1 && !data.settings().get(0).name().equals("none");
    for (ReportData.Setting setting : data.settings()) {
      series.add(new Series(series.size(), series.size() + (lone ? 1 : 0), setting));
    }
    return series;
  }

  /**
   * The rows that results are of: {@code test}, or {@code validation} where there are no others.
   */
  static String split(List<Series> series) {
    return series.get(0).setting.runs().get(0).test().split();
  }

  /** The same at the start of a line. */
  static String splitTitle(List<Series> series) {
    String split = split(series);
    return split.substring(0, 1).toUpperCase(Locale.ROOT) + split.substring(1);
  }

  /** Its name for people. */
  String label() {
    return switch (setting.name()) {
      case "none" -> "No adapter";
      case "mlora" -> "MLoRA";
      case "moe-mlora" -> "MoE-MLoRA";
      default -> setting.name();
    };
  }

  /** The same inside a sentence. */
  String labelInside() {
    return setting.name().equals("none") ? "no adapter" : label();
  }

  String className() {
    return "s" + style % COLOURS;
  }

  /** The key of a chart, with the mark of the best possible value where it is shown. */
  static void legend(Markup out, List<Series> series, boolean best) {
    out.open("div", "class", "legend");
    for (Series one : series) {
      out.open("span", "class", "key");
      key(out).mark(one, 8, 8, 5);
      out.close().text(one.label()).close();
    }
    if (best) {
      out.open("span", "class", "key");
      key(out).best(8, 8);
      out.close().text("Best possible").close();
    }
    out.close();
  }

  private static Svg key(Markup out) {
    return Svg.inline(out, 16);
  }
}
