package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.testing.CpuDescription;

/** The library of a process whose jars are modules. */
@EnabledIf("org.mlora.nativelib.NativeLibraryTest#isPacked")
class ModulePathTest {
  /** What predictions need; the jars of Parquet share packages and cannot be modules. */
  private static final List<String> MODULES =
      List.of("core/target/classes", "javacpp", "jackson", "slf4j-api");

  @TempDir Path folder;

  @Test
  void the_library_is_found_in_a_module_of_its_own() throws Exception {
    Path natives = folder.resolve("mlora-core-0.1-linux.jar");
    pack(Path.of(entries("natives")), natives);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Duser.home=" + folder,
            "-p",
            natives + File.pathSeparator + entries(MODULES.toArray(String[]::new)),
            "--add-modules",
            "org.mlora.core,mlora.core",
            "-cp",
            entries("core/target/test-classes"),
            CpuDescription.class.getName());
    builder.environment().remove("XDG_CACHE_HOME");
    Process process = builder.redirectErrorStream(true).start();

    assertThat(new String(process.getInputStream().readAllBytes())).startsWith("CPU, ");
  }

  /** The entries of the class path with one of these in their names. */
  private static String entries(String... names) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Stream.of(names).anyMatch(entry::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void pack(Path from, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> files = Files.walk(from)) {
      for (Path source : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(from.relativize(source).toString()));
        Files.copy(source, out);
      }
    }
  }
}
