package org.mlora.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What all reports have in common: style and script inside, a bar on top, nothing fetched. */
final class Page {
  private Page() {}

  /**
   * A document.
   *
   * @param sections named in the bar; a section's id is its name in lower case
   * @param body draws the content
   */
  static String html(String title, List<String> sections, Consumer<Markup> body) {
    Markup out = new Markup();
    out.trusted("<!doctype html>\n").open("html", "lang", "en");
    head(out, title);
    out.open("body");
    bar(out, sections);
    out.open("main");
    body.accept(out);
    out.close();
    out.open("div", "id", "tip", "role", "tooltip", "hidden", "").close();
    out.open("script").trusted(resource("report.js")).close();
    out.close().close();
    return out.toString();
  }

  private static void head(Markup out, String title) {
    out.open("head");
    out.trusted("<meta charset=\"utf-8\">\n");
    out.trusted("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.trusted(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src"
            + " 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    out.leaf("title", title);
    out.open("style").trusted(resource("report.css")).close();
    out.close();
  }

  private static void bar(Markup out, List<String> sections) {
    out.open("header", "class", "bar");
    out.leaf("span", "MLoRA", "class", "brand");
    out.open("nav", "aria-label", "Sections");
    for (String name : sections) {
      out.leaf("a", name, "href", "#" + name.toLowerCase(Locale.ROOT));
    }
    out.close();
    out.open("fieldset", "class", "theme").leaf("legend", "Theme", "class", "unseen");
    for (String theme : List.of("Auto", "Light", "Dark")) {
      String value = theme.toLowerCase(Locale.ROOT);
      out.open("label");
      out.shape("input", "type", "radio", "name", "theme", "value", value);
      out.leaf("span", theme).close();
    }
    out.close().close();
  }

  /** Opens a section with its heading; the caller closes it. */
  static void section(Markup out, String id, String heading, String note) {
    out.open("section", "id", id, "aria-labelledby", id + "-heading");
    out.leaf("h2", heading, "id", id + "-heading");
    out.leaf("p", note, "class", "note");
  }

  /** Flags and their values. */
  static void configuration(Markup out, List<Map.Entry<String, String>> flags) {
    if (flags.isEmpty()) {
      return;
    }
    out.open("section", "id", "configuration", "aria-labelledby", "configuration-heading");
    out.leaf("h2", "Configuration", "id", "configuration-heading");
    out.open("dl", "class", "configuration");
    for (Map.Entry<String, String> entry : flags) {
      out.open("div").leaf("dt", entry.getKey()).leaf("dd", entry.getValue()).close();
    }
    out.close().close();
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
