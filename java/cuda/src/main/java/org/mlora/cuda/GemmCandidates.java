package org.mlora.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mlora.cuda.gemm.GemmChoice;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.javacpp.JavaCppHandle;
import org.mlora.cuda.gemm.jcublas.JCublasHandle;
import org.mlora.cuda.gemm.kernels.NativeProvider;
import org.mlora.cuda.gemm.kernels.OwnKernels;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;

/**
 * The ways to matrix products, in the order they are tried: a binding of the cuBLAS that is found,
 * our library opening it itself, and our own kernels, slower, where there is no cuBLAS.
 */
final class GemmCandidates {
  /** In place of a provider's name: the first that works. */
  static final String ANY = "auto";

  private final LibrarySearch search;

  GemmCandidates(LibrarySearch search) {
    this.search = search;
  }

  /**
   * Tries them.
   *
   * @param name of the one to try, or {@link #ANY} for all
   * @throws InvalidInputException when no provider has that name
   */
  GemmChoice choose(String name) {
    List<GemmChoice.Candidate> tried =
        all().stream().filter(c -> name.equals(ANY) || c.name().equals(name)).toList();
    if (tried.isEmpty()) {
      throw new InvalidInputException(
          "matrix products by '" + name + "': not one of " + String.join(", ", names()));
    }
    return GemmChoice.first(tried);
  }

  /** What {@link #choose} takes. */
  List<String> names() {
    return Stream.concat(Stream.of(ANY), all().stream().map(GemmChoice.Candidate::name)).toList();
  }

  private List<GemmChoice.Candidate> all() {
    return List.of(
        new GemmChoice.Candidate(
            "jcublas", () -> JCublasHandle.provider(load(JCublasHandle.LIBRARY, "CUDA 12"))),
        new GemmChoice.Candidate(
            "javacpp", () -> JavaCppHandle.provider(load(JavaCppHandle.LIBRARY, "CUDA 13"))),
        new GemmChoice.Candidate("native", this::nativeProvider),
        new GemmChoice.Candidate("kernels", OwnKernels::new));
  }

  private GemmProvider nativeProvider() {
    boolean newest = search.find("libcublas.so.13").isPresent();
    Path library =
        newest ? load("libcublas.so.13", "CUDA 13") : load("libcublas.so.12", "CUDA 12 or 13");
    return new NativeProvider(library);
  }

  /**
   * Loads a library of cuBLAS and the one it needs, by their files: they need not lie where the
   * dynamic linker looks.
   */
  private Path load(String name, String from) {
    Path library = find(name, from);
    System.load(find(name.replace("libcublas", "libcublasLt"), from).toString());
    System.load(library.toString());
    return library;
  }

  private Path find(String name, String from) {
    return search
        .find(name)
        .map(Path::toAbsolutePath)
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    name + " was not found; " + LibrarySearch.remedy(from)));
  }
}
