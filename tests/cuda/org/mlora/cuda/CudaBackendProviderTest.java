package org.mlora.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mlora.backend.BackendProvider;
import org.mlora.backend.DeviceOptions;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.library.LibrarySearch;

class CudaBackendProviderTest {
  @Test
  void isFoundByAThreadWhoseClassLoaderDoesNotSeeIt() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try {
      assertThat(BackendProvider.named("cuda")).isPresent();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void takesTheOptionsThatAreNamed() {
    assertThat(Precision.words()).isEqualTo(DeviceOptions.PRECISIONS);
    assertThat(new GemmCandidates(LibrarySearch.ofThisMachine()).names())
        .isEqualTo(DeviceOptions.PRODUCTS);
  }
}
