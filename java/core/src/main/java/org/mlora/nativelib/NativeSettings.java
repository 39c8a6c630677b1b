package org.mlora.nativelib;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

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
        setting(properties.getProperty(DIRECTORY_PROPERTY)).map(Path::of),
        caches.map(c -> c.resolve("mlora")),
        Path.of(properties.getProperty("java.io.tmpdir")));
  }

  /** The same for libraries of other projects, which the user's folder does not hold. */
  NativeSettings withoutDirectory() {
    return new NativeSettings(Optional.empty(), cache, temporary);
  }

  private static Optional<Path> absolute(@Nullable String text) {
    return setting(text).map(Path::of).filter(Path::isAbsolute);
  }

  private static Optional<String> setting(@Nullable String text) {
    return Optional.ofNullable(text).filter(t -> !t.isBlank());
  }
}
