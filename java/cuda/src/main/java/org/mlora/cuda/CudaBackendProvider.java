package org.mlora.cuda;

import java.util.List;
import org.mlora.backend.BackendProvider;
import org.mlora.backend.DeviceOptions;
import org.mlora.cuda.gemm.GemmChoice;
import org.mlora.cuda.gemm.GemmProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.jcuda.JCudaRuntime;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.LibrarySearch;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.error.UnsupportedDeviceException;

/** Opens CUDA devices, when asked to. */
public final class CudaBackendProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public CudaBackend open(int index, DeviceOptions options) {
    Precision precision = Precision.named(options.precision());
    LibrarySearch search = LibrarySearch.ofThisMachine();
    new Driver(search).load();
    Kernels.outcome().require();
    DeviceRuntime runtime = new JCudaRuntime(index);
    try {
      Driver.refuse(Driver.tooOld(runtime.facts().driver(), MloraCuda.mlora_cuda_build()));
      return new CudaBackend(runtime, gemm(search, options.gemm()), precision);
    } catch (Throwable e) {
      runtime.close();
      throw e;
    }
  }

  private static GemmProvider gemm(LibrarySearch search, String name) {
    GemmChoice choice = new GemmCandidates(search).choose(name);
    return choice
        .chosen()
        .orElseThrow(
            () ->
                new UnsupportedDeviceException(
                    "no way to matrix products works: "
                        + String.join(
                            "; ", choice.rejected().stream().map(Object::toString).toList())));
  }

  @Override
  public List<Finding> diagnose() {
    return new CudaDiagnosis(LibrarySearch.ofThisMachine()).findings();
  }
}
