package org.mlora.nativelib;

import java.nio.file.Path;
import org.mlora.nativelib.gen.Mlora;

/**
 * The native library of this platform (a jar such as {@code mlora-core-VERSION-linux-x86_64.jar}),
 * loaded once in the life of the process.
 */
public final class NativeLibrary {
  static final String FILE_NAME = System.mapLibraryName("mlora");

  private NativeLibrary() {}

  /**
   * Loads the library unless that is done; must be called before anything of {@code
   * org.mlora.nativelib.gen} is used.
   *
   * @throws org.mlora.error.UnsupportedDeviceException when it cannot be loaded: names every place
   *     tried, the reason it failed there, and the remedy
   */
  public static void load() {
    Loaded.OUTCOME.require();
  }

  /** Loads the library unless that is done, and tells what became of it instead of failing. */
  public static PackedLibrary.Outcome outcome() {
    return Loaded.OUTCOME;
  }

  /** Holds the outcome of the one attempt, made when it is first asked for. */
  private static final class Loaded {
    static final PackedLibrary.Outcome OUTCOME =
        PackedLibrary.ours(
                NativeLibrary.class,
                FILE_NAME,
                "the native library",
                "mlora-core-VERSION-linux-x86_64.jar, mlora-core-VERSION-linux-aarch64.jar",
                "use --device reference (slow; in Java: ReferenceBackend)")
            .load(NativeLibrary::link);
  }

  /** A library of another version would fail later, or read arguments that it is not given. */
  private static void link(Path file) {
    JavaCppBinding.link(file, Mlora.class);
    if (!api().equals(Mlora.MLORA_API)) {
      throw new UnsatisfiedLinkError("it was built for another version of this program");
    }
  }

  private static String api() {
    try {
      return Mlora.mlora_api();
    } catch (UnsatisfiedLinkError e) {
      return "older than the first";
    }
  }
}
