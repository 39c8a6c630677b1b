package org.mlora.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mlora.backend.BackendProvider;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.nativelib.NativeLibrary;
import org.mlora.nativelib.PackedLibrary;
import org.mlora.report.NumberText;

/** What {@code mlora doctor} looks at. */
final class Diagnosis {
  private static final long LEAST_HEAP = 512L << 20;
  private static final long LEAST_DISK = 1L << 30;

  private final List<Line> lines = new ArrayList<>();

  private Diagnosis() {}

  /** Whether training works with it. */
  enum State {
    FINE,
    /** It works, but badly. */
    WORRIES,
    /** It is not there; all the rest works without it. */
    ABSENT,
    /** The default device does not work. */
    FAILS
  }

  /**
   * One thing looked at.
   *
   * @param key its name in JSON
   * @param name its name for people
   * @param remedy what to do, empty where all is fine
   */
  record Line(String key, String name, String value, State state, String remedy) {}

  static List<Line> ofThisMachine() {
    Diagnosis diagnosis = new Diagnosis();
    diagnosis.java();
    diagnosis.nativeLibrary();
    diagnosis.devices();
    diagnosis.memory();
    diagnosis.disk("temporary_files", "temporary files", Path.of(property("java.io.tmpdir")));
    diagnosis.disk("working_folder", "working folder", Path.of("").toAbsolutePath());
    return List.copyOf(diagnosis.lines);
  }

  private void fine(String key, String name, String value) {
    lines.add(new Line(key, name, value, State.FINE, ""));
  }

  private void java() {
    try {
      fine("mlora", "mlora", Version.text());
    } catch (IOException e) {
      fine("mlora", "mlora", "(version unreadable: " + e.getMessage() + ")");
    }
    fine(
        "java",
        "Java",
        Runtime.version() + ", " + property("java.vendor") + ", " + property("java.home"));
    fine("system", "system", property("os.name") + " " + property("os.version"));
    fine("architecture", "architecture", property("os.arch"));
    fine("cores", "cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
  }

  private void nativeLibrary() {
    PackedLibrary.Outcome library = NativeLibrary.outcome();
    fine(
        "native_cache",
        "native cache",
        library.cache().map(Path::toString).orElse("none: no home folder is known"));
    if (library.failure().isPresent()) {
      lines.add(
          new Line(
              "native_library",
              "native library",
              "not loaded",
              State.FAILS,
              library.failure().orElseThrow()));
      return;
    }
    fine("native_library", "native library", library.file().map(Path::toString).orElse("?"));
    fine(
        "native_sha256",
        "its SHA-256",
        library.sha256().orElse("? (a file of -Dmlora.native.dir)"));
    try (CpuBackend cpu = new CpuBackend()) {
      fine("cpu", "cpu device", cpu.description());
    }
  }

  private void devices() {
    try (ReferenceBackend reference = new ReferenceBackend()) {
      fine("reference", "reference device", reference.description());
    }
    List<BackendProvider.Finding> cuda =
        BackendProvider.named("cuda").map(BackendProvider::diagnose).orElse(List.of());
    for (BackendProvider.Finding finding : cuda) {
      lines.add(
          new Line(
              finding.key(),
              finding.name(),
              finding.value(),
              finding.remedy().isPresent() ? State.ABSENT : State.FINE,
              finding.remedy().orElse("")));
    }
    if (cuda.isEmpty()) {
      String remedy = "add the jar mlora-cuda-VERSION.jar to the class path to use a GPU";
      lines.add(new Line("cuda", "cuda device", "none", State.ABSENT, remedy));
    }
  }

  private void memory() {
    long heap = Runtime.getRuntime().maxMemory();
    String remedy = "give the JVM more, for example with MLORA_JAVA_OPTS=-Xmx4g";
    lines.add(
        new Line(
            "heap",
            "Java heap",
            size(heap) + " at most",
            heap < LEAST_HEAP ? State.WORRIES : State.FINE,
            heap < LEAST_HEAP ? remedy : ""));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      fine(
          "memory",
          "memory",
          size(system.getTotalMemorySize()) + ", " + size(system.getFreeMemorySize()) + " free");
    }
  }

  private void disk(String key, String name, Path folder) {
    State state = State.FINE;
    String remedy = "";
    String value = folder.toString();
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      value += ", " + size(free) + " free";
      if (free < LEAST_DISK) {
        state = State.WORRIES;
        remedy = "less than 1 GB is free: make room before preparing large data";
      }
    } catch (IOException e) {
      value += ", free space unknown (" + e.getMessage() + ")";
    }
    if (!Files.isWritable(folder)) {
      state = State.WORRIES;
      remedy = "this folder cannot be written: give --out a path elsewhere";
    }
    lines.add(new Line(key, name, value, state, remedy));
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }

  private static String size(long bytes) {
    return bytes >= 1L << 30
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30))
        : NumberText.count(bytes >> 20) + " MiB";
  }
}
