package org.mlora.cuda.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
  private static final String NAME = "libcublas.so.13";

  @TempDir Path root;
  private final Properties properties = new Properties();

  private Path put(String folder) throws Exception {
    return Files.writeString(Files.createDirectories(root.resolve(folder)).resolve(NAME), "");
  }

  @Test
  void theFolderThatTheUserNamesComesFirst() throws Exception {
    Path mine = put("home/ada/cuda");
    Path path = put("opt/libraries");
    put("usr/local/cuda/lib64");
    Map<String, String> environment = Map.of("LD_LIBRARY_PATH", ":" + path.getParent());

    assertThat(LibrarySearch.of(root, properties, environment).find(NAME)).contains(path);
    properties.setProperty(LibrarySearch.DIRECTORY_PROPERTY, mine.getParent().toString());
    assertThat(LibrarySearch.of(root, properties, environment).find(NAME)).contains(mine);
  }

  @Test
  void foldersOfTheLinkersConfigurationAreLookedInto() throws Exception {
    Path conf = Files.createDirectories(root.resolve("etc/ld.so.conf.d"));
    Files.writeString(
        conf.resolve("cuda.conf"), "# CUDA\n/usr/local/cuda-13/targets/x86_64-linux/lib\n");
    Path library = put("usr/local/cuda-13/targets/x86_64-linux/lib");
    assertThat(LibrarySearch.of(root, properties, Map.of()).find(NAME)).contains(library);
  }

  @Test
  void toolkitsAndPythonsWheelsAreFound() throws Exception {
    Path wheel = put("usr/local/lib/python3.12/dist-packages/nvidia/cu13/lib");
    assertThat(LibrarySearch.of(root, properties, Map.of()).find(NAME)).contains(wheel);
    Path toolkit = put("usr/local/cuda-13.0/lib64");
    assertThat(LibrarySearch.of(root, properties, Map.of()).find(NAME)).contains(toolkit);
    Path home = put("opt/cuda/lib64");
    assertThat(
            LibrarySearch.of(
                    root, properties, Map.of("CUDA_HOME", root.resolve("opt/cuda").toString()))
                .find(NAME))
        .contains(home);
  }

  @Test
  void whatIsNowhereIsNotFound() {
    assertThat(LibrarySearch.of(root, properties, Map.of()).find(NAME)).isEmpty();
    assertThat(LibrarySearch.remedy("CUDA 13"))
        .contains("CUDA 13")
        .contains("-Dmlora.cuda.dir=DIR");
  }
}
