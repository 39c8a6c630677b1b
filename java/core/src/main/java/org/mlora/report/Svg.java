package org.mlora.report;

import java.util.ArrayList;
import java.util.List;

/** One drawing. Colours and type come from the style sheet by class name. */
final class Svg {
  /** Width of a drawing that spans the page, in pixels at full size. */
  static final int PAGE = 1080;

  /** Width of a drawing for phones. */
  static final int PHONE = 400;

  /** The screens a drawing is for, where there is one for each. */
  enum Width {
    WIDE(PAGE),
    NARROW(PHONE);

    private final int pixels;

    Width(int pixels) {
      this.pixels = pixels;
    }

    int pixels() {
      return pixels;
    }
  }

  private final Markup out;

  private Svg(Markup out) {
    this.out = out;
  }

  /** Opens a drawing; {@code description} is what a screen reader says of it. */
  static Svg open(Markup out, double width, double height, String description) {
    return open(out, "drawing", width, height, Math.min(width, 880), description);
  }

  /** The same, shown on some screens only. */
  static Svg open(Markup out, Width width, double height, String description) {
    boolean wide = width == Width.WIDE;
    String className = wide ? "drawing wide" : "drawing narrow";
    return open(out, className, width.pixels(), height, wide ? 880 : 0, description);
  }

  private static Svg open(
      Markup out,
      String className,
      double width,
      double height,
      double leastWidth,
      String description) {
    out.open("div", "class", className);
    out.open(
        "svg",
        "viewBox",
        "0 0 " + Markup.px(width) + " " + Markup.px(height),
        "style",
        "max-width:" + Markup.px(width) + "px;min-width:" + Markup.px(leastWidth) + "px",
        "role",
        "group",
        "aria-label",
        description);
    return new Svg(out);
  }

  /** Opens a small drawing inside a line of text, hidden from screen readers; the caller closes. */
  static Svg inline(Markup out, double size) {
    String px = Markup.px(size);
    out.open(
        "svg", "viewBox", "0 0 " + px + " " + px, "width", px, "height", px, "aria-hidden", "true");
    return new Svg(out);
  }

  void close() {
    out.close().close();
  }

  /** Opens a group that shows {@code tip} when pointed at or focused; first line is the heading. */
  void openTip(String className, String tip) {
    out.open(
        "g",
        "class",
        className,
        "tabindex",
        "0",
        "role",
        "img",
        "aria-label",
        tip.replace("\n", ", "),
        "data-tip",
        tip);
  }

  /** The same for the pointer only: for marks so many that a table serves better than tabbing. */
  void openPointerTip(String className, String tip) {
    out.open("g", "class", className, "data-tip", tip);
  }

  void closeTip() {
    out.close();
  }

  void line(String className, double x1, double y1, double x2, double y2) {
    out.shape(
        "line",
        "class",
        className,
        "x1",
        Markup.px(x1),
        "y1",
        Markup.px(y1),
        "x2",
        Markup.px(x2),
        "y2",
        Markup.px(y2));
  }

  void rect(String className, double x, double y, double width, double height, double radius) {
    out.shape(
        "rect",
        "class",
        className,
        "x",
        Markup.px(x),
        "y",
        Markup.px(y),
        "width",
        Markup.px(Math.max(width, 0)),
        "height",
        Markup.px(Math.max(height, 0)),
        "rx",
        Markup.px(radius));
  }

  /** Text anchored at its {@code start}, {@code middle} or {@code end}. */
  void text(String className, String anchor, double x, double y, String text) {
    out.leaf(
        "text",
        text,
        "class",
        className,
        "text-anchor",
        anchor,
        "x",
        Markup.px(x),
        "y",
        Markup.px(y));
  }

  /** A line through the points (x, y), broken where a y is NaN. */
  void path(String className, List<double[]> points) {
    StringBuilder path = new StringBuilder();
    boolean move = true;
    for (double[] point : points) {
      if (Double.isNaN(point[1])) {
        move = true;
        continue;
      }
      path.append(move ? 'M' : 'L').append(Markup.px(point[0])).append(' ');
      path.append(Markup.px(point[1]));
      move = false;
    }
    out.shape("path", "class", className, "d", path.toString());
  }

  /** The mark of a setting: the shape tells settings apart where colour does not. */
  void mark(Series series, double x, double y, double radius) {
    String className = "mark " + series.className();
    switch (series.style() % 4) {
      case 0 -> circle(className + " hollow", x, y, radius);
      case 1 -> circle(className, x, y, radius + 1);
      case 2 -> rect(className, x - radius, y - radius, 2 * radius, 2 * radius, 1.5);
      default ->
          polygon(className, x, y, new double[] {0, -1.2, 1.15, 0.8, -1.15, 0.8}, radius + 1);
    }
  }

  /** The mark of the best possible value. */
  void best(double x, double y) {
    polygon("best", x, y, new double[] {0, -1, 1, 0, 0, 1, -1, 0}, 5);
  }

  void circle(String className, double x, double y, double radius) {
    out.shape(
        "circle",
        "class",
        className,
        "cx",
        Markup.px(x),
        "cy",
        Markup.px(y),
        "r",
        Markup.px(radius));
  }

  private void polygon(String className, double x, double y, double[] corners, double radius) {
    List<String> points = new ArrayList<>();
    for (int i = 0; i < corners.length; i += 2) {
      points.add(Markup.px(x + radius * corners[i]) + "," + Markup.px(y + radius * corners[i + 1]));
    }
    out.shape("polygon", "class", className, "points", String.join(" ", points));
  }
}
