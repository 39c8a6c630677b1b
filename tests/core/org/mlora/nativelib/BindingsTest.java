package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.testing.GeneratedBindings;

/**
 * Run by the Maven profile {@code bindings} it writes the bindings, see {@link GeneratedBindings},
 * and the hash in the header.
 */
class BindingsTest {
  private static final String AGAIN = "./mvnw -Pbindings -pl java/core test";
  private static final Path HEADER =
      Path.of(System.getProperty("mlora.repository", "."), "native/include/mlora.h");
  private static final Pattern HASH = Pattern.compile("(?<=#define MLORA_API \")\\w*");

  @TempDir Path fresh;

  @Test
  void committed_bindings_match_the_header_and_that_its_own_hash() throws Exception {
    String header = Files.readString(HEADER);
    String hashed = HASH.matcher(header).replaceFirst(hash(header));
    if (GeneratedBindings.written()) {
      Files.writeString(HEADER, hashed);
    } else {
      assertThat(header)
          .as("make the hash and the bindings again with: " + AGAIN)
          .isEqualTo(hashed);
    }
    new GeneratedBindings(Preset.class, List.of("native/include"), "java/core/src/gen/java", AGAIN)
        .check(fresh);
  }

  /** Of the declarations; comments may change. */
  private static String hash(String header) throws Exception {
    String declared =
        HASH.matcher(header)
            .replaceFirst("")
            .replaceAll("(?s)/\\*.*?\\*/", "")
            .replaceAll("\\s+", " ");
    byte[] sum =
        MessageDigest.getInstance("SHA-256").digest(declared.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sum, 0, 8);
  }
}
