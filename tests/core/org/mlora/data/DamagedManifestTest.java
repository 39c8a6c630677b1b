package org.mlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.data.store.FolderTree;
import org.mlora.error.InvalidInputException;

/** A manifest that is not that of the data set is refused. */
class DamagedManifestTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void write() {
    data = DatasetWriterTest.writeWhole(folder.resolve("data"));
  }

  private ObjectNode manifest() throws IOException {
    return (ObjectNode) JSON.readTree(data.resolve("manifest.json").toFile());
  }

  private void refused(String manifest, String... says) throws IOException {
    Files.writeString(data.resolve("manifest.json"), manifest);
    assertThatThrownBy(() -> Dataset.open(data).close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(data.resolve("manifest.json").toString())
        .hasMessageContainingAll(says);
  }

  @Test
  void everyFileOfADataSetMustBeListed() throws IOException {
    ObjectNode whole = manifest();
    int files = whole.path("files").size();
    try (Stream<Path> all = Files.walk(data)) {
      assertThat(all.filter(Files::isRegularFile)).hasSize(files + 1);
    }
    for (int i = 0; i < files; i++) {
      ObjectNode less = whole.deepCopy();
      String path = ((ArrayNode) less.path("files")).remove(i).path("path").asText();
      refused(less.toString(), "it does not list " + path, "prepare the data again");
    }
    ObjectNode none = manifest();
    none.putArray("files");
    refused(none.toString(), "it does not list schema.json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u0000", "\\ud800", "/etc/passwd", "../data/schema.json", ""})
  void anEntryThatIsNoFileOfTheFolderIsRefused(String path) throws IOException {
    String listed = manifest().toString();
    refused(listed.replace("schema.json", path), "is not a file of the folder");
  }

  @Test
  void aKeyThatComesTwiceIsRefused() throws IOException {
    refused(
        manifest().toString().replaceFirst("\\{", "{\"version\":1,"), "Duplicate field 'version'");
  }

  @Test
  void filesThatMayNotBeLookedAtAreNotMistakenForMissingOnes() throws IOException {
    Path vocabulary = data.resolve("vocabulary");
    Files.setPosixFilePermissions(vocabulary, Set.of());
    try {
      assumeFalse(Files.isExecutable(vocabulary), "permissions bind this user");
      assertThatThrownBy(() -> Dataset.open(data).close())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("cannot read " + vocabulary)
          .hasMessageContaining("permission denied");
      assertThatThrownBy(() -> FolderTree.files(data))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("permission denied");
    } finally {
      Files.setPosixFilePermissions(vocabulary, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
