package org.mlora.nativelib;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.testing.GeneratedBindings;

/**
 * Run by the Maven profile {@code bindings} it writes the bindings, see {@link GeneratedBindings}.
 */
class BindingsTest {
  @TempDir Path fresh;

  @Test
  void committed_bindings_match_the_header() throws Exception {
    new GeneratedBindings(
            Preset.class,
            List.of("native/include"),
            "java/core/src/gen/java",
            "./mvnw -Pbindings -pl java/core test")
        .check(fresh);
  }
}
