package org.mlora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The report in a real browser. Pages and screenshots stay in {@code target/report}, to be looked
 * at. The browser is {@code -Dmlora.chromium=FILE}, by default a Chromium or Chrome on the path.
 */
@Tag("browser")
class ReportBrowserTest {
  private static final Path PICTURES = Path.of("target", "report").toAbsolutePath();
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  @TempDir Path folder;

  @BeforeAll
  static void requireBrowser() {
    Assumptions.assumeTrue(
        browser().isPresent(),
        "no Chromium on the path: install one or name it with -Dmlora.chromium=FILE");
  }

  @ParameterizedTest
  @CsvSource({
    "light, demo, 1280, 4400",
    "dark, demo, 1280, 4400",
    "light, single, 1280, 3000",
    "dark, large, 1280, 5200",
    "light, undefined, 1280, 2600",
    "dark, phone, 500, 6000"
  })
  void drawsInTheThemeOfTheSystem(String theme, String name, int width, int height)
      throws Exception {
    Path page = page(name);
    Path picture = PICTURES.resolve(name + "-" + theme + ".png");
    String log =
        run(
            theme,
            "--screenshot=" + picture,
            "--window-size=" + width + "," + height,
            page.toUri().toString());
    assertThat(log).doesNotContain("CONSOLE");

    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(width);
    int corner = image.getRGB(2, image.getHeight() / 2);
    if (theme.equals("light")) {
      assertThat(brightness(corner)).isGreaterThan(225);
    } else {
      assertThat(brightness(corner)).isLessThan(40);
    }
    assertThat(colours(image)).hasSizeGreaterThan(100);
  }

  @Test
  void runsItsScriptWithoutComplaintAndHoldsItsText() throws Exception {
    String dom = run("light", "--dump-dom", page("demo").toUri().toString());
    assertThat(dom)
        .contains("MLoRA ranks clearly better", "Home &amp; Kitchen", "95 % interval")
        .doesNotContain("CONSOLE")
        .endsWith("</html>\n");
    // The script checks the theme that is stored, so the page shows that it ran to its end.
    String probe =
        Report.html(SampleReports.demo(1))
            .replace(
                "</body>",
                "<script>const row = document.querySelectorAll('.row')[2];"
                    + " row.dispatchEvent(new PointerEvent('pointermove', {bubbles: true}));"
                    + " document.body.dataset.tip = document.getElementById('tip').innerText;"
                    + " document.body.dataset.probe ="
                    + " document.querySelector('input[name=theme]:checked').value + ' '"
                    + " + getComputedStyle(document.querySelector('.mark.s1')).fill"
                    + "</script></body>");
    Path file = Files.writeString(folder.resolve("probe.html"), probe);
    assertThat(run("light", "--dump-dom", file.toUri().toString()))
        .contains("data-tip=\"Home &amp; Kitchen\n119,501 rows")
        .contains("data-probe=\"auto rgb(31, 95, 214)\"");
  }

  @Test
  void staysInsideItsCardsOnAPhone() throws Exception {
    String probe =
        Report.html(SampleReports.demo(5))
            .replace("<html", "<html style=\"width: 390px\"")
            .replace(
                "</body>",
                "<script>const right = e => e.getBoundingClientRect().right;"
                    + " document.body.dataset.outside ="
                    + " [...document.querySelectorAll('section > *, .pair > *, .pair .table')]"
                    + ".filter(e => right(e) > right(e.closest('section'))).length"
                    + "</script></body>");
    Path file = Files.writeString(folder.resolve("phone.html"), probe);
    assertThat(run("light", "--dump-dom", "--window-size=500,900", file.toUri().toString()))
        .contains("data-outside=\"0\"");
  }

  @Test
  void keepsHostileNamesAsText() throws Exception {
    String dom = run("light", "--dump-dom", page("large").toUri().toString());
    assertThat(dom).contains("&lt;script&gt;alert('x')&lt;/script&gt;").doesNotContain("CONSOLE");
  }

  private Path page(String name) {
    ReportData data =
        switch (name) {
          case "single" -> SampleReports.single();
          case "large" -> SampleReports.large();
          case "undefined" -> SampleReports.undefined();
          default -> SampleReports.demo(5);
        };
    Path file = PICTURES.resolve(name + ".html");
    Report.write(data, file);
    return file;
  }

  /** Standard output, then what the browser logged. */
  private String run(String theme, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                browser().orElseThrow(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + Files.createTempDirectory(folder, "profile"),
                "--blink-settings=preferredColorScheme=" + (theme.equals("dark") ? 0 : 1)));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("the browser ends").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertThat(process.exitValue()).as(() -> read(err)).isZero();
    return consoleOf(read(err)) + read(out);
  }

  private static String consoleOf(String log) {
    return String.join("\n", log.lines().filter(line -> line.contains("CONSOLE")).toList());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> browser() {
    String given = System.getProperty("mlora.chromium", "");
    if (!given.isEmpty()) {
      return Optional.of(given);
    }
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return NAMES.stream()
        .flatMap(name -> Stream.of(path.split(File.pathSeparator)).map(p -> Path.of(p, name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  private static int brightness(int rgb) {
    return ((rgb >> 16 & 0xFF) + (rgb >> 8 & 0xFF) + (rgb & 0xFF)) / 3;
  }

  private static Set<Integer> colours(BufferedImage image) {
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y += 2) {
      for (int x = 0; x < image.getWidth(); x += 2) {
        colours.add(image.getRGB(x, y));
      }
    }
    return colours;
  }
}
