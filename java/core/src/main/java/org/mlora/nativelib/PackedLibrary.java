package org.mlora.nativelib;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.mlora.error.UnsupportedDeviceException;

/**
 * A native library that lies in the class path as a resource, is unpacked once into a cache named
 * by its content, and is loaded from there.
 */
public final class PackedLibrary {
  private final Packing packing;
  private final Class<?> anchor;
  private final String resource;
  private final boolean ours;

  private PackedLibrary(Packing packing, Class<?> anchor, String resource, boolean ours) {
    this.packing = packing;
    this.anchor = anchor;
    this.resource = resource;
    this.ours = ours;
  }

  /**
   * A library of this project, in the folder of the platform beside {@code anchor}, with its
   * checksum; {@code -Dmlora.native.dir} overrides it.
   *
   * @param what what it is, for messages, for example {@code the native library}
   * @param jar the jar that it comes in, for messages
   * @param fallback what the user may do without it, an imperative
   */
  public static PackedLibrary ours(
      Class<?> anchor, String fileName, String what, String jar, String fallback) {
    Packing packing = new Packing(fileName, what, jar, fallback);
    String folder = Platform.current().resourceName();
    return new PackedLibrary(packing, anchor, folder + "/" + fileName, true);
  }

  /**
   * A library of another project, in the class path of {@code anchor}.
   *
   * @param resource its place, absolute, for example {@code /lib/libexample.so}
   */
  public static PackedLibrary theirs(
      Class<?> anchor, String resource, String jar, String fallback) {
    String fileName = resource.substring(resource.lastIndexOf('/') + 1);
    return new PackedLibrary(
        new Packing(fileName, fileName, jar, fallback), anchor, resource, false);
  }

  /** Unpacks and loads it, and tells what became of that instead of failing. */
  public Outcome load(Consumer<Path> link) {
    Optional<NativeSource> source = source();
    Optional<String> sum = source.map(NativeSource::sha256);
    Optional<Path> cache = Optional.empty();
    try {
      NativeSettings all = NativeSettings.of(System.getProperties(), System.getenv());
      NativeSettings settings = ours ? all : all.withoutDirectory();
      cache = settings.cache();
      Path file = new NativeLoader(settings, packing, link).load(source);
      return new Outcome(Optional.of(file), sum, cache, Optional.empty());
    } catch (UnsupportedDeviceException e) {
      String failure = String.valueOf(e.getMessage());
      return new Outcome(Optional.empty(), sum, cache, Optional.of(failure));
    }
  }

  private Optional<NativeSource> source() {
    Optional<String> sum =
        ours
            ? read(resource + ".sha256").map(b -> new String(b, StandardCharsets.US_ASCII).strip())
            : read(resource).map(NativeCache::sha256);
    return sum.map(
        s ->
            new NativeSource(
                packing.fileName(),
                s,
                () ->
                    read(resource)
                        .orElseThrow(
                            () -> new IOException("the jar has no " + packing.fileName()))));
  }

  private Optional<byte[]> read(String name) {
    try (InputStream in = anchor.getClassLoader().getResourceAsStream(path(name))) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the class path", e);
    }
  }

  /** Asked of the class loader: on the module path a class finds nothing outside its own module. */
  private String path(String name) {
    return name.startsWith("/")
        ? name.substring(1)
        : anchor.getPackageName().replace('.', '/') + "/" + name;
  }

  /**
   * What became of an attempt to load a library.
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
      Optional<String> failure) {
    /**
     * Returns when the library is loaded.
     *
     * @throws UnsupportedDeviceException with the failure, when it is not
     */
    public void require() {
      failure.ifPresent(
          text -> {
            throw new UnsupportedDeviceException(text);
          });
    }
  }
}
