package org.mlora.cuda.library;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds CUDA's libraries by file name, in the order of trust: the folder that the user names, the
 * folders of the dynamic linker, the CUDA toolkit, and the wheels that PyTorch installs.
 */
public final class LibrarySearch {
  /** System property that names a folder to look into first. */
  public static final String DIRECTORY_PROPERTY = "mlora.cuda.dir";

  private final List<Path> folders;

  LibrarySearch(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  /** The folders of this machine. */
  public static LibrarySearch ofThisMachine() {
    return of(Path.of("/"), System.getProperties(), System.getenv());
  }

  static LibrarySearch of(Path root, Properties properties, Map<String, String> environment) {
    Set<Path> folders = new LinkedHashSet<>();
    add(folders, properties.getProperty(DIRECTORY_PROPERTY));
    for (String folder : environment.getOrDefault("LD_LIBRARY_PATH", "").split(":")) {
      add(folders, folder);
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = environment.get(variable);
      if (home != null && !home.isBlank()) {
        folders.add(Path.of(home, "lib64"));
        folders.add(Path.of(home, "targets/x86_64-linux/lib"));
      }
    }
    folders.addAll(linkerFolders(root));
    for (String folder : List.of("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib64")) {
      folders.add(root.resolve(folder));
    }
    folders.add(root.resolve("usr/lib/wsl/lib"));
    folders.add(root.resolve("usr/local/cuda/lib64"));
    folders.addAll(matching(root.resolve("usr/local"), "cuda-*", "lib64"));
    for (String prefix : List.of("usr/local/lib", "usr/lib", "opt/conda/lib", "opt/venv/lib")) {
      for (Path python : matching(root.resolve(prefix), "python3*", "")) {
        for (String packages : List.of("site-packages", "dist-packages")) {
          folders.addAll(matching(python.resolve(packages).resolve("nvidia"), "*", "lib"));
        }
      }
    }
    return new LibrarySearch(List.copyOf(folders));
  }

  /** The first file of that name. */
  public Optional<Path> find(String fileName) {
    return folders.stream()
        .map(folder -> folder.resolve(fileName))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** How a library that was not found is made findable. */
  public static String remedy(String from) {
    return "install it (" + from + "), or name its folder with -D" + DIRECTORY_PROPERTY + "=DIR";
  }

  private static void add(Set<Path> folders, @Nullable String folder) {
    if (folder != null && !folder.isBlank()) {
      folders.add(Path.of(folder));
    }
  }

  /** Folders of {@code /etc/ld.so.conf.d}, where packages of CUDA list theirs. */
  private static List<Path> linkerFolders(Path root) {
    List<Path> folders = new ArrayList<>();
    for (Path file : matching(root.resolve("etc/ld.so.conf.d"), "*.conf", "")) {
      try {
        for (String line : Files.readAllLines(file)) {
          if (line.startsWith("/")) {
            folders.add(root.resolve(line.strip().substring(1)));
          }
        }
      } catch (IOException e) {
        continue; // unreadable to us, so not ours to use
      }
    }
    return folders;
  }

  private static List<Path> matching(Path folder, String pattern, String below) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, pattern)) {
      paths.forEach(path -> found.add(below.isEmpty() ? path : path.resolve(below)));
    } catch (IOException e) {
      return List.of(); // absent
    }
    found.sort(null);
    return found;
  }
}
