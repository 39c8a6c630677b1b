package org.mlora.nativelib;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.mlora.error.UnsupportedDeviceException;

/**
 * Where libraries are looked for and unpacked.
 *
 * @param directory folder named by the user, which alone is looked at
 * @param cache folder of unpacked libraries, if the user has a home
 * @param temporary folder for a copy of this process, where the cache cannot be written
 */
record NativeSettings(Optional<Path> directory, Optional<Path> cache, Path temporary) {
  /** System property that names {@link #directory}. */
  static final String DIRECTORY_PROPERTY = "mlora.native.dir";

  private static final String TEMPORARY_PROPERTY = "java.io.tmpdir";

  /**
   * Those of a process.
   *
   * @throws UnsupportedDeviceException when a folder that is set by a property is no path here
   */
  static NativeSettings of(Properties properties, Map<String, String> environment) {
    Optional<Path> caches =
        absolute(environment.get("XDG_CACHE_HOME"))
            .or(
                () ->
                    // user.home is "?" for a user whom the system does not know
                    absolute(properties.getProperty("user.home"))
                        .or(() -> absolute(environment.get("HOME")))
                        .map(home -> home.resolve(".cache")));
    return new NativeSettings(
        setting(properties.getProperty(DIRECTORY_PROPERTY))
            .map(text -> required(DIRECTORY_PROPERTY, text)),
        caches.map(c -> c.resolve("mlora")),
        required(TEMPORARY_PROPERTY, properties.getProperty(TEMPORARY_PROPERTY)));
  }

  /** The same for libraries of other projects, which the user's folder does not hold. */
  NativeSettings withoutDirectory() {
    return new NativeSettings(Optional.empty(), cache, temporary);
  }

  private static Optional<Path> absolute(@Nullable String text) {
    return setting(text).flatMap(NativeSettings::path).filter(Path::isAbsolute);
  }

  private static Path required(String property, String text) {
    return path(text)
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    "-D" + property + "=" + text + " is no path here; correct or leave it out"));
  }

  /**
   * Empty for what no path of this machine is, such as a name that its locale has no letters for.
   */
  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> setting(@Nullable String text) {
    return Optional.ofNullable(text).filter(t -> !t.isBlank());
  }
}
