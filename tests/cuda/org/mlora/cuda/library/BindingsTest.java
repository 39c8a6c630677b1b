package org.mlora.cuda.library;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.cuda.emulated.EmulatedPreset;
import org.mlora.testing.GeneratedBindings;

/**
 * Run by the Maven profile {@code bindings} it writes the bindings, see {@link GeneratedBindings}.
 */
class BindingsTest {
  private static final String AGAIN = "./mvnw -Pbindings -pl java/cuda -am test";

  @TempDir Path fresh;

  @Test
  void committed_bindings_match_the_header_of_the_kernels() throws Exception {
    new GeneratedBindings(Preset.class, List.of("native/include"), "java/cuda/src/gen/java", AGAIN)
        .check(fresh);
  }

  @Test
  void committed_bindings_match_the_header_of_the_emulated_runtime() throws Exception {
    new GeneratedBindings(
            EmulatedPreset.class,
            List.of("native/include", "tests/native/emulator"),
            "java/cuda/src/gen-test/java",
            AGAIN)
        .check(fresh);
  }
}
