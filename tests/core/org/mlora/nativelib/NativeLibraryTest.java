package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.nativelib.gen.Mlora;
import org.mlora.testing.Script;

/** Loads the real library in processes of their own. */
@EnabledIf("isPacked")
class NativeLibraryTest {
  @TempDir Path folder;

  @Test
  void many_processes_unpack_and_load_at_once() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      processes.add(start("-Duser.home=" + folder));
    }
    for (Process process : processes) {
      assertThat(outputOf(process)).startsWith("CPU, ");
      assertThat(process.waitFor()).isZero();
    }
    assertThat(filesBelow(folder.resolve(".cache/mlora"))).hasSize(1);
  }

  @Test
  void leaves_javacpp_no_cache_of_its_own() throws Exception {
    Process process = start("-Duser.home=" + folder);
    assertThat(outputOf(process)).startsWith("CPU, ");
    assertThat(folder.resolve(".javacpp")).doesNotExist();
  }

  @Test
  void replaces_a_corrupt_cache_entry_that_would_not_load() throws Exception {
    outputOf(start("-Duser.home=" + folder));
    Path cached = filesBelow(folder.resolve(".cache/mlora")).get(0);
    byte[] intact = Files.readAllBytes(cached);
    Files.delete(cached);
    Files.write(cached, new byte[100]);

    assertThat(outputOf(start("-Duser.home=" + folder))).startsWith("CPU, ");
    assertThat(cached).hasBinaryContent(intact);
  }

  @Test
  void loads_a_temporary_copy_without_a_usable_home() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path home = Files.writeString(folder.resolve("home"), "a file, not a folder");

    assertThat(outputOf(start("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary)))
        .startsWith("CPU, ");
    assertThat(filesBelow(temporary)).isEmpty();
  }

  @Test
  void loads_a_temporary_copy_where_home_is_read_only_or_not_executable() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path home = Files.createDirectory(folder.resolve("home"));
    for (String how : List.of("ro", "noexec")) {
      Script.Ended ended =
          Script.mounting(
              "mount -t tmpfs -o " + how + " none " + home + "\n" + shell(home, temporary));
      assertThat(ended.output()).startsWith("CPU, ");
      assertThat(filesBelow(temporary)).isEmpty();
    }
  }

  @Test
  void names_every_place_where_nothing_may_be_executed() throws Exception {
    Path home = Files.createDirectory(folder.resolve("home"));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Script.Ended ended =
        Script.mounting(
            "for place in "
                + home
                + " "
                + temporary
                + "\n"
                + "do mount -t tmpfs -o noexec none $place; done\n"
                + shell(home, temporary));
    assertThat(ended.output())
        .contains("the native library cannot be loaded: tried " + home.resolve(".cache/mlora"))
        .contains("failed to map segment")
        .contains("; " + temporary.resolve("mlora-native-"))
        .contains("make one of these folders writable and executable");
  }

  private static String shell(Path home, Path temporary) {
    return "'"
        + String.join("' '", command("-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary))
        + "'";
  }

  @Test
  void names_the_file_that_the_users_folder_lacks() throws Exception {
    assertThat(outputOf(start("-Dmlora.native.dir=" + folder)))
        .contains(folder.resolve("libmlora.so") + ": no such file")
        .contains("-Dmlora.native.dir");
  }

  @Test
  void refuses_a_library_of_another_version() throws Exception {
    byte[] library;
    try (InputStream in = NativeLibrary.class.getResourceAsStream(packed())) {
      library = in.readAllBytes();
    }
    // One that was built from another header, and one that is older than the question.
    for (String part : List.of(Mlora.MLORA_API, "Mlora_mlora_1api")) {
      String text = new String(library, StandardCharsets.ISO_8859_1);
      String other = text.replace(part, part.replaceFirst(".$", "_"));
      assertThat(other).isNotEqualTo(text);
      Files.write(
          folder.resolve(NativeLibrary.FILE_NAME), other.getBytes(StandardCharsets.ISO_8859_1));

      assertThat(outputOf(start("-Dmlora.native.dir=" + folder)))
          .contains("UnsupportedDeviceException: the native library cannot be loaded")
          .contains("libmlora.so: it was built for another version of this program")
          .contains("correct or leave out -Dmlora.native.dir");
    }
  }

  @Test
  void sets_no_limit_on_physical_memory() throws Exception {
    assertThat(outputOf(start("-Duser.home=" + folder))).contains("limit 0");
  }

  static boolean isPacked() {
    return NativeLibrary.class.getResource(packed()) != null;
  }

  private static String packed() {
    return Platform.current().resourceName() + "/" + NativeLibrary.FILE_NAME;
  }

  private static Process start(String... options) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command(options)).redirectErrorStream(true);
    builder.environment().remove("XDG_CACHE_HOME");
    return builder.start();
  }

  private static List<String> command(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Describe.class.getName()));
    return command;
  }

  private static String outputOf(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes());
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> !Files.isDirectory(file)).filter(f -> !isOfTheJvm(f)).toList();
    }
  }

  /** The JVM keeps its performance counters in the temporary folder. */
  private static boolean isOfTheJvm(Path file) {
    return file.getParent().getFileName().toString().startsWith("hsperfdata_");
  }

  /** The program that is started. */
  static final class Describe {
    public static void main(String[] arguments) {
      try (CpuBackend backend = new CpuBackend(1)) {
        System.out.println(backend.description());
        System.out.println("limit " + Pointer.maxPhysicalBytes());
      }
    }
  }
}
