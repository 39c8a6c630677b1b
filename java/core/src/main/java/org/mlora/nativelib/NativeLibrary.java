package org.mlora.nativelib;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.nativelib.gen.Mlora;

/**
 * The native library of this platform. It lies in the class path as a resource (the jar {@code
 * mlora-core-VERSION-linux-x86_64.jar}), is unpacked once into a cache named by its content, and is
 * loaded once in the life of the process.
 */
public final class NativeLibrary {
  static final String FILE_NAME = System.mapLibraryName("mlora");

  private NativeLibrary() {}

  /**
   * Loads the library unless that is done; must be called before anything of {@code
   * org.mlora.nativelib.gen} is used.
   *
   * @throws UnsupportedDeviceException when it cannot be loaded: names every place tried, the
   *     reason it failed there, and the remedy
   */
  public static void load() {
    Loaded.OUTCOME
        .failure()
        .ifPresent(
            failure -> {
              throw new UnsupportedDeviceException(failure);
            });
  }

  /** Loads the library unless that is done, and tells what became of it instead of failing. */
  public static Outcome outcome() {
    return Loaded.OUTCOME;
  }

  /**
   * What became of the one attempt to load the library.
   *
   * @param file the file that was loaded; one for temporary use is deleted by now
   * @param sha256 checksum of the library in the class path, in hexadecimal
   * @param cache folder of unpacked libraries
   * @param failure why it is not loaded, and the remedy
   */
  public record Outcome(
      Optional<Path> file,
      Optional<String> sha256,
      Optional<Path> cache,
      Optional<String> failure) {}

  /** Holds the outcome of the one attempt, made when it is first asked for. */
  private static final class Loaded {
    static final Outcome OUTCOME = attempt();

    private static Outcome attempt() {
      NativeSettings settings = NativeSettings.of(System.getProperties(), System.getenv());
      Optional<NativeSource> source = source();
      Optional<String> sum = source.map(NativeSource::sha256);
      try {
        Path file = new NativeLoader(settings, NativeLibrary::link).load(source);
        return new Outcome(Optional.of(file), sum, settings.cache(), Optional.empty());
      } catch (UnsupportedDeviceException e) {
        String failure = String.valueOf(e.getMessage());
        return new Outcome(Optional.empty(), sum, settings.cache(), Optional.of(failure));
      }
    }
  }

  private static Optional<NativeSource> source() {
    String platform = Platform.current().resourceName();
    Optional<byte[]> sum = resource(platform + "/" + FILE_NAME + ".sha256");
    return sum.map(
        bytes ->
            new NativeSource(
                FILE_NAME,
                new String(bytes, StandardCharsets.US_ASCII).strip(),
                () ->
                    resource(platform + "/" + FILE_NAME)
                        .orElseThrow(() -> new IOException("the jar has no " + FILE_NAME))));
  }

  private static Optional<byte[]> resource(String name) {
    try (InputStream in = NativeLibrary.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the class path", e);
    }
  }

  /**
   * Loads the file and lets JavaCPP's classes take their native methods from it. JavaCPP's own
   * search for libraries is switched off meanwhile: it would look for files that are not there and
   * make folders in the user's home.
   */
  private static void link(Path file) {
    JavaCppProperties.limitPhysicalMemoryByDefault();
    JavaCppProperties.withoutLibrarySearch(
        () -> {
          initialize(Pointer.class);
          initialize(Mlora.class);
        });
    System.load(file.toString());
  }

  private static void initialize(Class<?> type) {
    try {
      MethodHandles.lookup().ensureInitialized(type);
    } catch (IllegalAccessException e) {
      throw new LinkageError("cannot initialise " + type.getName(), e);
    }
  }
}
