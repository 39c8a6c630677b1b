package org.mlora.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mlora.backend.BackendProvider.Finding;
import org.mlora.cuda.gemm.GemmChoice;
import org.mlora.cuda.jcuda.JCudaRuntime;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceFacts;
import org.mlora.nativelib.PackedLibrary;

/** What {@code mlora doctor} says of CUDA: driver, devices, libraries, provider. */
final class CudaDiagnosis {
  private final LibrarySearch search;
  private final List<Finding> findings = new ArrayList<>();

  CudaDiagnosis(LibrarySearch search) {
    this.search = search;
  }

  List<Finding> findings() {
    Optional<String> unsupported = Driver.unsupported();
    if (unsupported.isPresent()) {
      // What is missing besides would not help.
      missing("cuda", "cuda device", "none", unsupported.get());
      return List.copyOf(findings);
    }
    devices();
    kernels();
    libraries();
    provider();
    return List.copyOf(findings);
  }

  private void devices() {
    try {
      new Driver(search).load();
      int count = JCudaRuntime.count();
      if (count == 0) {
        missing(
            "cuda",
            "cuda device",
            "none visible",
            "see nvidia-smi; CUDA_VISIBLE_DEVICES may hide devices");
      }
      for (int i = 0; i < count; i++) {
        device(JCudaRuntime.describe(i));
      }
    } catch (RuntimeException | LinkageError e) {
      missing("cuda", "cuda device", "none", message(e));
    }
  }

  private void device(DeviceFacts facts) {
    String suffix = facts.index() == 0 ? "" : "_" + facts.index();
    works("cuda" + suffix, "cuda device " + facts.index(), facts.toString());
    if (facts.capability() < 80) {
      missing(
          "cuda_capability" + suffix,
          "its capability",
          "below 8.0",
          "the kernels are built for compute capability 8.0 (Ampere) and newer");
    }
    if (Kernels.outcome().failure().isEmpty()) {
      Driver.tooOld(facts.driver(), MloraCuda.mlora_cuda_build())
          .ifPresent(why -> missing("cuda_driver" + suffix, "its driver", "too old", why));
    }
  }

  private void kernels() {
    PackedLibrary.Outcome library = Kernels.outcome();
    if (library.failure().isPresent()) {
      missing("cuda_kernels", "cuda kernels", "not loaded", library.failure().get());
      return;
    }
    works(
        "cuda_kernels",
        "cuda kernels",
        MloraCuda.mlora_cuda_build() + ", " + library.file().map(Path::toString).orElse("?"));
  }

  private void libraries() {
    for (String version : List.of("13", "12")) {
      String name = "libcublas.so." + version;
      Optional<Path> file = search.find(name);
      if (file.isPresent()) {
        works("cublas_" + version, "cuBLAS " + version, file.get().toString());
      } else {
        missing(
            "cublas_" + version,
            "cuBLAS " + version,
            "not found",
            LibrarySearch.remedy("CUDA " + version) + "; one version is enough");
      }
    }
  }

  private void provider() {
    try {
      GemmChoice choice = new GemmCandidates(search).choose(GemmCandidates.ANY);
      for (GemmChoice.Rejection rejection : choice.rejected()) {
        missing(
            "cuda_gemm_" + rejection.name(),
            "matrix products by " + rejection.name(),
            "rejected",
            rejection.reason());
      }
      choice.chosen().ifPresent(gemm -> works("cuda_gemm", "matrix products", gemm.description()));
    } catch (RuntimeException | LinkageError e) {
      missing("cuda_gemm", "matrix products", "none", message(e));
    }
  }

  private void works(String key, String name, String value) {
    findings.add(new Finding(key, name, value, Optional.empty()));
  }

  private void missing(String key, String name, String value, String remedy) {
    findings.add(new Finding(key, name, value, Optional.of(remedy)));
  }

  private static String message(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
