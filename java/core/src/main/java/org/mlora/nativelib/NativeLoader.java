package org.mlora.nativelib;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.mlora.error.UnsupportedDeviceException;

/**
 * Tries the places where a library may be, in order: the folder named by the user; else the cache;
 * else a fresh copy in the folder for temporary files, deleted as soon as it is loaded.
 */
final class NativeLoader {
  private static final String REMEDY_DIRECTORY =
      "correct or leave out -D" + NativeSettings.DIRECTORY_PROPERTY;

  private final NativeSettings settings;
  private final Packing packing;
  private final Consumer<Path> link;
  private final List<String> failures = new ArrayList<>();

  /**
   * @param link loads a file into the process, throwing {@link LinkageError} where that fails, and
   *     {@link IllegalCallerException} where this JVM lets our code load none
   */
  NativeLoader(NativeSettings settings, Packing packing, Consumer<Path> link) {
    this.settings = settings;
    this.packing = packing;
    this.link = link;
  }

  /**
   * Loads the library.
   *
   * @return the file that was loaded
   * @throws UnsupportedDeviceException when every place fails, or none would do
   */
  Path load(Optional<NativeSource> packed) {
    if (settings.directory().isPresent()) {
      Path file = settings.directory().get().resolve(packing.fileName()).toAbsolutePath();
      return fromDirectory(file).orElseThrow(() -> failure(REMEDY_DIRECTORY));
    }
    NativeSource source =
        packed.orElseThrow(() -> new UnsupportedDeviceException(packing.absent()));
    return fromCache(source)
        .or(() -> fromTemporaryCopy(source))
        .orElseThrow(() -> failure(packing.remedy()));
  }

  private Optional<Path> fromDirectory(Path file) {
    if (!Files.isRegularFile(file)) {
      failures.add(file + ": no such file");
      return Optional.empty();
    }
    return link(file);
  }

  private Optional<Path> fromCache(NativeSource source) {
    if (settings.cache().isEmpty()) {
      failures.add("the cache: none of XDG_CACHE_HOME, user.home and HOME is an absolute path");
      return Optional.empty();
    }
    Path folder = settings.cache().get().resolve(source.sha256().substring(0, 16));
    try {
      return link(NativeCache.unpack(source, folder));
    } catch (IOException e) {
      failures.add(folder + ": " + reason(e));
      return Optional.empty();
    }
  }

  private Optional<Path> fromTemporaryCopy(NativeSource source) {
    try {
      Path folder = Files.createTempDirectory(settings.temporary(), "mlora-native-");
      Path file = folder.resolve(source.fileName());
      try {
        Files.write(file, source.content().read());
        return link(file);
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      failures.add(settings.temporary() + ": " + reason(e));
      return Optional.empty();
    }
  }

  private Optional<Path> link(Path file) {
    try {
      link.accept(file);
      return Optional.of(file);
    } catch (LinkageError e) {
      String reason = reason(file, e);
      if (reason.contains("GLIBC_")) {
        throw new UnsupportedDeviceException(packing.tooNew(reason), e);
      }
      failures.add(reason);
      return Optional.empty();
    } catch (IllegalCallerException e) {
      throw new UnsupportedDeviceException(packing.denied(e), e);
    }
  }

  /** The file and what is wrong with it; the JVM and the linker name it too, each in its way. */
  private static String reason(Path file, LinkageError e) {
    String message = String.valueOf(e.getMessage());
    return file
        + ": "
        + message.replace(file + ": ", "").replace(" (required by " + file + ")", "");
  }

  private static String reason(IOException e) {
    String type = e.getClass().getSimpleName().replace("Exception", "");
    return type + (e.getMessage() == null ? "" : " (" + e.getMessage() + ")");
  }

  private UnsupportedDeviceException failure(String remedy) {
    return new UnsupportedDeviceException(
        packing.what() + " cannot be loaded: tried " + String.join("; ", failures) + "; " + remedy);
  }
}
