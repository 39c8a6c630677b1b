package org.mlora.cuda;

import java.util.List;
import java.util.Optional;
import org.mlora.backend.Backend;
import org.mlora.backend.BackendProvider;
import org.mlora.cuda.gemm.GemmChoice;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.jcuda.JCudaRuntime;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;

/** Opens CUDA devices, when asked to. */
public final class CudaBackendProvider implements BackendProvider {
  /** System property that names the precision: fp32, tf32x3, tf32 or bf16. */
  public static final String PRECISION_PROPERTY = "mlora.cuda.precision";

  /** For {@link java.util.ServiceLoader}. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public Backend open(int index) {
    Precision precision = precision();
    LibrarySearch search = LibrarySearch.ofThisMachine();
    new Driver(search).load();
    Kernels.outcome().require();
    DeviceRuntime runtime = new JCudaRuntime(index);
    try {
      return new CudaBackend(runtime, gemm(search), precision);
    } catch (RuntimeException e) {
      runtime.close();
      throw e;
    }
  }

  private static GemmProvider gemm(LibrarySearch search) {
    GemmChoice choice = new GemmCandidates(search).choose(onlyGemm());
    return choice
        .chosen()
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    "no way to matrix products works: "
                        + String.join(
                            "; ", choice.rejected().stream().map(Object::toString).toList())));
  }

  static Optional<String> onlyGemm() {
    return Optional.ofNullable(System.getProperty(GemmCandidates.PROPERTY))
        .filter(name -> !name.isBlank());
  }

  private static Precision precision() {
    String name = System.getProperty(PRECISION_PROPERTY, "fp32");
    for (Precision precision : Precision.values()) {
      if (precision.name().equalsIgnoreCase(name)) {
        return precision;
      }
    }
    throw new InvalidInputException(
        "-D" + PRECISION_PROPERTY + "=" + name + " is not one of fp32, tf32x3, tf32, bf16");
  }

  @Override
  public List<Finding> diagnose() {
    return new CudaDiagnosis(LibrarySearch.ofThisMachine()).findings();
  }
}
